"""The harbour with decision sets, and a world that chooses."""

import json
from collections.abc import Mapping
from typing import Any

from tests.kit.harbour import FOLDER, NOON, consent, signal
from tests.kit.world import World
from xop.assembly import KINDS, compiled, workspace_files
from xop.engine.engine import Engine
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Choice
from xop.kernel.release import Release
from xop.ports.model import ModelKind
from xop.runtimes.simulated import SimulatedRuntime

WINBACK = Actor("trigger", "winback")
WHO = "account:k1"

OFFER: dict[str, Any] = {
    "name": "offer",
    "issue": "grow",
    "group": "plans",
    "value": 100,
    "treatments": [{"name": "mail", "action": "send_offer", "arguments": {"reason": "an offer"}}],
}
NOTICE: dict[str, Any] = {
    "name": "notice",
    "issue": "serve",
    "group": "bills",
    "value": 40,
    "treatments": [{"name": "mail", "action": "send_notice", "arguments": {"reason": "a notice"}}],
}
CREDIT: dict[str, Any] = {
    "name": "credit",
    "issue": "retain",
    "group": "credit",
    "value": 60,
    "cost": 5,
    "treatments": [{"name": "small", "action": "issue_credit", "arguments": {"cents": 500}, "direction": "inbound"}],
}

EVERYBODY = {"random": 0, "no_model": 0, "holdout": 0}
"""No control groups."""

BOUGHT: list[dict[str, Any]] = [
    {"outcome": "bought", "signal": "offer.bought", "when": "signal.data.candidate == choice.candidate"}
]

SIGNALS: dict[str, Any] = {
    "offer.bought": {"schema": {"type": "object", "properties": {"candidate": {"type": "string"}}}},
    "offer.refused": {"schema": {"type": "object", "properties": {"candidate": {"type": "string"}}}},
}


def decision_set(**changes: Any) -> dict[str, Any]:
    """Return a decision set of three candidates, without exploration and control groups unless asked for."""
    return {
        "name": "next",
        "description": "What to do next.",
        "candidates": [OFFER, NOTICE, CREDIT],
        "explore": {"rate": 0},
        "arms": EVERYBODY,
        **changes,
    }


def files_with(*sets: dict[str, Any], **others: Any) -> dict[str, bytes]:
    """Return the harbour's files with decision sets, and other files by name with `__` for `/`."""
    added = {f"decisions/{each['name']}.yaml": each for each in sets}
    added["signals/choices.yaml"] = {"signals": SIGNALS}
    added |= {f"{name.replace('__', '/')}.yaml": content for name, content in others.items()}
    return {**workspace_files(FOLDER), **{path: json.dumps(content).encode() for path, content in added.items()}}


def release_of(*sets: dict[str, Any], **others: Any) -> Release:
    """Return the harbour's release with decision sets."""
    return compiled(files_with(*sets, **others))


def choice(number: object, decision_set: str = "next", actor: Actor = WINBACK, **more: Any) -> Choice:
    """Return the question what to do next."""
    return Choice(f"choice:test:{number}", actor, decision_set, **more)


def agreed(who: str = WHO, email: str = "k1@harbour.example") -> list[Any]:
    """Return signals that make a customer known who may be sent offers by email."""
    return [
        signal(f"{who}-seen", "page.viewed", who, f"email:{email}", path="/"),
        consent(f"{who}-yes", "granted", "marketing", "email", who),
    ]


class ChoosingWorld(World):
    """A world whose engine knows how to learn."""

    def __init__(
        self, rules: Release, models: Mapping[str, ModelKind] | None = None, runtime: SimulatedRuntime | None = None
    ) -> None:
        super().__init__(runtime=runtime or SimulatedRuntime(NOON, 7), rules=rules)
        self.engine = Engine(self.runtime, rules, KINDS, lambda _name: "secret", models or {})

    async def meet(self, who: str = WHO) -> None:
        """Make a customer known who may be sent offers by email."""
        for each in agreed(who, f"{who.partition(':')[2]}@harbour.example"):
            await self.tell(each)
