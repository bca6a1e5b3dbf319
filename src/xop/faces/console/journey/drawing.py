"""The drawing of a journey: the chart of the API as shapes and lines that a page can show."""

from collections.abc import Collection, Mapping
from itertools import pairwise
from textwrap import wrap

from msgspec import Struct
from msgspec.structs import replace

from xop.faces.console.journey.lines import WIDER, Line, lines_of
from xop.faces.console.words import marked
from xop.faces.http.flow_chart import Chart, ChartEdge, ChartNode, StepFlow

_TASKS = frozenset({"send", "service", "rule", "script", "user", "call"})
_GATES = frozenset({"choice", "race", "fork", "join_all", "join_any"})

_SHOWN = frozenset({"added", "changed"})

_TASK_LETTERS, _LABEL_LETTERS = 17, 22
"""Letters of a line in a box, and of one below a sign."""

_MOST_LINES = 2

_EDGE, _SEAT, _FROM = 22, 42, 6
"""An event on the edge of a step: its size, how far it is to the next one, and where the first one begins."""

_MARGIN, _LABELS = 92, 34
"""Room for half a label beside the middle of a shape, and for one below it."""

_LETTER, _LEAST_LETTER = 12, 10
"""How high letters are, and how high they must stay at least."""

_LEAST_LOST = 0.15
"""The share of those who came and left there from which on a step stands out."""

KINDS: Mapping[str, str] = marked(
    {
        "propose": "does something",
        "choose": "chooses",
        "wait": "waits",
        "wait_for": "waits for a signal",
        "branch": "branches",
        "split": "divides by chance",
        "parallel": "goes several ways",
        "call": "calls a journey",
        "ask": "asks a person",
        "handover": "hands over",
        "sets": "remembers",
        "end": "ends",
    }
)
"""What each kind of step does, in words."""


class Text(Struct, frozen=True):
    """One line of a label."""

    x: int
    y: int
    text: str
    strong: bool = False


class Shape(Struct, frozen=True):
    """One node in its place."""

    id: str
    form: str
    """`box`, `circle` or `diamond`."""
    tone: str
    href: str
    """Where its runs are listed; empty for what is no step."""
    said: str
    """Everything about it in one sentence, for whoever does not see it."""
    x: int
    y: int
    width: int
    height: int
    texts: tuple[Text, ...]
    here: str
    """How many stand there; empty for none."""
    lost: str
    """How many of those who came left there, where that stands out."""
    mark: str
    """How it differs from the version that is compared with."""
    sign: str
    """What a sign stands for: the kind of its event or gateway."""
    filled: bool = False
    thick: bool = False

    @property
    def middle(self) -> tuple[int, int]:
        """The middle of the shape."""
        return self.x + self.width // 2, self.y + self.height // 2

    @property
    def points(self) -> str:
        """The corners of a diamond."""
        x, y = self.middle
        return f"{x},{self.y} {self.x + self.width},{y} {x},{self.y + self.height} {self.x},{y}"


class Drawing(Struct, frozen=True):
    """A whole journey, drawn."""

    left: int
    """Where it begins: nothing is drawn before."""
    width: int
    height: int
    shapes: tuple[Shape, ...]
    lines: tuple[Line, ...]


class Looks(Struct, frozen=True):
    """What is to stand out in a drawing."""

    place: str
    """The address of the page, to which a step's name is added."""
    chosen: str = ""
    """The step whose runs are listed."""
    way: tuple[str, ...] = ()
    """The steps that one customer came to, in order."""
    now: Collection[str] = ()
    """Where that customer stands."""
    changes: Mapping[str, str] = {}
    """How steps differ from another version."""


def drawing_of(chart: Chart, looks: Looks, sentences: Mapping[str, str]) -> Drawing:
    """Return a chart as it is drawn; `sentences` tell of each step."""
    chart = _spread(chart)
    flows = {each.step: each for each in chart.steps}
    shapes = tuple(_shape(node, flows.get(node.step), looks, sentences) for node in chart.nodes)
    walked, steps = frozenset(pairwise(looks.way)), {node.id: node.step for node in chart.nodes}

    def taken(edge: ChartEdge) -> bool:
        target = steps[edge.target]
        return edge.target == f"step_{target}" and (steps[edge.source], target) in walked

    lines = tuple(lines_of(chart, taken))
    lowest = max(line.lowest for line in lines) if lines else 0
    left = max(0, min((shape.middle[0] for shape in shapes), default=_MARGIN) - _MARGIN)
    lowest = max(lowest, *(shape.y + shape.height + _LABELS for shape in shapes)) if shapes else lowest
    return Drawing(left, chart.width + 110 - left, lowest + 20, shapes, lines)


