"""A chat: what customer and agent say to each other, and what is kept of it."""

from typing import Any

from tests.kit.world import World
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Signal
from xop.kernel.identity.model import Identifier
from xop.kernel.release import Release

_CHAT = Identifier("chat", "c1")
_DESK = Actor("source", "chat_desk")


async def profile_after(release: Release, *said: tuple[str, str]) -> dict[str, Any]:
    """Return what is kept of a customer after some messages by `user` or `agent`, one after the other."""
    async with World(rules=release) as world:
        for number, (who, text) in enumerate(said):
            await world.settle(1_000)
            data = {"chat": _CHAT.value, "text": text}
            told = Signal(f"said-{number}", f"message.{who}", "chat", world.now, _DESK, (_CHAT,), data)
            assert (await world.tell(told)).refusal is None
        customer = await world.customer(str(_CHAT))
        return {name: known.value for name, known in customer.view.profile.items()}
