"""What must not happen: refused signals that change something, merges that widen, approvals by the wrong hand."""

import asyncio
from dataclasses import replace

from tests.kit.harbour import BOT, DAY, HOUR, MINUTE, NOON, OLGA, OTTO, consent, proposal, signal
from tests.kit.world import World
from xop.kernel import facts as f
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Approval, Merge, Reconciliation, Unmerge
from xop.kernel.identity.model import Identifier
from xop.kernel.resolution import resolve

ANA, BEA = "email:ana@harbour.test", "email:bea@harbour.test"


async def merged(world: World, first: str = "account:a", second: str = "account:b") -> tuple[str, str]:
    one = (await world.tell(signal("open-1", "page.viewed", first, path="/"))).customer
    other = (await world.tell(signal("open-2", "page.viewed", second, path="/"))).customer
    await world.tell(Merge("merge:1", OLGA, other), one)
    return one, other


async def test_a_refused_signal_merges_nobody_and_may_be_sent_again_corrected():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        await world.tell(signal(2, "page.viewed", "cookie:c", path="/"))
        refused = await world.tell(signal(3, "page.viewed", "account:a", "cookie:c", path=7))
        assert refused.refusal.code == "signal-unfit"
        assert await world.facts(f.CustomersMerged) == []
        await world.tell(signal(3, "page.viewed", "account:a", "cookie:c", path="/"))
        assert len(await world.facts(f.CustomersMerged)) == 1


async def test_two_merges_of_one_customer_at_once_are_both_undone_exactly():
    async with World() as world:
        names = [
            (await world.tell(signal(who, "page.viewed", f"email:{who}@harbour.test", path="/"))).customer
            for who in "abx"
        ]
        a, b, x = names
        await asyncio.gather(world.tell(Merge("merge:1", OLGA, b), x), world.tell(Merge("merge:2", OLGA, b), a))
        assert len((await world.customer(a)).parts) == 3
        await world.tell(Unmerge("unmerge:1", OLGA, x), a)
        await world.tell(Unmerge("unmerge:2", OLGA, b), x)
        for name in names:
            assert [part.id for part in (await world.customer(name)).parts] == [name]


async def test_what_a_person_took_apart_stays_apart_whatever_comes_in_one_group():
    async with World() as world:
        one, other = await merged(world)
        await world.tell(Unmerge("unmerge:1", OLGA, other), one)
        phone = "phone:+442071838750"
        await asyncio.gather(
            world.tell(signal(1, "page.viewed", "account:a", phone, path="/")),
            world.tell(signal(2, "page.viewed", phone, "account:b", path="/")),
        )
        assert (await world.customer("account:b")).id == other


async def test_being_verified_as_one_side_of_a_merge_acts_on_that_side_only():
    async with World() as world:
        one, other = await merged(world)
        await world.settle(MINUTE)
        await world.tell(signal(1, "identity.verified", "account:b", level=2, time=world.now))
        answer = await world.tell(proposal(1, "reset_pin"), one)
        assert answer.entry.origin == other
        assert other.encode() in (await world.request(answer.decision.invocation)).request
        assert (await world.ask(proposal(2, "reset_pin"), "account:a")).decision.verdict == "hold"


async def test_what_was_asked_for_one_side_is_done_to_it_after_the_unmerge_too():
    async with World(connection={"outcomes": ["retry", "done"]}) as world:
        one, other = await merged(world)
        answer = await world.ask(proposal(1, "issue_credit", cents=100), "account:b")
        await world.settle()
        await world.tell(Unmerge("unmerge:1", OLGA, other), one)
        await world.settle(MINUTE)
        request = await world.request(answer.decision.invocation)
        assert request.state == "done"
        assert other.encode() in request.request


async def test_one_sides_consent_says_nothing_for_the_other_where_no_address_tells_them_apart():
    async with World() as world:
        one, other = await merged(world, ANA, BEA)
        await world.tell(consent(1, "granted", "profiling", "*", ANA))
        assert (await world.ask(proposal(1, "build_profile"), ANA)).decision.verdict == "permit"
        assert (await world.ask(proposal(2, "build_profile"), BEA)).decision.code == "xop.consent_unknown"
        assert one != other


async def test_every_role_that_a_hold_names_must_approve():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        held = await world.ask(proposal(1, "issue_credit", BOT, cents=90_000), "account:a")
        assert held.decision.approvers == ("supervisor", "finance")
        invocation, part = held.decision.invocation, held.entry.origin
        first = await world.tell(Approval("approval:1", OLGA, invocation, approved=True), part)
        assert first.decision.verdict == "hold"
        again = await world.tell(Approval("approval:2", Actor("operator", "fay"), invocation, approved=True), part)
        assert again.decision.verdict == "permit"
        await world.settle()
        assert len(await world.facts(f.InvocationDone)) == 1


