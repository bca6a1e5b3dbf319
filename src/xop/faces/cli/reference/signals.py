"""The page of the baseline's signal types."""

from typing import Any

import yaml

from xop.faces.cli.reference.markdown import code, page, table
from xop.workspace.baseline import baseline_files

_INTRODUCTION = """Every workspace understands these types; it declares its own beside them in `signals.yaml`. A signal is a
CloudEvent: its `subject` is an identifier written `namespace:value`, and its `data` fits the schema of its type."""


def signals_page() -> str:
    """Return the page: every type with its data and what it changes."""
    blocks: list[list[str] | str] = [_INTRODUCTION]
    for name, declared in _declared().items():
        changes = ["Changes:", "", "```yaml", *_yaml(declared["changes"]), "```"] if declared.get("changes") else ""
        blocks += [f"## {name}", declared["description"], _data(declared.get("schema", {})), changes]
    return page("Baseline signals", *blocks)


def _data(schema: dict[str, Any]) -> list[str]:
    required = set(schema.get("required", []))
    rows = [
        (code(name), _kind(field), "yes" if name in required else "", field.get("description", ""))
        for name, field in schema.get("properties", {}).items()
    ]
    return table(("data", "type", "required", "meaning"), rows) if rows else ["Any data."]


def _kind(field: dict[str, Any]) -> str:
    if "enum" in field:
        return " or ".join(code(str(each)) for each in field["enum"])
    kind = field.get("type", "any")
    kinds = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{kinds} ({field['format']})" if "format" in field else kinds


def _yaml(value: Any) -> list[str]:
    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110)).rstrip().splitlines()


def _declared() -> dict[str, Any]:
    """Return what the baseline's files declare, the first file's first."""
    files = sorted((path, text) for path, text in baseline_files().items() if path.startswith("signals"))
    return {name: each for _, text in files for name, each in yaml.safe_load(text)["signals"].items()}
