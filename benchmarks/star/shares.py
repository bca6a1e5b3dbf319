"""Shares of acts that were foretold, for all dialogues and for groups of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from benchmarks.star.procedures import CALLS


class Judged(Struct, frozen=True):
    """One act of the desk, and by the name of each way to foretell it what that had said."""

    task: str
    kind: str
    """`happy`, `unhappy` or `multi_task`, as the dialogue was set up."""
    act: str
    foretold: Mapping[str, str]
    drawn: bool
    """Whether the graph allows it after the act before it."""


def kind_of(dialogue: Mapping[str, Any]) -> str:
    """Return how a dialogue was set up."""
    scenario = dialogue.get("Scenario") or {}
    if scenario.get("MultiTask"):
        return "multi_task"
    return "happy" if scenario.get("Happy") else "unhappy"


def figures(judged: Iterable[Judged]) -> dict[str, Any]:
    """Return the shares over labelled acts, over these and calls together, by kind of dialogue and by task."""
    everything = list(judged)
    labelled = [each for each in everything if each.act not in CALLS]
    return {
        "labelled": _shares(labelled),
        "labelled_and_calls": _shares(everything),
        "by_kind": {kind: _shares(group) for kind, group in _grouped(labelled, "kind").items()},
        "by_task": {task: _shares(group) for task, group in _grouped(labelled, "task").items()},
    }


def _grouped(judged: Iterable[Judged], field: str) -> dict[str, list[Judged]]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        groups[getattr(each, field)].append(each)
    return dict(sorted(groups.items()))


def _shares(judged: list[Judged]) -> dict[str, Any]:
    names = judged[0].foretold if judged else ()
    return {
        "acts": len(judged),
        "allowed_by_graph": _share(each.drawn for each in judged),
        **{name: _share(each.foretold[name] == each.act for each in judged) for name in names},
    }


def _share(hits: Iterable[bool]) -> float:
    found = list(hits)
    return round(sum(found) / len(found), 4) if found else 0.0
