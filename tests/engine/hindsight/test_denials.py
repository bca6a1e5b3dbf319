"""What would have had to be otherwise for what was denied."""

import pytest

from tests.engine.hindsight.retrospect import changed, looked_back, taken, told
from tests.kit.agents import harbour_of
from tests.kit.airline import ANSWERS, Airport, Archive
from tests.kit.harbour import BOT, MINUTE, NOON, OLGA, OTTO, SHY_BOT, consent, proposal, signal
from tests.kit.world import World
from xop.kernel.commands import Halt, Merge
from xop.kernel.hindsight.counterfactual import holds

WHO = "account:a"


async def met(world, *more):
    await world.tell(signal("met", "page.viewed", WHO, "email:a@harbour.test", *more, path="/"))


async def asked(world, action, actor=OLGA, number=1, **arguments):
    return (await world.ask(proposal(number, action, actor, **arguments), WHO)).decision


async def test_without_consent_it_is_consent_that_was_missing():
    async with World() as world:
        await met(world)
        denied = await asked(world, "send_offer")
        assert told(await looked_back(world, denied)) == [({"consent.permitted": True}, "permit")]


async def test_a_withdrawn_consent_is_what_would_have_had_to_stay():
    async with World() as world:
        await met(world)
        await world.tell(consent("c1", "granted", "marketing", "email", WHO))
        await world.tell(consent("c2", "withdrawn", "marketing", "email", WHO, time=NOON + 1))
        denied = await asked(world, "send_offer")
        assert denied.code == "xop.consent_withdrawn"
        assert told(await looked_back(world, denied)) == [({"consent.permitted": True}, "permit")]


async def test_somebody_contacted_too_often_would_have_had_to_hear_less():
    async with World() as world:
        await met(world)
        await world.tell(consent("c1", "granted", "marketing", "email", WHO))
        for number in range(2):
            await asked(world, "send_offer", number=number)
            await world.settle(30 * MINUTE)
        denied = await asked(world, "send_offer", number=9)
        assert denied.code == "xop.contact_cap"
        assert told(await looked_back(world, denied)) == [({"contact.capped": False}, "permit")]


async def test_an_open_case_would_have_had_to_be_closed():
    async with World() as world:
        await met(world)
        await world.tell(consent("c1", "granted", "marketing", "email", WHO))
        await world.tell(signal("x", "call.started", WHO, call="k1"))
        denied = await asked(world, "send_offer")
        assert denied.code == "xop.suppressed_by_support"
        assert told(await looked_back(world, denied)) == [({"contact.suppressed_by": []}, "permit")]


async def test_several_rules_at_once_are_all_to_be_met_and_nothing_more():
    async with World() as world:
        await met(world)
        await world.tell(signal("x", "call.started", WHO, call="k1"))
        denied = await asked(world, "send_offer")
        assert told(await looked_back(world, denied)) == [
            ({"consent.permitted": True, "contact.suppressed_by": []}, "permit")
        ]


async def test_a_fact_that_forbids_would_have_had_to_be_otherwise():
    async with World() as world:
        await met(world)
        await world.tell(signal("v", "identity.verified", WHO, level=2, time=world.now))
        await world.tell(signal("s", "sim.swapped", WHO, swapped_at=world.now - MINUTE))
        denied = await asked(world, "reset_pin")
        assert denied.code == "harbour.sim_swap"
        assert told(await looked_back(world, denied)) == [({"facts.sim_swapped_recently": False}, "permit")]


async def test_a_weak_verification_is_told_beside_a_fact_when_both_were_in_the_way():
    async with World() as world:
        await met(world)
        await world.tell(signal("s", "sim.swapped", WHO, swapped_at=world.now - MINUTE))
        denied = await asked(world, "reset_pin")
        found = told(await looked_back(world, denied))
        assert found == [({"facts.sim_swapped_recently": False, "assurance.level": 2}, "permit")]


@pytest.mark.parametrize("price", [121, 4000])
async def test_a_number_that_was_read_is_told_as_near_as_it_had_to_be(price):
    flights = [{"number": each, "date": "1"} for each in "AB"]
    answers = ANSWERS | {"get_booking b1": {"user": "u1", "price": price, "flights": flights}}
    async with Airport(Archive(answers)) as world:
        await met(world)
        denied = await asked(world, "reprice", booking="b1")
        assert denied.code == "airline.dear"
        assert told(await looked_back(world, denied)) == [({"facts.paid": 12_000}, "permit")]


