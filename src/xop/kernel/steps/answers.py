"""Answers: how choices turn out, by a signal, by what became of their invocation, or by time."""

from collections.abc import Sequence
from typing import Any

from xop.kernel import facts as f
from xop.kernel.choices.facts import Chosen
from xop.kernel.commands import Lapse, Signal
from xop.kernel.compiled.choices import CompiledResult
from xop.kernel.conditions import Fault
from xop.kernel.effects import Schedule, Unschedule
from xop.kernel.release import Release
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.sight import Sight

MOST_OPEN = 100
"""Choices of one part whose results are waited for; the oldest makes room for another."""

NONE, NOT_DELIVERED, DISPLACED = "none", "not_delivered", "displaced"

RESERVED = frozenset({NONE, NOT_DELIVERED, DISPLACED})
"""Outcomes that no result may be named."""

_NEVER_CAME = (f.ProposalDenied, f.InvocationCancelled, f.InvocationFailed, f.InvocationDropped)


def await_result(draft: Draft, chosen: Chosen) -> None:
    """Have a choice just made lapse in time, and the oldest make room when too many wait."""
    if not chosen.due:
        return
    draft.ask(Schedule(lapse_key(chosen.id), chosen.due, Lapse(f"lapse:{chosen.id}", chosen.id)))
    waiting = draft.part.choices
    if len(waiting) > MOST_OPEN:
        oldest = min((each for each in waiting.values() if each.id != chosen.id), key=lambda each: (each.at, each.id))
        _answer(draft, oldest, DISPLACED, 0.0, learned=False)


def hear_result(release: Release, draft: Draft, signal: Signal) -> None:
    """Answer the part's open choices that a signal is a result of."""
    for chosen in list(draft.part.choices.values()):
        compiled = release.decision_sets.get(chosen.decision_set)
        for result in compiled.results.get(signal.type, ()) if compiled is not None else ():
            holds = _holds(release, draft, signal, chosen, result)
            if isinstance(holds, Fault):
                name = f"{chosen.decision_set}/{result.result.outcome}"
                draft.add(f.ChangeSkipped(name, holds.cause))
            elif holds:
                _answer(draft, chosen, result.result.outcome, result.result.reward)
                break


def hear_invocations(draft: Draft, facts: Sequence[f.Fact]) -> None:
    """Answer the part's open choices whose action never came to the customer."""
    gone = {fact.invocation for fact in facts if isinstance(fact, _NEVER_CAME)}
    for chosen in list(draft.part.choices.values()) if gone else ():
        if chosen.invocation in gone:
            _answer(draft, chosen, NOT_DELIVERED, 0.0, learned=False)


def give_up(draft: Draft, chosen: Chosen) -> None:
    """Answer a choice whose time is over; one whose action has not left by then says nothing about the customer."""
    invocation = draft.part.invocations.get(chosen.invocation)
    if invocation is not None and invocation.status in {"held", "queued"}:
        _answer(draft, chosen, NOT_DELIVERED, 0.0, learned=False)
    else:
        _answer(draft, chosen, NONE, 0.0)


def lapse_key(choice: str) -> str:
    """Return the key of the timer that ends the wait for a choice's result."""
    return f"lapse:{choice}"


def _answer(draft: Draft, chosen: Chosen, outcome: str, reward: float, *, learned: bool = True) -> None:
    draft.add(f.ChoiceAnswered(chosen, outcome, reward, learned))
    draft.ask(Unschedule(lapse_key(chosen.id)))


def _holds(release: Release, draft: Draft, signal: Signal, chosen: Chosen, result: CompiledResult) -> bool | Fault:
    condition = result.condition
    if condition is None:
        return True
    told: dict[str, Any] = {"type": signal.type, "source": signal.source, "time": signal.time, "data": signal.data}
    sight = Sight(release, draft, signal=told, choice=_told(chosen))
    return condition.holds(sight.look(condition.paths))


def _told(chosen: Chosen) -> dict[str, str]:
    return {
        "id": chosen.id,
        "candidate": chosen.candidate,
        "treatment": chosen.treatment,
        "action": chosen.action,
        "invocation": chosen.invocation,
        "arm": chosen.arm,
    }
