"""Probes: known-wrong proposals put among requests for approval, to see whether people look at what they approve."""

from msgspec.structs import replace

from xop.kernel.actions.invocation import Invocation, Seeded
from xop.kernel.arbiter.case import build_case
from xop.kernel.arbiter.ruling import rule
from xop.kernel.base.actor import Actor
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Proposal
from xop.kernel.context.customer import Customer
from xop.kernel.decisions.model import Decision
from xop.kernel.facts import ProbeAnswered
from xop.kernel.moment import Moment
from xop.kernel.oversight.commands import SeedProbe
from xop.kernel.oversight.system import Probe
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.proposal import asked_for, settle

_APART = frozenset({"xop.not_engaged", "xop.with_people"})
"""Rules by which an agent may do nothing for a customer whom it is not speaking with."""


def seed_probe(release: Release, customer: Customer, command: SeedProbe, moment: Moment) -> Step:
    """Put a known-wrong proposal among the requests; one that waits for nobody would test nobody, and is refused."""
    if command.actor.kind != "operator":
        return Step(refusal=Refusal("probe-person", "only a person puts probes among requests", "ask an operator"))
    probe = probe_of(release, command)
    if probe is None:
        cause = f"there is no probe {command.probe!r} in systems.yaml"
        return Step(refusal=Refusal("probe-unknown", cause, "name one of `probes` in systems.yaml"))
    asked = asked_for(release, proposal_of(customer, command, probe), moment)
    if isinstance(asked, Refusal):
        return Step(refusal=asked)
    compiled, invocation = asked
    case = build_case(
        release, customer, compiled, replace(invocation, seeded=Seeded(command.probe, str(command.actor))), moment
    )
    ruling = rule(case, "proposal", command.id)
    if ruling.decision.until != "approval":
        return Step(refusal=_asks_nobody(probe, ruling.decision))
    draft = Draft(customer, moment)
    settle(draft, case, ruling, command.id)
    return draft.step(ruling.decision, ruling.evidence)


def probe_of(release: Release, command: SeedProbe) -> Probe | None:
    """Return the known-wrong proposal that a command names; None when there is no such one."""
    return release.register.file.probes.get(command.probe) if release.register is not None else None


def proposal_of(customer: Customer, command: SeedProbe, probe: Probe) -> Proposal:
    """Return the proposal that a probe passes for: as its agent would make it, and in the conversation it would name."""
    actor = Actor("agent", probe.agent)
    conversation = probe.conversation or _conversation_with(customer, actor)
    return Proposal(command.id, actor, probe.action, probe.arguments, conversation=conversation or None)


def _conversation_with(customer: Customer, agent: Actor) -> str:
    """Return the open conversation that an agent is heard in last: rather one it holds than one that nobody does."""
    theirs = [each for each in customer.view.conversations.values() if each.held_by in {"", str(agent)}]
    latest = max(theirs, key=lambda each: (bool(each.held_by), each.last_at, each.id), default=None)
    return latest.id if latest is not None else ""


def _asks_nobody(probe: Probe, decision: Decision) -> Refusal:
    """Say why a probe would wait for nobody's approval, and what would make it."""
    cause = f"nobody would be asked: the verdict is {decision.verdict} ({decision.code})"
    remedy = "make the probe something that waits for an approval"
    if decision.code in _APART:
        remedy = f"name a customer who is in a conversation with agent:{probe.agent} just now"
    return Refusal("probe-not-held", cause, remedy)


def note_answer(draft: Draft, invocation: Invocation, by: Actor, *, caught: bool) -> None:
    """Note what a person said to a probe; of anything else nothing is noted."""
    if invocation.seeded is not None:
        draft.add(ProbeAnswered(invocation.id, invocation.seeded.probe, str(by), caught))
