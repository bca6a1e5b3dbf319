"""Retention: what is past its time goes, what must be kept stays, and it is shown before."""

import asyncio
import json
from copy import deepcopy

import pytest

from tests.kit.choosing import NOTICE, OFFER, WHO, ChoosingWorld, choice, decision_set, files_with
from tests.kit.harbour import BOT, DAY, FOLDER, HOUR, NOON, OLGA, consent, proposal, signal
from tests.kit.world import World
from xop.assembly import compiled, workspace_files
from xop.kernel import facts as f
from xop.kernel.base.actor import SYSTEM
from xop.kernel.erasure.commands import ImposeLegalHold
from xop.kernel.halts.model import PLATFORM
from xop.kernel.identity.model import Identifier
from xop.kernel.oversight.commands import OpenIncident
from xop.kernel.retention.commands import Retain
from xop.kernel.retention.model import TIMER
from xop.ports.errors import StorageError
from xop.ports.shadows import Contrast, Side
from xop.runtimes.simulated import SimulatedRuntime

YEAR = 366 * DAY


def rules(high=("issue_credit",), **retention):
    files = {**workspace_files(FOLDER), "retention.yaml": json.dumps(retention).encode()}
    for name in high:
        path = f"actions/{name}.yaml"
        files[path] = files[path].decode().replace("risk: medium", "risk: high").encode()
    return compiled(files)


RULES = rules(evidence="90d", outbox="30d", shadows="10d", customers="P1Y")


async def lived(world, *names):
    """Let customers do something of little risk and something of high risk, and return the decisions by customer."""
    found = {}
    for name in names:
        await world.tell(signal(name, "page.viewed", f"account:{name}", f"email:{name}@shop.test", path="/"))
        told = await world.ask(proposal(f"{name}1", "send_notice", BOT, reason="it"), f"account:{name}")
        risky = await world.ask(proposal(f"{name}2", "issue_credit", OLGA, cents=5), f"account:{name}")
        found[name] = (told.decision.id, risky.decision.id)
    await world.settle()
    side = Side("permit")
    contrasts = [
        Contrast("release", "r", told, world.now, "proposal", "send_notice", "b", "", side, side)
        for told, _ in found.values()
    ]
    await world.runtime.shadows.note(contrasts)
    return found


async def run(world, number=1):
    answer = await world.tell(Retain(f"retain:test:{number}", OLGA), PLATFORM)
    await world.settle(60_000)
    return answer


async def kept(world, decision):
    return await world.runtime.evidence.get(decision) is not None


async def test_what_is_past_its_time_goes_and_what_is_young_stays():
    async with World(rules=RULES) as world:
        old = await lived(world, "a")
        await world.settle(91 * DAY)
        young = await lived(world, "b")
        await run(world)
        assert not await kept(world, old["a"][0])
        assert await kept(world, young["b"][0])
        assert await world.runtime.ledger.decided(old["a"][0]) is not None
        assert [each.decision for _, each in await world.runtime.shadows.page(None, 9)] == [young["b"][0]]


async def test_a8_records_of_high_risk_stay_for_six_months():
    async with World(rules=RULES) as world:
        found = await lived(world, "a")
        await world.settle(170 * DAY)
        await run(world)
        assert not await kept(world, found["a"][0])
        assert await kept(world, found["a"][1])
        assert [each.action for each in await outbox(world)] == ["issue_credit"]
        await world.settle(15 * DAY)
        assert not await kept(world, found["a"][1])
        assert await outbox(world) == []


async def test_whoever_an_action_of_high_risk_was_considered_for_stays_as_long_as_its_records():
    files = files_with(decision_set(candidates=[OFFER, NOTICE]), retention={"customers": "P1Y", "high_risk": "P2Y"})
    path = "actions/send_notice.yaml"
    files[path] = files[path].replace(b"kind: contact", b"kind: contact\nrisk: high")
    async with ChoosingWorld(compiled(files)) as world:
        await world.meet()
        chosen = await world.ask(choice(1), WHO)
        assert chosen.decision.action == "send_offer"
        await world.settle(YEAR + 2 * DAY + HOUR)
        assert await world.found(WHO) is not None
        assert (await last_run(world)).required == {"customers": 1}
        await world.settle(YEAR)
        assert await world.found(WHO) is None


async def test_what_the_platform_tells_itself_of_a_customer_is_no_word_of_theirs():
    async with World(rules=rules((), customers="P1Y")) as world:
        await world.tell(consent(1, "granted", "marketing", "email", "account:a"))
        await world.settle(YEAR + 2 * DAY)
        assert await world.found("account:a") is None


async def test_what_has_gone_is_told_although_the_ledger_could_not_take_it_at_first(monkeypatch):
    async with World(rules=rules(evidence="1h")) as world:
        await lived(world, "a")
        await world.settle(2 * HOUR)
        drop, commit = world.runtime.evidence.drop, world.runtime.ledger.commit

        async def refusing(batch):
            monkeypatch.undo()
            raise StorageError("the disk is full")

        async def dropping(decisions):
            gone = await drop(decisions)
            monkeypatch.setattr(world.runtime.ledger, "commit", refusing)
            return gone

        monkeypatch.setattr(world.runtime.evidence, "drop", dropping)
        await run(world)
        assert world.runtime.ledger.commit == commit
        assert (await last_run(world)).counts == {"evidence": 2}


async def last_run(world):
    standing = await world.engine.keeper.standing()
    assert standing is not None
    return standing


