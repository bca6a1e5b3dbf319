"""Links to one request for approval: a page that shows it, and takes the answer of the person it was sent to."""

import json
from html import escape
from typing import Any

from xop.faces.http.form import FORM, form_fields
from xop.faces.http.link_page import link_operation
from xop.faces.http.operation import Call, Reply
from xop.faces.http.page import HEADERS, MEDIA_TYPE, described, page
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.approvals import ApprovalDetail, answered, detail, find, may_answer
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Approval
from xop.runtimes.links import subject_of

_LONGEST_NOTE = 2000


async def _show(call: Call) -> Reply:
    operator = _operator(call)
    try:
        part, invocation = await find(call, call.path["invocation"])
    except ProblemError:
        return _page(
            "Nothing to answer", "<p>This request is over: it was answered, taken back or not answered in time.</p>"
        )
    if not may_answer(call, operator, invocation):
        return _page("Not yours to answer", "<p>You have answered it already, or it needs another role by now.</p>")
    shown = await detail(call, part, invocation)
    return _page(f"{shown.action}: yes or no?", _form(shown, operator))


async def _answer(call: Call) -> Reply:
    operator = _operator(call)
    given = form_fields(call)
    approved = given.get("answer") == "approve"
    if given.get("answer") not in {"approve", "refuse"}:
        raise ProblemError("parameter-invalid", "the form was sent without an answer", "press one of its buttons")
    name = call.path["invocation"]
    command = Approval(
        id=f"approval:link:{name}:{operator.id}:{given.get('answer')}",
        actor=operator,
        invocation=name,
        approved=approved,
        note=given.get("note", "")[:_LONGEST_NOTE],
        binding=given.get("binding", ""),
    )
    try:
        answer = await answered(call, command)
    except ProblemError as problem:
        return _page("Not done", f"<p role='alert'>{escape(problem.detail)}. {escape(problem.remedy)}.</p>", 409)
    waits = "It still waits for others."
    if len(answer.approved_by) < answer.people:
        waits = f"{len(answer.approved_by)} of {answer.people} have approved: another person must approve too."
    said = {"queued": "It is being carried out.", "held": waits, "cancelled": "It is refused."}
    return _page("Thank you", f"<p>{said[answer.status]}</p>")


def _operator(call: Call) -> Actor:
    """Return the person a link was sent to; raises ProblemError (403) for a link that is not good."""
    platform, name = call.platform, call.path["invocation"]
    subject = subject_of(platform.link_key, call.query.token, platform.runtime.clock.now())
    kind, _, rest = (subject or "").partition(":")
    invocation, _, operator = rest.partition(":")
    actor = Actor("operator", operator)
    if kind != "approval" or invocation != name or actor not in platform.engine.release.principals:
        raise ProblemError("link-invalid", "the link is no longer good, or not for this request", "sign in instead")
    return actor


def _form(shown: ApprovalDetail, operator: Actor) -> str:
    people = f"{shown.people}, of whom {len(shown.approved_by)} have approved"
    if shown.approved_by:
        people += f": {', '.join(shown.approved_by)}"
    facts = {
        "You answer as": operator.id,
        "What": shown.description,
        "Details": json.dumps(shown.arguments, ensure_ascii=False, indent=1),
        "For": shown.customer,
        "Asked by": shown.actor,
        "Why it waits": " ".join(shown.reasons),
        "Risk": shown.risk,
        "Goes to": shown.address or "",
        "People needed": people,
        "Answer by": shown.answer_by,
    }
    return (
        described(facts)
        + '<form method="post">'
        + f'<input type="hidden" name="binding" value="{escape(shown.binding)}">'
        + '<label for="note">A remark for the record</label>'
        + f'<textarea id="note" name="note" maxlength="{_LONGEST_NOTE}" rows="3"></textarea>'
        + '<button name="answer" value="approve">Approve</button>'
        + '<button name="answer" value="refuse">Refuse</button></form>'
    )


def _page(title: str, body: str, status: int = 200) -> Reply:
    return Reply(page(title, body), status, MEDIA_TYPE, HEADERS)


_PAGE: dict[str, Any] = {
    "path": "/v1/approvals/{invocation}/page",
    "parameters": {"invocation": "The invocation's id."},
    "problems": ("link-invalid",),
}

OPERATIONS = (
    link_operation(
        _show,
        HEADERS,
        **_PAGE,
        summary="Show a request for approval to the person a link was sent to",
        description="Needs the link's token and no API key. Looking at it answers nothing.",
    ),
    link_operation(_answer, HEADERS, FORM, **_PAGE, summary="Answer a request for approval from the page of a link"),
)
