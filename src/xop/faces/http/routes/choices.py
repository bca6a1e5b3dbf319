"""Choices: what to do next for a customer, asked of a decision set, and what was chosen before."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from xop.faces.http.commanding import IDEMPOTENCY_KEY, Reference, ShortText, command_name, submit
from xop.faces.http.operation import JSON, Call, Content, Header, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.reach import is_bounded
from xop.faces.http.targets import customer, elsewhere, require_unbounded, target
from xop.kernel.base.times import iso
from xop.kernel.choices.considered import ARBITRATED, Considered
from xop.kernel.choices.facts import decision_of
from xop.kernel.commands import Choice
from xop.kernel.decisions.model import Decision, Outcome
from xop.ports.ledger import Stored


class ChoiceRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The question what to do next for a customer."""

    decision_set: ShortText
    customer: Reference
    propose: bool = True
    """Whether the winner is proposed at once; otherwise whoever asks brings it to the customer, as on a page they show."""
    request: dict[str, Any] = {}
    """What you know and the decision set may read as `request`."""
    conversation: ShortText | None = None
    """The interaction in which it is asked: verifications count per interaction."""


class Ranked(Struct, frozen=True):
    """One candidate that may be brought to the customer now."""

    candidate: str
    treatment: str
    action: str
    channel: str
    issue: str
    group: str
    priority: float
    propensity: float
    value: float
    cost: float
    rank: int
    """Its place by priority, from 1."""
    chosen: bool


class ChoiceAnswer(Struct, frozen=True):
    """What was chosen; durable by the time it is read."""

    decision: str
    choice: str
    """Its id, by which results can be told apart."""
    verdict: Outcome
    """`permit` when something was chosen, `deny` for nothing."""
    code: str
    """How it was chosen."""
    reasons: tuple[str, ...]
    candidate: str
    """Empty for nothing."""
    treatment: str
    action: str
    invocation: str
    """The invocation its proposal leads to; empty when nothing is proposed."""
    arm: str
    probability: float
    """How likely this choice was, given all but chance."""
    ranked: list[Ranked]
    """What may be brought to the customer, the chosen one first; empty for whoever is in the holdout."""
    customer: str
    position: int
    """Its place in the ledger."""
    duplicate: bool
    """Whether it had been asked before: this is the first answer again."""


class ChoiceQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which choices to list."""

    customer: Reference | None = None
    before: Annotated[int, Meta(ge=1, le=2**62)] | None = None
    """The `position` to go on before, as `next` of the page before says."""
    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    """How many decisions to look through; those that are no choices are passed over."""


class RecordedChoice(Struct, frozen=True):
    """One choice with everything it was made among."""

    decision: str
    choice: str
    position: int
    at: str
    customer: str
    decision_set: str
    arm: str
    code: str
    probability: float
    candidates: tuple[Considered, ...]


class ChoicePage(Struct, frozen=True):
    """Choices, newest first."""

    choices: list[RecordedChoice]
    next: int | None
    """What to ask for as `before` to see more; null at the end."""


class OpenChoice(Struct, frozen=True):
    """A choice whose result is waited for."""

    choice: str
    decision: str
    """What explains it."""
    decision_set: str
    candidate: str
    """Empty for nothing."""
    treatment: str
    action: str
    invocation: str
    arm: str
    probability: float
    propensity: float
    model: str
    at: str
    due: str


class OpenChoices(Struct, frozen=True):
    """The choices of one customer whose results are waited for, oldest first."""

    choices: list[OpenChoice]


class DecisionSetSummary(Struct, frozen=True):
    """One decision set of the active release."""

    name: str
    description: str
    candidates: list[str]
    results: list[str]
    """The outcomes that are learned from."""
    model: str
    """The kind of its model."""
    version: str | None
    """The version of the model that answers now; null when it has learned nothing."""
    learned_to: int
    """The ledger position up to which it has learned."""
    explore: float
    arms: dict[str, float]


class DecisionSets(Struct, frozen=True):
    """The decision sets of the active release."""

    decision_sets: list[DecisionSetSummary]


async def _choose(call: Call) -> Reply:
    asked: ChoiceRequest = call.body
    if is_bounded(call.caller.principal):
        await customer(call, asked.customer, asked.conversation)
    command = Choice(
        id=command_name(call, "choice"),
        actor=call.actor,
        decision_set=asked.decision_set,
        propose=asked.propose,
        request=asked.request,
        conversation=asked.conversation,
    )
    answer = await submit(call, command, target(call.platform.engine.release, asked.customer))
    decision = answer.decision
    if decision is None:
        raise ProblemError("internal", "the question was taken without a decision")
    winner = next((each for each in decision.candidates if not each.fell), None)
    reply = ChoiceAnswer(
        decision=decision.id,
        choice=command.id,
        verdict=decision.verdict,
        code=decision.code,
        reasons=tuple(reason.message for reason in decision.reasons),
        candidate=winner.name if winner is not None else "",
        treatment=winner.treatment if winner is not None else "",
        action=decision.action,
        invocation=decision.invocation,
        arm=decision.arm,
        probability=decision.probability,
        ranked=_ranked(decision),
        customer=answer.customer,
        position=answer.position,
        duplicate=answer.duplicate,
    )
    return Reply(reply, headers=((b"x-decision-id", decision.id.encode()),))


def _ranked(decision: Decision) -> list[Ranked]:
    return [
        Ranked(
            candidate=each.name,
            treatment=each.treatment,
            action=each.action,
            channel=each.channel,
            issue=each.issue,
            group=each.group,
            priority=each.priority,
            propensity=each.propensity,
            value=each.value,
            cost=each.cost,
            rank=each.rank,
            chosen=not each.fell,
        )
        for each in decision.candidates
        if each.fell in {"", "outranked"}
    ]


async def _list(call: Call) -> Reply:
    asked: ChoiceQuery = call.query
    parts = None
    if asked.customer is None:
        require_unbounded(call, "name one as `customer`")
    else:
        parts = [part.id for part in (await customer(call, asked.customer)).parts]
    page = await call.platform.runtime.ledger.decisions(asked.before, asked.limit, parts)
    following = page[-1].position if len(page) == asked.limit else None
    return Reply(ChoicePage([each for stored in page if (each := _recorded(stored)) is not None], following))


def _recorded(stored: Stored) -> RecordedChoice | None:
    decision = stored.entry.decision
    if decision is None or decision.stage != "choice":
        return None
    return RecordedChoice(
        decision=decision.id,
        choice=decision.command,
        position=stored.position,
        at=iso(decision.at),
        customer=stored.entry.customer,
        decision_set=decision.decision_set,
        arm=decision.arm,
        code=decision.code,
        probability=decision.probability,
        candidates=tuple(each for each in decision.candidates if each.fell in ARBITRATED),
    )


async def _open(call: Call) -> Reply:
    reference = call.path["customer"]
    found = await customer(call, reference)
    redirect = elsewhere(call, reference, found, "/choices")
    if redirect is not None:
        return redirect
    choices = [
        OpenChoice(
            choice=each.id,
            decision=decision_of(each.id),
            decision_set=each.decision_set,
            candidate=each.candidate,
            treatment=each.treatment,
            action=each.action,
            invocation=each.invocation,
            arm=each.arm,
            probability=each.probability,
            propensity=each.propensity,
            model=each.model,
            at=iso(each.at),
            due=iso(each.due),
        )
        for each in sorted(found.view.choices.values(), key=lambda each: (each.at, each.id))
    ]
    return Reply(OpenChoices(choices))


async def _sets(call: Call) -> Reply:
    release, models = call.platform.engine.release, call.platform.runtime.models
    found = []
    for name, compiled in sorted(release.decision_sets.items()):
        declared, head = compiled.definition, await models.head(name)
        found.append(
            DecisionSetSummary(
                name=name,
                description=declared.description,
                candidates=[each.name for each in declared.candidates],
                results=[each.outcome for each in declared.results],
                model=declared.model.kind,
                version=head.version if head is not None else None,
                learned_to=head.position if head is not None else 0,
                explore=declared.explore.rate,
                arms={
                    "random": declared.arms.random,
                    "no_model": declared.arms.no_model,
                    "holdout": declared.arms.holdout,
                },
            )
        )
    return Reply(DecisionSets(found))


OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/choices",
        summary="Ask what to do next",
        description="Ranks what is permitted for a customer and proposes the winner; answers once the choice is durable.",
        handler=_choose,
        scope="proposals:write",
        reads=(IDEMPOTENCY_KEY,),
        sends=(Header("X-Decision-Id", "The decision's id."),),
        body=(Content(JSON, ChoiceRequest),),
        answers=(Content(JSON, ChoiceAnswer),),
        answered="The choice",
        problems=(
            "customer-unknown",
            "identifier-refused",
            "decision-set-unknown",
            "decision-set-not-granted",
            "command-conflict",
        ),
    ),
    Operation(
        method="GET",
        path="/v1/choices",
        summary="List choices with what they were made among",
        handler=_list,
        scope="decisions:read",
        query=ChoiceQuery,
        answers=(Content(JSON, ChoicePage),),
        problems=("customer-unknown", "identifier-refused"),
    ),
    Operation(
        method="GET",
        path="/v1/customers/{customer}/choices",
        summary="List a customer's choices whose results are waited for",
        description="`decision` leads to the explanation of each.",
        handler=_open,
        scope="customers:read",
        parameters={"customer": "A customer's id, or `namespace:value`."},
        answers=(Content(JSON, OpenChoices),),
        problems=("customer-unknown", "identifier-refused"),
        redirects=True,
    ),
    Operation(
        method="GET",
        path="/v1/decision-sets",
        summary="List the decision sets",
        handler=_sets,
        scope="decisions:read",
        answers=(Content(JSON, DecisionSets),),
    ),
)
