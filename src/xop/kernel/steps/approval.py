"""Approvals: a person's answer to an invocation that is held, and what happens while nobody answers."""

from typing import Any

from msgspec.structs import replace

from xop.kernel import facts as f
from xop.kernel.actions.invocation import Assent, Invocation, approved, derive_invocation
from xop.kernel.arbiter.assent import roles_asked, standing
from xop.kernel.arbiter.binding import binding
from xop.kernel.arbiter.case import Case, build_case
from xop.kernel.arbiter.overseer import unfit_to_approve
from xop.kernel.arbiter.ruling import rule, unapproved
from xop.kernel.base.actor import Actor
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Approval, Proposal, Reconsideration, Reminder
from xop.kernel.context.customer import Customer
from xop.kernel.effects import Schedule
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.announcement import announce, is_own
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.invocation import cancel, gone
from xop.kernel.steps.probe import note_answer
from xop.kernel.steps.proposal import REQUESTED, escalate_next, hold_key, request_told, settle

REFUSED = "xop.refused_by_person"
EDITED = "xop.edited_by_person"


def approve(release: Release, customer: Customer, command: Approval, moment: Moment) -> Step:
    """Take a person's answer to a held invocation; the rules have the last word even then."""
    draft = Draft(customer, moment)
    invocation = draft.part.invocations.get(command.invocation)
    if invocation is None or invocation.status != "held" or invocation.until != "approval":
        cause = f"the invocation {command.invocation!r} does not wait for an approval"
        return Step(
            refusal=Refusal(
                "approval-not-open", cause, "look at its decision: it may be over, expired or answered already"
            )
        )
    compiled = release.actions.get(invocation.action)
    case = build_case(release, customer, compiled, invocation, moment) if compiled is not None else None
    asked = _open_to(case) if case is not None else invocation
    roles = answering_roles(release, asked, command.actor, approved=command.approved)
    if isinstance(roles, Refusal):
        return Step(refusal=roles)
    unfit = _unfit(release, case, command) if case is not None else None
    if unfit is not None:
        return Step(refusal=unfit)
    if not command.approved:
        note_answer(draft, invocation, command.actor, caught=True)
        cancel(draft, invocation, REFUSED)
        announce(release, draft, "xop.approval.answered", _told(invocation, approved=False), command.id)
        return draft.step()
    code = gone(release, invocation, moment)
    if code or case is None:
        draft.add(f.InvocationApproved(invocation.id, str(command.actor), roles))
        cancel(draft, invocation, code)
        return draft.step()
    outdated = _outdated(case, invocation, command)
    if outdated is not None:
        return Step(refusal=outdated)
    if command.arguments is not None:
        return _edit(release, draft, case, command)
    return _accept(release, draft, case, command, roles)


def _unfit(release: Release, case: Case, command: Approval) -> Refusal | None:
    """Return why somebody may not answer: refusing is anybody's who was asked, approving needs to be fit for it."""
    seeded = case.invocation.seeded
    if seeded is not None and seeded.by == str(command.actor):
        return Refusal("approval-own", "nobody answers a probe of their own", "leave it to others")
    if not command.approved:
        return None
    return unfit_to_approve(release, case.action, case.invocation, command.actor, case.moment.at)


def _accept(release: Release, draft: Draft, case: Case, command: Approval, roles: tuple[str, ...]) -> Step:
    """Note one more approval and judge with it; where more are needed the invocation goes on waiting."""
    invocation, assent = case.invocation, Assent(str(command.actor), roles, binding(case))
    draft.add(f.InvocationApproved(invocation.id, assent.by, assent.roles, assent.binding))
    note_answer(draft, invocation, command.actor, caught=False)
    fresh = build_case(release, draft.customer, case.action, approved(invocation, assent), draft.moment)
    ruling = rule(fresh, "approval", command.id, person=assent.by)
    if ruling.verdict.outcome == "deny":
        cancel(draft, invocation, ruling.decision.code)
    else:
        settle(draft, fresh, ruling, command.id)
    if ruling.decision.until != "approval":
        announce(release, draft, "xop.approval.answered", _told(invocation, approved=True), command.id)
    return draft.step(ruling.decision, ruling.evidence)


def _edit(release: Release, draft: Draft, case: Case, command: Approval) -> Step:
    """Approve something else than was asked: it is the person's own proposal, and the one that was asked is over."""
    misfit = case.action.misfit(command.arguments)
    if misfit is not None:
        remedy = f"give {case.invocation.action!r} the arguments its contract asks for"
        return Step(refusal=Refusal("arguments-unfit", misfit, remedy))
    invocation = case.invocation
    if invocation.seeded is not None:
        note_answer(draft, invocation, command.actor, caught=True)
        cancel(draft, invocation, EDITED)
        return draft.step()
    name = f"proposal:edited:{invocation.id}"
    proposal = Proposal(
        id=name,
        actor=command.actor,
        action=invocation.action,
        arguments=command.arguments or {},
        purpose=invocation.purpose,
        conversation=invocation.conversation,
        cause=command.id,
    )
    cancel(draft, invocation, EDITED, derive_invocation(name, draft.part.id))
    draft.ask(Schedule(name, draft.moment.at, proposal))
    announce(release, draft, "xop.approval.answered", _told(invocation, approved=False), command.id)
    return draft.step()


