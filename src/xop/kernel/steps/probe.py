"""Probes: known-wrong proposals put among requests for approval, to see whether people look at what they approve."""

from msgspec.structs import replace

from xop.kernel.actions.invocation import Invocation, Seeded
from xop.kernel.arbiter.case import build_case
from xop.kernel.arbiter.ruling import rule
from xop.kernel.base.actor import Actor
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Proposal
from xop.kernel.context.customer import Customer
from xop.kernel.facts import ProbeAnswered
from xop.kernel.moment import Moment
from xop.kernel.oversight.commands import SeedProbe
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.proposal import asked_for, settle


def seed_probe(release: Release, customer: Customer, command: SeedProbe, moment: Moment) -> Step:
    """Put a known-wrong proposal among the requests; one that waits for nobody would test nobody, and is refused."""
    if command.actor.kind != "operator":
        return Step(refusal=Refusal("probe-person", "only a person puts probes among requests", "ask an operator"))
    probe = release.register.file.probes.get(command.probe) if release.register is not None else None
    if probe is None:
        cause = f"there is no probe {command.probe!r} in systems.yaml"
        return Step(refusal=Refusal("probe-unknown", cause, "name one of `probes` in systems.yaml"))
    wish = Proposal(command.id, Actor("agent", probe.agent), probe.action, probe.arguments)
    asked = asked_for(release, wish, moment)
    if isinstance(asked, Refusal):
        return Step(refusal=asked)
    compiled, invocation = asked
    case = build_case(
        release, customer, compiled, replace(invocation, seeded=Seeded(command.probe, str(command.actor))), moment
    )
    ruling = rule(case, "proposal", command.id)
    if ruling.decision.until != "approval":
        cause = f"nobody would be asked: the verdict is {ruling.decision.verdict} ({ruling.decision.code})"
        return Step(refusal=Refusal("probe-not-held", cause, "make the probe something that waits for an approval"))
    draft = Draft(customer, moment)
    settle(draft, case, ruling, command.id)
    return draft.step(ruling.decision, ruling.evidence)


def note_answer(draft: Draft, invocation: Invocation, by: Actor, *, caught: bool) -> None:
    """Note what a person said to a probe; of anything else nothing is noted."""
    if invocation.seeded is not None:
        draft.add(ProbeAnswered(invocation.id, invocation.seeded.probe, str(by), caught))
