"""Questions: what runs ask of people, and people's answers."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from xop.faces.http import standing
from xop.faces.http.commanding import IDEMPOTENCY_KEY, Receipt, ShortText, Text, command_name, receipt, submit
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.targets import customer, require_unbounded
from xop.kernel import commands
from xop.kernel.base.times import iso
from xop.kernel.context.customer import Customer
from xop.kernel.journeys.model import AskStep
from xop.kernel.release import Routes
from xop.ports.runs import Selection, Standing

_NO_TOKEN = -1
"""No token has this number, so that the kernel refuses it as asking nothing."""


class QuestionQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which questions to list, and which page of them."""

    role: ShortText | None = None
    """Only those that somebody with this role may answer."""
    run: ShortText | None = None
    """Only those of this run."""
    after: Annotated[str, Meta(min_length=1, max_length=300)] | None = None
    """Where to go on, as `next` of the page before says."""
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


class Question(Struct, frozen=True):
    """What a run asks of a person, or a customer handed over to people."""

    customer: str
    """The part of the customer it is about."""
    run: str
    token: int
    """Which of the run's tokens asks."""
    journey: str
    version: str
    key: str
    step: str
    kind: Literal["ask", "handover"]
    role: str
    """Who may answer."""
    question: str
    options: list[str]
    since: str
    due: str | None
    """When the run goes on without an answer."""


class QuestionPage(Struct, frozen=True):
    """Open questions; a page may be short of its limit and yet not the last."""

    questions: list[Question]
    next: str | None
    """What to ask for as `after` to see more; null at the end."""


class AnswerRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's answer to what a run asks."""

    choice: Annotated[str, Meta(min_length=1, max_length=400)]
    """One of the question's options."""
    note: Text = ""
    token: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    """Which of the run's tokens is answered; needed only when several ask at once."""


async def _list(call: Call) -> Reply:
    require_unbounded(call, "leave questions to people")
    asked: QuestionQuery = call.query
    routes = call.platform.engine.release.routes

    def keep(each: Standing) -> bool:
        asking = standing.asked(routes, each.version, each.step)
        return asked.run in (None, each.run) and (
            asked.role is None or (asking is not None and asking.role == asked.role)
        )

    found, following = await standing.page(call, Selection(waits="person", aside=False), asked.after, asked.limit, keep)
    return Reply(QuestionPage([_told(routes, each) for each in found], following))


def _told(routes: Routes, each: Standing) -> Question:
    asking = standing.asked(routes, each.version, each.step)
    return Question(
        customer=each.part,
        run=each.run,
        token=each.token,
        journey=each.journey,
        version=each.version,
        key=each.key,
        step=each.step,
        kind="ask" if isinstance(asking, AskStep) else "handover",
        role=asking.role if asking is not None else "",
        question=each.on,
        options=standing.options(asking),
        since=iso(each.since),
        due=iso(each.due) if each.due else None,
    )


async def _answer(call: Call) -> Reply:
    asked: AnswerRequest = call.body
    found, run = await customer(call, call.path["customer"]), call.path["run"]
    name = command_name(call, "reply", run)
    token = asked.token
    if token is None:
        token = await _answered_before(call, name, run)
    if token is None:
        token = _asking_token(found, run)
    command = commands.Reply(name, call.actor, run, token, asked.choice, asked.note)
    holder = next((part.id for part in found.parts if run in part.runs), found.id)
    return Reply(receipt(await submit(call, command, holder)))


async def _answered_before(call: Call, name: str, run: str) -> int | None:
    """Return the token of an answer that is given again: the run asks something else by now, or is over."""
    stored = (await call.platform.runtime.ledger.answered([name])).get(name)
    command = stored.entry.command if stored is not None else None
    return command.token if isinstance(command, commands.Reply) and command.run == run else None


def _asking_token(found: Customer, run: str) -> int:
    known = found.view.runs.get(run)
    asking = [token.id for token in known.tokens if token.waits == "person"] if known is not None else []
    if len(asking) > 1:
        named = ", ".join(map(str, asking))
        raise ProblemError("token-missing", "the run asks several questions at once", f"send `token`, one of: {named}")
    return asking[0] if asking else _NO_TOKEN


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/questions",
        summary="List open questions",
        description="What runs ask of people, and customers handed over to them.",
        handler=_list,
        scope="customers:read",
        query=QuestionQuery,
        answers=(Content(JSON, QuestionPage),),
    ),
    Operation(
        method="POST",
        path="/v1/customers/{customer}/runs/{run}/answers",
        summary="Answer a question",
        description="The caller answers, who must have the role that the question names.",
        handler=_answer,
        scope="approvals:write",
        parameters={"customer": REFERENCE, "run": "The run's id."},
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, AnswerRequest),),
        answers=(Content(JSON, Receipt),),
        problems=(
            "customer-unknown",
            "identifier-refused",
            "question-not-open",
            "question-role",
            "answer-unknown",
            "token-missing",
            "command-conflict",
        ),
    ),
)
