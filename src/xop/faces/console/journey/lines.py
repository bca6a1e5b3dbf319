"""Lines of a drawing: arrows between nodes, led through the gaps between rows where they would cross one."""

from collections import Counter
from collections.abc import Callable, Iterator

from msgspec import Struct

from xop.faces.http.flow_chart import Chart, ChartEdge, ChartNode
from xop.workspace.diagrams.layout import COLUMN, ROW

WIDER = 114
"""How far columns are apart here, in percent of where the layout has them."""

_BESIDE = 7
"""Between lines that share a gap."""

_LANES = 4

_ABOVE, _LETTER_HEIGHT = 6, 13
"""How far a label is above its line, and above the one below it."""

_BEND = 34

_FIRST = 100
"""The middle of the first row."""

_LETTERS = 18

_WIDTHS = ((0.5, "4"), (0.2, "3"), (0.05, "2.2"), (0.0, "1.6"))
"""How wide a line is by the share of all who passed there."""


class Line(Struct, frozen=True):
    """One arrow as it is drawn."""

    path: str
    tone: str
    width: str
    x: int
    """Where its label stands."""
    y: int
    label: str
    whole: str
    """The label in full, for whoever points at it."""
    passed: str
    lowest: int
    last: bool
    """Whether its label ends there rather than beginning."""


def lines_of(chart: Chart, walked: Callable[[ChartEdge], bool]) -> Iterator[Line]:
    """Yield the lines of a chart."""
    nodes = {node.id: node for node in chart.nodes}
    boxes = [node for node in chart.nodes if node.kind != "boundary"]
    most = max((edge.passed or 0 for edge in chart.edges), default=0)
    labelled: Counter[str] = Counter()
    for number, edge in enumerate(chart.edges):
        source, target = nodes[edge.source], nodes[edge.target]
        path, x, y, lowest = _led(source, target, boxes, number)
        tone = "been" if walked(edge) else "idle" if edge.passed == 0 else ""
        label = edge.label if len(edge.label) <= _LETTERS else f"{edge.label[: _LETTERS - 1]}…"
        passed = str(edge.passed) if edge.passed else ""
        last = y != lowest - _ABOVE
        if last and (label or passed):
            y -= labelled[edge.target] * _LETTER_HEIGHT
            labelled[edge.target] += 1
        yield Line(path, tone, _width(edge.passed or 0, most), x, y, label, edge.label, passed, lowest, last)


def _width(passed: int, most: int) -> str:
    share = passed / most if most else 0.0
    return next(width for least, width in _WIDTHS if share > least or least == 0.0) if passed else "1.2"


def _led(source: ChartNode, target: ChartNode, boxes: list[ChartNode], number: int) -> tuple[str, int, int, int]:
    """Return the path, the place of the label, and how far down it goes."""
    sx, sy = source.x + source.width, source.y + source.height // 2
    tx, ty = target.x, target.y + target.height // 2
    if source.kind == "boundary":
        return _below(source, target, number)
    if tx > sx and not _crosses(source, target, boxes):
        bend = max(20, (tx - sx) // 2)
        path = f"M{sx} {sy} C{sx + bend} {sy} {tx - bend} {ty} {tx} {ty}"
        return path, tx - 12, ty - 7, max(sy, ty)
    lane = _lane(max(sy, ty) if tx <= sx else sy, number)
    if tx > sx:
        path = (
            f"M{sx} {sy} C{sx + _BEND} {sy} {sx} {lane} {sx + _BEND} {lane} "
            f"H{tx - 2 * _BEND} C{tx - _BEND} {lane} {tx - _BEND} {ty} {tx} {ty}"
        )
        return path, sx + 2 * _BEND, lane - _ABOVE, lane
    path = (
        f"M{sx} {sy} C{sx + _BEND} {sy} {sx + _BEND} {lane} {sx} {lane} "
        f"H{tx} C{tx - _BEND} {lane} {tx - _BEND} {ty} {tx} {ty}"
    )
    return path, (sx + tx) // 2, lane - _ABOVE, lane


def _below(source: ChartNode, target: ChartNode, number: int) -> tuple[str, int, int, int]:
    """Lead a line out below an event that sits on the edge of a step."""
    x, y = source.x + source.width // 2, source.y + source.height
    tx, ty = target.x, target.y + target.height // 2
    lane = _lane(y - 20, number)
    if tx > x + _BEND:
        path = f"M{x} {y} C{x} {lane} {x} {lane} {x + _BEND} {lane} H{tx - 2 * _BEND}"
        path = f"{path} C{tx - _BEND} {lane} {tx - _BEND} {ty} {tx} {ty}"
        return path, x + 2 * _BEND + 8, lane - _ABOVE, lane
    path = f"M{x} {y} C{x} {lane} {x} {lane} {x - _BEND} {lane} H{tx} C{tx - _BEND} {lane} {tx - _BEND} {ty} {tx} {ty}"
    return path, x - _BEND - 10, lane - _ABOVE, lane


def _lane(y: int, number: int) -> int:
    """Return a height in the gap below the row that a height is in; neighbours do not share it."""
    row = round((y - _FIRST) / ROW)
    return _FIRST + row * ROW + ROW // 2 + (number % _LANES) * _BESIDE - _BESIDE


def _at(sy: int, ty: int, sx: int, tx: int, x: int) -> int:
    share = (x - sx) / max(1, tx - sx)
    return round(sy + (ty - sy) * (3 * share**2 - 2 * share**3))


def _crosses(source: ChartNode, target: ChartNode, boxes: list[ChartNode]) -> bool:
    """Say whether a curve between two nodes would run through another one."""
    sx, sy = source.x + source.width, source.y + source.height // 2
    tx, ty = target.x, target.y + target.height // 2
    if tx - sx < COLUMN * WIDER // 100:
        return False
    between = [box for box in boxes if box.id not in {source.id, target.id} and sx < box.x + box.width and box.x < tx]
    for box in between:
        middle = box.x + box.width // 2
        y = _at(sy, ty, sx, tx, middle)
        if box.y - 8 <= y <= box.y + box.height + 30:
            return True
    return False
