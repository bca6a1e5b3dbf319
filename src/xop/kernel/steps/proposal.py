"""What a proposal makes true: a verdict, and an invocation if it may run."""

from typing import Any

from msgspec.structs import replace

from xop.kernel.actions.cost import cost_of
from xop.kernel.actions.invocation import (
    Invocation,
    InvocationCancelled,
    InvocationHeld,
    InvocationQueued,
    InvocationStarted,
    ProposalDenied,
    Takeover,
    derive_invocation,
)
from xop.kernel.arbiter.case import Case, build_case
from xop.kernel.arbiter.ruling import Ruling, rule
from xop.kernel.base.actor import SYSTEM
from xop.kernel.base.spans import milliseconds
from xop.kernel.base.times import iso
from xop.kernel.base.values import Refusal
from xop.kernel.budgets.model import longest_window
from xop.kernel.commands import Evaluation, Halt, Proposal, Reconsideration, Reminder
from xop.kernel.context.customer import Customer
from xop.kernel.effects import Invoke, Schedule, Start, Unschedule
from xop.kernel.halts.model import EVERYTHING, PLATFORM
from xop.kernel.moment import Moment
from xop.kernel.policy.model import Terms, Verdict
from xop.kernel.release import CompiledAction, Release
from xop.kernel.step import Step
from xop.kernel.steps.announcement import announce, is_own
from xop.kernel.steps.delegation import delegated
from xop.kernel.steps.draft import Draft

HOLD = "hold:"
"""How the keys of the timers begin that end holds."""

REQUESTED = "xop.approval.requested"
"""The signal by which whoever may answer an open request for approval is told of it."""

PROBED = "xop.probe"
"""Why a known-wrong proposal ends that nobody refused."""

FIRST = 1
"""The number of the first attempt."""


def propose(release: Release, customer: Customer, command: Proposal, moment: Moment) -> Step:
    """Rule on a proposal: permitted it is queued, or started at once; held it waits, denied it is over."""
    asked = asked_for(release, command, moment)
    if isinstance(asked, Refusal):
        return Step(refusal=asked)
    compiled, invocation = asked
    at_once = command.at_once and invocation.not_before <= moment.at
    invocation = replace(invocation, asked_by=command.asked_by, at_once=at_once)
    draft = Draft(customer, moment)
    case = build_case(release, customer, compiled, invocation, moment)
    ruling = rule(case, "proposal", command.id, cause=command.cause or "")
    if _observed(release, invocation):
        return Step(decision=replace(ruling.decision, shadow=True), evidence=ruling.evidence)
    if ruling.verdict.outcome == "deny":
        draft.add(ProposalDenied(invocation.id, invocation.action, ruling.decision.code, invocation.conversation or ""))
        halt_by_rule(draft, case, ruling)
        return draft.step(ruling.decision, ruling.evidence)
    settle(draft, case, ruling, command.id)
    if at_once and ruling.verdict.outcome == "permit":
        # The moment of the verdict is the moment of execution, so that one judgement serves both.
        draft.add(InvocationStarted(invocation.id, FIRST))
        draft.ask(Start(invocation.id, FIRST))
    return draft.step(ruling.decision, ruling.evidence)


def halt_by_rule(draft: Draft, case: Case, ruling: Ruling) -> None:
    """Have what a rule wants stopped altogether halted, as a command about the platform itself."""
    actor = case.invocation.asked_by or case.invocation.actor
    names = {
        "agent": str(actor) if actor.kind == "agent" else "",
        "action": f"action:{case.invocation.action}",
        "connection": f"connection:{case.action.action.binding.connection}",
        "all": EVERYTHING,
    }
    for kind in ruling.verdict.halts:
        if scope := names[kind]:
            name = f"halt:{scope}:{ruling.decision.id}"
            command = Halt(name, SYSTEM, scope, ruling.decision.code)
            draft.ask(Schedule(name, draft.moment.at, command, part=PLATFORM))


def _observed(release: Release, invocation: Invocation) -> bool:
    principal = release.principals.get(invocation.asked_by or invocation.actor)
    return principal is not None and principal.shadow


def evaluate(release: Release, customer: Customer, command: Evaluation, moment: Moment) -> Step:
    """Rule on what somebody might propose, and leave it at that."""
    asked = asked_for(release, command, moment)
    if isinstance(asked, Refusal):
        return Step(refusal=asked)
    compiled, invocation = asked
    case = build_case(release, customer, compiled, replace(invocation, asked_by=command.asked_by), moment)
    ruling = rule(case, "evaluation", command.id)
    return Step(decision=ruling.decision, evidence=ruling.evidence)


