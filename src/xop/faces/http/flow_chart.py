"""Flow charts: a journey drawn as nodes and edges in their places, with what stands and what passed there."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from xop.engine.flow import Passing
from xop.kernel.compiled.journeys import CompiledJourney
from xop.ports.runs import Tally
from xop.workspace.diagrams.drawing import draw_journey
from xop.workspace.diagrams.graph import Edge, Graph, Node
from xop.workspace.diagrams.layout import Box, lay_out

REACHED_ITS_END = frozenset({"end", "goal"})
"""Reasons for which a run ends as it should; any other is a customer lost on the way."""

_OWNED = re.compile(
    r"(?:step|denied|held|failed|nothing|outcome|until|late|join|again_(?:denied|held|failed|nothing)|heard_\d+)_(.+)"
)
"""What diagrams call the nodes of a step."""

_WORDS = ("denied", "held", "failed", "nothing", "late")
"""Nodes that are themselves a way out of their step."""


class ChartNode(Struct, frozen=True):
    """One shape, in pixels from the upper left corner."""

    id: str
    kind: str
    """An event, a task or a gateway, as BPMN has them."""
    event: str
    """What an event is about."""
    step: str
    """The step that it is, or is a part of; empty for entries and ends."""
    label: str
    note: str
    x: int
    y: int
    width: int
    height: int


class ChartEdge(Struct, frozen=True):
    """One arrow."""

    source: str
    target: str
    label: str
    passed: int | None
    """How many went this way; null where that is not counted."""


class StepFlow(Struct, frozen=True):
    """What stands at one step, and what became of those who came to it."""

    step: str
    kind: str
    description: str
    here: int
    """Tokens that stand there now."""
    aside: int
    reached: int
    went_on: int
    ended: int
    """Runs that ended there as they should: by an end or by the goal."""
    left: int
    """Runs that ended there otherwise."""
    share: float | None
    """`left` of `reached`; null where nobody came yet."""
    why: dict[str, int]
    """`left` by the reason and what it is called."""


class Chart(Struct, frozen=True):
    """One version as it is drawn."""

    width: int
    height: int
    nodes: list[ChartNode]
    edges: list[ChartEdge]
    steps: list[StepFlow]


def chart(compiled: CompiledJourney, contacts: frozenset[str], passing: Passing, tallies: Iterable[Tally]) -> Chart:
    """Return a version's chart; `tallies` are of this version."""
    graph = draw_journey(compiled.journey, contacts)
    boxes = lay_out(graph)
    owners = {name: _owner(node, compiled) for name, node in graph.nodes.items()}
    nodes = [_node(node, owners[name], boxes[name]) for name, node in graph.nodes.items()]
    width = max(box.x + box.width for box in boxes.values())
    height = max(box.y + box.height for box in boxes.values())
    steps = list(_steps(compiled, passing, list(tallies)))
    return Chart(width, height, nodes, list(_edges(graph, owners, compiled, passing)), steps)


def _owner(node: Node, compiled: CompiledJourney) -> str:
    found = _OWNED.fullmatch(node.id)
    return found[1] if found is not None and found[1] in compiled.steps else ""


def _node(node: Node, step: str, box: Box) -> ChartNode:
    return ChartNode(node.id, node.kind, node.event, step, node.label, node.note, box.x, box.y, box.width, box.height)


def _steps(compiled: CompiledJourney, passing: Passing, tallies: list[Tally]) -> Iterator[StepFlow]:
    for name, step in compiled.steps.items():
        here = sum(each.tokens for each in tallies if each.step == name and not each.aside)
        aside = sum(each.tokens for each in tallies if each.step == name and each.aside)
        why: Counter[str] = Counter()
        ended = 0
        for (at, reason, outcome), count in passing.ended.items():
            if at == name and reason in REACHED_ITS_END:
                ended += count
            elif at == name:
                why[outcome if reason in {"exit", outcome} else f"{reason}: {outcome}"] += count
        reached = passing.reached[name]
        went_on = sum(count for (source, _, _), count in passing.moved.items() if source == name)
        share = min(1.0, why.total() / reached) if reached else None
        yield StepFlow(
            step=name,
            kind=step.kind,
            description=step.step.description,
            here=here,
            aside=aside,
            reached=reached,
            went_on=went_on,
            ended=ended,
            left=why.total(),
            share=share,
            why=dict(why),
        )


