"""Lets happen what a scenario says."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from xop.kernel.actions.invocation import Invocation
from xop.kernel.base.actor import Actor
from xop.kernel.base.spans import milliseconds
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Approval, Enter, Proposal, Reconciliation, Reply, Signal
from xop.kernel.conditions import Fault
from xop.kernel.erasure.commands import Erase
from xop.kernel.identity.model import Identifier
from xop.kernel.picture import instant
from xop.kernel.templates import as_text
from xop.lab.scenarios.stage import Stage
from xop.workspace.scenarios.acts import PROFILE, kinds_of
from xop.workspace.scenarios.model import KINDS_OF_ACT, Act, Answered
from xop.workspace.scenarios.names import identifier
from xop.workspace.scenarios.times import clock_time, moment, next_clock_time

_TELLER = "scenario"
"""The source of signals whose teller is not named."""


async def perform(stage: Stage, act: Act) -> Refusal | None:
    """Let one thing happen, and all that follows at once; return why it was refused, if it was."""
    kinds = kinds_of(act, KINDS_OF_ACT)
    return await (_ACTS[kinds[0]] if kinds else _introduce)(stage, act)


async def _introduce(stage: Stage, act: Act) -> Refusal | None:
    stage.cast[act.customer or ""] = _identifiers(stage, act.identifiers)
    refusal = await _tell(stage, PROFILE, {"traits": act.profile}, act)
    for consent in act.consents:
        given = {"purpose": consent.purpose, "channel": consent.channel}
        if consent.change == "granted":
            given["until"] = consent.until
        data = {name: value for name, value in {**given, "proof": consent.proof}.items() if value}
        about = Act(customer=act.customer)
        refusal = refusal or await _tell(stage, f"xop.consent.{consent.change}", data, about)
    return refusal


def _identifiers(stage: Stage, written: Mapping[str, str]) -> tuple[Identifier, ...]:
    """Return identifiers in normal form, the one that speaks for the customer first."""
    formed = (identifier(stage.release, namespace, value) for namespace, value in written.items())
    found = [each for each in formed if isinstance(each, Identifier)]
    return tuple(sorted(found, key=lambda each: -stage.release.namespaces[each.namespace].priority))


async def _signal(stage: Stage, act: Act) -> Refusal | None:
    return await _tell(stage, act.signal or "", act.data, act)


async def _tell(stage: Stage, kind: str, data: dict[str, Any], act: Act) -> Refusal | None:
    source = act.source or _TELLER
    time = stage.now - (milliseconds(act.ago) if act.ago is not None else 0)
    name = stage.named(act.customer)
    known = stage.cast[name] if name is not None and (act.customer is not None or not act.identifiers) else ()
    claimed = _identifiers(stage, act.identifiers) if act.signal is not None and act.identifiers else known
    declared = _declared(stage, kind, {"type": kind, "source": source, "time": time, "data": data})
    identifiers = tuple(dict.fromkeys((*claimed, *declared)))
    if not identifiers:
        return Refusal("identifier-missing", "the signal names nobody", "name a customer, or add `identifiers:`")
    command = Signal(
        f"signal:scenario|{stage.number()}", kind, source, time, Actor("source", source), identifiers, data
    )
    return await stage.submit(command)


def _declared(stage: Stage, kind: str, event: dict[str, Any]) -> Iterable[Identifier]:
    """Yield the identifiers that the signal's type finds in its data; a value that is absent is none."""
    for namespace, template in stage.release.signals[kind].identifiers.items():
        value = template.render({"signal": event, "now": instant(stage.now)})
        text = None if isinstance(value, Fault) else as_text(value)
        formed = identifier(stage.release, namespace, text) if text else None
        if isinstance(formed, Identifier):
            yield formed


async def _after(stage: Stage, act: Act) -> None:
    await stage.pass_to(stage.now + milliseconds(act.after or "0s"))


async def _until(stage: Stage, act: Act) -> None:
    name = stage.named(act.customer)
    zone = await stage.zone(stage.cast[name][0] if name is not None else None)
    clock = clock_time(act.until or "")
    due = next_clock_time(stage.now, zone, clock) if clock is not None else moment(act.until or "", stage.release.zone)
    if due is not None:
        await stage.pass_to(due)


