"""Writes a journey as BPMN 2.0: a process that can be read elsewhere, with its diagram.

Names of elements and attributes are those of the Object Management Group's BPMN 2.0.2 (formal/2013-12-09).
"""

import re
from xml.etree.ElementTree import Element, QName, SubElement, indent, register_namespace, tostring

from xop.kernel.journeys.model import Journey
from xop.workspace.diagrams.drawing import draw_journey
from xop.workspace.diagrams.graph import Edge, Graph, Node
from xop.workspace.diagrams.plane import add_plane
from xop.workspace.journeys.version import journey_version

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
register_namespace("bpmn", MODEL)
register_namespace("xsi", _XSI)

_CEL = "https://cel.dev"
_TARGET = "urn:xop:journey"

_ELEMENTS = {
    "start": "startEvent",
    "end": "endEvent",
    "catch": "intermediateCatchEvent",
    "boundary": "boundaryEvent",
    "send": "sendTask",
    "service": "serviceTask",
    "rule": "businessRuleTask",
    "script": "scriptTask",
    "user": "userTask",
    "call": "callActivity",
    "choice": "exclusiveGateway",
    "race": "eventBasedGateway",
    "fork": "parallelGateway",
    "join_all": "parallelGateway",
    "join_any": "complexGateway",
}

_ROOTS = ("signal", "error", "escalation")
"""Events that refer to an element beside the process."""

_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold in any way."""


def bpmn(journey: Journey, contacts: frozenset[str] = frozenset()) -> str:
    """Return a journey as a BPMN 2.0 document; `contacts` are the actions that send something to the customer.

    Goals and exits are event sub-processes; timers hold ISO 8601 durations, or say the clock time in words.
    """
    graph = draw_journey(journey, contacts)
    version = journey_version(journey)
    definitions = Element(_name("definitions"), {"id": f"definitions_{journey.name}", "targetNamespace": _TARGET})
    definitions.set("expressionLanguage", _CEL)
    definitions.set("exporter", "xop")
    roots = _roots(definitions, graph)
    told = {"id": f"journey_{journey.name}", "name": f"{journey.name} {version}", "isExecutable": "false"}
    process = SubElement(definitions, _name("process"), told)
    _document(process, journey.description)
    edges = [(f"flow_{number}", edge) for number, edge in enumerate(graph.edges)]
    for node in graph.nodes.values():
        _node(process, node, edges, roots)
    for start, end in graph.endings:
        _ending(process, start, end, roots)
    for flow, edge in edges:
        _flow(process, flow, edge)
    add_plane(definitions, process.attrib["id"], graph)
    indent(definitions)
    return tostring(definitions, encoding="unicode", xml_declaration=True) + "\n"


def _name(tag: str) -> str:
    return f"{{{MODEL}}}{tag}"


def _fit(text: str) -> str:
    return _UNFIT.sub("\ufffd", text)


def _document(element: Element, text: str) -> None:
    if text:
        SubElement(element, _name("documentation")).text = _fit(text)


def _roots(definitions: Element, graph: Graph) -> dict[tuple[str, str], str]:
    """Add the signals, errors and escalations that events refer to; return their ids."""
    events = [*graph.nodes.values(), *(start for start, _ in graph.endings)]
    found: dict[tuple[str, str], str] = {}
    for node in events:
        key = (node.event, node.value)
        if node.event in _ROOTS and key not in found:
            found[key] = f"{node.event}_{len(found)}"
            root = SubElement(definitions, _name(node.event), {"id": found[key], "name": _fit(node.value)})
            if node.event != "signal":
                root.set(f"{node.event}Code", _fit(node.value))
    return found


def _node(parent: Element, node: Node, edges: list[tuple[str, Edge]], roots: dict[tuple[str, str], str]) -> Element:
    element = SubElement(parent, _name(_ELEMENTS[node.kind]), {"id": node.id})
    if node.label:
        element.set("name", _fit(node.label))
    if node.kind == "boundary":
        element.set("attachedToRef", node.host)
        element.set("cancelActivity", "true")
    if node.kind == "call":
        element.set("calledElement", f"journey_{node.value}")
    _document(element, node.note)
    _ways(element, node, edges)
    if node.kind == "join_any":
        _expression(element, "activationCondition", "1")
    if node.kind == "user":
        role = SubElement(element, _name("potentialOwner"))
        _expression(
            SubElement(role, _name("resourceAssignmentExpression")), "formalExpression", node.value, typed=False
        )
    _event(element, node, roots)
    return element


def _ways(element: Element, node: Node, edges: list[tuple[str, Edge]]) -> None:
    for flow, edge in edges:
        if edge.target == node.id:
            SubElement(element, _name("incoming")).text = flow
    for flow, edge in edges:
        if edge.source == node.id:
            SubElement(element, _name("outgoing")).text = flow
            if edge.default:
                element.set("default", flow)


def _event(element: Element, node: Node, roots: dict[tuple[str, str], str]) -> None:
    if node.event in _ROOTS:
        about = SubElement(element, _name(f"{node.event}EventDefinition"))
        about.set(f"{node.event}Ref", roots[node.event, node.value])
    elif node.event == "duration":
        timer = SubElement(element, _name("timerEventDefinition"))
        _expression(timer, "timeDuration", iso_duration(node.value))
    elif node.event == "moment":
        timer = SubElement(element, _name("timerEventDefinition"))
        _expression(timer, "timeDate", node.value)
    elif node.event == "condition":
        _expression(SubElement(element, _name("conditionalEventDefinition")), "condition", node.value)
    elif node.event == "terminate":
        SubElement(element, _name("terminateEventDefinition"))


def _expression(parent: Element, tag: str, text: str, *, typed: bool = True) -> None:
    element = SubElement(parent, _name(tag))
    if typed:
        # As a QName the type follows whatever prefix the document gives the namespace.
        element.set(f"{{{_XSI}}}type", QName(MODEL, "tFormalExpression"))  # type: ignore[arg-type]  # written as text by the serializer
    element.text = _fit(text)


def _ending(process: Element, start: Node, end: Node, roots: dict[tuple[str, str], str]) -> None:
    """A goal or an exit interrupts the process, wherever it stands."""
    inside = SubElement(process, _name("subProcess"), {"id": f"within_{start.id}", "triggeredByEvent": "true"})
    inside.set("name", start.label)
    edge = Edge(start.id, end.id)
    flow = f"flow_{start.id}"
    _node(inside, start, [(flow, edge)], roots)
    _node(inside, end, [(flow, edge)], roots)
    _flow(inside, flow, edge)


def _flow(parent: Element, flow: str, edge: Edge) -> None:
    told = {"id": flow, "sourceRef": edge.source, "targetRef": edge.target}
    element = SubElement(parent, _name("sequenceFlow"), told)
    if edge.label:
        element.set("name", _fit(edge.label))
    if edge.condition:
        _expression(element, "conditionExpression", edge.condition)


def iso_duration(span: str) -> str:
    """Return a span of time as an ISO 8601 duration."""
    number, unit = int(span.rstrip("msdhw")), span.lstrip("0123456789")
    if unit == "ms":
        return f"PT{number / 1000:g}S"
    return f"P{number}{unit.upper()}" if unit in {"d", "w"} else f"PT{number}{unit.upper()}"