async def test_a_fact_made_from_several_reads_is_told_as_one():
    answers = ANSWERS | {"get_user u1": {"tier": "tin"}}
    async with Airport(Archive(answers)) as world:
        await met(world)
        denied = await asked(world, "refund", booking="b1")
        assert told(await looked_back(world, denied)) == [({"facts.generous": True}, "permit")]


async def test_an_optional_fact_that_nobody_knows_may_have_been_otherwise():
    async with Airport(Archive(ANSWERS)) as world:
        await met(world)
        permitted = await asked(world, "greet")
        assert permitted.verdict == "permit"
        await looked_back(world, permitted)


async def test_a_fact_that_nobody_could_tell_would_have_had_to_be_known():
    async with World(connection={"outcomes": ["failed"]}) as world:
        await met(world)
        denied = await asked(world, "raise_limit")
        assert denied.code == "xop.fact_unknown"
        [found] = await looked_back(world, denied)
        [change] = found.changes
        assert (change.path, change.was) == ("facts.credit_score", None)
        assert change.would >= 500


async def test_what_was_halted_would_have_had_to_go_on():
    async with World() as world:
        await met(world)
        await world.tell(Halt("halt:1", OLGA, "action:issue_credit"))
        denied = await asked(world, "issue_credit", BOT, cents=5)
        assert told(await looked_back(world, denied)) == [({"halted": False}, "permit")]


async def test_a_spent_budget_would_have_had_to_be_left():
    async with World(rules=harbour_of({"budgets": [{"within": "1d", "most": 1}]})) as world:
        await met(world)
        await asked(world, "issue_credit", BOT, number=1, cents=5)
        denied = await asked(world, "issue_credit", BOT, number=2, cents=5)
        assert denied.code == "xop.budget_spent"
        assert told(await looked_back(world, denied)) == [({"actor.within_budget": True}, "permit")]


async def test_where_nobody_permits_it_is_the_grant_that_was_missing():
    async with World() as world:
        await met(world)
        denied = await asked(world, "raise_limit", BOT)
        assert denied.code in {"xop.nobody_permits", "xop.fact_unknown"}
        for each in await looked_back(world, denied):
            assert "actor.granted" in {change.path for change in each.changes}


async def test_one_change_that_leads_to_a_wait_is_told_where_none_leads_to_a_permit():
    rule = (
        '@id("desk.never") @message("Not without a person, whoever approves.") @outcome("hold") @until("verification") '
        'forbid (principal, action == Action::"send_offer", resource);'
    )
    async with World(rules=harbour_of(rule=rule)) as world:
        await met(world)
        denied = await asked(world, "send_offer", OTTO)
        assert told(await looked_back(world, denied)) == [({"consent.permitted": True}, "hold")]


async def test_where_nothing_could_have_been_otherwise_nothing_is_told():
    rule = '@id("desk.closed") @message("Closed.") forbid (principal, action == Action::"issue_credit", resource);'
    async with World(rules=harbour_of(rule=rule)) as world:
        await met(world)
        assert await looked_back(world, await asked(world, "issue_credit", cents=5)) == []


async def test_a_counterfactual_that_is_not_true_does_not_hold():
    async with World() as world:
        await met(world)
        denied = await asked(world, "send_offer")
        step = await taken(world, denied.id)
        assert not holds(step, changed("contact.capped", False, True))
        assert not holds(step, changed("consent.permitted", False, True, "hold"))


async def test_a_pattern_that_a_text_fits_is_broken_and_one_it_does_not_is_met():
    credit = (
        "name: issue_credit\nversion: 2\ndescription: Credit an amount.\nkind: write\npurpose: service\n"
        "input: {type: object, properties: {note: {type: string}}}\nbinding: {connection: desk, request: {}}\n"
    )
    rule = (
        '@id("desk.note") @message("No refunds without a ticket.") '
        'forbid (principal, action == Action::"issue_credit", resource) when { context.arguments has note && '
        'context.arguments.note like "*refund*" } unless { context.arguments has note && '
        'context.arguments.note like "ticket-*" };'
    )
    async with World(rules=harbour_of(rule=rule, **{"actions/issue_credit": credit})) as world:
        await met(world)
        denied = await asked(world, "issue_credit", note="a refund")
        [found] = await looked_back(world, denied)
        [change] = found.changes
        assert change.path == "arguments.note"
        assert "refund" not in (change.would or "")


