"""What a proposal makes true: a verdict, and an invocation if it may run."""

from msgspec.structs import replace

from xop.kernel.actions.invocation import (
    Invocation,
    InvocationHeld,
    InvocationQueued,
    InvocationStarted,
    ProposalDenied,
    derive_invocation,
)
from xop.kernel.arbiter.case import Case, build_case
from xop.kernel.arbiter.ruling import Ruling, rule
from xop.kernel.base.spans import milliseconds
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Evaluation, Proposal, Reconsideration
from xop.kernel.context.customer import Customer
from xop.kernel.effects import Invoke, Schedule, Start, Unschedule
from xop.kernel.moment import Moment
from xop.kernel.release import CompiledAction, Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft

FIRST = 1
"""The number of the first attempt."""


def propose(release: Release, customer: Customer, command: Proposal, moment: Moment) -> Step:
    """Rule on a proposal: permitted it is queued, or started at once; held it waits, denied it is over."""
    asked = _asked(release, command, moment)
    if isinstance(asked, Refusal):
        return Step(refusal=asked)
    compiled, invocation = asked
    at_once = command.at_once and invocation.not_before <= moment.at
    invocation = replace(invocation, asked_by=command.asked_by, at_once=at_once)
    draft = Draft(customer, moment)
    case = build_case(release, customer, compiled, invocation, moment)
    ruling = rule(case, "proposal", command.id, cause=command.cause or "")
    if ruling.verdict.outcome == "deny":
        draft.add(ProposalDenied(invocation.id, invocation.action, ruling.decision.code))
        return draft.step(ruling.decision, ruling.evidence)
    settle(draft, case, ruling, command.id)
    if at_once and ruling.verdict.outcome == "permit":
        # The moment of the verdict is the moment of execution, so that one judgement serves both.
        draft.add(InvocationStarted(invocation.id, FIRST))
        draft.ask(Start(invocation.id, FIRST))
    return draft.step(ruling.decision, ruling.evidence)


def evaluate(release: Release, customer: Customer, command: Evaluation, moment: Moment) -> Step:
    """Rule on what somebody might propose, and leave it at that."""
    asked = _asked(release, command, moment)
    if isinstance(asked, Refusal):
        return Step(refusal=asked)
    compiled, invocation = asked
    case = build_case(release, customer, compiled, replace(invocation, asked_by=command.asked_by), moment)
    ruling = rule(case, "evaluation", command.id)
    return Step(decision=ruling.decision, evidence=ruling.evidence)


def settle(draft: Draft, case: Case, ruling: Ruling, command: str) -> None:
    """Queue a permitted invocation, or hold one until its time comes."""
    if ruling.verdict.outcome == "hold":
        waits = ruling.decision
        held = replace(
            case.invocation,
            status="held",
            address=case.address,
            until=waits.until,
            approvers=waits.approvers,
            at_once=False,
        )
        draft.add(InvocationHeld(held))
        again = Reconsideration(f"again:{held.id}:{command}", held.id, cause=command)
        draft.ask(Schedule(hold_key(held.id), ruling.due, again))
        return
    if case.invocation.status == "held":
        draft.ask(Unschedule(hold_key(case.invocation.id)))
    queued = replace(case.invocation, status="queued", address=case.address, until="", approvers=())
    contact = case.action.action.kind == "contact"
    since = draft.moment.at - case.release.contact_window
    draft.add(InvocationQueued(queued, contact_since=since if contact else None))
    draft.ask(Invoke(queued))


def hold_key(invocation: str) -> str:
    """Return the key of the timer that ends a hold."""
    return f"hold:{invocation}"


def _asked(
    release: Release, command: Proposal | Evaluation, moment: Moment
) -> tuple[CompiledAction, Invocation] | Refusal:
    """Return the action and the invocation that a command asks for, or why it asks for nothing there is."""
    compiled = release.actions.get(command.action)
    if compiled is None:
        return _no_action(release, command.action)
    misfit = compiled.misfit(command.arguments)
    if misfit is not None:
        return Refusal("arguments-unfit", misfit, f"give {command.action!r} the arguments its contract asks for")
    invocation = _invocation(compiled, command, moment)
    if not _purpose_fits(compiled, invocation.purpose):
        allowed = ", ".join((compiled.action.purpose, *compiled.action.other_purposes))
        cause = f"the action {command.action!r} does not serve the purpose {invocation.purpose!r}"
        return Refusal("purpose-unfit", cause, f"name one of: {allowed}")
    return compiled, invocation


def _invocation(compiled: CompiledAction, command: Proposal | Evaluation, moment: Moment) -> Invocation:
    action = compiled.action
    return Invocation(
        id=derive_invocation(command.id, moment.origin),
        action=action.name,
        actor=command.actor,
        status="queued",
        at=moment.at,
        purpose=command.purpose or action.purpose,
        channel=action.channel,
        arguments=command.arguments,
        conversation=command.conversation,
        expires_at=moment.at + milliseconds(action.valid_for),
        not_before=moment.at + milliseconds(action.delay),
    )


def _purpose_fits(compiled: CompiledAction, purpose: str) -> bool:
    return purpose == compiled.action.purpose or purpose in compiled.action.other_purposes


def _no_action(release: Release, name: str) -> Refusal:
    known = ", ".join(sorted(release.actions)) or "none"
    return Refusal("action-unknown", f"there is no action {name!r} in this release", f"propose one of: {known}")