async def _propose(stage: Stage, act: Act) -> Refusal | None:
    asked = act.propose
    if asked is None:
        return None
    name = f"proposal:scenario:{stage.number()}"
    command = Proposal(name, actor(asked.actor), asked.action, asked.arguments, asked.purpose, asked.conversation)
    return await stage.submit(command, stage.cast[stage.named(act.customer) or ""][0])


async def _approve(stage: Stage, act: Act) -> Refusal | None:
    return await _answer(stage, act, act.approve, approved=True)


async def _refuse(stage: Stage, act: Act) -> Refusal | None:
    return await _answer(stage, act, act.refuse, approved=False)


async def _answer(stage: Stage, act: Act, answer: Answered | None, *, approved: bool) -> Refusal | None:
    if answer is None:
        return None
    held = [each for each in stage.record.in_state("held") if each.until == "approval"]
    waiting = await _latest(stage, act, held, answer.action)
    if waiting is None:
        return Refusal("approval-not-open", "nothing waits for an approval", "see what was decided before")
    name = f"approval:scenario:{stage.number()}"
    command = Approval(name, actor(answer.by), waiting.id, approved, answer.note)
    return await stage.submit(command, stage.record.origins[waiting.id])


async def _reconcile(stage: Stage, act: Act) -> Refusal | None:
    answer = act.reconcile
    if answer is None:
        return None
    dead = await _latest(stage, act, stage.record.in_state("failed", "uncertain"), answer.action)
    if dead is None:
        return Refusal("dead-letter-unknown", "nothing has failed or become uncertain", "see what was sent before")
    name = f"reconciliation:scenario:{stage.number()}"
    command = Reconciliation(name, actor(answer.by), dead.id, answer.choice, answer.note)
    return await stage.submit(command, stage.record.origins[dead.id])


async def _latest(stage: Stage, act: Act, found: list[Invocation], action: str | None) -> Invocation | None:
    parts = await stage.parts(act.customer)
    fitting = [
        each
        for each in found
        if action in {None, each.action} and (parts is None or stage.record.origins[each.id] in parts)
    ]
    return fitting[-1] if fitting else None


async def _respond(stage: Stage, act: Act) -> None:
    if act.respond is not None:
        stage.outside.script(act.respond)


async def _enter(stage: Stage, act: Act) -> Refusal | None:
    wish = act.enter
    if wish is None:
        return None
    command = Enter(f"enter:scenario:{stage.number()}", actor(wish.actor), wish.journey, wish.key, wish.data)
    return await stage.submit(command, stage.cast[stage.named(act.customer) or ""][0])


async def _erase(stage: Stage, act: Act) -> Refusal | None:
    wish = act.erase
    if wish is None:
        return None
    command = Erase(f"erasure:scenario:{stage.number()}", actor(wish.by))
    return await stage.submit(command, stage.cast[stage.named(act.customer) or ""][0])


async def _reply(stage: Stage, act: Act) -> Refusal | None:
    answer = act.reply
    if answer is None:
        return None
    names = [act.customer] if act.customer is not None else list(stage.cast)
    waiting = []
    for name in names:
        customer = await stage.customer(name)
        for part in customer.parts if customer is not None else ():
            waiting += [
                (token.since, part.id, run.id, token.id)
                for run in part.runs.values()
                for token in run.tokens
                if token.waits in {"person", "handover"} and answer.journey in {None, run.journey}
            ]
    if not waiting:
        return Refusal("question-not-open", "no journey waits for a person", "see where its runs are")
    _, part_id, run_id, token_id = max(waiting)
    name = f"reply:scenario:{stage.number()}"
    return await stage.submit(Reply(name, actor(answer.by), run_id, token_id, answer.choice, answer.note), part_id)


def actor(text: str) -> Actor:
    """Return an actor written as `kind:name`."""
    kind, _, name = text.partition(":")
    return Actor(kind, name)  # type: ignore[arg-type] # the workspace declares it, so its kind is one


_ACTS: Mapping[str, Callable[[Stage, Act], Awaitable[Refusal | None]]] = {
    "signal": _signal,
    "after": _after,
    "until": _until,
    "propose": _propose,
    "approve": _approve,
    "refuse": _refuse,
    "reconcile": _reconcile,
    "respond": _respond,
    "enter": _enter,
    "reply": _reply,
    "erase": _erase,
}
