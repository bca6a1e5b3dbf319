"""The diagram of a BPMN document: where each shape and each arrow lies."""

from xml.etree.ElementTree import Element, SubElement, register_namespace

from xop.workspace.diagrams.graph import Edge, Graph
from xop.workspace.diagrams.layout import COLUMN, ROW, Box, lay_out, size_of

_BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
_DC = "http://www.omg.org/spec/DD/20100524/DC"
_DI = "http://www.omg.org/spec/DD/20100524/DI"

for _prefix, _space in (("bpmndi", _BPMNDI), ("dc", _DC), ("di", _DI)):
    register_namespace(_prefix, _space)


def add_plane(definitions: Element, process: str, graph: Graph) -> None:
    """Add the shapes and arrows of a process whose flows are numbered like the graph's edges."""
    diagram = SubElement(definitions, f"{{{_BPMNDI}}}BPMNDiagram", {"id": f"diagram_{process}"})
    plane = SubElement(diagram, f"{{{_BPMNDI}}}BPMNPlane", {"id": f"plane_{process}", "bpmnElement": process})
    boxes = lay_out(graph)
    for name, box in boxes.items():
        _shape(plane, name, box)
    lowest = max(box.y + box.height for box in boxes.values())
    for number, (start, end) in enumerate(graph.endings):
        frame = Box(40 + number * (COLUMN + 60), lowest + ROW, COLUMN + 20, 110)
        shape = _shape(plane, f"within_{start.id}", frame)
        shape.set("isExpanded", "true")
        inner = _inside(frame)
        _shape(plane, start.id, inner[0])
        _shape(plane, end.id, inner[1])
        _arrow(plane, f"flow_{start.id}", inner[0].right, inner[1].left)
    for number, edge in enumerate(graph.edges):
        _edge(plane, f"flow_{number}", edge, graph, boxes)


def _inside(frame: Box) -> tuple[Box, Box]:
    return Box(frame.x + 30, frame.y + 37, 36, 36), Box(frame.x + frame.width - 66, frame.y + 37, 36, 36)


def _shape(plane: Element, name: str, box: Box) -> Element:
    shape = SubElement(plane, f"{{{_BPMNDI}}}BPMNShape", {"id": f"shape_{name}", "bpmnElement": name})
    bounds = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    SubElement(shape, f"{{{_DC}}}Bounds", {key: str(value) for key, value in bounds.items()})
    return shape


def _edge(plane: Element, flow: str, edge: Edge, graph: Graph, boxes: dict[str, Box]) -> None:
    """Arrows to the right are straight; others leave below, and pass under the row they come from."""
    source, target = boxes[edge.source], boxes[edge.target]
    leaves_below = graph.nodes[edge.source].kind == "boundary"
    if not leaves_below and target.x > source.x:
        _arrow(plane, flow, source.right, target.left)
        return
    under = source.bottom[1] + (24 if leaves_below else (ROW - size_of(graph.nodes[edge.source])[1]) // 2)
    turn = target.left[0] - 20
    _arrow(plane, flow, source.bottom, (source.bottom[0], under), (turn, under), (turn, target.left[1]), target.left)


def _arrow(plane: Element, flow: str, *points: tuple[int, int]) -> None:
    edge = SubElement(plane, f"{{{_BPMNDI}}}BPMNEdge", {"id": f"edge_{flow}", "bpmnElement": flow})
    for x, y in points:
        SubElement(edge, f"{{{_DI}}}waypoint", {"x": str(x), "y": str(y)})
