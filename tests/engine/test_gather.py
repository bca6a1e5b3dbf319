"""Gathering: reads are chained, made at once, shared and bounded, and what is not had never permits."""

import asyncio

import pytest

from tests.kit.airline import ANSWERS, FACTS, READS, Airport, Archive, Desk
from tests.kit.harbour import OLGA, proposal, signal
from xop.ports.adapter import Sent

WHO = "account:a"


async def verdict(world, action, number=1, **arguments):
    """Return the decision on a proposal of the operator's."""
    await world.tell(signal(f"met {number}", "page.viewed", WHO, path="/"))
    return (await world.ask(proposal(number, action, OLGA, **arguments), WHO)).decision


async def evidence_of(world, decision):
    """Return the values behind a decision."""
    return (await world.runtime.evidence.get(decision.id)).values


async def test_a_chain_of_reads_gives_the_facts_that_policies_judge_by():
    archive = Archive(ANSWERS)
    async with Airport(archive) as world:
        assert (await verdict(world, "cancel", 1, booking="b1")).verdict == "permit"
        archive.answers["get_flight 1 B"] = {"status": "landed"}
        decision = await verdict(world, "cancel", 2, booking="b1")
        assert (decision.verdict, decision.code) == ("deny", "airline.flown")
        (read,) = [each for each in decision.reads if each.name == "facts.flown"]
        assert (read.source, read.at) == ("get_flight", world.now)


async def test_only_the_reads_that_the_facts_of_an_action_need_are_made():
    archive = Archive(ANSWERS)
    desk = Desk(archive)
    assert {*await desk.reads("reprice", booking="b1")} == {"booking"}
    assert {*await desk.reads("upgrade", booking="b1")} == {"booking", "owner"}
    assert archive.asked == ["get_booking b1", "get_user u1"]
    assert await desk.reads("greet", booking="b1") == {}
    assert len(archive.asked) == 2


async def test_each_gives_a_list_in_the_order_of_its_elements_made_at_one_time():
    archive = Archive(ANSWERS | {"get_flight 1 A": {"status": "x"}, "get_flight 1 B": {"status": "y"}})
    reads = await Desk(archive).reads("cancel", booking="b1")
    assert [leg["status"] for leg in reads["legs"].value] == ["x", "y"]
    assert archive.most == 2


async def test_reads_that_do_not_need_one_another_are_made_at_one_time():
    archive = Archive(ANSWERS)
    archive.closed = {"get_user u1": asyncio.Event(), "get_flight 1 A": asyncio.Event()}
    asked = asyncio.create_task(Desk(archive).reads("refund", booking="b1"))
    async with asyncio.timeout(10):
        await archive.received(4)
    for event in archive.closed.values():
        event.set()
    assert {*await asked} == {"booking", "owner", "legs"}


async def test_an_empty_list_is_known():
    archive = Archive(ANSWERS | {"get_booking b1": {"user": "u1", "flights": []}})
    async with Airport(archive) as world:
        assert (await verdict(world, "cancel", booking="b1")).verdict == "permit"


@pytest.mark.parametrize("count", [50, 51])
async def test_more_elements_than_a_read_is_made_for_are_unknown_and_not_asked_for(count):
    flights = [{"number": "A", "date": "1"}] * count
    archive = Archive(ANSWERS | {"get_booking b1": {"user": "u1", "flights": flights}})
    reads = await Desk(archive).reads("cancel", booking="b1")
    assert ("legs" in reads) == (count == 50)
    assert ("get_flight 1 A" in archive.asked) == (count == 50)


BROKEN = [
    ({"get_booking b1": Sent("failed")}, "reads.legs is unknown"),
    ({"get_booking b1": Sent("uncertain")}, "reads.legs is unknown"),
    ({"get_booking b1": None}, "reads.legs is unknown"),
    ({"get_booking b1": {"flights": {}}}, "reads.legs is unknown"),
    ({"get_booking b1": {"flights": "AB"}}, "reads.legs is unknown"),
    ({"get_booking b1": {"flights": [{"number": "A"}]}}, "reads.legs is unknown"),
    ({"get_booking b1": {"flights": [{"number": 7, "date": "1"}]}}, "reads.legs is unknown"),
    ({"get_flight 1 B": Sent("failed")}, "reads.legs is unknown"),
    ({"get_flight 1 B": Sent("retry")}, "reads.legs is unknown"),
    ({"get_flight 1 B": {"state": "landed"}}, "status"),
]


@pytest.mark.parametrize(("answers", "cause"), BROKEN)
async def test_a_read_that_fails_or_does_not_fit_denies_and_says_why(answers, cause):
    async with Airport(Archive(ANSWERS | answers)) as world:
        decision = await verdict(world, "cancel", booking="b1")
        assert (decision.verdict, decision.code) == ("deny", "xop.fact_unknown")
        evidence = await evidence_of(world, decision)
        assert evidence["unknown"] == ["flown"]
        assert cause in evidence["unknown_because"]["flown"]


async def test_arguments_that_do_not_fit_the_contract_of_a_read_never_leave():
    archive = Archive(
        ANSWERS | {"get_booking b1": {"flights": [{"number": 7, "date": "1"}]}, "get_flight 1 7": {"status": "x"}}
    )
    assert "legs" not in await Desk(archive).reads("cancel", booking="b1")
    assert archive.asked == ["get_booking b1"]


async def test_what_comes_after_the_deadline_is_unknown_and_the_rest_is_known():
    archive = Archive(ANSWERS)
    archive.closed["get_user u1"] = asyncio.Event()
    reads = await Desk(archive, deadline=0.05).reads("refund", booking="b1")
    assert {*reads} == {"booking", "legs"}


