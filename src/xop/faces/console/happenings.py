"""Happenings: the steps of a customer's timeline as rows that say in plain words what happened."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from xop.faces.console.sentences import MOMENTS, SENTENCES, TONES
from xop.faces.console.words import Words
from xop.faces.http.routes.facts import SeenFact
from xop.faces.http.routes.timelines import KIND_OF, RulingTold, TimelineStep

_LONGEST = 300
"""Characters of a value within a sentence."""

_QUIET = frozenset({"CounterAdvanced", "VariablesSet", "PathEnded", "StepReached", "SegmentEntered", "SegmentLeft"})
"""What is told only where nothing else happened, or behind the row's details."""

_KEPT_BACK = "\N{HORIZONTAL ELLIPSIS}"


class Line(Struct, frozen=True):
    """One thing that became true."""

    text: str
    tone: str = ""
    address: str = ""
    """Where more of it is."""
    label: str = ""


class Row(Struct, frozen=True):
    """One step of a timeline."""

    position: int
    at: str
    actor: str
    headline: str
    about: str
    """What the workspace says the signal or the action is."""
    tone: str
    ruling: RulingTold | None
    lines: list[Line]
    more: list[Line]
    """Smaller things that became true besides."""
    kinds: list[str]
    conversation: str
    data: list[dict[str, Any]]
    """The facts as they may be seen."""
    left_out: list[str]
    times: int = 1
    """How often it happened on end."""


class Stretch(Struct, frozen=True):
    """Rows that follow one another in the same conversation, or in none."""

    conversation: str
    rows: list[Row]


class Day(Struct, frozen=True):
    """The rows of one day, as the reader's time zone has it."""

    date: str
    stretches: list[Stretch]


def days(happenings: Iterable[TimelineStep], words: Words, kind: str = "") -> list[Day]:
    """Return the steps of a timeline by day and conversation, in the order given; of one kind only when named."""
    rows = _gathered(row(each, words, kind) for each in happenings)
    return [
        Day(date, [Stretch(name, list(those)) for name, those in groupby(all_of_day, key=lambda row: row.conversation)])
        for date, all_of_day in groupby(rows, key=lambda row: words.date(row.at))
    ]


def _gathered(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows with looks that follow one another told once: whoever works with a customer looks again and again."""
    last: Row | None = None
    for each in rows:
        if last is not None and each.kinds == last.kinds == ["looks"] and each.headline == last.headline:
            last = replace(last, times=last.times + 1)
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


def row(happening: TimelineStep, words: Words, kind: str = "") -> Row:
    """Return one step as a row: what was told or asked first, then what became true of it."""
    told = [(fact.type, line(fact, words)) for fact in happening.facts]
    if kind:
        told.sort(key=lambda each: KIND_OF.get(each[0], "other") != kind)
    lines = [each for name, each in told if name not in _QUIET or KIND_OF[name] == kind]
    more = [each for name, each in told if name in _QUIET and KIND_OF[name] != kind]
    if not lines:
        lines, more = more, []
    headline = _wish(happening.ruling, words) if happening.ruling is not None else ""
    tone = _VERDICTS.get(happening.ruling.verdict, "") if happening.ruling is not None else ""
    if not headline and lines:
        first, *lines = lines
        headline, tone = first.text, first.tone
        if first.address:
            lines = [Line("", "", first.address, first.label), *lines]
    return Row(
        position=happening.position,
        at=happening.at,
        actor=happening.actor,
        headline=headline,
        about=happening.about,
        tone=tone,
        ruling=happening.ruling,
        lines=lines,
        more=more,
        kinds=list(happening.kinds),
        conversation=happening.conversation,
        data=[{"fact": fact.type, **fact.data} for fact in happening.facts],
        left_out=sorted({name for fact in happening.facts for name in fact.left_out}),
    )


def line(fact: SeenFact, words: Words) -> Line:
    """Return a fact in plain words, with the place where more of it is."""
    known = _Known({name: _written(name, value, words) for name, value in _flat(fact.data)}, fact.left_out)
    sentence = SENTENCES.get(fact.type)
    text = words.text(sentence).format_map(known).rstrip(" .:") if sentence is not None else fact.type
    return Line(text, TONES.get(fact.type, ""), *_place(fact, words))


_VERDICTS: Mapping[str, str] = {"permit": "good", "hold": "wait", "deny": "bad"}


def _wish(ruling: RulingTold, words: Words) -> str:
    if ruling.stage == "choice":
        text = words.text("Choosing what to do next")
    elif ruling.asked:
        text = words.text("Asked whether {action} would be permitted")
    else:
        text = words.text("{action} for {purpose} on {channel}" if ruling.channel else "{action} for {purpose}")
    named = {"action": ruling.action, "purpose": ruling.purpose or _KEPT_BACK, "channel": ruling.channel or ""}
    return text.format_map(named)


def _place(fact: SeenFact, words: Words) -> tuple[str, str]:
    journey, handover = fact.data.get("journey"), fact.data.get("handover")
    if isinstance(journey, str) and journey:
        return f"/console/journeys/{quote(journey, safe='')}", words.text("The journey")
    if isinstance(handover, Mapping):
        handover = handover.get("id")
    if isinstance(handover, str) and handover:
        return f"/console/handovers/{quote(handover, safe='')}", words.text("The handover")
    return "", ""


def _flat(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what a fact is made of, with what an invocation, a handover and the like are made of beside it."""
    for name, value in data.items():
        if isinstance(value, Mapping) and name not in {"value", "output", "data", "values", "vars"}:
            yield from value.items()
        yield name, value


def _written(name: str, value: Any, words: Words) -> str:
    if name in MOMENTS and isinstance(value, int):
        return words.moment(value) if value else words.text("no set time")
    if name == "identifier" and isinstance(value, list | tuple):
        return f"{value[0]}:{value[1] or _KEPT_BACK}"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}{_KEPT_BACK}"


class _Known(dict[str, str]):
    """What a sentence may name: of what is kept back, that it is; nothing of what the fact does not have."""

    def __init__(self, known: Mapping[str, str], left_out: Iterable[str]) -> None:
        super().__init__(known)
        self._left_out = {name.rpartition(".")[2] for name in left_out}

    def __missing__(self, name: str) -> str:
        return _KEPT_BACK if name in self._left_out else ""