async def test_nobody_without_the_role_may_even_refuse():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        held = await world.ask(proposal(1, "issue_credit", BOT, cents=9000), "account:a")
        for number, actor in enumerate([OTTO, BOT, Actor("agent", "nobody")]):
            answer = await world.tell(
                Approval(f"approval:{number}", actor, held.decision.invocation, approved=False), held.entry.origin
            )
            assert answer.refusal.code in {"approval-role", "approval-own"}
        assert await world.facts(f.InvocationCancelled) == []


async def test_a_verification_that_comes_late_does_not_outlive_a_newer_refusal():
    async with World() as world:
        await world.settle(10 * MINUTE)
        await world.tell(signal(1, "identity.refused", "account:a", time=NOON + 9 * MINUTE))
        await world.tell(signal(2, "identity.verified", "account:a", level=2, time=NOON + MINUTE))
        assert (await world.ask(proposal(1, "reset_pin"), "account:a")).decision.verdict == "hold"
        await world.tell(signal(3, "identity.verified", "account:a", level=2, time=NOON + 10 * MINUTE))
        assert (await world.ask(proposal(2, "reset_pin"), "account:a")).decision.verdict == "permit"


async def test_a_value_that_was_confirmed_later_is_not_undone_by_an_older_one():
    async with World() as world:
        await world.settle(DAY)
        for number, (plan, hour) in enumerate([("gold", 1), ("gold", 3), ("basic", 2)]):
            await world.tell(signal(number, "profile.changed", "account:a", time=NOON + hour * HOUR, plan=plan))
        assert (await world.customer("account:a")).view.profile["contract.plan"].value == "gold"


async def test_a_grant_and_a_withdrawal_of_the_same_moment_leave_no_consent():
    async with World() as world:
        await world.tell(consent(1, "withdrawn", "marketing", "email", ANA))
        await world.tell(consent(2, "granted", "marketing", "email", ANA))
        assert (await world.ask(proposal(1, "send_offer"), ANA)).decision.verdict == "deny"


async def test_a_dead_letter_that_is_held_again_and_then_cancelled_is_no_dead_letter():
    async with World(connection={"outcomes": ["failed"]}) as world:
        await world.tell(consent(1, "granted", "marketing", "email", ANA))
        answer = await world.ask(proposal(1, "send_offer"), ANA)
        await world.settle(HOUR)
        assert (await world.request(answer.decision.invocation)).state == "failed"
        await world.settle(10 * HOUR)
        await world.tell(
            Reconciliation("reconciliation:1", OLGA, answer.decision.invocation, "resend"), answer.entry.origin
        )
        await world.tell(consent(2, "withdrawn", "marketing", "email", ANA, time=world.now))
        await world.settle()
        assert (await world.request(answer.decision.invocation)).state == "cancelled"


async def test_an_intent_that_is_open_on_one_side_is_open_in_the_merged_picture():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/cancel"))
        await world.tell(signal(2, "call.ended", "account:a", call="c1"))
        await world.tell(signal(3, "page.viewed", "account:b", path="/cancel"))
        await merged(world)
        assert (await world.customer("account:a")).view.intents["cancel_contract"].status == "open"


async def test_a_request_that_cannot_be_rendered_fails_whatever_else_happens_at_once():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        # The template of this action asks for an e-mail address that the customer does not have.
        asked = world.ask(proposal(1, "mail_statement"), "account:a")
        refused = world.tell(signal(2, "identity.refused", "account:a"))
        answer, _ = await asyncio.gather(asked, refused)
        assert answer.decision.verdict == "permit"
        await world.settle()
        assert [fact.invocation for fact in await world.facts(f.InvocationFailed)] == [answer.decision.invocation]


async def test_a_namespace_that_a_release_drops_no_longer_tells_who_somebody_is():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        await world.tell(signal(2, "page.viewed", "cookie:c", path="/"))
        rules = world.engine.release
        kept = {name: each for name, each in rules.namespaces.items() if name != "cookie"}
        hits = {
            each: (owner.id, owner)
            for each, owner in [
                (Identifier("account", "a"), await world.customer("account:a")),
                (Identifier("cookie", "c"), await world.customer("cookie:c")),
            ]
        }
        found = resolve(replace(rules, namespaces=kept), list(hits), hits)
        assert (found.home, found.merges) == ((await world.customer("account:a")).id, ())
        assert found.elsewhere == (Identifier("cookie", "c"),)
