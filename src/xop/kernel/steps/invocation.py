"""What becomes of an invocation: judged again, approved, started, done or given up."""

from typing import Literal

from msgspec import UNSET
from msgspec.structs import replace

from xop.kernel import facts as f
from xop.kernel.actions.invocation import Invocation
from xop.kernel.actions.model import Attempts
from xop.kernel.arbiter.case import build_case
from xop.kernel.arbiter.ruling import rule
from xop.kernel.base.spans import milliseconds
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Execution, Outcome, Reconciliation, Reconsideration, Signal, Withdrawal
from xop.kernel.context.customer import Customer
from xop.kernel.effects import Settle, Start
from xop.kernel.moment import Moment
from xop.kernel.release import CompiledAction, Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.incident import differ
from xop.kernel.steps.proposal import forget_hold, settle
from xop.kernel.steps.task import finish, take

EXPIRED = "xop.expired"
UNANSWERED = "xop.approval_expired"
WITHDRAWN = "xop.withdrawn"
ACTION_GONE = "xop.action_gone"


def reconsider(release: Release, customer: Customer, command: Reconsideration, moment: Moment) -> Step:
    """Judge a held or queued invocation again; one that is over or on its way stays as it is."""
    draft = Draft(customer, moment)
    invocation = draft.part.invocations.get(command.invocation)
    if invocation is None or invocation.status not in {"held", "queued"}:
        return draft.step()
    code = gone(release, invocation, moment)
    if code:
        cancel(draft, invocation, code)
        return draft.step()
    case = build_case(release, customer, release.actions[invocation.action], invocation, moment)
    ruling = rule(case, "reconsideration", command.id, cause=command.cause or "")
    if ruling.verdict.outcome == "deny":
        cancel(draft, invocation, ruling.decision.code)
    elif invocation.status == "held":
        settle(draft, case, ruling, command.id)
    elif ruling.verdict.outcome == "hold":
        draft.ask(Settle(invocation.id, "cancelled", moment.at, "held again"))
        settle(draft, case, ruling, command.id)
    return draft.step(ruling.decision, ruling.evidence)


def withdraw(_release: Release, customer: Customer, command: Withdrawal, moment: Moment) -> Step:
    """Take back a proposal that has not started; only whoever made it, or had it made, may."""
    draft = Draft(customer, moment)
    invocation = draft.part.invocations.get(command.invocation)
    if invocation is None or invocation.status not in {"held", "queued"}:
        cause = f"the invocation {command.invocation!r} does not wait for anything"
        return Step(refusal=Refusal("invocation-not-open", cause, "it may be over, or on its way already"))
    if command.actor not in (invocation.actor, invocation.asked_by):
        return Step(refusal=Refusal("invocation-not-own", "it is somebody else's proposal", "refuse it as an approver"))
    cancel(draft, invocation, WITHDRAWN)
    return draft.step()


def execute(release: Release, customer: Customer, command: Execution, moment: Moment) -> Step:
    """Judge a queued invocation at the moment it would leave, and start it only if it is still permitted."""
    draft = Draft(customer, moment)
    invocation = draft.part.invocations.get(command.invocation)
    if invocation is None or invocation.status != "queued":
        draft.ask(Settle(command.invocation, "cancelled", moment.at, "it is no longer queued"))
        return draft.step()
    code = gone(release, invocation, moment)
    if code:
        cancel(draft, invocation, code)
        return draft.step()
    case = build_case(release, customer, release.actions[invocation.action], invocation, moment)
    ruling = rule(case, "execution", command.id)
    if ruling.verdict.outcome == "deny":
        cancel(draft, invocation, ruling.decision.code)
    elif ruling.verdict.outcome == "hold":
        draft.ask(Settle(invocation.id, "cancelled", moment.at, "held again"))
        settle(draft, case, ruling, command.id)
    else:
        draft.add(f.InvocationStarted(invocation.id, command.attempt))
        draft.ask(Start(invocation.id, command.attempt))
    return draft.step(ruling.decision, ruling.evidence)


