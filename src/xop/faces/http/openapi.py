"""The OpenAPI 3.1 document, made from the route table."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any, get_args

import msgspec
from msgspec import Struct

from xop.faces.http.operation import Content, Header, Operation
from xop.faces.http.problems import KINDS, MEDIA_TYPE, Problem
from xop.faces.http.wording import describe, field_texts, structs

_REFERENCE = "#/components/schemas/{name}"
_KEYED = ("key-missing", "key-unknown", "token-invalid", "token-unchecked")
_BODY = ("json-malformed", "json-too-deep", "number-too-large", "encoding-malformed", "too-large")
_BODY_KIND = ("media-type-unsupported", "encoding-unsupported", "body-invalid")
_WORKING = ("overloaded", "stopping", "storage-unavailable")


def document(operations: Sequence[Operation]) -> bytes:
    """Return the document of some operations as JSON."""
    references, components = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation, references)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "XOP",
                "version": version("xop"),
                "description": "Signals in, verdicts, actions out. Every refusal is a problem document (RFC 9457).",
            },
            "paths": paths,
            "components": {
                "schemas": components,
                "securitySchemes": {
                    "key": {"type": "http", "scheme": "bearer", "description": "An API key, or an OAuth access token."},
                    "writeKey": {"type": "http", "scheme": "basic", "description": "An API key as the user name."},
                },
            },
        }
    )


def _schemas(operations: Iterable[Operation]) -> tuple[dict[Any, Any], dict[str, Any]]:
    """Return what stands for each type, and the schemas by name."""
    kinds: list[Any] = [Problem]
    for operation in operations:
        contents = (*operation.body, *operation.answers)
        kinds += [kind for content in contents for kind in _types(content) if kind not in kinds]
        if operation.query is not None and operation.query not in kinds:
            kinds.append(operation.query)
    references, components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    describe(components, structs(kinds))
    return dict(zip(kinds, references, strict=True)), components


def _types(content: Content) -> tuple[Any, ...]:
    if isinstance(content.schema, dict):
        return ()
    return get_args(content.schema) or (content.schema,)


def _described(operation: Operation, references: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation_id(operation),
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": _responses(operation, references),
    }
    if operation.description:
        described["description"] = operation.description
    parameters = [*_in_path(operation), *_in_query(operation), *map(_in_header, operation.reads)]
    if parameters:
        described["parameters"] = parameters
    if operation.body:
        described["requestBody"] = {"required": True, "content": _contents(operation.body, references)}
    if not operation.open:
        described["security"] = [{"key": []}, {"writeKey": []}]
        described["x-scope"] = operation.scope
    return described


def operation_id(operation: Operation) -> str:
    """Return the name that generated clients give an operation."""
    words = operation.path.strip("/").removeprefix("v1/").replace(".json", "").replace("{", "by/").replace("}", "")
    return "_".join([operation.method.lower(), *words.replace("-", "_").split("/")])


def _responses(operation: Operation, references: dict[Any, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": operation.answered}
    if operation.answers:
        success["content"] = _contents(operation.answers, references)
    if operation.sends:
        success["headers"] = {
            each.name: {"description": each.description, "schema": each.schema} for each in operation.sends
        }
    responses = {"200": success}
    if operation.redirects:
        place = {"description": "Where the customer is now.", "schema": {"type": "string"}}
        responses["308"] = {
            "description": "The customer was merged into another",
            "headers": {"Location": place},
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    by_status: dict[int, list[str]] = {}
    for code in codes(operation):
        by_status.setdefault(KINDS[code].status, []).append(code)
    for status, those in sorted(by_status.items()):
        responses[str(status)] = {
            "description": "; ".join(f"`{code}`: {KINDS[code].title}" for code in those),
            "content": {MEDIA_TYPE: {"schema": references[Problem]}},
        }
    return responses


def codes(operation: Operation) -> tuple[str, ...]:
    """Return the code of every problem an operation may answer with, apart from faults."""
    met = ["parameter-invalid", *operation.problems]
    if not operation.open:
        met += [*_KEYED, *_WORKING]
    if operation.scope is not None:
        met.append("scope-missing")
    if operation.body:
        met += [*_BODY, *_BODY_KIND]
        met += [] if operation.open else ["signature-invalid"]
    return tuple(code for code in KINDS if code in met)


def _contents(contents: Iterable[Content], references: dict[Any, Any]) -> dict[str, Any]:
    return {content.media_type: {"schema": _schema(content, references)} for content in contents}


def _schema(content: Content, references: dict[Any, Any]) -> Any:
    if isinstance(content.schema, dict):
        return content.schema
    schemas = [references[kind] for kind in _types(content)]
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _in_path(operation: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": text,
            "schema": {"type": "string", "minLength": 1},
        }
        for name, text in operation.parameters.items()
    ]


def _in_query(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    [_], components = msgspec.json.schema_components([operation.query], ref_template=_REFERENCE)
    schema = components[operation.query.__name__]
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema["required"],
            **_documented(operation.query, name),
            "schema": _without_null(each),
        }
        for name, each in schema["properties"].items()
    ]


def _documented(query: type[Struct], name: str) -> dict[str, str]:
    text = field_texts(query).get(name, "")
    return {"description": text} if text else {}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is given or left out; there is no way to write null in a query."""
    kept = {name: value for name, value in schema.items() if not (name == "default" and value is None)}
    kinds = [each for each in kept.pop("anyOf", []) if each != {"type": "null"}]
    return {**kept, **kinds[0]} if kinds else kept


def _in_header(header: Header) -> dict[str, Any]:
    return {
        "name": header.name,
        "in": "header",
        "required": False,
        "description": header.description,
        "schema": header.schema,
    }
