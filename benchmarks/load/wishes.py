"""Proposals in the usual mix: some permitted, some denied, some held."""

import random
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from benchmarks.load.brightmoor import HOME_BOT
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Proposal


class Wish(Struct, frozen=True):
    """An action with its arguments, and the verdict it gets for a customer with a quiet history."""

    action: str
    arguments: Mapping[str, Any]
    verdict: str


WISHES = (
    Wish("issue_credit", {"pence": 900, "reason": "late engineer"}, "permit"),
    Wish("book_engineer", {"day": "Tuesday"}, "permit"),
    Wish("read_account", {}, "permit"),
    Wish("issue_credit", {"pence": 90_000, "reason": "asked for it"}, "deny"),
    Wish("send_outage_notice", {"area": "north-1"}, "deny"),
    Wish("issue_credit", {"pence": 4_000, "reason": "moved twice"}, "hold"),
)
"""What an AI agent in chat asks for; half of it is permitted."""


def proposals(run: str, count: int, actor: Actor = HOME_BOT) -> list[Proposal]:
    """Return some proposals, each of another id in the `run`."""
    chance = random.Random(count)
    wishes = chance.choices(WISHES, k=count)
    return [
        Proposal(f"proposal:{run}:{number}", actor, wish.action, dict(wish.arguments))
        for number, wish in enumerate(wishes)
    ]