def least_width(width: int) -> int:
    """Return how narrow a drawing may be shown before its letters are too small to be read without effort."""
    return width * _LEAST_LETTER // _LETTER


def _spread(chart: Chart) -> Chart:
    """Return a chart with room between its columns for what is written on lines, and with smaller events on edges."""
    nodes: list[ChartNode] = []
    hosts: dict[str, ChartNode] = {}
    seats: dict[str, int] = {}
    for node in chart.nodes:
        if node.kind != "boundary":
            x = (node.x + node.width // 2) * WIDER // 100 - node.width // 2
            nodes.append(replace(node, x=x))
            hosts[node.step] = nodes[-1] if node.id == f"step_{node.step}" else hosts.get(node.step, nodes[-1])
    for node in chart.nodes:
        if node.kind == "boundary":
            host, seat = hosts[node.step], seats.get(node.step, 0)
            seats[node.step] = seat + 1
            x, y = host.x + _FROM + seat * _SEAT, host.y + host.height - _EDGE // 2
            nodes.append(replace(node, x=x, y=y, width=_EDGE, height=_EDGE))
    return replace(chart, nodes=nodes, width=chart.width * WIDER // 100)


def _shape(node: ChartNode, flow: StepFlow | None, looks: Looks, sentences: Mapping[str, str]) -> Shape:
    whole = flow is not None and node.id == f"step_{node.step}"
    form = "box" if node.kind in _TASKS else "diamond" if node.kind in _GATES else "circle"
    lost = whole and flow is not None and flow.share is not None and flow.share >= _LEAST_LOST
    tones = [
        *(["chosen"] if whole and node.step == looks.chosen else []),
        *(["been"] if node.step in looks.way and (whole or form == "circle") else []),
        *(["now"] if whole and node.step in looks.now else []),
        *(["lost"] if lost else []),
        *([looks.changes[node.step]] if whole and looks.changes.get(node.step) in _SHOWN else []),
    ]
    return Shape(
        id=node.id,
        form=form,
        tone=" ".join(tones),
        href=f"{looks.place}step={node.step}#standing" if whole else "",
        said=sentences.get(node.step, node.label) if whole else _spaced(node.label) or node.kind,
        x=node.x,
        y=node.y,
        width=node.width,
        height=node.height,
        texts=tuple(_texts(node, form)),
        here=str(flow.here) if whole and flow is not None and flow.here else "",
        lost=f"{flow.share:.0%}" if lost and flow is not None and flow.share is not None else "",
        mark=looks.changes.get(node.step, "") if whole else "",
        sign=node.event or node.kind,
        filled=node.kind == "end",
        thick=node.kind in {"end", "start"},
    )


def _texts(node: ChartNode, form: str) -> list[Text]:
    """Return the lines of a label: in a box, the step above what it does; below a sign otherwise."""
    label = _spaced(node.label)
    x, y = node.x + node.width // 2, node.y + node.height // 2
    if form == "box":
        name, _, rest = label.partition(": ")
        first, second = _lines(name, _TASK_LETTERS), _lines(rest, _TASK_LETTERS)
        lines = [(text, True) for text in first] + [(text, False) for text in second]
        top = y - 8 * (len(lines) - 1) + 1
        return [Text(x, top + 15 * at, text, strong) for at, (text, strong) in enumerate(lines)]
    if node.kind == "boundary":
        return [Text(x, node.y + node.height + 11, label)]
    name, _, rest = label.partition(": ") if node.step and label.startswith(_spaced(node.step)) else (label, "", "")
    lines = [(text, bool(rest) or form == "diamond") for text in _lines(name, _LABEL_LETTERS)]
    lines += [(text, False) for text in _lines(rest, _LABEL_LETTERS)[:1]]
    return [Text(x, node.y + node.height + 15 + 14 * at, text, strong) for at, (text, strong) in enumerate(lines)]


def _lines(text: str, letters: int) -> list[str]:
    lines = wrap(text, letters)
    return (
        lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1][: letters - 1]}…"]
    )


def _spaced(text: str) -> str:
    return text.replace("_", " ")