def conclude(release: Release, customer: Customer, command: Outcome, moment: Moment) -> Step:
    """Note what came of an attempt; an attempt that may be repeated is, until none is left."""
    draft = Draft(customer, moment)
    invocation = draft.part.invocations.get(command.invocation)
    if invocation is None or invocation.status not in {"started", "queued"}:
        if command.result == "done":
            _differs(release, draft, invocation, command)
        return draft.step()
    name, action, at = invocation.id, invocation.action, moment.at
    compiled = release.actions.get(action)
    attempts = compiled.action.attempts if compiled else Attempts()
    told: tuple[Signal, ...] = ()
    if command.result == "done":
        if invocation.status == "queued" and not invocation.attempt:
            differ(release, draft, invocation, f.EffectDiffered(name, action, "not_started"))
        output = None if command.output is UNSET else command.output
        told = finish(release, draft, invocation, output, command.detail)
    elif command.result == "accepted":
        take(release, draft, invocation, command)
    elif command.result == "uncertain" and not _harmless(compiled, invocation):
        draft.add(f.InvocationUncertain(name, action, command.detail))
        draft.ask(Settle(name, "uncertain", at, command.detail))
    elif (
        command.result == "retry"
        and (command.unsure or not invocation.at_once)
        and command.attempt - invocation.attempts_before < attempts.most
        and at < invocation.expires_at
    ):
        draft.add(f.AttemptFailed(name, command.attempt, command.detail))
        delay = retry_delay(attempts, command.attempt - invocation.attempts_before, moment.seed)
        due = at + max(delay, command.retry_after)
        draft.ask(Settle(name, "pending", due, command.detail))
    else:
        draft.add(f.InvocationFailed(name, action, command.detail))
        draft.ask(Settle(name, "failed", at, command.detail))
    return replace(draft.step(), told=told)


def _differs(release: Release, draft: Draft, invocation: Invocation | None, command: Outcome) -> None:
    """Something was carried out that is not under way: it was refused, is held, or was over already."""
    if invocation is not None and invocation.status in {"failed", "uncertain"}:
        return
    why: Literal["not_permitted", "not_under_way"] = "not_under_way" if invocation is None else "not_permitted"
    action = invocation.action if invocation is not None else ""
    differ(release, draft, invocation, f.EffectDiffered(command.invocation, action, why))


def reconcile(release: Release, customer: Customer, command: Reconciliation, moment: Moment) -> Step:
    """Take a person's answer to a dead letter; sending it again goes through the rules again."""
    draft = Draft(customer, moment)
    invocation = draft.part.invocations.get(command.invocation)
    if invocation is None or invocation.status not in {"failed", "uncertain"}:
        cause = f"the invocation {command.invocation!r} is no dead letter"
        return Step(
            refusal=Refusal("dead-letter-unknown", cause, "list the dead letters: it may be reconciled already")
        )
    name, by = invocation.id, str(command.actor)
    if command.choice == "done":
        told = finish(release, draft, invocation, None, f"reconciled by {by}")
        return replace(draft.step(), told=told)
    if command.choice == "drop":
        draft.add(f.InvocationDropped(name, invocation.action, by))
        draft.ask(Settle(name, "cancelled", moment.at, f"given up by {by}"))
        return draft.step()
    compiled = release.actions.get(invocation.action)
    if compiled is None:
        return Step(
            refusal=Refusal(
                "action-unknown", f"there is no action {invocation.action!r} any more", "drop the dead letter"
            )
        )
    again = replace(
        invocation,
        expires_at=moment.at + milliseconds(compiled.action.valid_for),
        not_before=moment.at,
        attempts_before=invocation.attempt,
        at_once=False,
    )
    case = build_case(release, customer, compiled, again, moment)
    ruling = rule(case, "reconsideration", command.id, person=by)
    if ruling.verdict.outcome == "deny":
        draft.add(f.InvocationDropped(name, invocation.action, by))
        draft.ask(Settle(name, "cancelled", moment.at, ruling.decision.code))
    else:
        if ruling.verdict.outcome == "hold":
            draft.ask(Settle(name, "cancelled", moment.at, "held again"))
        settle(draft, case, ruling, command.id)
    return draft.step(ruling.decision, ruling.evidence)


def retry_delay(attempts: Attempts, attempt: int, seed: int) -> int:
    """Return how long to wait after a failed attempt, in milliseconds: doubled each time, with up to a quarter of jitter."""
    delay = min(milliseconds(attempts.first_delay) << min(attempt - 1, 30), milliseconds(attempts.longest_delay))
    return delay + (seed % 1024) * delay // 4096


def _harmless(compiled: CompiledAction | None, invocation: Invocation) -> bool:
    """A read for somebody who waited changed nothing, whatever came of it: nobody need look into it."""
    return invocation.at_once and compiled is not None and compiled.action.kind == "read"


def gone(release: Release, invocation: Invocation, moment: Moment) -> str:
    """Return why an invocation can no longer be carried out; empty when it can."""
    if moment.at >= invocation.expires_at:
        return EXPIRED
    if invocation.status == "held" and invocation.until == "approval" and 0 < invocation.answer_by <= moment.at:
        return UNANSWERED
    return "" if invocation.action in release.actions else ACTION_GONE


def cancel(draft: Draft, invocation: Invocation, code: str, successor: str = "") -> None:
    """Note that a held or queued invocation is stopped before it starts."""
    draft.add(f.InvocationCancelled(invocation.id, invocation.action, code, successor))
    forget_hold(draft, invocation)
    if invocation.status == "queued":
        draft.ask(Settle(invocation.id, "cancelled", draft.moment.at, code))
