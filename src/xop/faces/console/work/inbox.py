"""The inbox: whatever waits for the word of whoever looks, oldest deadline first."""

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from msgspec import Struct

from xop.faces.console.page import PREFIX
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked, milliseconds
from xop.faces.http.routes.approvals import ApprovalSummary
from xop.faces.http.routes.questions import Question
from xop.faces.http.routes.tasks import TaskView

ADDRESS = f"{PREFIX}/approvals"

KINDS = (("approval", marked("Approvals")), ("task", marked("Tasks")), ("question", marked("Questions")))

MOST = 200
"""Rows of one kind that are shown."""

_LONGEST_NUMBER = 15
_TAIL = 6

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
    """The end of the customer's id: enough to tell one from another."""
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
    more: bool
    since: int
    focused: bool
    """Whether the row that is read is put into focus, so that j and k go on from it."""


async def inbox(visit: Visit, here: str = "") -> Inbox:
    """Return what waits for whoever looks; what came after the page was opened is only counted, so that nothing moves."""
    since, kind = _since(visit), visit.query.get("kind", "")
    kind = kind if kind in dict(KINDS) else ""
    everything, more = await _waiting(visit, since, kind, here)
    shown = [row for row in everything if kind in {"", row.kind}]
    old = [row for row in shown if row.here or milliseconds(row.at) <= since]
    counts = {name: sum(row.kind == name for row in everything) for name, _ in KINDS}
    words = visit.words
    tabs = [(f"{words.text('All')} {len(everything)}", ADDRESS, not kind)]
    tabs += [
        (f"{words.text(title)} {counts[name]}", f"{ADDRESS}?kind={name}", kind == name)
        for name, title in KINDS
        if counts[name] or kind == name
    ]
    reload = f"{ADDRESS}{here or ''}" + (f"?kind={kind}" if kind else "")
    return Inbox(old, len(shown) - len(old), tabs, reload, more, since, focused="live" not in visit.query)


def live_address(visit: Visit, path: str, since: int) -> str:
    """Return where the live parts of a page of the inbox come from: the list stays as of when the page was opened."""
    kept = {name: visit.query[name] for name in ("kind", "answered") if name in visit.query}
    return f"{path}?{urlencode({**kept, 'since': since})}&live"


async def _waiting(visit: Visit, since: int, kind: str, here: str) -> tuple[list[Row], bool]:
    query = urlencode({"since": since, **({"kind": kind} if kind else {})})
    rows, more = list[Row](), False
    if visit.may("GET /v1/approvals"):
        page = await visit.ask("GET /v1/approvals", query={"limit": MOST})
        rows += [_of_approval(visit, each, query, here) for each in page.approvals]
        tasks = await visit.ask("GET /v1/tasks", query={"limit": MOST})
        rows += [_of_task(visit, each, query, here) for each in tasks.tasks]
        more = page.next is not None or tasks.next is not None
    if visit.may("GET /v1/questions", "POST /v1/customers/{customer}/runs/{run}/answers"):
        rows += [_of_question(visit, each, query, here) for each in await questions(visit)]
    return sorted(rows, key=lambda row: (row.due is None, row.due or "", row.at, row.path)), more


async def questions(visit: Visit, run: str = "") -> Sequence[Question]:
    """Return the open questions that somebody may answer by one of their roles."""
    found = dict[tuple[str, str, int], Question]()
    for role in visit.caller.principal.roles:
        page = await visit.ask("GET /v1/questions", query={"role": role, "run": run, "limit": MOST})
        found |= {(each.customer, each.run, each.token): each for each in page.questions}
    return list(found.values())


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
        each.customer[-_TAIL:],
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
        each.customer[-_TAIL:],
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
        each.customer[-_TAIL:],
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
