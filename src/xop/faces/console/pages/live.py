"""The first page: how it is going right now, and what that was like before."""

from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from xop.faces.console.insight.chart import LINES, begun, drawn, table
from xop.faces.console.insight.ranges import RANGES, Range, range_named
from xop.faces.console.insight.table import MOST, Cell, Row, Tables
from xop.faces.console.page import PREFIX, Act, Answer, Page, Shown
from xop.faces.console.visit import Visit
from xop.faces.console.words import Words
from xop.ports.insight import STEPS

OVER_TIME = "GET /v1/insight"
NOW = "GET /v1/insight/now"
LIST = "GET /v1/decisions"
BEHIND = "GET /v1/customers"

_NONE = "\N{EN DASH}"


class Figure(Struct, frozen=True):
    """One number with what it means."""

    label: str
    value: str
    note: str = ""
    href: str = ""


async def _live(visit: Visit) -> Answer:
    """Show the present minute, and a range of time beside the one before."""
    chosen = range_named(visit.query.get("range", ""))
    now = await visit.ask(NOW)
    query = {"since": chosen.name, "step": chosen.step, "series": "decisions"}
    found = await visit.ask(OVER_TIME, query=query)
    links = _Links(visit, chosen, found.since)
    whole = "all" in visit.query
    tables = Tables(visit.words, found.totals, found.before, links.behind, None if whole else MOST)
    points, series = _drawn_of(found, tables)
    return Shown(
        "live",
        {
            "ranges": [
                (visit.words.text(each.title), f"{PREFIX}/live?range={each.name}", each is chosen) for each in RANGES
            ],
            "range": chosen,
            "step": STEPS[chosen.step],
            "missing": found.missing,
            "now": _now(visit, now),
            "mix": _mix(now.verdicts, links),
            "halts": now.halts,
            "figures": _figures(
                visit.words, found, _Past(visit.words, visit.words.text(chosen.before), tables.compared), links
            ),
            "lines": LINES,
            "drawn": drawn(points, chosen.step, series, visit.words),
            "numbers": table(points, series),
            "compared": tables.compared,
            "whole": whole,
            "most": MOST,
            "demand": tables.demand(),
            "codes": tables.plain("codes", found.reasons),
            "actions": tables.plain("actions"),
            "channels": tables.channels(),
            "queues": _queues(visit, now, tables),
        },
    )


def _drawn_of(found: Any, tables: Tables) -> tuple[list[str], dict[str, list[int]]]:
    """Return the points that are drawn: of a system that has only just begun not the time before it."""
    series = found.series.get("decisions", {})
    first = 0 if tables.compared else begun(found.points, series)
    return found.points[first:], {label: line[first:] for label, line in series.items()}


class _Links:
    """Addresses of the decisions behind a number, where the reader may see them."""

    def __init__(self, visit: Visit, chosen: Range, since: str) -> None:
        self._may = visit.may(LIST)
        self._may_behind = visit.may(BEHIND)
        self._range = chosen
        self._since = since

    def to(self, **only: str) -> str:
        """Return the address of decisions of the range."""
        return f"{PREFIX}/decisions?{urlencode({**only, 'since': self._since})}" if self._may else ""

    def behind(self, measure: str, label: str) -> str:
        """Return the address of what a number counted in the range: decisions, or whose it was."""
        if measure in _OF_DECISIONS:
            return self.to(**{_OF_DECISIONS[measure]: label})
        query = {"measure": measure, "label": label, "since": self._since, "range": self._range.name}
        return f"{PREFIX}/customers?{urlencode(query)}" if self._may_behind else ""


_OF_DECISIONS = {"codes": "code", "actions": "action", "decisions": "verdict"}
"""Measures of decisions, and the filter of the list of decisions that each of them is."""


class _Past(Struct, frozen=True):
    """Says what a figure was in the span before, where there was anything."""

    words: Words
    told: str
    compared: bool

    def note(self, value: str, otherwise: str = "") -> str:
        """Return the figure of the span before as a note; without such a span, something else."""
        if not self.compared:
            return otherwise
        return self.words.text("{value} in {before}").format(value=value, before=self.told)


