"""Erasure: who asks for it is forgotten, who must be kept is not, and whoever is heard of again is left alone."""

import json
from copy import deepcopy

import pytest

from tests.kit.harbour import BOT, DAY, HOUR, MINUTE, OLGA, consent, proposal, signal
from tests.kit.world import World
from xop.kernel import facts as f
from xop.kernel.commands import Merge
from xop.kernel.erasure.commands import Erase, ImposeLegalHold, LiftLegalHold
from xop.kernel.erasure.model import HOLD_GROUNDS
from xop.kernel.halts.model import PLATFORM
from xop.kernel.oversight.commands import CloseIncident, OpenIncident, ReportIncident
from xop.ports.errors import StorageError
from xop.runtimes.simulated import SimulatedRuntime

ACCOUNT, PHONE = "account:a", "phone:+4917012345678"


async def known(world, number=1):
    await world.tell(signal(number, "page.viewed", ACCOUNT, PHONE, path="/"))
    await world.tell(consent(f"c{number}", "granted", "marketing", "sms", ACCOUNT))


async def erased(world, **more):
    answer = await world.ask(Erase("erase:1", OLGA, **more), ACCOUNT)
    await world.settle()
    return answer


async def platform_facts(world, kind):
    entries = [stored.entry for stored in await world.runtime.ledger.read([PLATFORM])]
    return [fact for entry in entries for fact in entry.facts if isinstance(fact, kind)]


async def test_nothing_is_known_of_a_customer_who_was_erased():
    async with World() as world:
        await known(world)
        part = await world.part(ACCOUNT)
        await erased(world)
        assert await world.found(ACCOUNT) is None
        assert await world.runtime.ledger.read([part]) == []
        (gone,) = await platform_facts(world, f.CustomerErased)
        assert gone.counts["ledger"] >= 3


async def test_whoever_must_be_kept_is_not_erased_and_the_ground_is_recorded():
    async with World() as world:
        await known(world)
        await world.ask(ImposeLegalHold("hold:1", OLGA, "dispute", "legal_claims"), ACCOUNT)
        answer = await erased(world)
        (refused,) = answer.entry.facts
        assert isinstance(refused, f.ErasureRefused)
        assert refused.grounds == ("legal_claims",)
        assert (await world.customer(ACCOUNT)).view.identifiers
        await world.ask(LiftLegalHold("lift:1", OLGA, "dispute"), ACCOUNT)
        await world.ask(Erase("erase:2", OLGA), ACCOUNT)
        await world.settle()
        assert await world.found(ACCOUNT) is None


async def test_a_legal_hold_ends_by_itself():
    async with World() as world:
        await known(world)
        await world.ask(ImposeLegalHold("hold:1", OLGA, "dispute", "legal_claims", until=world.now + DAY), ACCOUNT)
        await world.settle(DAY)
        await erased(world)
        assert await world.found(ACCOUNT) is None


async def test_whoever_is_heard_of_again_is_not_contacted_until_they_say_so():
    async with World() as world:
        await known(world)
        await erased(world)
        await world.tell(signal(2, "page.viewed", PHONE, path="/"))
        again = await world.customer(PHONE)
        assert [each.status for each in again.view.consents["marketing/*"]] == ["objected"]


async def test_whoever_did_not_want_that_is_a_stranger_again():
    async with World() as world:
        await known(world)
        await erased(world, suppress=False)
        await world.tell(signal(2, "page.viewed", PHONE, path="/"))
        assert (await world.customer(PHONE)).view.consents == {}


async def test_nothing_is_done_for_a_customer_while_they_are_being_erased():
    async with World() as world:
        await known(world)
        await world.ask(Erase("erase:1", OLGA, within=DAY), ACCOUNT)
        answer = await world.ask(proposal(1, "issue_credit", BOT, cents=100), ACCOUNT)
        assert answer.decision.code == "xop.erasure_under_way"
        assert (await world.ask(Erase("erase:2", OLGA), ACCOUNT)).refusal.code == "erasure-under-way"
        await world.settle(DAY)
        assert await world.found(ACCOUNT) is None


@pytest.mark.parametrize("command", [Erase("erase:1", BOT), ImposeLegalHold("hold:1", BOT, "x", "legal_claims")])
async def test_only_people_decide_what_is_kept_and_what_is_erased(command):
    async with World() as world:
        await known(world)
        assert (await world.ask(command, ACCOUNT)).refusal.code == "erasure-person"


async def test_a_merged_customer_is_erased_with_all_their_sides():
    async with World() as world:
        await known(world)
        await world.tell(signal(2, "page.viewed", "account:b", path="/"))
        other = await world.part("account:b")
        await world.ask(Merge("merge:1", OLGA, other, "the same person"), ACCOUNT)
        await erased(world)
        assert await world.found("account:b") is None
        assert await world.found(ACCOUNT) is None


async def test_whoever_an_incident_concerns_meanwhile_is_kept_until_it_is_closed():
    async with World() as world:
        await known(world)
        credited = await world.ask(proposal(1, "issue_credit", OLGA, cents=100), ACCOUNT)
        await world.ask(Erase("erase:1", OLGA, within=DAY), ACCOUNT)
        opened = OpenIncident("incident:1", OLGA, "serious", summary="harm", decisions=(credited.decision.id,))
        (fact,) = (await world.tell(opened)).entry.facts
        await world.settle(DAY)
        assert await world.found(ACCOUNT) is not None
        await world.tell(ReportIncident("report:1", OLGA, fact.incident.id, "the authority"))
        await world.tell(CloseIncident("close:1", OLGA, fact.incident.id))
        await world.settle(2 * HOUR)
        assert await world.found(ACCOUNT) is None
        assert len(await platform_facts(world, f.CustomerErased)) == 1


