"""Whoever lived in a world of the production engine is erased from every byte of its folder; others live on."""

from pathlib import Path
from typing import Any, cast

import pytest

from tests.kit.harbour import DAY, MINUTE, NOON, OLGA, consent, proposal, signal
from tests.kit.world import World
from tests.runtimes.canaries import found_in
from xop.kernel.erasure.commands import Erase
from xop.kernel.identity.model import Identifier
from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.simulated import SimulatedClock

PHONE = "+4917055501999"
MAIL = "zoe.quintessa@example.org"
NAME = "Zoë Quintessa Parker"
TEXT = "my cat ate the orange invoice"
WORDS = (PHONE, MAIL, NAME, TEXT)
ZOE, OTHER = "account:zoe-quintessa-4711", "account:neighbour-0815"


async def world_in(folder: Path, start: int = NOON) -> World:
    runtime = await EmbeddedRuntime.open(folder, clock=SimulatedClock(start))
    return World(runtime=cast("Any", runtime))


async def live(world: World, who: str, words: tuple[str, ...], phone: str) -> None:
    """Do all that a customer can, with words in whatever can be filled in."""
    said = " ".join(words)
    for number in range(30):
        name = f"{who} {said} {number}"
        await world.tell(signal(f"1 {name}", "page.viewed", who, f"phone:{phone}", path=f"/{said}/{number}"))
        await world.tell(signal(f"2 {name}", "page.viewed", who, path="/cancel"))
    await world.tell(signal(f"3 {who} {said}", "profile.changed", who, name=said, plan=said))
    await world.tell(signal(f"4 {who} {said}", "call.started", who, call=f"call {said}"))
    await world.tell(consent(f"5 {who} {said}", "granted", "marketing", "sms", who))
    for number, action in enumerate(("offer_help", "send_text", "send_offer", "mail_statement", "read_bill")):
        await world.ask(proposal(f"{number} {who} {said}", action, reason=said), who)
    await world.tell(signal(f"6 {who} {said}", "call.ended", who, call=f"call {said}"))
    await world.settle(MINUTE)


@pytest.fixture
def told() -> tuple[str, ...]:
    return ("the neighbour", "said nothing of note")


async def test_a_customer_is_erased_from_every_byte_and_the_others_come_out_the_same(folder, told):
    world = await world_in(folder)
    async with world:
        await live(world, ZOE, WORDS, PHONE)
        await live(world, OTHER, told, "+4917055502888")
        part, neighbour = [cast("str", await world.engine.part(Identifier(*who.split(":")))) for who in (ZOE, OTHER)]
        before = await world.runtime.ledger.read([neighbour])
        evidence = [
            await world.runtime.evidence.get(stored.entry.decision.id) for stored in before if stored.entry.decision
        ]
        leaves = list(await world.runtime.leaves.page(0, 9_999))
        assert len(await world.runtime.ledger.read([part])) > 60
        await world.ask(Erase("erase:1", OLGA), ZOE)
        await world.settle(40 * DAY)
        assert await world.runtime.ledger.read([part]) == []
        assert found_in(folder, WORDS) == []
        after = await world.runtime.ledger.read([neighbour])
        assert after[: len(before)] == before
        assert None not in evidence
        assert evidence == [
            await world.runtime.evidence.get(stored.entry.decision.id) for stored in before if stored.entry.decision
        ]
        assert list(await world.runtime.leaves.page(0, len(leaves))) == leaves
    # Leaving the world, every step of the others was taken again and gave the same bytes.
    await world.runtime.close()
    assert found_in(folder, WORDS) == []


async def test_the_words_of_a_customer_are_in_clear_nowhere_while_they_are_one(folder):
    world = await world_in(folder)
    async with world:
        await live(world, ZOE, WORDS, PHONE)
        assert found_in(folder, (*WORDS, "zoe-quintessa-4711")) == []
    await world.runtime.close()
