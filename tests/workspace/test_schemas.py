"""The published schemas accept what compiles and refuse what an editor should mark."""

import json
import tomllib

import jsonschema_rs
import pytest
import yaml

from xop.workspace import schemas, starter_files
from xop.workspace.baseline import baseline_files

PATTERNS = {
    "workspace.toml", "purposes.yaml", "identity.yaml", "signals.yaml", "signals/*.yaml", "facts.yaml", "agents.yaml",
    "connections.yaml", "actions/*.yaml", "operations/*.yaml", "journeys/*.yaml", "segments.yaml", "decisions/*.yaml",
    "invariants.yaml", "queues.yaml", "privacy.yaml", "systems.yaml", "retention.yaml",
    "population.yaml", "scenarios/*.yaml",
}  # fmt: skip


def schema_of(path: str) -> dict:
    return schemas()["actions/*.yaml" if path.startswith("actions/") else path]


def value_of(path: str, text: bytes) -> object:
    return tomllib.loads(text.decode()) if path.endswith(".toml") else yaml.safe_load(text)


STARTER = sorted(path for path in starter_files() if path.endswith((".yaml", ".toml")))


def test_every_kind_of_file_has_a_schema():
    assert schemas().keys() == PATTERNS


@pytest.mark.parametrize("pattern", sorted(PATTERNS))
def test_each_schema_is_one(pattern):
    jsonschema_rs.meta.validate(schemas()[pattern])
    json.dumps(schemas()[pattern])


@pytest.mark.parametrize("path", STARTER)
def test_the_starter_fits_the_schemas(path):
    jsonschema_rs.validate(schema_of(path), value_of(path, starter_files()[path]))


def test_the_baseline_fits_the_schemas():
    jsonschema_rs.validate(schema_of("signals.yaml"), value_of("signals.yaml", baseline_files()["signals.yaml"]))


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("purposes.yaml", "basis: contract", "bases: contract"),
        ("purposes.yaml", "basis: contract", "basis: contract\n    name: service"),
        ("purposes.yaml", "window: 7d", "window: 7 days"),
        ("purposes.yaml", "purposes:", "purpose:"),
        ("identity.yaml", "kind: cookie", "kind: cooky"),
        ("signals.yaml", "- count:", "- cont:"),
        ("agents.yaml", "autonomy: suggest", "autonomy: total"),
        ("agents.yaml", "  concierge:", "  con cierge:"),
        ("connections.yaml", "adapter: console", "adapter: telex"),
        ("actions/send_cart_reminder.yaml", "version: 1", "version: 0"),
        ("actions/send_cart_reminder.yaml", "version: 1\n", ""),
        ("workspace.toml", "time_zone", "timezone"),
    ],
)
def test_a_schema_refuses_a_mistake(path, old, new):
    text = starter_files()[path].decode()
    assert old in text
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(schema_of(path), value_of(path, text.replace(old, new).encode()))


def test_the_schemas_describe_structs_and_their_fields():
    definition = schemas()["actions/*.yaml"]["$defs"]["Action"]
    assert definition["description"].startswith("A stable contract")
    assert definition["properties"]["channel"]["description"] == "The channel of a contact."
