"""The inbox: whatever waits for the word of whoever looks, oldest deadline first."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from msgspec import Struct
from msgspec.structs import replace

from xop.faces.console.lists import whole
from xop.faces.console.page import PREFIX
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked, milliseconds
from xop.faces.console.work.naming import names_of
from xop.faces.http.routes.approvals import ApprovalSummary
from xop.faces.http.routes.questions import Question
from xop.faces.http.routes.tasks import TaskView

ADDRESS = f"{PREFIX}/approvals"

KINDS = (("approval", marked("Approvals")), ("task", marked("Tasks")), ("question", marked("Questions")))

MOST = 200
"""Rows that are shown at once."""

_SEEN = 1_000
"""Rows of one kind that are looked through; what the page says when there are more."""

_LONGEST_NUMBER = 15

_MINUTE = 60_000
_SOON, _NEAR = 5 * _MINUTE, 60 * _MINUTE


class Row(Struct, frozen=True):
    """One thing that waits."""

    kind: str
    path: str
    """Its page, below the console."""
    address: str
    """Its page, with what the list around it looks like."""
    title: str
    by: str
    """Who asks."""
    whom: str
    """What the customer is called, or the end of their id where they may not be named."""
    at: str
    due: str | None
    tone: str
    progress: str
    """How many of several people have approved; empty where one is enough."""
    here: bool


class Inbox(Struct, frozen=True):
    """What waits, as of a moment."""

    rows: list[Row]
    fresh: int
    """How many came since, and are not among the rows yet."""
    tabs: list[tuple[str, str, bool]]
    reload: str
    """Where what is fresh is among the rows."""
    earlier: str
    """Where the rows before these are; empty where these are the first."""
    later: str
    """Where the rows after these are; empty where these are the last."""
    after: int
    """How many rows come after these."""
    most: int
    """How many of a kind were looked through where more wait than that; 0 where these are all."""
    since: int
    focused: bool
    """Whether the row that is read is put into focus, so that j and k go on from it."""


async def inbox(visit: Visit, here: str = "") -> Inbox:
    """Return what waits for whoever looks; what came after the page was opened is only counted, so that nothing moves."""
    since, kind = _since(visit), visit.query.get("kind", "")
    kind = kind if kind in dict(KINDS) else ""
    everything, cut = await _waiting(visit, since, kind, here)
    shown = [row for row in everything if kind in {"", row.kind}]
    old = [row for row in shown if row.here or milliseconds(row.at) <= since]
    begin = _begin(visit, old)
    query = {"kind": kind} if kind else {}
    return Inbox(
        rows=await _named(visit, old[begin : begin + MOST]),
        fresh=len(shown) - len(old),
        tabs=_tabs(visit, everything, cut, kind),
        reload=_address(here, query),
        earlier=_address("", {**query, "from": begin - MOST}) if begin else "",
        later=_address("", {**query, "from": begin + MOST}) if begin + MOST < len(old) else "",
        after=max(0, len(old) - begin - MOST),
        most=_SEEN if cut & ({kind} if kind else cut) else 0,
        since=since,
        focused="live" not in visit.query,
    )


async def _named(visit: Visit, rows: Sequence[Row]) -> list[Row]:
    """Return rows that name their customers."""
    names = await names_of(visit, (row.whom for row in rows))
    return [replace(row, whom=names[row.whom]) for row in rows]


def _begin(visit: Visit, rows: Sequence[Row]) -> int:
    """Return the first row to show: of the page that is asked for, or else of the one with the row that is read."""
    said = visit.query.get("from", "")
    asked = int(said) if said.isascii() and said.isdigit() and len(said) < _LONGEST_NUMBER else None
    if asked is None:
        asked = next((number for number, row in enumerate(rows) if row.here), 0)
    return min(asked, max(0, len(rows) - 1)) // MOST * MOST


def _tabs(visit: Visit, rows: Sequence[Row], cut: set[str], kind: str) -> list[tuple[str, str, bool]]:
    """Return the kinds with how many wait of each; `cut` names those of which more wait than were counted."""
    text, counts = visit.words.text, {name: sum(row.kind == name for row in rows) for name, _ in KINDS}
    tabs = [(f"{text('All')} {len(rows)}{'+' if cut else ''}", ADDRESS, not kind)]
    return tabs + [
        (f"{text(title)} {counts[name]}{'+' if name in cut else ''}", f"{ADDRESS}?kind={name}", kind == name)
        for name, title in KINDS
        if counts[name] or kind == name
    ]


def _address(here: str, query: Mapping[str, object]) -> str:
    return f"{ADDRESS}{here}?{urlencode(query)}" if query else f"{ADDRESS}{here}"


def live_address(visit: Visit, path: str, since: int) -> str:
    """Return where the live parts of a page of the inbox come from: the list stays as of when the page was opened."""
    kept = {name: visit.query[name] for name in ("kind", "answered", "from") if name in visit.query}
    return f"{path}?{urlencode({**kept, 'since': since})}&live"


async def _waiting(visit: Visit, since: int, kind: str, here: str) -> tuple[list[Row], set[str]]:
    """Return what waits, the most pressing first, and the kinds of which more wait than were looked through."""
    query = urlencode({"since": since, **({"kind": kind} if kind else {})})
    rows, cut = list[Row](), set[str]()
    if visit.may("GET /v1/approvals"):
        approvals, more = await whole(visit, "GET /v1/approvals", "approvals", {}, _SEEN)
        rows += [_of_approval(visit, each, query, here) for each in approvals]
        tasks, more_tasks = await whole(visit, "GET /v1/tasks", "tasks", {}, _SEEN)
        rows += [_of_task(visit, each, query, here) for each in tasks]
        cut |= {name for name, over in (("approval", more), ("task", more_tasks)) if over}
    if visit.may("GET /v1/questions", "POST /v1/customers/{customer}/runs/{run}/answers"):
        asked, more = await _questions(visit, "")
        rows += [_of_question(visit, each, query, here) for each in asked]
        cut |= {"question"} if more else set()
    return sorted(rows, key=lambda row: (row.due is None, row.due or "", row.at, row.path)), cut


async def questions(visit: Visit, run: str = "") -> Sequence[Question]:
    """Return the open questions that somebody may answer by one of their roles."""
    found, _ = await _questions(visit, run)
    return found


async def _questions(visit: Visit, run: str) -> tuple[Sequence[Question], bool]:
    found, cut = dict[tuple[str, str, int], Question](), False
    for role in visit.caller.principal.roles:
        page, more = await whole(visit, "GET /v1/questions", "questions", {"role": role, "run": run}, _SEEN)
        found |= {(each.customer, each.run, each.token): each for each in page}
        cut = cut or more
    return list(found.values()), cut


def question_path(each: Question) -> str:
    """Return the page of a question, below the inbox."""
    return f"/questions/{quote(each.customer, safe='')}/{quote(each.run, safe='')}/{each.token}"


def _of_approval(visit: Visit, each: ApprovalSummary, query: str, here: str) -> Row:
    progress = f"{len(each.approved_by)}/{each.people}" if each.people > 1 else ""
    path = f"/{quote(each.invocation, safe='')}"
    return Row(
        "approval",
        path,
        f"{ADDRESS}{path}?{query}",
        each.action.replace("_", " "),
        each.actor,
        each.customer,
        each.at,
        each.answer_by,
        tone_of(visit, each.answer_by),
        progress,
        path == here,
    )


def _of_task(visit: Visit, each: TaskView, query: str, here: str) -> Row:
    path = f"/tasks/{quote(each.invocation, safe='')}"
    due = each.due or None
    return Row(
        "task",
        path,
        f"{ADDRESS}{path}?{query}",
        each.question,
        each.actor,
        each.customer,
        each.since,
        due,
        tone_of(visit, due),
        "",
        path == here,
    )


def _of_question(visit: Visit, each: Question, query: str, here: str) -> Row:
    path = question_path(each)
    return Row(
        "question",
        path,
        f"{ADDRESS}{path}?{query}",
        each.question or each.step,
        f"journey:{each.journey}",
        each.customer,
        each.since,
        each.due,
        tone_of(visit, each.due),
        "",
        path == here,
    )


def tone_of(visit: Visit, due: str | None) -> str:
    """Return how pressing a deadline is, as the tone of a mark."""
    if due is None:
        return ""
    left = milliseconds(due) - visit.words.now
    return "bad" if left < _SOON else "wait" if left < _NEAR else ""


def _since(visit: Visit) -> int:
    said = visit.query.get("since", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < _LONGEST_NUMBER else visit.words.now
