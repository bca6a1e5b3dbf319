"""Happenings: the steps of a customer's timeline as rows that say in plain words what happened."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from xop.faces.console.sentences import MOMENTS, SENTENCES, TONES
from xop.faces.console.turns import Turn, turns
from xop.faces.console.words import Words, marked
from xop.faces.http.routes.facts import SeenFact
from xop.faces.http.routes.timelines import KIND_OF, RulingTold, TimelineStep

_LONGEST = 300
"""Characters of a value within a sentence."""

_MOST_SAID, _LONGEST_SAID = 3, 80
"""Parts of what a signal tells that a row shows, and the characters of each."""

_ENVELOPE = frozenset({"messageId", "timestamp", "userId", "anonymousId", "sentAt", "receivedAt"})
"""Parts of what a signal tells that are about the message and not about what happened."""

_QUIET = frozenset({"CounterAdvanced", "VariablesSet", "PathEnded", "StepReached", "SegmentEntered", "SegmentLeft"})
"""What is told only where nothing else happened, or behind the row's details."""

_KEPT_BACK = "\N{HORIZONTAL ELLIPSIS}"

_TOLD_AT_LENGTH = frozenset({"HandoverOpened", "HandoverDeclined", "HandoverReturned", "QuestionAnswered"})
"""What begins with a sentence that is its headline."""

_IN_WORDS = frozenset(
    {"action", "purpose", "intent", "flag", "segment", "queue", "field", "journey", "step", "counter", "candidate"}
    | {"decision_set", "outcome", "choice", "until"}
)
"""Parts of facts that are names of the workspace: read with blanks."""

_ACTORS = frozenset({"by", "sender", "actor"})
"""Parts of facts that say who: read without what kind of actor it is."""


class Line(Struct, frozen=True):
    """One thing that became true."""

    text: str
    tone: str = ""
    address: str = ""
    """Where more of it is."""
    label: str = ""
    done: tuple[str, str] | None = None
    """The action and the invocation that were carried out."""


class Row(Struct, frozen=True):
    """One step of a timeline."""

    position: int
    at: str
    actor: str
    headline: str
    kind: str
    """What it is in the workspace: the signal's type and its source, or what an action was for."""
    about: str
    """What the workspace says the action is, or the rest of what the headline begins."""
    said: list[tuple[str, str]]
    """The beginning of what a signal tells that nothing else in the row says."""
    turns: list[Turn]
    """What was said in a conversation."""
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


class Stretch(Struct, frozen=True):
    """Rows that follow one another in the same conversation, or in none; a conversation is told from its beginning."""

    conversation: str
    rows: list[Row]


class Day(Struct, frozen=True):
    """The rows of one day, as the reader's time zone has it."""

    date: str
    stretches: list[Stretch]
    looks: list[Row]
    """Who looked at the customer: it is on record, and no part of their story."""


def days(happenings: Sequence[TimelineStep], words: Words, kind: str = "", known: Collection[str] = ()) -> list[Day]:
    """Return the steps of a timeline by day and conversation, in the order given; of one kind only when named.

    `known` are the customer's identifiers, which no row needs to repeat.
    """
    within = _conversations(happenings)
    rows = [row(each, words, kind, (known, within)) for each in happenings]
    return [_day(date, list(those), kind) for date, those in groupby(rows, key=lambda row: words.date(row.at))]


def _conversations(happenings: Iterable[TimelineStep]) -> dict[str, str]:
    """Return the conversation that each invocation is part of, so that what became of it is told there too."""
    found = dict[str, str]()
    for fact in (fact for each in happenings for fact in each.facts):
        invocation = fact.data.get("invocation")
        if isinstance(invocation, Mapping) and invocation.get("conversation"):
            found[str(invocation.get("id", ""))] = str(invocation["conversation"])
    return found


def _conversation(happening: TimelineStep, within: Mapping[str, str]) -> str:
    named = (fact.data.get("invocation") for fact in happening.facts)
    return happening.conversation or next(
        (within[each] for each in named if isinstance(each, str) and each in within), ""
    )


def _day(date: str, rows: list[Row], kind: str) -> Day:
    looks = [each for each in rows if each.kinds == ["looks"]] if kind != "looks" else []
    told = [each for each in rows if each.kinds != ["looks"] or kind == "looks"]
    grouped = [(name, list(those)) for name, those in groupby(told, key=lambda row: row.conversation)]
    return Day(date, [Stretch(name, _spoken(those[::-1]) if name else those) for name, those in grouped], looks)


def _spoken(rows: list[Row]) -> list[Row]:
    """Return the rows of a conversation with what was said on end in one row, as a chat is read."""
    found: list[Row] = []
    for each in rows:
        if found and found[-1].turns and each.turns:
            last = found[-1]
            found[-1] = replace(last, turns=[*last.turns, *each.turns], data=[*last.data, *each.data])
        else:
            found.append(each)
    return found


