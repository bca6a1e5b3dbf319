"""A journey written out as YAML or JSON and read back: the same journey, the same version."""

import json
import re
from typing import Any

import msgspec
import yaml

from xop.kernel.journeys.model import Journey
from xop.workspace.fit import fit
from xop.workspace.problem import Place, Problem
from xop.workspace.sources import text_of
from xop.workspace.yamltree import read_yaml, reads_as_text

_WIDEST = 120
_FIRST = ("name", "description", "entries", "reentry", "priority", "counted", "goal", "exits", "longest", "steps")
"""The fields in the order in which people read them."""

_UNFIT = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that JSON may hold as they are and YAML may not, or takes for line breaks."""

_STR = "tag:yaml.org,2002:str"


class _Dumper(yaml.SafeDumper):
    """Writes YAML that the workspace's reader reads back as it was."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Write every value out, however often it comes."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    lines = text.split("\n")
    if not all(line.isprintable() for line in lines):
        # Line breaks other than `\n` and the like come through only where they are written as escapes.
        style: str | None = '"'
    elif len(lines) > 1:
        style = "|"
    else:
        style = None if reads_as_text(text) else '"'
    return dumper.represent_scalar(_STR, text, style=style)


_Dumper.add_representer(str, _text)


def journey_values(journey: Journey) -> dict[str, Any]:
    """Return a journey as plain values, without fields left to their defaults."""
    plain = msgspec.to_builtins(journey)
    return {name: plain[name] for name in _FIRST if name in plain}


def journey_yaml(journey: Journey) -> str:
    """Return a journey as the YAML of its file."""
    return yaml.dump(journey_values(journey), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDEST)


def journey_json(journey: Journey) -> str:
    """Return a journey as JSON with the same fields as its file; the JSON is YAML too."""
    written = json.dumps(journey_values(journey), indent=2, ensure_ascii=False) + "\n"
    return _UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def read_journey(file: str, content: bytes) -> Journey | list[Problem]:
    """Return the journey that a file holds as YAML or JSON, or every problem of it as a document."""
    problems: list[Problem] = []
    text = text_of(file, content, problems)
    # What `journey_json` writes is YAML too.
    document = read_yaml(file, text, problems) if text is not None else None
    journey = fit(document.value, Journey, Place(document), problems) if document is not None else None
    return journey if journey is not None and not problems else problems