def remind(release: Release, customer: Customer, command: Reminder, moment: Moment) -> Step:
    """Remind those who may answer, or let another role answer in their place."""
    draft = Draft(customer, moment)
    invocation = draft.part.invocations.get(command.invocation)
    if invocation is None or invocation.status != "held" or invocation.until != "approval":
        return draft.step()
    kind = "xop.approval.reminded"
    if command.role:
        kind = "xop.approval.escalated"
        draft.add(f.ApprovalEscalated(invocation.id, command.role, command.after))
        escalate_next(draft, invocation.id, command.opened, command.later)
        if invocation.assents:
            # Whoever answered in that role before may have been all that was missing.
            again = Reconsideration(f"again:{invocation.id}:{command.id}", invocation.id, cause=command.id)
            draft.ask(Schedule(hold_key(invocation.id), moment.at, again))
        invocation = draft.part.invocations[invocation.id]
    else:
        draft.add(f.ApprovalReminded(invocation.id))
    announce(release, draft, kind, request_told(invocation), command.id)
    return draft.step()


def ask_anew(release: Release, customer: Customer, command: Reconsideration, moment: Moment) -> Step:
    """Ask the roles that a publication lets answer an open request, and that were not asked before."""
    draft = Draft(customer, moment)
    invocation = draft.part.invocations.get(command.invocation)
    compiled = release.actions.get(invocation.action) if invocation is not None else None
    if invocation is None or compiled is None or invocation.status != "held" or invocation.until != "approval":
        return draft.step()
    present = _open_to(build_case(release, customer, compiled, invocation, moment))
    fresh = [role for role in present.approvers if role not in invocation.approvers]
    if fresh:
        held = replace(invocation, approvers=present.approvers, people=present.people)
        draft.add(f.InvocationHeld(held))
        if not is_own(held.actor):
            announce(release, draft, REQUESTED, request_told(held) | {"roles": fresh}, command.id)
    return draft.step()


def present_binding(release: Release, customer: Customer, invocation: Invocation, origin: str, at: int) -> str:
    """Return what an approval of a held invocation would be bound to now; empty when its action is gone."""
    compiled = release.actions.get(invocation.action)
    if compiled is None:
        return ""
    return binding(build_case(release, customer, compiled, invocation, Moment(at, 0, origin)))


def present_request(release: Release, customer: Customer, invocation: Invocation, origin: str, at: int) -> Invocation:
    """Return an open request as it would be answered now: by whom, by how many, and with which approvals so far."""
    compiled = release.actions.get(invocation.action)
    if compiled is None:
        return invocation
    return _open_to(build_case(release, customer, compiled, invocation, Moment(at, 0, origin)))


def _open_to(case: Case) -> Invocation:
    """A publication may have changed who may answer: they are asked for anew by the rules in force."""
    verdict = unapproved(case)
    people = verdict.terms.people if verdict.terms is not None else case.invocation.people
    roles = roles_asked(case.invocation, verdict)
    return replace(case.invocation, approvers=roles, people=people, assents=standing(case))


def _told(invocation: Invocation, *, approved: bool) -> dict[str, Any]:
    return {"invocation": invocation.id, "action": invocation.action, "approved": approved}


def _outdated(case: Case, invocation: Invocation, command: Approval) -> Refusal | None:
    """What a person approves is what they saw: without saying which, what was asked when the request was opened."""
    if (command.binding or invocation.binding) == binding(case):
        return None
    cause = "what would be done is no longer what was shown"
    return Refusal("approval-outdated", cause, "look at the request again and answer with its present `binding`")


def answering_roles(
    release: Release, invocation: Invocation, actor: Actor, *, approved: bool
) -> tuple[str, ...] | Refusal:
    """Return the roles in which somebody may answer: those asked for, of a person, and never for one's own proposal."""
    if actor in (invocation.actor, invocation.asked_by):
        return Refusal("approval-own", "nobody approves their own proposal", "ask another person with the right role")
    needed = " or ".join(invocation.approvers)
    if actor.kind != "operator":
        return Refusal("approval-role", f"{actor} is not {needed}: only a person answers", f"ask an operator: {needed}")
    principal = release.principals.get(actor)
    roles = tuple(role for role in invocation.approvers if principal is not None and role in principal.roles)
    if not roles:
        return Refusal("approval-role", f"{actor} is not {needed}", f"ask somebody with the role {needed}")
    given = {role for each in invocation.assents if each.by == str(actor) for role in each.roles}
    if approved and given.issuperset(roles):
        return Refusal("approval-twice", f"{actor} has approved it already", "it waits for another person")
    return roles
