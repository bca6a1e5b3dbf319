"""Who a signal is about: links, merges by rule and by person, unmerges, and what neither may touch."""

from tests.kit.harbour import NOON, OLGA, consent, proposal, signal
from tests.kit.world import World
from xop.kernel import facts as f
from xop.kernel.commands import Merge, Unmerge


async def test_identifiers_seen_together_belong_to_one_customer():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", "cookie:c1", path="/"))
        by_account, by_cookie = await world.customer("account:a"), await world.customer("cookie:c1")
        assert by_account.id == by_cookie.id


async def test_a_visitor_who_signs_in_is_merged_with_what_they_did_before():
    async with World() as world:
        await world.tell(signal(1, "profile.changed", "account:a", name="Ana"))
        await world.tell(signal(2, "page.viewed", "cookie:c1", path="/shoes"))
        await world.tell(signal(3, "page.viewed", "account:a", "cookie:c1", path="/basket"))
        customer = await world.customer("cookie:c1")
        assert customer.id == (await world.customer("account:a")).id
        assert len(customer.parts) == 2
        assert customer.view.profile["name"].value == "Ana"


async def test_a_shared_device_does_not_merge_two_known_people():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", "device:d1", path="/"))
        await world.tell(signal(2, "page.viewed", "account:b", "device:d1", path="/"))
        assert (await world.customer("account:a")).id != (await world.customer("account:b")).id
        assert (await world.customer("device:d1")).id == (await world.customer("account:a")).id
        assert [fact.code for fact in await world.facts(f.IdentifierDeclined)] == ["elsewhere"]


async def test_a_strong_identifier_merges_two_customers_within_the_limits():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        await world.tell(signal(2, "page.viewed", "email:ana@harbour.test", path="/"))
        await world.tell(signal(3, "page.viewed", "account:a", "email:ana@harbour.test", path="/"))
        assert (await world.customer("account:a")).id == (await world.customer("email:ana@harbour.test")).id
        assert len(await world.facts(f.CustomersMerged)) == 1


async def test_a_merge_beyond_a_limit_is_declined_and_both_stay_as_they_were():
    async with World() as world:
        for number, who in enumerate(("account:a", "account:b")):
            await world.tell(
                signal(
                    number,
                    "page.viewed",
                    who,
                    "email:shared@harbour.test" if number == 0 else "phone:+442071838750",
                    path="/",
                )
            )
        await world.tell(signal(3, "page.viewed", "account:b2", "phone:+442071838750", path="/"))
        await world.tell(signal(4, "page.viewed", "account:a", "phone:+442071838750", path="/"))
        assert [fact.code for fact in await world.facts(f.MergeDeclined)] == ["limit:account"]
        assert (await world.customer("account:a")).id != (await world.customer("account:b")).id
        assert (await world.customer("phone:+442071838750")).id == (await world.customer("account:b")).id


async def test_a_test_address_never_merges_anybody():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", "email:test@example.com", path="/"))
        await world.tell(signal(2, "page.viewed", "account:b", "email:test@example.com", path="/"))
        assert (await world.customer("account:a")).id != (await world.customer("account:b")).id
        assert await world.facts(f.CustomersMerged) == []


async def _two(world: World) -> tuple[str, str]:
    first = await world.tell(signal("a", "profile.changed", "account:a", name="Ana"))
    second = await world.tell(signal("b", "profile.changed", "account:b", name="Bea"))
    return first.customer, second.customer


async def test_a_former_id_still_leads_to_the_merged_customer_and_back_after_the_unmerge():
    async with World() as world:
        one, other = await _two(world)
        await world.tell(Merge("merge:1", OLGA, other), one)
        assert (await world.customer(other)).id == one
        await world.tell(Unmerge("unmerge:1", OLGA, other), one)
        assert (await world.customer(other)).id == other
        assert (await world.customer("account:b")).id == other