def _now(visit: Visit, now: Any) -> list[Figure]:
    """Return the figures of this moment."""
    words, text = visit.words, visit.words.text
    oldest = min((each.oldest for each in now.queues if each.oldest), default=None)
    waiting = sum(each.waiting for each in now.queues)
    latency = now.latency
    fast = text("95 of 100 within {span}").format(span=words.span(latency.p95)) if latency.commands else ""
    return [
        Figure(
            text("Decisions a second"),
            words.number(now.decisions_per_second),
            text("over the last 10 seconds"),
            f"{PREFIX}/decisions" if visit.may(LIST) else "",
        ),
        Figure(text("Half are answered within"), words.span(latency.p50) if latency.commands else _NONE, fast),
        Figure(
            text("Approvals waiting"),
            words.number(now.approvals.count),
            _oldest(words, now.approvals.oldest),
            f"{PREFIX}/approvals" if visit.may("GET /v1/approvals") else "",
        ),
        Figure(
            text("Handovers waiting"),
            words.number(waiting),
            _oldest(words, oldest),
            f"{PREFIX}/handovers" if visit.may("GET /v1/handovers") else "",
        ),
        Figure(
            text("Being carried out"),
            words.number(now.outbox),
            text("{count} could not be delivered").format(count=words.number(now.dead_letters))
            if now.dead_letters
            else text("actions under way to other systems"),
            f"{PREFIX}/connections" if visit.may("GET /v1/connections") else "",
        ),
    ]


def _oldest(words: Words, oldest: str | None) -> str:
    return words.text("the first came {ago}").format(ago=words.ago(oldest)) if oldest else words.text("nobody waits")


def _mix(verdicts: dict[str, int], links: _Links) -> dict[str, Any]:
    """Return the verdicts of the last minute as parts of a whole."""
    total = sum(verdicts.values())
    parts = [
        {
            "name": name,
            "tone": tone,
            "count": verdicts.get(label, 0),
            "share": verdicts.get(label, 0) / total if total else 0.0,
            "href": links.to(verdict=label),
        }
        for label, name, tone in LINES
    ]
    return {"total": total, "parts": parts, "bar": [(each["share"], each["tone"]) for each in parts]}


def _figures(words: Words, found: Any, past: _Past, links: _Links) -> list[Figure]:
    """Return the figures of the range, each beside that of the range before, if anything was."""
    text, now, before = words.text, found.rates, found.rates_before
    decisions, earlier = (sum(each.get("decisions", {}).values()) for each in (found.totals, found.before))
    contacts, contacts_before = (sum(each.get("contacts", {}).values()) for each in (found.totals, found.before))
    shares = (
        (text("Failure demand"), text("need not have come"), now.failure_share, before.failure_share, "demand"),
        (text("Repeat contacts"), text("again within 7 days"), now.repeat_rate, before.repeat_rate, "channels"),
        (text("Passed to people"), text("of all contacts"), now.transfer_rate, before.transfer_rate, "queues"),
    )
    return [
        Figure(text("Decisions"), words.number(decisions), past.note(words.number(earlier)), links.to()),
        Figure(
            text("Contacts"),
            words.number(contacts),
            past.note(words.number(contacts_before)),
            links.behind("contacts", "") if contacts else "",
        ),
        *(
            Figure(name, words.share(value), past.note(words.share(was), means), f"#{place}-title")
            for name, means, value, was, place in shares
        ),
    ]


def _queues(visit: Visit, now: Any, tables: Tables) -> list[Row]:
    """Return every queue, with what is in it and what became of it in the range."""
    may, number = visit.may("GET /v1/handovers"), visit.words.number
    return [
        Row(
            each.queue,
            (
                Cell(number(each.waiting)),
                Cell(number(each.accepted)),
                *(tables.count(measure, each.queue) for measure in ("transfers", "handed_back", "expired")),
            ),
            href=f"{PREFIX}/handovers?{urlencode({'queue': each.queue})}" if may else "",
        )
        for each in now.queues
    ]


PAGES = (
    Page(
        path="/live",
        title="Live",
        view=_live,
        asks=(OVER_TIME, NOW),
        live=("now", "figures", "series", "numbers", "tables"),
        common=True,
        menu="Now/live",
        keys="g l",
    ),
)

ACTS: tuple[Act, ...] = ()
