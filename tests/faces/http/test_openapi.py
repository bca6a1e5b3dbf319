"""The published document."""

import json
import re

import jsonschema_rs
import pytest

from xop.faces.http import build_app, openapi_document
from xop.faces.http.problems import KINDS
from xop.faces.http.routes import OPERATIONS


@pytest.fixture(scope="module")
def document() -> dict:
    """The published document."""
    loaded: dict = json.loads(openapi_document())
    return loaded


def operations(document):
    return [
        (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


async def test_what_is_served_is_what_is_documented(bakery, document):
    app = build_app(bakery.platform)
    assert app.paths == set(document["paths"])
    for path, item in document["paths"].items():
        response = await bakery.ask("BREW", re.sub(r"\{\w+\}", "x", path))
        assert response.headers["allow"].split(", ") == sorted(method.upper() for method in item)


async def test_the_document_is_served(bakery):
    response = await bakery.get("/openapi.json", None)
    assert response.content == openapi_document()
    assert response.headers["content-type"] == "application/json"


def test_every_operation_is_named_once_and_described(document):
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names)) == len(OPERATIONS)
    for _, _, operation in operations(document):
        assert operation["summary"]
        assert operation["tags"]


def test_every_parameter_in_a_path_is_described(document):
    for method, path, operation in operations(document):
        named = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path)), (method, path)
        assert all(each["description"] for each in operation.get("parameters", []) if each["in"] != "query")


def test_every_operation_that_needs_a_key_says_so_and_what_scope(document):
    by_place = {(each.method, each.path): each for each in OPERATIONS}
    for method, path, operation in operations(document):
        assert ("security" in operation) == (not by_place[method, path].open)
        assert operation.get("x-scope") == by_place[method, path].scope
        assert {"401", "503"} <= set(operation["responses"]) or by_place[method, path].open


def test_every_problem_is_documented_with_its_status(document):
    by_place = {(each.method, each.path): each for each in OPERATIONS}
    for method, path, operation in operations(document):
        for code in by_place[method, path].problems:
            assert f"`{code}`" in operation["responses"][str(KINDS[code].status)]["description"]


def test_every_schema_is_one_and_every_reference_leads_somewhere(document):
    schemas = document["components"]["schemas"]
    for name in re.findall(r'"#/components/schemas/(\w+)"', openapi_document().decode()):
        assert name in schemas
    for schema in schemas.values():
        jsonschema_rs.meta.validate(schema)
    for _, _, operation in operations(document):
        for parameter in operation.get("parameters", []):
            jsonschema_rs.meta.validate(parameter["schema"])


def test_fields_are_described_where_the_source_describes_them(document):
    wait = document["components"]["schemas"]["ProposalRequest"]["properties"]["wait"]
    assert wait["description"].startswith("How many seconds")
    inherited = document["components"]["schemas"]["ProposalAnswer"]["properties"]
    assert inherited["code"]["description"] == "The rule that decided."
    assert inherited["outcome"]["description"]