async def test_what_a_person_took_apart_no_rule_merges_again_but_a_person_may():
    async with World() as world:
        one, other = await _two(world)
        await world.tell(Merge("merge:1", OLGA, other), one)
        await world.tell(Unmerge("unmerge:1", OLGA, other), one)
        await world.tell(signal(9, "page.viewed", "account:a", "account:b", path="/"))
        assert (await world.customer(other)).id == other
        again = await world.tell(Merge("merge:2", OLGA, other), one)
        assert again.refusal is None
        assert (await world.customer(other)).id == one


async def test_an_unmerge_gives_back_what_had_been_merged_before():
    async with World() as world:
        one, other = await _two(world)
        third = (await world.tell(signal("c", "page.viewed", "cookie:c", path="/"))).customer
        await world.tell(Merge("merge:1", OLGA, third), other)
        await world.tell(Merge("merge:2", OLGA, other), one)
        assert len((await world.customer(one)).parts) == 3
        await world.tell(Unmerge("unmerge:1", OLGA, other), one)
        assert [part.id for part in (await world.customer(other)).parts] == [other, third]
        assert [part.id for part in (await world.customer(one)).parts] == [one]


async def test_a_merge_never_widens_consent():
    async with World() as world:
        ana, bea = "email:ana@harbour.test", "email:bea@harbour.test"
        one = (await world.tell(consent(1, "granted", "marketing", "email", ana))).customer
        other = (await world.tell(signal(2, "page.viewed", bea, path="/"))).customer
        await world.tell(Merge("merge:1", OLGA, other), one)
        answer = await world.ask(proposal(1, "send_offer"), bea)
        assert answer.decision.verdict == "permit"
        queued = (await world.customer(bea)).view.invocations[answer.decision.invocation]
        assert queued.address == ana


async def test_a_withdrawal_on_one_side_of_a_merge_binds_the_other():
    async with World() as world:
        ana, bea = "email:ana@harbour.test", "email:bea@harbour.test"
        one = (await world.tell(consent(1, "granted", "marketing", "email", ana))).customer
        other = (await world.tell(consent(2, "granted", "marketing", "email", bea))).customer
        await world.tell(Merge("merge:1", OLGA, other), one)
        await world.tell(consent(3, "withdrawn", "marketing", "email", bea, time=NOON + 1))
        assert (await world.ask(proposal(1, "send_offer"), ana)).decision.verdict == "deny"
        await world.tell(Unmerge("unmerge:1", OLGA, other), one)
        assert (await world.ask(proposal(2, "send_offer"), ana)).decision.verdict == "permit"


async def test_verifying_one_side_of_a_merge_says_nothing_about_the_other():
    async with World() as world:
        one, other = await _two(world)
        await world.tell(signal(1, "identity.verified", "account:a", level=2))
        await world.tell(Merge("merge:1", OLGA, other), one)
        assert (await world.ask(proposal(1, "reset_pin"), "account:b")).decision.verdict == "hold"
        assert (await world.ask(proposal(2, "reset_pin"), "account:a")).decision.verdict == "permit"


async def test_an_unmerge_of_what_was_not_merged_is_refused():
    async with World() as world:
        one, other = await _two(world)
        answer = await world.tell(Unmerge("unmerge:1", OLGA, other), one)
        assert answer.refusal.code == "unmerge-nothing"


async def test_a_command_about_nobody_is_refused():
    async with World() as world:
        answer = await world.ask(proposal(1, "send_offer"), "account:zzz")
        assert answer.refusal.code == "customer-unknown"


async def test_a_withdrawal_on_one_side_stops_what_the_other_side_had_queued_at_once():
    async with World() as world:
        ana, bea = "email:ana@harbour.test", "email:bea@harbour.test"
        one = (await world.tell(consent(1, "granted", "marketing", "email", ana))).customer
        other = (await world.tell(signal(2, "page.viewed", bea, path="/"))).customer
        queued = await world.ask(proposal(1, "send_offer"), ana)
        await world.tell(Merge("merge:1", OLGA, other), one)
        await world.tell(consent(3, "withdrawn", "marketing", "email", bea))
        await world.settle()
        assert [fact.invocation for fact in await world.facts(f.InvocationCancelled)] == [queued.decision.invocation]
