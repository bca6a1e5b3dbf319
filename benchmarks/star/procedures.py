"""The task graphs: which act of the desk follows which, and what the customer or the service must have answered."""

import json
from pathlib import Path
from typing import Any

from msgspec import Struct

START = "start"
"""Where a desk stands before its first act."""

RECEPTION = "reception"
"""The task of a desk that serves several, until it has selected one."""

CALLS = ("query_check", "query", "query_book")
"""Calls of a service, in the order in which a graph makes them."""

_OF_CHECK = frozenset({"available", "unavailable"})
_OF_CALL = frozenset({*_OF_CHECK, "query_success", "query_failure"})
_MISSING = "info_missing"
_LAST = ("anything_else", "bye", "goodbye", "instructions_done")
"""Acts that leave nothing open; what a customer answers to them no graph says."""


class Edge(Struct, frozen=True):
    """One way on in a graph."""

    act: str
    meaning: str = ""
    """The answer that leads there, such as `yes`; empty when any does."""


class Procedure(Struct, frozen=True):
    """One task: its acts, and the ways on after each."""

    task: str
    graph: dict[str, str]
    """As it is written, one successor a node."""
    edges: dict[str, tuple[Edge, ...]]
    acts: frozenset[str]


def read_procedures(folder: Path) -> dict[str, Procedure]:
    """Return the procedures below `folder` or its `star` folder, by task; ends the program when there are none."""
    places = [place for place in (folder, folder / "star", folder.parent) if (place / "tasks").is_dir()]
    files = sorted((places[0] / "tasks").glob("*/*.json")) if places else []
    graphs = {each.stem: json.loads(each.read_text("utf-8")) for each in files if each.stem == each.parent.name}
    if not graphs:
        raise SystemExit(f"There are no task graphs (tasks/NAME/NAME.json) in {folder} or {folder / 'star'}")
    replies = {each.parent.name: json.loads(each.read_text("utf-8")) for each in files if each.stem == "responses"}
    found = {task: procedure(task, graph["graph"], replies.get(task, {})) for task, graph in graphs.items()}
    return {**found, RECEPTION: procedure(RECEPTION, {"hello": "ask_name"}, {"hello": "", "ask_name": ""})}


def procedure(task: str, graph: dict[str, str], replies: dict[str, Any]) -> Procedure:
    """Return a graph with its answers given back to what they answer.

    A graph has answers such as `yes` or `available` as nodes of their own with nothing that leads to them. What a
    service answers belongs to the call that nothing follows; that something is missing, to what was asked for before;
    whatever else a customer answers, to the acts that leave something open.
    """
    answers = [name for name in graph if name not in replies and name not in CALLS and name not in graph.values()]
    acts = {name for name in (*graph, *graph.values()) if name not in answers}
    edges = {name: (Edge(act),) for name, act in graph.items() if name in acts}
    open_calls = [call for call in CALLS if call in acts and call not in edges]
    open_acts = [act for act in sorted(acts) if act not in edges and act not in CALLS and not _leaves_nothing_open(act)]
    first = asked = next(iter(graph), "")
    for answer in answers:
        edge = Edge(graph[answer], answer)
        missing = answer.startswith(_MISSING)
        for place in _asked(graph, asked) if missing else _places(answer, open_calls, open_acts):
            edges[place] = (*edges.get(place, ()), edge)
        asked = edge.act if missing else asked
    return Procedure(task, graph, {START: (Edge(first),), **edges}, frozenset(acts) | frozenset(replies))


def _places(answer: str, calls: list[str], acts: list[str]) -> list[str]:
    """Return what an answer answers: a check comes before the call whose success it allows."""
    if answer not in _OF_CALL:
        return acts
    if len(calls) < len(CALLS) - 1:
        return calls
    return calls[:1] if answer in _OF_CHECK else calls[1:]


def _asked(graph: dict[str, str], first: str) -> list[str]:
    """Return what is asked from an act on until a call; that something else is missing is told after the second round."""
    found: list[str] = []
    while first in graph and first not in CALLS and first not in found:
        found.append(first)
        first = graph[first]
    return [act for act in found if "_ask_" in act]


def _leaves_nothing_open(act: str) -> bool:
    return any(word in act for word in _LAST)
