"""What a signal makes true: the changes its type declares, made one after the other."""

from msgspec.structs import replace

from xop.kernel import facts as f
from xop.kernel.base.actor import SYSTEM
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Signal
from xop.kernel.conditions import Fault
from xop.kernel.context.customer import Customer
from xop.kernel.moment import Moment
from xop.kernel.privacy.scrubbing import flagged, masked
from xop.kernel.release import CompiledChange, Release
from xop.kernel.step import Step
from xop.kernel.steps.announcement import OWN
from xop.kernel.steps.changes import make
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.incident import HARM, report_harm
from xop.kernel.steps.links import link_identifiers
from xop.kernel.steps.reception import Reception


def receive(release: Release, customer: Customer, signal: Signal, moment: Moment) -> Step:
    """Take a signal in: every declared change whose condition holds is made."""
    refusal = unfit(release, signal)
    if refusal is not None:
        return Step(refusal=refusal)
    draft = Draft(customer, moment)
    link_identifiers(release, draft, signal)
    take_in(release, draft, signal)
    return draft.step()


def take_in(release: Release, draft: Draft, signal: Signal) -> None:
    """Make every change that a fitting signal declares."""
    compiled = release.signals[signal.type]
    draft.add(f.SignalReceived(signal.type, signal.source, signal.time))
    if compiled.marked:
        draft.add(*flagged(signal.type, compiled.marked, signal.data))
        signal = replace(signal, data=masked(compiled.marked, signal.data))
    reception = Reception(release, compiled, draft, signal)
    for change in compiled.changes:
        _make(reception, change)
    if signal.type == HARM:
        report_harm(release, draft, signal)


def unfit(release: Release, signal: Signal) -> Refusal | None:
    """Return why a signal cannot be taken at all: its type is not declared, or its data does not fit."""
    compiled = release.signals.get(signal.type)
    if compiled is None:
        remedy = "declare the type in signals.yaml and publish the workspace"
        return Refusal("signal-unknown", f"no signal type {signal.type!r} is declared", remedy)
    if signal.type.startswith(OWN) and signal.actor != SYSTEM:
        cause = f"signals of type {signal.type!r} are the platform's own"
        return Refusal("signal-reserved", cause, "send what happened; the platform tells what follows from it")
    misfit = compiled.misfit(signal.data)
    if misfit is None:
        return None
    return Refusal("signal-unfit", misfit, f"send the data that signals.yaml declares for {signal.type!r}")


def _make(reception: Reception, compiled: CompiledChange) -> None:
    condition = compiled.condition
    if condition is not None:
        if condition.ruled_out(reception.data):
            return
        holds = condition.holds(reception.look(condition.paths))
        if isinstance(holds, Fault):
            reception.draft.add(f.ChangeSkipped(compiled.name, holds.cause))
            return
        if not holds:
            return
    make(reception, compiled)
