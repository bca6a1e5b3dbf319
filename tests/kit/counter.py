"""The harbour with queues: people who take conversations over, and what agents say when they hand one over."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.kit.ferries import files_with
from tests.kit.harbour import BOT, NOON, OTTO, signal
from tests.kit.world import World
from xop.assembly import compiled
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Accept, Decline, HandBack, HandOver
from xop.kernel.handovers.model import Handover, TranscriptReference
from xop.kernel.release import Release

ANA = "email:ana@harbour.test"
CALL = "c1"

FAY = Actor("operator", "fay")

QUEUES: dict[str, Any] = {
    "care": {
        "roles": ["care"],
        "skills": ["billing"],
        "languages": ["en"],
        "deadline": "15m",
        "escalation": "supervisors",
        "fallback": {"promise": "We call you back.", "within": "4h"},
    },
    "supervisors": {"roles": ["supervisor"], "deadline": "30m"},
}


def queue_files(
    queues: Mapping[str, Any] | None = None,
    journeys: Mapping[str, Any] | None = None,
    signals: Mapping[str, Any] | None = None,
    *,
    most: int = 5,
    decisions: Sequence[Mapping[str, Any]] = (),
) -> dict[str, bytes]:
    """Return the harbour's files with queues, journeys and signal types beside its own."""
    files = files_with(journeys or {})
    files["queues.yaml"] = json.dumps({"queues": QUEUES if queues is None else queues}).encode()
    for each in decisions:
        files[f"decisions/{each['name']}.yaml"] = json.dumps(each).encode()
    for name in ("otto", "fay"):
        keyed = f'  {name}: {{key: "${{env:HARBOUR_{name.upper()}_KEY}}", '
        files["agents.yaml"] = files["agents.yaml"].replace(f"  {name}: {{".encode(), keyed.encode())
    if signals:
        files["signals/handovers.yaml"] = json.dumps({"signals": signals}).encode()
    files["workspace.toml"] += f"\n[handovers]\nmost = {most}\n".encode()
    return files


def release_with(*args: Any, **kwargs: Any) -> Release:
    """Return the release of those files."""
    return compiled(queue_files(*args, **kwargs))


def hand_over(number: object, actor: Actor = BOT, **changes: Any) -> HandOver:
    """Return the wish to hand the call over, with nothing missing unless `changes` say so."""
    whole: dict[str, Any] = {
        "conversation": CALL,
        "queue": "care",
        "intent": "refund",
        "summary": "Charged twice in May; wants the second charge back.",
        "transcript": (TranscriptReference("vcon:c1"),),
    }
    return HandOver(f"handover:test:{number}", actor, **{**whole, **changes})


def accept(number: object, handover: str, actor: Actor = OTTO) -> Accept:
    """Return a person's wish to take a handover."""
    return Accept(f"accept:test:{number}", actor, handover)


def decline(number: object, handover: str, actor: Actor = OTTO, reason: str = "") -> Decline:
    """Return a person's wish not to take it."""
    return Decline(f"decline:test:{number}", actor, handover, reason)


def hand_back(number: object, handover: str, actor: Actor = OTTO, **changes: Any) -> HandBack:
    """Return a person's wish to hand it back."""
    whole: dict[str, Any] = {"outcome": "resolved", "continues": "agent"}
    return HandBack(f"back:test:{number}", actor, handover, **{**whole, **changes})


async def call(world: World, who: str = ANA, name: str = CALL) -> str:
    """Have somebody call; return who they are."""
    answer = await world.tell(signal(f"call-{name}-{who}", "call.started", who, time=max(NOON, world.now), call=name))
    assert answer.refusal is None
    return str(answer.customer)


async def handover_of(world: World, who: str = ANA) -> Handover:
    """Return the customer's newest handover."""
    customer = await world.customer(who)
    return max(customer.view.handovers.values(), key=lambda each: (each.at, each.number))


async def open_one(world: World, **changes: Any) -> Handover:
    """Have a call handed over to people; return the handover."""
    customer = await call(world)
    answer = await world.tell(hand_over("open", **changes), customer)
    assert answer.refusal is None, answer.refusal
    return await handover_of(world)
