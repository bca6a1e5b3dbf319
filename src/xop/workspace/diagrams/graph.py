"""A journey as nodes and edges, as diagrams draw it."""

from dataclasses import dataclass, field
from typing import Literal

EventKind = Literal["", "signal", "duration", "moment", "condition", "error", "escalation", "terminate"]

NodeKind = Literal[
    "start",
    "end",
    "catch",
    "boundary",
    "send",
    "service",
    "rule",
    "script",
    "user",
    "call",
    "choice",
    "race",
    "fork",
    "join_all",
    "join_any",
]
"""What a node is: events, tasks, then gateways."""

EVENTS: frozenset[str] = frozenset({"start", "end", "catch", "boundary"})
GATEWAYS: frozenset[str] = frozenset({"choice", "race", "fork", "join_all", "join_any"})


@dataclass(frozen=True, slots=True)
class Node:
    """One shape of a diagram."""

    id: str
    """Letters, digits and `_`."""
    kind: NodeKind
    label: str
    event: EventKind = ""
    """What an event is about."""
    value: str = ""
    """The signal, the span, the moment, the condition, or the journey called."""
    host: str = ""
    """The node that a boundary event sits on."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """One arrow of a diagram."""

    source: str
    target: str
    label: str = ""
    condition: str = ""
    default: bool = False


@dataclass(slots=True)
class Graph:
    """A journey's steps, how they lead to one another, and what ends it from outside of them."""

    name: str
    description: str
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    endings: list[tuple[Node, Node]] = field(default_factory=list)
    """Goals and exits: the event that ends the run, and its end."""

    def add(self, node: Node) -> str:
        """Add a node; return its id."""
        self.nodes[node.id] = node
        return node.id

    def link(self, source: str, target: str, label: str = "", *, condition: str = "", default: bool = False) -> None:
        """Add an edge."""
        self.edges.append(Edge(source, target, label, condition, default))