def settle(draft: Draft, case: Case, ruling: Ruling, command: str) -> None:
    """Queue a permitted invocation, or hold one until its time comes."""
    if ruling.verdict.outcome == "hold":
        _hold(draft, case, ruling, command)
        return
    if case.invocation.status == "held":
        forget_hold(draft, case.invocation)
    if case.invocation.seeded is not None:
        # It was made to be refused: nothing lets it go.
        draft.add(InvocationCancelled(case.invocation.id, case.invocation.action, PROBED))
        return
    queued = replace(case.invocation, status="queued", address=case.address, until="", approvers=())
    contact = case.action.action.kind == "contact"
    at = draft.moment.at
    principal = case.release.principals.get(queued.asked_by or queued.actor)
    budgets = principal.budgets if principal is not None else ()
    draft.add(
        InvocationQueued(
            queued,
            contact_since=at - case.release.contact_window if contact else None,
            act_since=at - longest_window(budgets) if budgets else None,
            cost=cost_of(case.action.action, queued.arguments) if budgets else "",
        )
    )
    shown = delegated(case.release, draft.customer, draft.moment, queued)
    if shown is not None:
        draft.add(shown)
    draft.ask(Invoke(queued))


def _hold(draft: Draft, case: Case, ruling: Ruling, command: str) -> None:
    before, waits = case.invocation, ruling.decision
    opened = waits.until == "approval" and before.until != "approval"
    held = replace(
        before,
        status="held",
        address=case.address,
        until=waits.until,
        approvers=(*waits.approvers, *dict.fromkeys(each.role for each in before.taken_over)),
        people=waits.people,
        answer_by=ruling.answer_by,
        binding=waits.binding,
        decision=waits.id,
        at_once=False,
    )
    draft.add(InvocationHeld(held))
    again = Reconsideration(f"again:{held.id}:{command}", held.id, cause=command)
    draft.ask(Schedule(hold_key(held.id), ruling.due, again))
    if opened:
        _remember(draft, held, ruling.verdict)
        if is_own(held.actor):
            return
        announce(case.release, draft, REQUESTED, request_told(held), command)


def _remember(draft: Draft, held: Invocation, verdict: Verdict) -> None:
    """Set the timers of an open request for approval."""
    at, terms = draft.moment.at, verdict.terms or Terms()
    if terms.reminder:
        key = reminder_key(held.id, "")
        draft.ask(Schedule(key, at + milliseconds(terms.reminder), Reminder(f"{key}:{at}", held.id)))
    steps = {(milliseconds(own.escalate_after), own.escalate_to) for _, own in verdict.asks if own.escalate_to}
    takeovers = tuple(Takeover(role, after) for after, role in sorted(steps))
    if len(takeovers) == 1:
        (only,), key = takeovers, reminder_key(held.id, takeovers[0].role)
        draft.ask(Schedule(key, at + only.after, Reminder(f"{key}:{at}", held.id, only.role)))
    else:
        escalate_next(draft, held.id, at, takeovers)


def escalate_next(draft: Draft, invocation: str, opened: int, later: tuple[Takeover, ...]) -> None:
    """Set the timer of the next of several escalations of a request opened at a moment, if any is to come."""
    if later:
        step, *rest = later
        key = reminder_key(invocation, step.role)
        name = f"{key}:{opened}:{step.after}:{step.role}"
        reminder = Reminder(name, invocation, step.role, step.after, opened, tuple(rest))
        # The timer that fires now has the same key: only another moment tells the two apart.
        draft.ask(Schedule(key, max(opened + step.after, draft.moment.at + 1), reminder))


def forget_hold(draft: Draft, invocation: Invocation) -> None:
    """Forget the timers of a hold."""
    draft.ask(Unschedule(hold_key(invocation.id)))
    if invocation.until == "approval":
        draft.ask(Unschedule(reminder_key(invocation.id, "")), Unschedule(reminder_key(invocation.id, "up")))


def reminder_key(invocation: str, role: str) -> str:
    """Return the key of the timer that brings an open request to mind, or that passes it on to a role."""
    return f"{'escalate' if role else 'remind'}:{invocation}"


def request_told(invocation: Invocation) -> dict[str, Any]:
    """Return what is told of an open request, without its arguments: those are for who may answer."""
    return {
        "invocation": invocation.id,
        "action": invocation.action,
        "actor": str(invocation.actor),
        "roles": list(invocation.approvers),
        "answer_by": iso(invocation.answer_by),
    }


def hold_key(invocation: str) -> str:
    """Return the key of the timer that ends a hold."""
    return f"{HOLD}{invocation}"


def asked_for(
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