def _edges(graph: Graph, owners: Mapping[str, str], compiled: CompiledJourney, passing: Passing) -> Iterator[ChartEdge]:
    """Yield the arrows; one within a step passed what the arrows it leads to passed."""
    counted = _counted(graph, owners, compiled, passing)
    within = {name for name in graph.nodes if owners[name] and name != f"step_{owners[name]}"}
    for number, edge in enumerate(graph.edges):
        passed = counted.get(number)
        if edge.target in within and not edge.target.startswith(("join_", "again_")):
            passed = sum(counted.get(each, 0) for each in _beyond(graph, edge.target, within))
        elif edge.source.startswith("again_") or edge.target.startswith(("join_", "again_")):
            passed = None
        elif graph.nodes[edge.source].kind == "start":
            passed = _entered(graph, edge, passing)
        elif passed is None:
            passed = 0
        yield ChartEdge(edge.source, edge.target, edge.label, passed)


def _beyond(graph: Graph, name: str, within: set[str]) -> Iterator[int]:
    """Yield the arrows by which a step is left in the end, from one of its inner nodes on."""
    for number, edge in enumerate(graph.edges):
        if edge.source == name and edge.target in within and edge.target != name:
            yield from _beyond(graph, edge.target, within)
        elif edge.source == name:
            yield number


def _counted(graph: Graph, owners: Mapping[str, str], compiled: CompiledJourney, passing: Passing) -> dict[int, int]:
    """Return how many left a step by each arrow that leads out of it: by its name, else by where it leads."""
    leaving: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for number, edge in enumerate(graph.edges):
        owner = owners[edge.source]
        target = owners[edge.target] if edge.target == f"step_{owners[edge.target]}" else ""
        ends = graph.nodes[edge.target].kind == "end" and not target
        if owner and (target or ends):
            leaving.setdefault((owner, target), []).append((number, _way(graph, edge, compiled, owner)))
    counts: Counter[int] = Counter()
    moved = [(source, by, target, count) for (source, by, target), count in passing.moved.items()]
    moved += [(at, "", "", count) for (at, reason, _), count in passing.ended.items() if reason == "end"]
    for source, by, target, count in moved:
        ways = leaving.get((source, target), [])
        named = [number for number, way in ways if way and way == by]
        unnamed = [number for number, way in ways if not way]
        for number in (named or unnamed or [number for number, _ in ways])[:1]:
            counts[number] += count
    return dict(counts)


def _way(graph: Graph, edge: Edge, compiled: CompiledJourney, owner: str) -> str:
    """Return how a run says that it left its step by an arrow; empty where it is the ordinary way."""
    word = edge.source.partition("_")[0]
    if word in _WORDS:
        return word
    if word == "heard":
        return graph.nodes[edge.source].value
    step = compiled.steps[owner].step
    if word == "outcome":
        return "" if edge.default else edge.label
    if step.branch is not None:
        if edge.default:
            return "otherwise"
        number = next((at for at, case in enumerate(step.branch.cases, 1) if case.when == edge.condition), 0)
        return f"case_{number}"
    if step.split is not None:
        return edge.condition.removeprefix("share == '").removesuffix("'")
    return ""


def _entered(graph: Graph, edge: Edge, passing: Passing) -> int | None:
    """Return how many came in by one entry, where its kind tells it from the others."""
    starts = [each for each in graph.nodes.values() if each.kind == "start"]
    if len(starts) == 1:
        return passing.entered.total()
    kind = _entry(graph.nodes[edge.source])
    return passing.entered[kind] if [_entry(each) for each in starts].count(kind) == 1 else None


def _entry(node: Node) -> str:
    if node.label.startswith("in segment "):
        return "segment"
    return {"signal": "signal", "moment": "schedule"}.get(node.event, "api")
