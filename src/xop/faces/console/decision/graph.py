"""The graph of a decision: from the signal or the wish over facts and rules to the verdict and what came of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from xop.faces.console.words import Words

_WIDTH, _HEIGHT, _LINE = 156, 50, 17
_ACROSS, _DOWN = 28, 14
_TOP = 30
"""Units of the drawing: of a node at the least, of a second line, between nodes, and above them for the headings."""

_WHOLE = 1000
"""Units that the drawing has room for on a page: fewer columns are wider."""

_MOST = 5
"""Nodes of a column; one more tells how many are left out."""

_INSET = 10
_LETTER, _SMALL = 7.6, 6.4
"""Units of a letter of a name, and of what stands below it."""

_BREAKS = re.compile(r"(?=[._/:])|(?<= )")
"""Where a name may go on in the next line: before a sign, which then says that it goes on."""

_TONES: Mapping[str, str] = {
    "permit": "good",
    "done": "good",
    "approved": "good",
    "hold": "wait",
    "deny": "bad",
    "forbid": "bad",
    "failed": "bad",
    "refused": "bad",
    "denied": "bad",
    "stopped": "bad",
    "withdrawn": "bad",
    "expired": "bad",
}


class Node(Struct, frozen=True):
    """One box of the drawing, and one entry of the list that says the same."""

    name: str
    title: str
    detail: str
    href: str
    """The section of the page that tells it in full."""
    tone: str = ""
    sign: str = ""


class Box(Struct, frozen=True):
    """A node in its place."""

    node: Node
    x: int
    y: int
    lines: tuple[str, ...]
    """The title, in one line or two."""
    detail: str
    """As far as it fits."""


class Heading(Struct, frozen=True):
    """What a column is called."""

    text: str
    x: int


class Graph(Struct, frozen=True):
    """A whole drawing."""

    width: int
    height: int
    box: tuple[int, int]
    """The width and height of a node."""
    headings: tuple[Heading, ...]
    boxes: tuple[Box, ...]
    edges: tuple[str, ...]
    """The paths of lines between boxes."""
    columns: tuple[tuple[str, tuple[Node, ...]], ...]
    """The same as a list: what each column is called, and its nodes."""


def graph_of(told: Mapping[str, Any], words: Words) -> Graph:
    """Return the graph of an explanation for auditors."""
    columns = [(name, nodes) for name, nodes in _columns(told, words) if nodes]
    rows = max(len(nodes) for _, nodes in columns)
    wide = max(_WIDTH, (_WHOLE - (len(columns) - 1) * _ACROSS) // len(columns))
    titles = {node.name: _lines(node.title, wide) for _, nodes in columns for node in nodes}
    high = _HEIGHT + _LINE * (max(map(len, titles.values())) - 1)
    boxes: dict[str, Box] = {}
    headings = []
    for number, (name, nodes) in enumerate(columns):
        x = number * (wide + _ACROSS)
        headings.append(Heading(name, x))
        top = _TOP + (rows - len(nodes)) * (high + _DOWN) // 2
        for row, node in enumerate(nodes):
            detail = _short(node.detail, wide, _SMALL)
            boxes[node.name] = Box(node, x, top + row * (high + _DOWN), titles[node.name], detail)
    pairs = [each for each in _edges(told, columns) if {*each} <= boxes.keys()]
    edges = tuple(_path(boxes[one], boxes[other], wide, high) for one, other in pairs)
    width = len(columns) * (wide + _ACROSS) - _ACROSS
    height = _TOP + rows * (high + _DOWN)
    listed = tuple((name, tuple(nodes)) for name, nodes in columns)
    return Graph(width, height, (wide, high), tuple(headings), tuple(boxes.values()), edges, listed)


def _columns(told: Mapping[str, Any], words: Words) -> Iterator[tuple[str, list[Node]]]:
    path, text = told["reasoning"], words.text
    asked = path["asked"]
    kind, _, who = asked["actor"].partition(":")
    cause = asked["cause"] or ""
    told_by = cause.removeprefix("signal:").partition("|")[0]
    started = [Node("cause", text("Signal"), told_by, "#asked")] if cause.startswith("signal:") else []
    wanted = path["decision_set"] if asked["stage"] == "choice" else asked["action"]
    wish = Node("wish", who or kind, f"{text(kind)}: {_spaced(wanted)}", "#asked")
    yield text("Wish"), [*started, wish]
    yield text("Facts read"), _facts(told, words)
    yield text("Candidates"), _candidates(path, words)
    yield text("Rules"), _rules(told, words)
    until = f"{text('until')} {text(_spaced(path['until']))}" if path["until"] else path["code"]
    tone = _TONES[path["verdict"]]
    yield text("Verdict"), [Node("verdict", text(path["verdict"]), until, "#verdict", tone, path["verdict"])]
    answers = [each for each in path["after"] if each["what"] in {"approved", "edited", "refused", "escalated"}]
    yield text("People"), [_happening(f"answer-{number}", each, words) for number, each in enumerate(answers[-_MOST:])]
    yield text("Outcome"), [_outcome(path, words)]


def _facts(told: Mapping[str, Any], words: Words) -> list[Node]:
    """What the outcome hangs on comes first."""
    decisive = set(told["decisive"])
    ordered = sorted(told["inputs"], key=lambda each: each["name"] not in decisive)
    nodes = [
        Node(
            f"fact-{each['name']}",
            each["name"],
            _value(each, words),
            "#facts",
            "",
            "first" if each["name"] in decisive else "",
        )
        for each in ordered
    ]
    return _bounded(nodes, "#facts", words)


def _candidates(path: Mapping[str, Any], words: Words) -> list[Node]:
    nodes = [
        Node(
            f"candidate-{each['name']}",
            _spaced(each["name"]),
            words.text(each["fell"] or "chosen"),
            "#considered",
            "" if each["fell"] else "good",
        )
        for each in path.get("candidates", ())
    ]
    return _bounded(nodes, "#considered", words)


def _rules(told: Mapping[str, Any], words: Words) -> list[Node]:
    code = told["decided"]["code"]
    ordered = sorted(told["rules"], key=lambda each: (each["rule"] != code, "lost" in each))
    nodes = [
        Node(
            f"rule-{each['order']}",
            each["rule"],
            words.text("decided")
            if each["rule"] == code
            else words.text("lost")
            if "lost" in each
            else words.text(each["effect"]),
            f"#rule-{each['order']}",
            "" if "lost" in each else _TONES[each["effect"]],
            "first" if each["rule"] == code else "",
        )
        for each in ordered
    ]
    return _bounded(nodes, "#rules", words)


def _happening(name: str, each: Mapping[str, Any], words: Words) -> Node:
    what = each["what"]
    return Node(
        name, words.text(what), each.get("by", "") or words.clock(each["at"]), "#outcome", _TONES.get(what, "wait")
    )


def _outcome(path: Mapping[str, Any], words: Words) -> Node:
    """Return how it ended, or what it waits for."""
    after = path["after"]
    if path["asked"]["stage"] == "choice":
        chosen = next((each["name"] for each in path["candidates"] if not each["fell"]), "")
        title = _spaced(chosen) or words.text("nothing")
        return Node("outcome", title, words.text("chosen"), "#outcome", "good" if chosen else "")
    if after:
        return _happening("outcome", {**after[-1], "by": ""}, words)
    if path["verdict"] == "deny" or path["asked"]["stage"] == "evaluation":
        return Node(
            "outcome", words.text("nothing was done"), "", "#outcome", "bad" if path["verdict"] == "deny" else ""
        )
    waits = words.text("waits") if path["verdict"] == "hold" else words.text("nothing known yet")
    return Node("outcome", waits, "", "#outcome", "wait")


def _edges(told: Mapping[str, Any], columns: Sequence[tuple[str, list[Node]]]) -> Iterator[tuple[str, str]]:
    """Yield what leads to what; a rule that read nothing shown comes of the wish itself."""
    path = told["reasoning"]
    names = {node.name for _, nodes in columns for node in nodes}
    orders = {each["rule"]: f"rule-{each['order']}" for each in told["rules"]}
    yield "cause", "wish"
    yield from (("wish", name) for name in names if name.startswith(("fact-", "more-#facts")))
    reads: dict[str, list[str]] = {}
    for reason in (*path["determined_by"], *path["overruled"]):
        reads[orders.get(reason["rule"], "")] = [f"fact-{each['name']}" for each in reason["read"]]
    for rule in (name for name in names if name.startswith(("rule-", "more-#rules"))):
        shown = [fact for fact in reads.get(rule, ()) if fact in names]
        unread = "" if path.get("candidates") else "wish"
        yield from ((fact, rule) for fact in shown or ["more-#facts" if reads.get(rule) else unread])
        yield rule, "verdict"
    for each in path.get("candidates", ()):
        yield "wish", f"candidate-{each['name']}"
        if not each["fell"]:
            yield f"candidate-{each['name']}", orders.get(path["code"], "verdict")
    if not orders and not path.get("candidates"):
        yield "wish", "verdict"
    answers = sorted(name for name in names if name.startswith("answer-"))
    if answers:
        yield from (("verdict", name) for name in answers)
        yield from ((name, "outcome") for name in answers)
    else:
        yield "verdict", "outcome"


def _bounded(nodes: list[Node], href: str, words: Words) -> list[Node]:
    if len(nodes) <= _MOST + 1:
        return nodes
    more = words.text("%d more") % (len(nodes) - _MOST)
    return [*nodes[:_MOST], Node(f"more-{href}", more, "", href)]


def _value(each: Mapping[str, Any], words: Words) -> str:
    if "value" not in each:
        return words.text("erased")
    value = each["value"]
    return words.text("not shown") if value is None else value_told(value, words)


def value_told(value: Any, words: Words) -> str:
    """Return a value as people read it."""
    if isinstance(value, bool):
        return words.text("yes") if value else words.text("no")
    if isinstance(value, list):
        return ", ".join(value_told(each, words) for each in value) or words.text("none")
    if isinstance(value, int | float):
        return words.number(value)
    return str(value) if value != "" else words.text("empty")


def _path(one: Box, other: Box, wide: int, high: int) -> str:
    """Return a curve from the right of one box to the left of another; down its side for one below."""
    if one.x == other.x:
        return f"M{one.x + wide // 2} {one.y + high} V{other.y}"
    x, y, to, at = one.x + wide, one.y + high // 2, other.x, other.y + high // 2
    bend = min((to - x) // 2, 60)
    return f"M{x} {y} C{x + bend} {y} {to - bend} {at} {to} {at}"


def _lines(text: str, wide: int) -> tuple[str, ...]:
    """Return a title in one line, or broken at a sign into two, of which the second may be cut."""
    if _fits(text, wide, _LETTER):
        return (text,)
    first = ""
    for piece in _BREAKS.split(text):
        if not _fits(first + piece, wide, _LETTER):
            break
        first += piece
    first = first or text[: int((wide - 2 * _INSET) / _LETTER)]
    return first.rstrip(), _short(text[len(first) :], wide, _LETTER)


def _fits(text: str, wide: int, letter: float) -> bool:
    return len(text) * letter <= wide - 2 * _INSET


def _short(text: str, wide: int, letter: float) -> str:
    room = int((wide - 2 * _INSET) / letter)
    return text if len(text) <= room else f"{text[: room - 1]}…"


def _spaced(text: str) -> str:
    return text.replace("_", " ")
