"""Places the nodes of a graph on a plane: in columns by how far they are from the start, in rows by their order."""

from dataclasses import dataclass

from xop.workspace.diagrams.graph import EVENTS, GATEWAYS, Graph, Node

COLUMN, ROW = 200, 140
"""Between the middles of neighbours, in pixels."""

_EVENT, _GATEWAY, _TASK = (36, 36), (50, 50), (120, 80)
_MARGIN = 100


@dataclass(frozen=True, slots=True)
class Box:
    """Where a node lies, in pixels from the upper left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def left(self) -> tuple[int, int]:
        """The middle of the left side, where arrows come in."""
        return self.x, self.y + self.height // 2

    @property
    def right(self) -> tuple[int, int]:
        """The middle of the right side, where arrows go out."""
        return self.x + self.width, self.y + self.height // 2

    @property
    def bottom(self) -> tuple[int, int]:
        """The middle of the lower side."""
        return self.x + self.width // 2, self.y + self.height


def size_of(node: Node) -> tuple[int, int]:
    """Return the width and height of a node."""
    if node.kind in EVENTS:
        return _EVENT
    return _GATEWAY if node.kind in GATEWAYS else _TASK


def lay_out(graph: Graph) -> dict[str, Box]:
    """Return the box of every node; boundary events lie on the lower side of their host."""
    columns = _columns(graph)
    rows: dict[int, int] = {}
    boxes: dict[str, Box] = {}
    for name, node in graph.nodes.items():
        if node.kind == "boundary":
            continue
        column = columns[name]
        row = rows[column] = rows.get(column, -1) + 1
        width, height = size_of(node)
        middle = _MARGIN + column * COLUMN, _MARGIN + row * ROW
        boxes[name] = Box(middle[0] - width // 2, middle[1] - height // 2, width, height)
    seats: dict[str, int] = {}
    for name, node in graph.nodes.items():
        if node.kind == "boundary":
            host, seat = boxes[node.host], seats.get(node.host, 0)
            seats[node.host] = seat + 1
            width, height = _EVENT
            boxes[name] = Box(host.x + seat * (width + 2), host.y + host.height - height // 2, width, height)
    return boxes


def _columns(graph: Graph) -> dict[str, int]:
    """Return how many arrows at least lead to each node; what nothing leads to stands first."""
    out: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for edge in graph.edges:
        out[graph.nodes[edge.source].host or edge.source].append(edge.target)
    columns = {name: 0 for name, node in graph.nodes.items() if node.kind == "start"}
    waiting = list(columns)
    for name in waiting:
        for target in out[name]:
            if target not in columns:
                columns[target] = columns[name] + 1
                waiting.append(target)
    return {name: columns.get(name, 0) for name in graph.nodes}
