"""The first page: how it is going right now, and what that was like before."""

from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from xop.faces.console.insight.chart import LINES, drawn, table
from xop.faces.console.insight.ranges import RANGES, Range, range_named
from xop.faces.console.insight.table import channel_rows, demand_rows, rows
from xop.faces.console.page import PREFIX, Act, Answer, Page, Shown
from xop.faces.console.visit import Visit
from xop.faces.console.words import Words
from xop.ports.insight import STEPS

OVER_TIME = "GET /v1/insight"
NOW = "GET /v1/insight/now"
LIST = "GET /v1/decisions"

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
    series = found.series.get("decisions", {})
    links = _Links(visit, found.since)
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
            "figures": _figures(visit.words, found, chosen, links),
            "lines": LINES,
            "drawn": drawn(found.points, chosen.step, series, visit.words),
            "numbers": table(found.points, series),
            "demand": demand_rows(found.totals, found.before),
            "codes": rows(found.totals, found.before, ("codes",), lambda code: links.to(code=code)),
            "actions": rows(found.totals, found.before, ("actions",), lambda action: links.to(action=action)),
            "channels": channel_rows(found.totals, found.before),
            "queues": _queues(visit, now, found),
        },
    )


class _Links:
    """Addresses of the decisions behind a number, where the reader may see them."""

    def __init__(self, visit: Visit, since: str) -> None:
        self._may = visit.may(LIST)
        self._since = since

    def to(self, **only: str) -> str:
        """Return the address of decisions of the range."""
        return f"{PREFIX}/decisions?{urlencode({**only, 'since': self._since})}" if self._may else ""


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
            text("On the way out"),
            words.number(now.outbox),
            text("{count} could not be delivered").format(count=words.number(now.dead_letters))
            if now.dead_letters
            else "",
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


def _figures(words: Words, found: Any, chosen: Range, links: _Links) -> list[Figure]:
    """Return the figures of the range, each beside that of the range before."""
    text = words.text
    now, before = found.rates, found.rates_before
    decisions, earlier = (sum(each.get("decisions", {}).values()) for each in (found.totals, found.before))
    contacts, contacts_before = (sum(each.get("contacts", {}).values()) for each in (found.totals, found.before))
    told = text(chosen.before)
    shares = (
        (text("Failure demand"), now.failure_share, before.failure_share),
        (text("Repeat contacts"), now.repeat_rate, before.repeat_rate),
        (text("Passed to people"), now.transfer_rate, before.transfer_rate),
    )
    return [
        Figure(text("Decisions"), words.number(decisions), _compared(words, words.number(earlier), told), links.to()),
        Figure(
            text("Contacts"), words.number(contacts), _compared(words, words.number(contacts_before), told), "#channels"
        ),
        *(
            Figure(name, words.share(value), _compared(words, words.share(was), told), place)
            for (name, value, was), place in zip(shares, ("#demand", "#channels", "#queues"), strict=True)
        ),
    ]


def _compared(words: Words, value: str, told: str) -> str:
    return words.text("{value} in {before}").format(value=value, before=told)


def _queues(visit: Visit, now: Any, found: Any) -> list[dict[str, Any]]:
    """Return every queue, with what is in it and what became of it in the range."""
    may = visit.may("GET /v1/handovers")
    totals = {name: found.totals.get(name, {}) for name in ("transfers", "accepted", "handed_back", "expired")}
    return [
        {
            "name": each.queue,
            "href": f"{PREFIX}/handovers?{urlencode({'queue': each.queue})}" if may else "",
            "waiting": each.waiting,
            "oldest": each.oldest,
            "accepted": each.accepted,
            "came": totals["transfers"].get(each.queue, 0),
            "back": totals["handed_back"].get(each.queue, 0),
            "expired": totals["expired"].get(each.queue, 0),
        }
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
