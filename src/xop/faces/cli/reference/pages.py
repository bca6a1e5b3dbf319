"""Everything in `docs/reference`, by path."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from msgspec import Struct

from xop.faces.cli.reference.adapters import adapters_page
from xop.faces.cli.reference.commands import commands_page
from xop.faces.cli.reference.facts import facts_page
from xop.faces.cli.reference.policies import policies_page
from xop.faces.cli.reference.problems import problems_page
from xop.faces.cli.reference.signals import signals_page
from xop.faces.cli.schema_files import json_text, schema_files
from xop.faces.http import openapi_document


class Staleness(Struct, frozen=True):
    """How a folder differs from what the code says."""

    missing: tuple[str, ...]
    different: tuple[str, ...]
    needless: tuple[str, ...]
    """Schemas of what a workspace no longer holds; pages that people wrote are left alone."""

    def __bool__(self) -> bool:
        return bool(self.missing or self.different or self.needless)


def pages(program: click.Command, sections: Mapping[str, Sequence[click.Command]]) -> dict[str, str]:
    """Return the text of every file by its path within `docs/reference`."""
    return {
        "adapters.md": adapters_page(),
        "cli.md": commands_page(program, sections),
        "facts.md": facts_page(),
        "openapi.json": json_text(json.loads(openapi_document())),
        "policies.md": policies_page(),
        "problems.md": problems_page(),
        "signals.md": signals_page(),
        **{f"schemas/{name}": json_text(schema) for name, schema in sorted(schema_files().items())},
    }


def staleness(folder: Path, expected: Mapping[str, str]) -> Staleness:
    """Return how a folder differs from the pages expected in it."""
    present = {name: (folder / name).read_text(encoding="utf-8") for name in expected if (folder / name).is_file()}
    schemas = {path.relative_to(folder).as_posix() for path in folder.glob("schemas/*")}
    return Staleness(
        missing=tuple(sorted(expected.keys() - present.keys())),
        different=tuple(sorted(name for name, text in present.items() if text != expected[name])),
        needless=tuple(sorted(schemas - expected.keys())),
    )


def write(folder: Path, expected: Mapping[str, str]) -> Staleness:
    """Make a folder hold exactly the pages expected in it, and return what differed before."""
    found = staleness(folder, expected)
    for name in (*found.missing, *found.different):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(expected[name], encoding="utf-8")
    for name in found.needless:
        (folder / name).unlink()
    return found