async def test_nothing_is_stepped_on_a_customer_whose_removal_ended_in_a_fault(monkeypatch):
    async with World() as world:
        await known(world)
        part, erase = await world.part(ACCOUNT), world.runtime.erase

        async def failing(parts):
            await erase(parts)
            monkeypatch.undo()
            raise StorageError("the disk is gone")

        monkeypatch.setattr(world.runtime, "erase", failing)
        await world.ask(Erase("erase:1", OLGA), ACCOUNT)
        await world.settle()
        await world.tell(signal(2, "page.viewed", ACCOUNT, path="/"))
        await world.settle(MINUTE)
        assert await world.runtime.ledger.read([part]) == []
        assert await world.part(ACCOUNT) != part
        (gone,) = await platform_facts(world, f.CustomerErased)
        assert (gone.counts, gone.recorded) == ({}, False)
        assert await executed(world) == [{"reason": "request"}]


async def executed(world):
    leaves = [json.loads(leaf) for leaf in await world.runtime.leaves.page(0, 999)]
    told = ("reason", "counts", "told", "untold")
    return [
        {name: leaf[name] for name in told if name in leaf} for leaf in leaves if leaf["type"] == "erasure.executed"
    ]


async def test_what_went_is_recorded_over_all_tries(monkeypatch):
    async with World() as world:
        await known(world)
        weighed = await world.runtime.kept([await world.part(ACCOUNT)])
        erase, commit = world.runtime.erase, world.runtime.ledger.commit

        async def refusing(batch):
            monkeypatch.undo()
            raise StorageError("the disk is full")

        async def erasing(parts):
            gone = await erase(parts)
            monkeypatch.setattr(world.runtime.ledger, "commit", refusing)
            return gone

        monkeypatch.setattr(world.runtime, "erase", erasing)
        await world.ask(Erase("erase:1", OLGA), ACCOUNT)
        await world.settle(MINUTE)
        assert world.runtime.ledger.commit == commit
        (gone,) = await platform_facts(world, f.CustomerErased)
        assert gone.recorded
        assert gone.counts == {**weighed, "ledger": weighed["ledger"] + 1}
        assert await executed(world) == [{"reason": "request", "counts": gone.counts, "told": [], "untold": []}]


async def test_a_removal_of_which_a_process_died_says_that_it_does_not_know_what_went():
    world = World()
    await world.engine.start()
    await known(world)
    await world.ask(Erase("erase:1", OLGA, within=DAY), ACCOUNT)
    await world.runtime.erase([await world.part(ACCOUNT)])
    memory = deepcopy(world.runtime.memory)
    await world.engine.stop()
    memory.held = False
    async with World(runtime=SimulatedRuntime(world.now, 8, memory=memory)) as again:
        await again.settle(DAY)
        (gone,) = await platform_facts(again, f.CustomerErased)
        assert (gone.counts, gone.recorded) == ({}, False)


async def test_a_ground_that_nobody_knows_is_refused_with_those_there_are():
    async with World() as world:
        await known(world)
        refused = (await world.ask(ImposeLegalHold("hold:1", OLGA, "x", "because"), ACCOUNT)).refusal
        assert refused.code == "legal-hold-ground"
        assert all(ground in refused.remedy for ground in HOLD_GROUNDS)
        hold = ImposeLegalHold("hold:2", OLGA, "x", "legal_claims", detail="Smith against us")
        (imposed,) = (await world.ask(hold, ACCOUNT)).entry.facts
        assert imposed.hold.detail == "Smith against us"
        assert not any(b"Smith" in leaf for leaf in await world.runtime.leaves.page(0, 999))


async def test_everybody_whose_data_must_be_kept_is_listed_page_by_page():
    async with World() as world:
        for name in "abcd":
            await world.tell(signal(name, "page.viewed", f"account:{name}", path="/"))
        for number, name in enumerate("aac"):
            hold = ImposeLegalHold(f"hold:{number}", OLGA, f"case-{number}", "legal_claims", world.now + DAY)
            await world.ask(hold, f"account:{name}")
        credited = await world.ask(proposal(1, "issue_credit", OLGA, cents=100), "account:d")
        await world.tell(OpenIncident("incident:1", OLGA, "other", summary="harm", decisions=(credited.decision.id,)))
        found = []
        after: str | None = ""
        while after is not None:
            page = await world.engine.legal_holds.page(after, 1)
            found += [(each.customer, len(each.holds)) for each in page.held]
            after = page.next
        names = [await world.part(f"account:{name}") for name in "acd"]
        assert found == sorted(zip(names, (2, 1, 1), strict=True))
        await world.settle(DAY)
        assert [each.customer for each in (await world.engine.legal_holds.page("", 9)).held] == names[2:]


@pytest.mark.parametrize(
    ("until", "code"), [(-1, "legal-hold-over"), (0, "legal-hold-over"), (DAY, "legal-hold-shorter"), (3 * DAY, None)]
)
async def test_a_legal_hold_is_not_shortened_by_a_slip(until, code):
    async with World() as world:
        await known(world)
        first = ImposeLegalHold("hold:1", OLGA, "dispute", "legal_claims", until=world.now + 2 * DAY)
        assert (await world.ask(first, ACCOUNT)).refusal is None
        again = await world.ask(
            ImposeLegalHold("hold:2", OLGA, "dispute", "legal_claims", until=world.now + until), ACCOUNT
        )
        assert (again.refusal.code if again.refusal else None) == code
        kept = (await world.customer(ACCOUNT)).parts[0].legal_holds["dispute"]
        assert kept.until == world.now + (until if code is None else 2 * DAY)
