"""Ways to foretell the next act from the last one alone, to compare journeys with."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

from benchmarks.star.happenings import Heard
from benchmarks.star.listening import Turn
from benchmarks.star.procedures import CALLS, START, Procedure

Foretelling = Callable[[Heard], str]
"""Gives the act that a desk will do next, or nothing, by what it last heard and all before."""


def foretellings(procedures: Mapping[str, Procedure], learned: Iterable[Turn]) -> dict[str, Foretelling]:
    """Return the ways by name.

    `graph_as_written`: the successor that the graph has for the node of the last act, a label or a call; `hello` first.
    `labels_only`: the same of the last labelled act, calls left out.
    `graph_with_answers`: the first way on once answers are given back to what they answer (`procedures.procedure`).
    `habit`: what most often came next after the last act of the task in the dialogues learned from.
    """
    usual = _habit(learned)
    return {
        "graph_as_written": lambda heard: _written(procedures[heard.task], heard.told),
        "labels_only": lambda heard: _written(procedures[heard.task], [act for act in heard.told if act not in CALLS]),
        "graph_with_answers": lambda heard: _drawn(procedures[heard.task], heard),
        "habit": lambda heard: usual.get((heard.task, heard.place), ""),
    }


def on_graph(procedure: Procedure, heard: Heard) -> frozenset[str]:
    """Return every act that a graph allows next, whatever the answer."""
    return frozenset(edge.act for edge in procedure.edges.get(heard.place, ()))


def _written(procedure: Procedure, told: Iterable[str]) -> str:
    last = next(reversed([*told]), START)
    return "hello" if last == START else procedure.graph.get(last, "")


def _drawn(procedure: Procedure, heard: Heard) -> str:
    place = heard.told[-1] if heard.place == START and heard.told else heard.place
    return next((edge.act for edge in procedure.edges.get(place, ())), "")


def _habit(learned: Iterable[Turn]) -> dict[tuple[str, str], str]:
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for heard, acted in learned:
        counts[heard.task, heard.place][acted.act] += 1
    return {place: each.most_common(1)[0][0] for place, each in counts.items()}
