"""Compiles the JSON Schemas of signals and actions into checks of their data."""

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from xop.kernel.release import DataCheck
from xop.workspace.problem import Place, Problem, quote

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_LONGEST = 300
_LARGEST_PATTERN = 1_000_000
"""Bytes of one compiled pattern."""


def compile_schema(schema: Mapping[str, Any], place: Place, problems: list[Problem]) -> DataCheck | None:
    """Return a check of data against a schema, or None after adding its problem; nothing is ever fetched."""
    dialect = schema.get("$schema", DIALECT)
    if dialect != DIALECT:
        cause = f"the schema is written for {quote(dialect)}"
        problems.append(place.at("$schema").problem(cause, "leave `$schema` out: schemas are JSON Schema 2020-12"))
        return None
    try:
        validator = jsonschema_rs.Draft202012Validator(
            dict(schema),
            validate_formats=True,
            # Patterns come from outside and meet data from outside: this engine takes linear time.
            pattern_options=jsonschema_rs.RegexOptions(size_limit=_LARGEST_PATTERN),
            mask="the value",
            offline=True,
        )
    except jsonschema_rs.ValidationError as error:
        cause = f"this is no JSON Schema: {_short(error.message)}"
        problems.append(place.at(*error.instance_path).problem(cause, _remedy(error.message)))
        return None
    except ValueError as error:
        cause = f"this is no JSON Schema: {_short(str(error))}"
        problems.append(place.problem(cause, "write a JSON Schema 2020-12"))
        return None
    return _check(validator)


def _check(validator: jsonschema_rs.Draft202012Validator) -> DataCheck:
    def misfit(data: Any) -> str | None:
        try:
            if validator.is_valid(data):
                return None
            validator.validate(data)
        except jsonschema_rs.ValidationError as error:
            where = ".".join(map(str, error.instance_path))
            return f"{where}: {_short(error.message)}" if where else _short(error.message)
        except ValueError as error:
            return f"the data is no JSON: {_short(str(error))}"
        return None

    return misfit


def _short(text: str) -> str:
    first = next(iter(text.splitlines()), "")
    return first if len(first) <= _LONGEST else f"{first[:_LONGEST]}…"


def _remedy(message: str) -> str:
    if '"regex"' in message:
        return "write the pattern in RE2 syntax, without look-around and back-references"
    if "retriev" in message or "registry" in message:
        return "refer to `#/$defs/…` of the same schema: other documents are not fetched"
    return "write a JSON Schema 2020-12"
