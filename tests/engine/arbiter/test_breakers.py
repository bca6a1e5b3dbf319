"""Breakers: an agent that runs away is halted, whatever it has others do and whatever keeps the halt from the store."""

import pytest

from tests.engine.arbiter.test_proxies import met, with_journey
from tests.engine.arbiter.test_rights import credited
from tests.kit.agents import harbour_of
from tests.kit.harbour import BOT, MINUTE, OLGA, OTTO, proposal
from tests.kit.world import World
from xop.kernel.commands import Choice, Enter, Evaluation, Halt, HandOver, Resume
from xop.kernel.halts.model import HaltImposed
from xop.ports.errors import StorageError

COSTLY = """
name: issue_credit
version: 2
description: Credit an amount.
kind: write
delay: 10m
purpose: service
spends: {argument: cents, currency: EUR}
input:
  type: object
  properties: {cents: {type: integer, minimum: 1}}
  required: [cents]
  additionalProperties: false
binding: {connection: desk, request: {cents: "{{arguments.cents}}"}}
"""


async def scopes(world):
    return [fact.halted.scope for fact in await world.facts(HaltImposed)]


def failing(world, times):
    """Have the store refuse to keep halts so many times."""
    commit, refused = world.runtime.ledger.commit, list[object]()

    async def refusing(batch):
        halts = [fact for entry in batch.entries for fact in entry.facts if isinstance(fact, HaltImposed)]
        if halts and len(refused) < times:
            refused.append(halts)
            raise StorageError("the disk is full")
        return await commit(batch)

    return refusing


async def test_refusals_an_agent_gets_through_journeys_count():
    async with World(rules=with_journey({"breaker": {"denials": 0.5, "least": 5}})) as world:
        await met(world)
        for number in range(12):
            await world.ask(Enter(f"enter:{number}", BOT, "ferry"), "account:a")
            await world.settle()
        assert await scopes(world) == ["agent:helper_bot"]


def evaluation(number):
    return Evaluation(f"evaluation:{number}", BOT, "issue_credit", {"cents": 5})


def entry(number):
    return Enter(f"enter:{number}", BOT, "ferry")


def choice(number):
    return Choice(f"choice:{number}", BOT, "next")


def handover(number):
    return HandOver(f"handover:{number}", BOT, "c1", "care", "refund", "Charged twice.")


@pytest.mark.parametrize("request_of", [evaluation, entry, choice, handover])
async def test_an_agent_that_floods_with_anything_is_halted(request_of):
    async with World(rules=with_journey({"breaker": {"rate": 5, "denials": None}})) as world:
        await met(world)
        for number in range(12):
            await world.ask(request_of(number), "account:a")
        await world.settle()
        assert await scopes(world) == ["agent:helper_bot"]


async def test_people_are_never_halted_for_what_they_ask():
    async with World(rules=with_journey({"breaker": {"rate": 1}})) as world:
        await met(world)
        for number in range(12):
            await world.ask(Evaluation(f"evaluation:{number}", OLGA, "issue_credit", {"cents": 5}), "account:a")
        await world.settle()
        assert await scopes(world) == []


async def test_entries_do_not_thin_out_the_share_of_refusals():
    async with World(rules=with_journey({"breaker": {"denials": 0.5, "least": 5}})) as world:
        await met(world)
        for number in range(12):
            await world.ask(Enter(f"enter:{number}", BOT, "nowhere" if number % 2 else "ferry"), "account:a")
        await world.settle()
        assert await scopes(world) == ["agent:helper_bot"]


async def test_what_waits_for_a_resumption_costs_once():
    breaker = {"breaker": {"within": "1d", "cost": "10.00 EUR"}}
    async with World(rules=harbour_of(breaker, **{"actions/issue_credit": COSTLY})) as world:
        await met(world)
        assert (await credited(world, 1, cents=600)).verdict == "permit"
        await world.tell(Halt("halt:1", OLGA, "connection:desk"))
        await world.settle(15 * MINUTE)
        await world.tell(Resume("resume:1", OTTO, "connection:desk"))
        await world.settle(15 * MINUTE)
        assert await scopes(world) == ["connection:desk"]
        await credited(world, 2, cents=600)
        await world.settle()
        assert await scopes(world) == ["connection:desk", "agent:helper_bot"]


async def test_a_halt_that_the_store_does_not_take_is_tried_again(monkeypatch):
    async with World(rules=harbour_of({"breaker": {"rate": 5}})) as world:
        await met(world)
        monkeypatch.setattr(world.runtime.ledger, "commit", failing(world, 3))
        for number in range(6):
            await world.ask(proposal(number, "issue_credit", BOT, cents=1), "account:a")
        await world.settle(MINUTE)
        assert await scopes(world) == ["agent:helper_bot"]


async def test_after_a_halt_that_the_store_never_took_the_next_request_has_it_tried_again(monkeypatch):
    async with World(rules=harbour_of({"breaker": {"rate": 5, "within": "1d"}})) as world:
        await met(world)
        monkeypatch.setattr(world.runtime.ledger, "commit", failing(world, 10))
        for number in range(6):
            await world.ask(proposal(number, "issue_credit", BOT, cents=1), "account:a")
        await world.settle(MINUTE)
        assert await scopes(world) == []
        await world.ask(proposal(7, "issue_credit", BOT, cents=1), "account:a")
        await world.settle(MINUTE)
        assert await scopes(world) == ["agent:helper_bot"]


async def test_whoever_resumes_an_agent_starts_it_with_a_clean_slate():
    async with World(rules=harbour_of({"breaker": {"rate": 5, "within": "1d"}})) as world:
        await met(world)
        for number in range(12):
            await world.ask(proposal(number, "issue_credit", BOT, cents=1), "account:a")
        await world.settle()
        await world.tell(Resume("resume:1", OTTO, "agent:helper_bot"))
        await world.settle(MINUTE)
        for number in range(20, 25):
            assert (await credited(world, number)).verdict == "permit"
        await world.settle()
        assert len(await scopes(world)) == 1


async def test_what_is_halted_is_known_while_the_store_takes_nothing(monkeypatch):
    async with World() as world:
        await met(world)
        await world.tell(Halt("halt:1", OLGA, "action:send_notice"))

        async def full(_batch):
            raise StorageError("the disk is full")

        with monkeypatch.context() as patch:
            patch.setattr(world.runtime.ledger, "commit", full)
            with pytest.raises(StorageError):
                await world.tell(Halt("halt:2", OLGA, "all"))
            assert list(world.engine.halts) == ["action:send_notice"]
        await world.tell(Resume("resume:1", OTTO, "action:send_notice"))
        assert list(world.engine.halts) == []
