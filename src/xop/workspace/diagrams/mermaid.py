"""Writes a journey as a Mermaid flowchart."""

import re

from xop.kernel.journeys.model import Journey
from xop.workspace.diagrams.drawing import draw_journey
from xop.workspace.diagrams.graph import Edge, Graph, Node

_PLAIN = re.compile(r"[^\w .,:()%-]")
_LONGEST = 80

_SHAPES = {
    "start": ("([", "])"),
    "end": ("([", "])"),
    "catch": ("([", "])"),
    "choice": ("{", "}"),
    "race": ("{{", "}}"),
    "fork": ("[[", "]]"),
    "join_all": ("[[", "]]"),
    "join_any": ("[[", "]]"),
    "user": ("[/", "/]"),
    "call": ("[[", "]]"),
}


def mermaid(journey: Journey) -> str:
    """Return a journey as a Mermaid flowchart; all its texts are escaped."""
    graph = draw_journey(journey)
    lines = ["flowchart TD"]
    lines += [f"    {_shape(node)}" for node in graph.nodes.values() if node.kind != "boundary"]
    lines += [f"    {_arrow(graph, edge)}" for edge in graph.edges]
    for start, end in graph.endings:
        lines += [f"    {_shape(start)}", f"    {_shape(end)}", f"    {start.id} --> {end.id}"]
    return "\n".join(lines) + "\n"


def _shape(node: Node) -> str:
    left, right = _SHAPES.get(node.kind, ("[", "]"))
    label = node.label or {"join_all": "all paths", "join_any": "first path", "choice": "outcome"}.get(node.kind, "")
    return f'{node.id}{left}"{_escaped(label)}"{right}'


def _arrow(graph: Graph, edge: Edge) -> str:
    source = graph.nodes[edge.source]
    if source.kind == "boundary":
        # Flowcharts have no events on the edge of a task: the arrow itself says what happened.
        return f'{source.host} -. "{_escaped(source.label)}" .-> {edge.target}'
    return (
        f'{edge.source} -->|"{_escaped(edge.label)}"| {edge.target}'
        if edge.label
        else f"{edge.source} --> {edge.target}"
    )


def _escaped(text: str) -> str:
    """Return text as it may stand between quotes: whatever could mean something is written as its number."""
    short = " ".join(text.split())
    short = short if len(short) <= _LONGEST else f"{short[:_LONGEST]}…"
    return _PLAIN.sub(lambda found: f"#{ord(found[0])};", short) or " "