async def test_one_deadline_holds_for_a_whole_chain():
    archive = Archive(ANSWERS)
    archive.closed["get_booking b1"] = asyncio.Event()
    assert await Desk(archive, deadline=0.05).reads("refund", booking="b1") == {}
    assert archive.asked == ["get_booking b1"]


async def test_those_who_ask_the_same_at_one_time_share_an_answer_and_survive_one_another():
    archive = Archive(ANSWERS)
    archive.closed["get_booking b1"] = asyncio.Event()
    desk = Desk(archive)
    first, second = (asyncio.create_task(desk.reads("reprice", booking="b1")) for _ in range(2))
    async with asyncio.timeout(10):
        await archive.received(1)
    first.cancel()
    await asyncio.wait([first])
    archive.closed["get_booking b1"].set()
    assert {*await second} == {"booking"}
    assert archive.asked == ["get_booking b1"]


async def test_an_answer_is_used_again_as_long_as_its_read_allows():
    archive = Archive(ANSWERS)
    desk = Desk(archive)
    for milliseconds in (0, 29_999, 1):
        await desk.clock.advance(milliseconds)
        await desk.reads("upgrade", booking="b1")
    assert archive.asked.count("get_booking b1") == 2
    assert archive.asked.count("get_user u1") == 3


async def test_answers_to_different_arguments_are_kept_apart():
    archive = Archive(ANSWERS | {"get_booking b2": {"user": "u2", "price": 9}})
    desk = Desk(archive)
    first, second = [await desk.reads("reprice", booking=booking) for booking in ("b1", "b2")]
    assert (first["booking"].value["price"], second["booking"].value["price"]) == (120, 9)


@pytest.mark.parametrize(("sent", "known"), [("failed", True), ("uncertain", False), ("retry", False)])
async def test_only_what_the_other_side_says_is_not_there_is_absent(sent, known):
    reads = READS | {"owner": READS["owner"] | {"absent": None}}
    facts = FACTS | {"gold": {"type": "bool", "value": "reads.owner == null"}}
    async with Airport(Archive(ANSWERS | {"get_user u1": Sent(sent)}), reads=reads, facts=facts) as world:
        decision = await verdict(world, "upgrade", booking="b1")
        assert (decision.verdict, decision.code) == (
            ("permit", "xop.granted") if known else ("deny", "xop.fact_unknown")
        )


async def test_a_kept_absence_is_asked_about_again_for_a_read_that_declares_none():
    archive = Archive({})
    reads = {
        "lenient": READS["booking"] | {"absent": {}},
        "strict": READS["booking"],
    }
    facts = {
        "lenient": {"type": "bool", "value": "!has(reads.lenient.user)"},
        "strict": {"type": "bool", "value": "!has(reads.strict.user)"},
    }
    desk = Desk(archive, reads=reads, facts=facts, cancel=["lenient"], upgrade=["strict"], refund=[], reprice=[])
    assert (await desk.reads("cancel", booking="b1"))["lenient"].value == {}
    assert await desk.reads("upgrade", booking="b1") == {}
    archive.answers |= ANSWERS
    assert (await desk.reads("upgrade", booking="b1"))["strict"].value["user"] == "u1"


async def test_a_fact_may_be_made_from_other_facts_and_be_unknown_with_them():
    archive = Archive(ANSWERS)
    async with Airport(archive) as world:
        assert (await verdict(world, "refund", 1, booking="b1")).verdict == "permit"
        archive.answers["get_user u1"] = {"tier": "silver"}
        assert (await verdict(world, "refund", 2, booking="b1")).code == "airline.mean"
        archive.answers["get_user u1"] = {}
        decision = await verdict(world, "refund", 3, booking="b1")
        assert decision.code == "xop.fact_unknown"
        assert {*(await evidence_of(world, decision))["unknown_because"]} == {"gold", "generous"}


async def test_money_whole_or_not_is_a_number_where_the_output_declares_one():
    archive = Archive(ANSWERS)
    async with Airport(archive) as world:
        assert (await verdict(world, "reprice", 1, booking="b1")).verdict == "permit"
        await world.settle(31_000)
        archive.answers["get_booking b1"] = {"price": 120.01}
        assert (await verdict(world, "reprice", 2, booking="b1")).code == "airline.dear"


async def test_a_fact_that_is_not_required_may_stay_unknown():
    facts = FACTS | {"maybe": FACTS["flown"] | {"required": False}}
    archive = Archive(ANSWERS | {"get_flight 1 B": {"status": "landed"}})
    async with Airport(archive, facts=facts, greet=["maybe"]) as world:
        assert (await verdict(world, "greet", 1, booking="b1")).code == "airline.optional"
        archive.answers["get_flight 1 A"] = Sent("failed")
        assert (await verdict(world, "greet", 2, booking="b1")).verdict == "permit"


async def test_what_a_read_found_is_recorded_by_its_name():
    async with Airport(Archive(ANSWERS)) as world:
        await verdict(world, "upgrade", booking="b1")
        (reads,) = [stored.entry.moment.reads for stored in await world.entries() if stored.entry.moment.reads]
        assert {name: known.source for name, known in reads.items()} == {"booking": "get_booking", "owner": "get_user"}
        assert reads["owner"].value == {"tier": "gold"}


async def test_the_old_form_and_named_reads_stand_side_by_side():
    facts = FACTS | {"tier": {"type": "string", "value": "read.tier", "read": "get_user"}}
    archive = Archive(ANSWERS)
    desk = Desk(archive, facts=facts, cancel=["flown", "tier"])
    reads = await desk.reads("cancel", booking="b1", id="u1")
    assert {*reads} == {"booking", "legs", "get_user"}
    assert reads["get_user"].value == {"tier": "gold"}