async def test_an_optional_argument_that_was_left_out_would_have_had_to_be_given():
    credit = (
        "name: issue_credit\nversion: 2\ndescription: Credit an amount.\nkind: write\npurpose: service\n"
        "input: {type: object, properties: {checked: {type: boolean}}}\nbinding: {connection: desk, request: {}}\n"
    )
    rule = (
        '@id("desk.checked") @message("It has to be checked.") '
        'forbid (principal, action == Action::"issue_credit", resource) '
        "unless { context.arguments has checked && context.arguments.checked };"
    )
    async with World(rules=harbour_of(rule=rule, **{"actions/issue_credit": credit})) as world:
        await met(world)
        denied = await asked(world, "issue_credit")
        assert told(await looked_back(world, denied)) == [({"arguments.checked": True}, "permit")]


async def test_a_sum_is_told_by_what_was_left_of_the_limit():
    credit = (
        "name: issue_credit\nversion: 2\ndescription: Credit an amount.\nkind: write\npurpose: service\n"
        "input: {type: object, properties: {cents: {type: integer, minimum: 1}, fee: {type: integer}}}\n"
        "binding: {connection: desk, request: {}}\n"
    )
    rule = (
        '@id("desk.sum") @message("Too much.") forbid (principal, action == Action::"issue_credit", resource) '
        "when { context.arguments has cents && context.arguments has fee && "
        "context.arguments.cents * 3 + context.arguments.fee > 1000 };"
    )
    async with World(rules=harbour_of(rule=rule, **{"actions/issue_credit": credit})) as world:
        await met(world)
        denied = await asked(world, "issue_credit", cents=900, fee=40)
        found = told(await looked_back(world, denied))
        assert ({"arguments.cents": 320}, "permit") in found


async def test_of_merged_customers_the_whole_is_looked_at():
    async with World() as world:
        await met(world)
        await world.tell(signal(2, "page.viewed", "account:b", path="/"))
        await world.tell(signal("x", "call.started", "account:b", call="k1"))
        await world.tell(consent("c1", "granted", "marketing", "email", WHO))
        other = await world.customer("account:b")
        await world.ask(Merge("merge:1", OLGA, other.id), WHO)
        denied = await asked(world, "send_offer")
        assert denied.code == "xop.suppressed_by_support"
        assert told(await looked_back(world, denied)) == [({"contact.suppressed_by": []}, "permit")]


async def test_whoever_only_observes_is_told_by_their_autonomy():
    async with World(rules=harbour_of({"autonomy": "observe"})) as world:
        await met(world)
        denied = await asked(world, "issue_credit", BOT, cents=5)
        assert denied.code == "xop.observer"
        assert told(await looked_back(world, denied))[0][0].keys() == {"actor.autonomy"}
        assert SHY_BOT != BOT


async def test_what_a_later_change_makes_needless_is_left_out():
    credit = (
        "name: issue_credit\nversion: 2\ndescription: Credit an amount.\nkind: write\npurpose: service\n"
        "input: {type: object, required: [plan, old], properties: {plan: {type: string}, old: {type: boolean}}}\n"
        "binding: {connection: desk, request: {}}\n"
    )
    rules = (
        '@id("desk.plan") @message("Not on this plan.") forbid (principal, action == Action::"issue_credit", resource) '
        'when { context.arguments has plan && context.arguments.plan == "x" } '
        "unless { context.arguments has old && context.arguments.old };"
        '@id("desk.wait") @message("Not before.") @outcome("hold") @until("verification") '
        'forbid (principal, action == Action::"issue_credit", resource) '
        'when { context.arguments has plan && context.arguments.plan != "z" };'
    )
    async with World(rules=harbour_of(rule=rules, **{"actions/issue_credit": credit})) as world:
        await met(world)
        denied = await asked(world, "issue_credit", plan="x", old=False)
        assert told(await looked_back(world, denied)) == [({"arguments.plan": "z"}, "permit")]


async def test_what_would_then_have_waited_for_a_person_is_told_to_wait_and_not_as_if_one_had_approved():
    async with World(rules=harbour_of({"autonomy": "suggest", "actions": ["send_offer"]})) as world:
        await met(world)
        denied = await asked(world, "send_offer", BOT)
        assert told(await looked_back(world, denied)) == [({"consent.permitted": True}, "hold")]


async def test_of_what_was_halted_and_so_had_nothing_read_the_facts_are_told_as_well():
    async with Airport(Archive(ANSWERS)) as world:
        await met(world)
        await world.tell(Halt("halt:1", OLGA, "connection:desk"))
        denied = await asked(world, "reprice", booking="b1")
        assert denied.code == "xop.halted"
        [found] = await looked_back(world, denied)
        assert {change.path for change in found.changes} == {"halted", "facts.paid"}