async def outbox(world):
    return await world.runtime.outbox.page(["done"], None, 99)


async def test_a8_nothing_under_a_legal_hold_goes():
    async with World(rules=RULES) as world:
        found = await lived(world, "a", "b")
        await world.ask(ImposeLegalHold("hold:1", OLGA, "dispute", "legal_claims"), "account:a")
        await world.settle(2 * YEAR)
        assert await world.engine.customer(Identifier("account", "b")) is None
        assert (await world.customer("account:a")).view.identifiers
        assert await kept(world, found["a"][0])
        assert [each.part for each in await outbox(world)] == [(await world.customer("account:a")).id] * 2
        last = (await world.facts(f.RetentionRun))[-1]
        assert last.held == {"evidence": 4, "outbox": 2, "shadows": 1, "customers": 1}


async def test_what_an_incident_names_stays_until_it_is_closed():
    async with World(rules=RULES) as world:
        found = await lived(world, "a", "b")
        await world.tell(OpenIncident("incident:1", OLGA, "other", "report", decisions=(found["a"][0],)), PLATFORM)
        await world.settle(YEAR)
        assert await kept(world, found["a"][0])
        assert not await kept(world, found["b"][0])


async def test_the_plan_says_exactly_what_a_run_lets_go():
    async with World(rules=RULES) as world:
        await lived(world, "a", "b", "c")
        await world.ask(ImposeLegalHold("hold:1", OLGA, "dispute", "legal_claims"), "account:c")
        await world.settle(HOUR * 20)
        world.publish(rules(evidence="1h", outbox="1h", shadows="1h"))
        planned = await settled(world, world.engine.keeper.plan())
        await run(world)
        over = await last_run(world)
        assert {each.name: each.count for each in planned} == {"evidence": 4, "outbox": 2, "shadows": 2}
        assert over.counts == {each.name: each.count for each in planned}
        assert over.held == {each.name: each.held for each in planned}
        assert over.required == {each.name: each.required for each in planned if each.required}
        assert all(NOON <= each.oldest <= each.newest < each.before for each in planned)


async def settled(world, coming):
    task = asyncio.ensure_future(coming)
    await world.settle(60_000)
    return await task


async def test_silent_customers_are_erased_and_those_who_were_heard_of_are_not():
    async with World(rules=RULES) as world:
        await lived(world, "a", "b")
        await world.settle(300 * DAY)
        await world.tell(signal("again", "page.viewed", "account:b", path="/"))
        await world.settle(70 * DAY)
        assert await world.engine.customer(Identifier("account", "a")) is None
        assert (await world.customer("account:b")).view.identifiers
        assert [fact.ground for fact in await world.facts(f.CustomerErased)] == ["retention"]


async def test_it_runs_by_itself_once_a_day_and_the_ledger_and_the_log_tell():
    async with World(rules=RULES) as world:
        await lived(world, "a")
        await world.settle(100 * DAY + DAY // 2)
        runs = await world.facts(f.RetentionRun)
        assert len(runs) == 100
        assert sum(each.counts.get("evidence", 0) for each in runs) == 2
        leaves = [json.loads(leaf) for leaf in await world.runtime.leaves.page(0, 9999)]
        told = [leaf for leaf in leaves if leaf["type"] == "retention.run"]
        assert len(told) == 100
        assert any(leaf["counts"].get("evidence") for leaf in told)


async def test_a_run_that_was_cut_short_goes_on_after_the_next_start():
    world = World(rules=RULES)
    await world.engine.start()
    found = await lived(world, *(f"c{number}" for number in range(20)))
    await world.settle(20 * HOUR)
    memory = deepcopy(world.runtime.memory)
    await world.engine.stop()
    memory.held = False
    async with World(rules=rules(evidence="1h"), runtime=SimulatedRuntime(world.now, 8, memory=memory)) as again:
        again._published |= world._published
        await again.tell(Retain("retain:test:cut", OLGA), PLATFORM)
        cut = deepcopy(again.runtime.memory)
    cut.held = False
    async with World(rules=rules(evidence="1h"), runtime=SimulatedRuntime(again.now, 9, memory=cut)) as last:
        last._published |= world._published
        assert not (await last_run(last)).over_at
        await last.settle(60_000)
        assert (await last_run(last)).counts == {"evidence": 40}
        assert not any([await kept(last, told) for told, _ in found.values()])


@pytest.mark.parametrize("actor", [BOT])
async def test_only_people_let_go(actor):
    async with World(rules=RULES) as world:
        assert (await world.tell(Retain("retain:1", actor), PLATFORM)).refusal.code == "erasure-person"


async def test_a_workspace_that_keeps_everything_lets_nothing_go():
    async with World() as world:
        found = await lived(world, "a")
        assert (await world.tell(Retain("retain:1", OLGA), PLATFORM)).refusal.code == "retention-none"
        assert await world.runtime.timers.find(TIMER) == []
        await world.settle(3 * YEAR)
        assert await kept(world, found["a"][0])
        assert (await world.tell(Retain("retain:2", SYSTEM), PLATFORM)).refusal is None


async def test_there_is_one_run_at_a_time():
    async with World(rules=RULES) as world:
        await world.tell(Retain("retain:1", OLGA), PLATFORM)
        assert (await world.tell(Retain("retain:2", OLGA), PLATFORM)).refusal.code == "retention-under-way"
        await world.settle(60_000)
        assert (await world.tell(Retain("retain:3", OLGA), PLATFORM)).refusal is None
        await world.settle(60_000)
