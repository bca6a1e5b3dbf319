"""A customer: who they are, what happened to them, and what is open; as they are now, or as they were."""

from datetime import UTC, datetime
from typing import Any, get_args
from urllib.parse import quote, urlencode

from xop.faces.console.happenings import Day, days
from xop.faces.console.page import PREFIX, Act, Answer, Page, Shown
from xop.faces.console.turns import SPEAKERS
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked, milliseconds
from xop.faces.console.work.packet_view import actions_of, reversible
from xop.faces.console.work.wish import PROPOSE
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.customers import Context, KnownPromise
from xop.faces.http.routes.timelines import Kind

CONTEXT = "GET /v1/customers/{customer}"

_TIMELINE = "GET /v1/customers/{customer}/timeline"
_RUNS = "GET /v1/customers/{customer}/runs"
_CONSENTS = "GET /v1/customers/{customer}/consents"
_MERGE = "POST /v1/identity/merge/preview"
_ERASURE = "GET /v1/customers/{customer}/erasure"
_EXPORT = "GET /v1/customers/{customer}/export"

_NAMES = ("name", "full_name", "display_name")
"""Profile fields that hold what a customer is called."""

_PAGE = 40


def place(customer: str, part: str = "", **query: Any) -> str:
    """Return the address of a page of a customer."""
    given = {name: value for name, value in query.items() if value not in {None, ""}}
    search = f"?{urlencode(given)}" if given else ""
    return f"{PREFIX}/customers/{quote(customer, safe='')}{f'/{part}' if part else ''}{search}"


async def head(visit: Visit, here: str, context: Context | None = None) -> dict[str, Any]:
    """Return what stands above every page of a customer: who it is, and the pages there are."""
    reference = visit.path["customer"]
    known = context or await visit.ask(CONTEXT, path={"customer": reference})
    entries = (
        ("", marked("Timeline"), (_TIMELINE,)),
        ("context", marked("Context"), (CONTEXT,)),
        ("consents", marked("Consents"), (_CONSENTS,)),
        ("identity", marked("Identifiers"), (CONTEXT,)),
        ("erasure", marked("Erase and export"), (_ERASURE,)),
        ("erasure", marked("Export"), (_EXPORT,)),
    )
    tabs = {
        part: (visit.words.text(text), place(known.id, part), part == here)
        for part, text, needed in reversed(entries)
        if visit.may(*needed)
    }
    called = next((known.profile[each].value for each in _NAMES if each in known.profile), None)
    return {
        "customer": known.id,
        "known": known,
        "called": called if isinstance(called, str) else "",
        "tabs": list(tabs.values())[::-1],
        "base": place(known.id),
        "conversation": "",
        "kind": "",
        "act": f"{place(known.id, 'act')}#act-title" if here != "act" and visit.may(PROPOSE) else "",
        "undoable": frozenset[str](),
        "speakers": SPEAKERS,
    }


async def _look(visit: Visit) -> Answer:
    above = await head(visit, "")
    known: Context = above["known"]
    runs = await visit.ask(_RUNS, path={"customer": known.id})
    kind, conversation = visit.query.get("kind", ""), visit.query.get("conversation", "")
    kinds = get_args(Kind)
    kind = kind if kind in kinds else ""
    asked = {"kind": kind, "conversation": conversation, "before": visit.query.get("before", ""), "limit": _PAGE}
    told = await visit.ask_if_allowed(_TIMELINE, path={"customer": known.id}, query=asked)
    older = place(known.id, kind=kind, conversation=conversation, before=told.next) if told and told.next else ""
    newest = place(known.id, kind=kind, conversation=conversation) if "before" in visit.query else ""
    filters = [(marked("all"), place(known.id, conversation=conversation), not kind)]
    filters += [(each, place(known.id, kind=each, conversation=conversation), each == kind) for each in kinds]
    named = {each.value for each in known.identifiers}
    shown = days(told.steps, visit.words, kind, named) if told is not None else []
    model = {
        "days": shown,
        "mine": {name for name, _ in await actions_of(visit)} if visit.may(PROPOSE) else set(),
        "undoable": await reversible(visit) if any(_has_done(each) for each in shown) else frozenset(),
        "unseen": told is None,
        "left_out": told.left_out if told is not None else [],
        "older": older,
        "newest": newest,
        "filters": filters,
        "kind": kind,
        "conversation": conversation,
        "runs": runs.runs,
        "promises": [(each, _standing(each, visit.words.now)) for each in sorted(known.promises, key=_urgency)],
        "caps": [each for each in known.caps if each.used or each.most == 0],
    }
    return Shown("customer", {**above, **model}, above["called"] or known.id)


def _has_done(day: Day) -> bool:
    rows = (row for stretch in day.stretches for row in stretch.rows)
    return any(line.done for row in rows for line in row.lines)


async def _context(visit: Visit) -> Answer:
    """Show all that is known, now or at a moment of the past."""
    at, position = visit.query.get("at", "").strip(), visit.query.get("position", "").strip()
    fault, was = "", None
    if at or position:
        query = {"at": _zoned(at, visit), "position": position} if at else {"position": position}
        try:
            was = await visit.ask(CONTEXT, path={"customer": visit.path["customer"]}, query=query)
        except ProblemError as problem:
            if problem.status not in {400, 404, 422}:
                raise
            fault = f"{problem.detail}: {problem.remedy}"
    above = await head(visit, "context")
    shown: Context = was or above["known"]
    local = datetime.fromisoformat(shown.at or datetime.fromtimestamp(visit.words.now / 1000, UTC).isoformat())
    model = {
        "shown": shown,
        "fault": fault,
        "field": at if fault else local.astimezone(visit.words.zone).strftime("%Y-%m-%dT%H:%M:%S"),
        "profile": [(name, each, _text(each.value)) for name, each in sorted(shown.profile.items())],
        "counters": sorted((name, count) for name, count in shown.counters.items() if count),
    }
    return Shown("customer_context", {**above, **model}, above["called"] or above["customer"])


def _urgency(promise: KnownPromise) -> tuple[bool, str]:
    return promise.status != "open", promise.due or ""


def _standing(promise: KnownPromise, now: int) -> str:
    late = promise.status == "open" and promise.due is not None and milliseconds(promise.due) < now
    return "overdue" if late else promise.status


def _zoned(text: str, visit: Visit) -> str:
    """Return what a date-time field holds as an RFC 3339 time; it has no zone, and means the reader's own."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=visit.words.zone)).isoformat()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


PAGES = (
    Page(
        path="/customers/{customer}",
        title="Customer",
        view=_look,
        asks=(CONTEXT,),
        live=("happenings", "open"),
    ),
    Page(path="/customers/{customer}/context", title="Customer", view=_context, asks=(CONTEXT,)),
)

ACTS: tuple[Act, ...] = ()
