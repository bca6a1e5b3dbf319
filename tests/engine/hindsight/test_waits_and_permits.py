"""What would have had to be otherwise for what waits, what was permitted and what was chosen."""

from msgspec.structs import replace

from tests.engine.hindsight.retrospect import looked_back, taken, told
from tests.kit.agents import approval_rule, harbour_of
from tests.kit.choosing import CREDIT, NOTICE, OFFER, ChoosingWorld, choice, decision_set, release_of
from tests.kit.choosing import WHO as CHOOSER
from tests.kit.harbour import BOT, HOUR, MINUTE, OLGA, OTTO, SHY_BOT, consent, proposal, signal
from tests.kit.world import World
from xop.kernel.commands import Approval, Halt
from xop.kernel.hindsight.counterfactual import holds

WHO = "account:a"


async def met(world, *more):
    await world.tell(signal("met", "page.viewed", WHO, "email:a@harbour.test", *more, path="/"))


async def asked(world, action, actor=OLGA, number=1, **arguments):
    return (await world.ask(proposal(number, action, actor, **arguments), WHO)).decision


async def decisions(world, stage):
    entries = [stored.entry.decision for stored in await world.entries()]
    return [each for each in entries if each is not None and each.stage == stage]


async def test_what_waits_for_an_approval_would_have_needed_it_or_a_smaller_amount():
    async with World(rules=harbour_of(rule=approval_rule())) as world:
        await met(world)
        held = await asked(world, "issue_credit", BOT, cents=1700)
        assert told(await looked_back(world, held)) == [
            ({"approved": True}, "permit"),
            ({"arguments.cents": 1000}, "permit"),
        ]


async def test_of_two_rules_over_one_amount_the_stricter_says_how_much():
    async with World() as world:
        await met(world)
        held = await asked(world, "issue_credit", OTTO, cents=60_000)
        assert ({"arguments.cents": 5000}, "permit") in told(await looked_back(world, held))


async def test_what_an_agent_may_only_suggest_would_have_needed_a_person():
    async with World() as world:
        await met(world)
        held = await asked(world, "issue_credit", SHY_BOT, cents=5)
        assert told(await looked_back(world, held)) == [({"approved": True}, "permit")]


async def test_a_quiet_hour_would_have_had_to_be_over():
    async with World() as world:
        await met(world)
        await world.tell(consent("c1", "granted", "marketing", "email", WHO))
        await world.settle(10 * HOUR)
        held = await asked(world, "send_offer")
        assert held.code == "xop.quiet_hours"
        assert told(await looked_back(world, held)) == [({"contact.quiet": False}, "permit")]


async def test_a_verification_would_have_had_to_be_as_strong_as_asked():
    async with World() as world:
        await met(world)
        held = await asked(world, "reset_pin")
        assert held.until == "verification"
        assert told(await looked_back(world, held)) == [({"assurance.level": 2}, "permit")]


async def test_what_a_person_approved_would_have_waited_without_them():
    async with World(rules=harbour_of(rule=approval_rule())) as world:
        await met(world)
        held = await asked(world, "issue_credit", BOT, cents=1700)
        await world.ask(Approval("approval:1", OLGA, held.invocation, approved=True), WHO)
        [approved] = await decisions(world, "approval")
        assert ({"approved": False}, "hold") in told(await looked_back(world, approved))


async def test_what_was_judged_again_when_it_left_is_looked_back_on_as_well():
    async with World() as world:
        await met(world)
        await world.tell(consent("c1", "granted", "marketing", "email", WHO))
        await asked(world, "send_offer")
        await world.settle(30 * MINUTE)
        [left] = await decisions(world, "execution")
        found = told(await looked_back(world, left))
        assert ({"consent.permitted": False}, "deny") in found


async def test_what_was_held_back_by_a_halt_waits_for_it_to_end():
    async with World() as world:
        await met(world)
        await world.tell(consent("c1", "granted", "marketing", "email", WHO))
        await asked(world, "send_offer")
        await world.tell(Halt("halt:1", OLGA, "action:send_offer"))
        await world.settle(30 * MINUTE)
        held = (await decisions(world, "execution"))[0]
        assert held.code == "xop.halted_meanwhile"
        assert told(await looked_back(world, held)) == [({"halted": False}, "permit")]


async def test_a_permit_is_told_by_what_it_hung_on_and_not_by_what_its_purpose_rules_out():
    async with World() as world:
        await met(world)
        await world.tell(consent("c1", "granted", "marketing", "email", WHO))
        permitted = await asked(world, "send_offer")
        paths = {path for changes, _ in told(await looked_back(world, permitted)) for path in changes}
        assert "consent.permitted" in paths
        credited = await asked(world, "issue_credit", BOT, number=2, cents=10)
        found = told(await looked_back(world, credited))
        assert ({"arguments.cents": 5001}, "hold") in found
        assert not any(path.startswith("contact.") for changes, _ in found for path in changes)


async def test_a_choice_is_told_by_how_likely_the_others_would_have_had_to_be():
    table = {"kind": "table", "table": {"offer": 0.3, "notice": 0.5, "credit": 0.1}}
    async with ChoosingWorld(release_of(decision_set(model=table))) as world:
        await world.meet()
        answer = await world.ask(choice(1), CHOOSER)
        found = await looked_back(world, answer.decision)
        likely = {each.chosen: (each.changes[0].path, each.changes[0].would) for each in found}
        # An offer is worth 30; a notice is worth 40, and a credit 60 less the 5 that it costs.
        assert likely == {"notice": ("scores.notice.mail", 0.751), "credit": ("scores.credit.small", 0.584)}


async def test_a_choice_is_told_by_the_rule_that_kept_a_better_candidate_away():
    async with ChoosingWorld(release_of(decision_set())) as world:
        await world.meet()
        await world.tell(consent("gone", "withdrawn", "marketing", "email", CHOOSER, time=world.now + 1))
        answer = await world.ask(choice(1), CHOOSER)
        found = await looked_back(world, answer.decision)
        assert [(told([each])[0][0], each.chosen) for each in found] == [({"consent.permitted": True}, "offer")]


async def test_somebody_in_the_holdout_is_told_what_would_have_been_chosen():
    holdout = decision_set(arms={"random": 0, "no_model": 0, "holdout": 1}, candidates=[OFFER, NOTICE, CREDIT])
    async with ChoosingWorld(release_of(holdout)) as world:
        await world.meet()
        answer = await world.ask(choice(1), CHOOSER)
        [found] = await looked_back(world, answer.decision)
        assert (found.changes[0].path, found.chosen) == ("arm", "offer")
        step = await taken(world, answer.decision.id)
        assert not holds(step, replace(found, chosen="credit"))


async def test_what_nobody_is_eligible_for_has_no_counterfactual():
    nothing = decision_set(candidates=[OFFER | {"eligible": "false"}])
    async with ChoosingWorld(release_of(nothing)) as world:
        await world.meet()
        answer = await world.ask(choice(1), CHOOSER)
        assert await looked_back(world, answer.decision) == []


async def test_of_forty_rules_over_one_amount_the_strictest_says_how_much():
    many = "\n".join(
        f'@id("desk.n{number}") @message("No.") forbid (principal, action == Action::"issue_credit", resource) '
        f"when {{ context.arguments has cents && context.arguments.cents * {number + 1} > {1000 + number} }};"
        for number in range(40)
    )
    async with World(rules=harbour_of(rule=many)) as world:
        await met(world)
        denied = await asked(world, "issue_credit", BOT, cents=9000)
        [found] = told(await looked_back(world, denied))
        assert found == ({"arguments.cents": 25}, "permit")