def row(
    happening: TimelineStep,
    words: Words,
    kind: str = "",
    around: tuple[Collection[str], Mapping[str, str]] = ((), MappingProxyType({})),
) -> Row:
    """Return one step as a row: what was told or asked first, then what became true of it."""
    told = [(fact.type, line(fact, words)) for fact in happening.facts]
    if kind:
        told.sort(key=lambda each: KIND_OF.get(each[0], "other") != kind)
    signal = next((fact for fact in happening.facts if fact.type == "SignalReceived"), None)
    described = signal is not None and bool(happening.about)
    if described:
        told = [each for each in told if each[0] != "SignalReceived"]
    lines = [each for name, each in told if name not in _QUIET or KIND_OF[name] == kind]
    more = [each for name, each in told if name in _QUIET and KIND_OF[name] != kind]
    if not lines and not described:
        lines, more = more, []
    ruling = happening.ruling
    headline, tone = (_wish(ruling, words), _VERDICTS.get(ruling.verdict, "")) if ruling is not None else ("", "")
    if described:
        headline = happening.about.rstrip(".")
    if not headline and lines:
        headline, tone, lines = lines[0].text, lines[0].tone, [*_places(lines[0]), *lines[1:]]
    rest = ""
    if ruling is None and not described and happening.facts and happening.facts[0].type in _TOLD_AT_LENGTH:
        headline, _, rest = headline.partition(". ")
    return Row(
        position=happening.position,
        at=happening.at,
        actor=happening.actor,
        headline=headline,
        kind=_named(signal, headline) if signal is not None else _purpose(ruling, words) if ruling is not None else "",
        about=rest or ("" if described or _confirms(ruling) else happening.about),
        said=_said(
            happening.said, {happening.conversation, *around[0]}, [headline, *(each.text for each in (*lines, *more))]
        ),
        turns=turns([happening]),
        tone=tone,
        ruling=replace(ruling, reasons=[]) if ruling is not None and _confirms(ruling) else ruling,
        lines=lines,
        more=more,
        kinds=list(happening.kinds),
        conversation=_conversation(happening, around[1]),
        data=[{"fact": fact.type, **fact.data} for fact in happening.facts],
        left_out=sorted({name for fact in happening.facts for name in fact.left_out}),
    )


def line(fact: SeenFact, words: Words) -> Line:
    """Return a fact in plain words, with the place where more of it is."""
    known = _Known({name: _written(name, value, words) for name, value in _flat(fact.data)}, fact.left_out)
    sentence = SENTENCES.get(fact.type)
    text = words.text(sentence).format_map(known).rstrip(" .:") if sentence is not None else fact.type
    done = (str(fact.data.get("action", "")), str(fact.data.get("invocation", "")))
    carried = done if fact.type == "InvocationDone" and all(done) else None
    if fact.type != "SignalReceived":  # begins with a name as its source wrote it
        text = text[:1].upper() + text[1:]
    return Line(text, TONES.get(fact.type, ""), *_place(fact, words), done=carried)


def _places(line: Line) -> list[Line]:
    """Return where more is of a line that became the headline."""
    return [Line("", "", line.address, line.label, line.done)] if line.address or line.done else []


_VERDICTS: Mapping[str, str] = {"permit": "good", "hold": "wait", "deny": "bad"}


def _confirms(ruling: RulingTold | None) -> bool:
    """Say whether a decision only confirms, at the moment of acting, what was decided before."""
    return ruling is not None and ruling.stage == "execution" and ruling.verdict == "permit"


def _wish(ruling: RulingTold, words: Words) -> str:
    if ruling.stage == "choice":
        return words.text("Choosing what to do next")
    action = ruling.action.replace("_", " ")
    if ruling.asked:
        return words.text("Asked whether {action} would be permitted").format(action=action)
    return action[:1].upper() + action[1:]


_STAGES: Mapping[str, str] = marked(
    {"execution": "judged once more as it left", "reconsideration": "looked at again", "proposal": "proposed"}
)


def _purpose(ruling: RulingTold, words: Words) -> str:
    """Return what something was for, and at which moment it was judged."""
    said = words.text("for {purpose} on {channel}" if ruling.channel else "for {purpose}")
    named = {"purpose": ruling.purpose or _KEPT_BACK, "channel": ruling.channel or ""}
    told = said.format_map({name: value.replace("_", " ") for name, value in named.items()})
    stage = words.text(_STAGES[ruling.stage]) if ruling.stage in _STAGES and ruling.stage != "proposal" else ""
    return f"{told} · {stage}" if stage else told


def _named(signal: SeenFact, headline: str) -> str:
    """Return a signal's type and its source, unless the headline has them."""
    if str(signal.data.get("type", "")) in headline:
        return ""
    source = str(signal.data.get("source", "")).rpartition("/")[2].rpartition(":")[2].replace("_", " ")
    return " · ".join(filter(None, (str(signal.data.get("type", "")), source)))


def _said(data: Mapping[str, Any], known: Collection[str], lines: list[str]) -> list[tuple[str, str]]:
    """Return the beginning of what a signal tells, without what is known or the lines say already."""
    found = list[tuple[str, str]]()
    for name, value in _leaves(data):
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        if text and text not in known and not any(text in each for each in lines):
            short = text if len(text) <= _LONGEST_SAID else f"{text[:_LONGEST_SAID]}{_KEPT_BACK}"
            found.append((name.replace("_", " "), short))
    return found[:_MOST_SAID]


def _leaves(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield from _leaves(value)
        elif isinstance(value, str | int | float) and name not in _ENVELOPE:
            yield name, value


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
        return f"{value[0]} {value[1] or _KEPT_BACK}"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    if name in _ACTORS:
        text = text.partition(":")[2] or text
    if name in _IN_WORDS or name in _ACTORS:
        text = text.replace("_", " ")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}{_KEPT_BACK}"


class _Known(dict[str, str]):
    """What a sentence may name: of what is kept back, that it is; nothing of what the fact does not have."""

    def __init__(self, known: Mapping[str, str], left_out: Iterable[str]) -> None:
        super().__init__(known)
        self._left_out = {name.rpartition(".")[2] for name in left_out}

    def __missing__(self, name: str) -> str:
        return _KEPT_BACK if name in self._left_out else ""
