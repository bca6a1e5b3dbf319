"""The loop: a signal finds its customer, proposals get verdicts, what is permitted is carried out."""

from tests.kit.harbour import BOT, DAY, HOUR, MINUTE, NOON, OLGA, OTTO, SHY_BOT, consent, proposal, signal
from tests.kit.world import World
from xop.kernel import facts as f
from xop.kernel.commands import Approval, Reconciliation


async def test_a_signal_finds_its_customer_and_updates_the_context():
    async with World() as world:
        first = await world.tell(signal(1, "profile.changed", "account:a", name="Ana"))
        second = await world.tell(signal(2, "page.viewed", "account:a", path="/start"))
        customer = await world.customer("account:a")
        assert first.customer == second.customer == customer.id
        assert customer.view.profile["name"].value == "Ana"
        assert customer.view.profile["web.last_path"].value == "/start"


async def test_the_same_signal_twice_changes_nothing_and_gets_the_first_answer():
    async with World() as world:
        first = await world.tell(signal(1, "page.viewed", "account:a", path="/a"))
        again = await world.tell(signal(1, "page.viewed", "account:a", path="/b"))
        assert again.duplicate
        assert (again.position, again.customer) == (first.position, first.customer)
        assert len(await world.entries()) == 1


async def test_an_undeclared_signal_is_refused_and_changes_nothing():
    async with World() as world:
        answer = await world.tell(signal(1, "nobody.knows", "account:a"))
        assert answer.refusal.code == "signal-unknown"
        assert await world.entries() == []


async def test_data_that_does_not_fit_its_schema_is_refused_and_changes_nothing():
    async with World() as world:
        answer = await world.tell(signal(1, "page.viewed", "account:a", path=7))
        assert answer.refusal.code == "signal-unfit"
        assert await world.entries() == []


async def test_a_contact_without_consent_is_denied_with_the_rule_and_what_it_read():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "email:ana@harbour.test", path="/"))
        answer = await world.ask(proposal(1, "send_offer"), "email:ana@harbour.test")
        assert answer.decision.verdict == "deny"
        assert answer.decision.code.startswith("xop.consent")
        assert any(read.name.startswith("consent") for read in answer.decision.reads)


async def test_a_permitted_contact_waits_for_its_delay_and_is_then_sent_once():
    async with World() as world:
        await world.tell(consent(1, "granted", "marketing", "email", "email:ana@harbour.test"))
        answer = await world.ask(proposal(1, "send_offer"), "email:ana@harbour.test")
        assert answer.decision.verdict == "permit"
        assert await world.facts(f.InvocationStarted) == []
        await world.settle(11 * MINUTE)
        assert len(await world.facts(f.InvocationDone)) == 1
        entry = await world.request(answer.decision.invocation)
        assert entry.state == "done"
        assert b"ana@harbour.test" in entry.request


async def test_a_withdrawal_stops_a_queued_message_at_once():
    async with World() as world:
        await world.tell(consent(1, "granted", "marketing", "email", "email:ana@harbour.test"))
        answer = await world.ask(proposal(1, "send_offer"), "email:ana@harbour.test")
        await world.tell(consent(2, "withdrawn", "marketing", "email", "email:ana@harbour.test", time=NOON + 1))
        await world.settle()
        assert [fact.invocation for fact in await world.facts(f.InvocationCancelled)] == [answer.decision.invocation]
        await world.settle(DAY)
        assert await world.facts(f.InvocationStarted) == []
        assert (await world.request(answer.decision.invocation)).state == "cancelled"


async def test_a_promotion_is_withheld_during_a_support_call_and_free_after_it():
    async with World() as world:
        who = "email:ana@harbour.test"
        await world.tell(consent(1, "granted", "marketing", "email", who))
        await world.tell(signal(2, "call.started", who, call="c1"))
        during = await world.ask(proposal(1, "send_offer"), who)
        await world.tell(signal(3, "call.ended", who, call="c1"))
        after = await world.ask(proposal(2, "send_offer"), who)
        assert (during.decision.verdict, after.decision.verdict) == ("deny", "permit")
        assert "xop.suppressed" in during.decision.code


async def test_a_cap_counts_every_sender():
    async with World() as world:
        who = "email:ana@harbour.test"
        await world.tell(consent(1, "granted", "marketing", "email", who))
        await world.tell(signal(2, "mail.sent", who, channel="email"))
        first = await world.ask(proposal(1, "send_offer"), who)
        second = await world.ask(proposal(2, "send_offer"), who)
        assert (first.decision.verdict, second.decision.verdict) == ("permit", "deny")
        assert "cap" in second.decision.code
        await world.settle(8 * DAY)
        third = await world.ask(proposal(3, "send_offer"), who)
        assert third.decision.verdict == "permit"


async def test_quiet_hours_hold_a_contact_until_the_customers_own_morning():
    async with World() as world:
        who = "email:ana@harbour.test"
        await world.tell(consent(1, "granted", "marketing", "email", who))
        await world.tell(signal(2, "profile.changed", who, zone="Asia/Tokyo"))
        answer = await world.ask(proposal(1, "send_offer"), who)
        assert (answer.decision.verdict, answer.decision.until) == ("hold", "quiet_hours_end")
        assert answer.decision.due == NOON + 11 * HOUR
        await world.settle(10 * HOUR)
        assert await world.facts(f.InvocationQueued) == []
        await world.settle(2 * HOUR)
        assert len(await world.facts(f.InvocationDone)) == 1


async def test_repeated_visits_to_the_cancel_page_lead_to_one_proposal_of_help():
    async with World() as world:
        for number in range(5):
            await world.tell(signal(number, "page.viewed", "cookie:c1", path="/cancel"))
            await world.settle(MINUTE)
        decisions = [stored.entry.decision for stored in await world.entries() if stored.entry.decision]
        asked = [each for each in decisions if each.stage == "proposal"]
        assert [(each.action, each.actor.kind, each.verdict) for each in asked] == [("offer_help", "trigger", "permit")]
        assert len(await world.facts(f.InvocationDone)) == 1


async def test_a_fresh_sim_swap_denies_and_an_old_one_does_not():
    async with World() as world:
        await world.tell(signal(1, "sim.swapped", "account:a"))
        await world.tell(signal(2, "identity.verified", "account:a", level=2))
        fresh = await world.ask(proposal(1, "reset_pin"), "account:a")
        await world.settle(4 * DAY)
        await world.tell(signal(3, "identity.verified", "account:a", level=2, time=world.now))
        old = await world.ask(proposal(2, "reset_pin"), "account:a")
        assert (fresh.decision.verdict, fresh.decision.code) == ("deny", "harbour.sim_swap")
        assert old.decision.verdict == "permit"


async def test_an_action_for_a_verified_customer_is_held_until_the_verification_comes():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        held = await world.ask(proposal(1, "reset_pin"), "account:a")
        assert (held.decision.verdict, held.decision.until) == ("hold", "verification")
        await world.tell(signal(2, "identity.verified", "account:a", level=2))
        await world.settle()
        assert [fact.invocation for fact in await world.facts(f.InvocationDone)] == [held.decision.invocation]


async def test_a_verification_in_one_conversation_says_nothing_in_another():
    async with World() as world:
        await world.tell(signal(1, "identity.verified", "account:a", call="c1", level=2))
        inside = await world.ask(proposal(1, "reset_pin", conversation="c1"), "account:a")
        outside = await world.ask(proposal(2, "reset_pin", conversation="c2"), "account:a")
        assert (inside.decision.verdict, outside.decision.verdict) == ("permit", "hold")


async def test_a_refused_verification_ends_the_assurance():
    async with World() as world:
        await world.tell(signal(1, "identity.verified", "account:a", call="c1", level=2))
        await world.tell(signal(2, "identity.refused", "account:a", call="c1"))
        answer = await world.ask(proposal(1, "reset_pin", conversation="c1"), "account:a")
        assert answer.decision.verdict == "hold"


async def test_a_large_credit_is_held_for_a_supervisor_and_runs_when_approved():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        small = await world.ask(proposal(1, "issue_credit", BOT, cents=500), "account:a")
        large = await world.ask(proposal(2, "issue_credit", BOT, cents=9000), "account:a")
        assert (small.decision.verdict, large.decision.verdict) == ("permit", "hold")
        assert (large.decision.until, large.decision.approvers) == ("approval", ("supervisor",))
        part = large.entry.origin
        wrong = await world.tell(Approval("approval:1", OTTO, large.decision.invocation, approved=True), part)
        assert wrong.refusal.code == "approval-role"
        right = await world.tell(Approval("approval:2", OLGA, large.decision.invocation, approved=True), part)
        assert right.decision.verdict == "permit"
        await world.settle()
        done = {fact.invocation for fact in await world.facts(f.InvocationDone)}
        assert done == {small.decision.invocation, large.decision.invocation}
        twice = await world.tell(Approval("approval:3", OLGA, large.decision.invocation, approved=True), part)
        assert twice.refusal.code == "approval-not-open"


async def test_a_refused_approval_ends_the_invocation():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        held = await world.ask(proposal(1, "issue_credit", BOT, cents=9000), "account:a")
        await world.tell(Approval("approval:1", OLGA, held.decision.invocation, approved=False), held.entry.origin)
        await world.settle(10 * DAY)
        assert await world.facts(f.InvocationStarted) == []
        assert [fact.code for fact in await world.facts(f.InvocationCancelled)] == ["xop.refused_by_person"]


async def test_a_hold_nobody_answers_expires():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        await world.ask(proposal(1, "issue_credit", BOT, cents=9000), "account:a")
        await world.settle(4 * DAY)
        assert [fact.code for fact in await world.facts(f.InvocationCancelled)] == ["xop.expired"]


async def test_an_agent_without_autonomy_only_suggests():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        answer = await world.ask(proposal(1, "issue_credit", SHY_BOT, cents=500), "account:a")
        assert (answer.decision.verdict, answer.decision.until) == ("hold", "approval")


async def test_nobody_may_do_what_they_were_not_granted():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        answer = await world.ask(proposal(1, "reset_pin", BOT), "account:a")
        assert (answer.decision.verdict, answer.decision.code) == ("deny", "xop.nobody_permits")


async def test_a_fact_that_cannot_be_had_denies():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        answer = await world.ask(proposal(1, "raise_limit"), "account:a")
        assert (answer.decision.verdict, answer.decision.code) == ("deny", "xop.fact_unknown")


async def test_an_objection_by_browser_signal_ends_promotions_but_not_service():
    async with World() as world:
        who = "email:ana@harbour.test"
        await world.tell(consent(1, "granted", "marketing", "email", who))
        await world.tell(signal(2, "xop.gpc", who, time=NOON + 1))
        offer = await world.ask(proposal(1, "send_offer"), who)
        notice = await world.ask(proposal(2, "send_notice"), who)
        assert (offer.decision.verdict, notice.decision.verdict) == ("deny", "permit")


async def test_an_intent_opens_resolves_and_comes_back():
    async with World() as world:
        who = "account:a"
        await world.tell(signal(1, "page.viewed", who, path="/cancel"))
        await world.tell(signal(2, "call.ended", who, call="c1"))
        await world.tell(signal(3, "page.viewed", who, path="/cancel"))
        kinds = [type(fact).__name__ for fact in await world.facts(f.IntentOpened, f.IntentResolved, f.IntentReturned)]
        assert kinds == ["IntentOpened", "IntentResolved", "IntentReturned"]
        assert (await world.customer(who)).view.intents["cancel_contract"].returns == 1


async def test_a_promise_is_kept_once():
    async with World() as world:
        who = "account:a"
        await world.tell(signal(1, "promise.made", who, id="p1"))
        await world.tell(signal(2, "promise.kept", who, id="p1"))
        await world.tell(signal(3, "promise.kept", who, id="p1"))
        assert len(await world.facts(f.PromiseKept)) == 1
        assert (await world.customer(who)).view.promises["p1"].status == "kept"


async def test_a_promise_that_is_not_kept_in_time_is_broken():
    async with World() as world:
        who = "account:a"
        await world.tell(signal(1, "promise.made", who, id="p1"))
        await world.tell(signal(2, "promise.made", who, id="p2"))
        await world.tell(signal(3, "promise.kept", who, id="p2"))
        await world.settle(3 * DAY)
        await world.tell(signal(4, "promise.kept", who, id="p1", time=world.now))
        promises = (await world.customer(who)).view.promises
        assert {name: promise.status for name, promise in promises.items()} == {"p1": "broken", "p2": "kept"}


async def test_a_dead_letter_is_sent_again_when_a_person_says_so():
    async with World(connection={"outcomes": ["failed", "done"]}) as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        answer = await world.ask(proposal(1, "issue_credit", cents=100), "account:a")
        await world.settle(MINUTE)
        assert (await world.request(answer.decision.invocation)).state == "failed"
        again = Reconciliation("reconciliation:1", OLGA, answer.decision.invocation, "resend")
        await world.tell(again, answer.entry.origin)
        await world.settle(MINUTE)
        assert (await world.request(answer.decision.invocation)).state == "done"


async def test_an_attempt_that_may_be_repeated_is_repeated_with_growing_pauses():
    async with World(connection={"outcomes": ["retry", "retry", "done"]}) as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        await world.ask(proposal(1, "issue_credit", cents=100), "account:a")
        await world.settle()
        assert len(await world.facts(f.AttemptFailed)) == 1
        await world.settle(MINUTE)
        assert [fact.attempt for fact in await world.facts(f.InvocationStarted)] == [1, 2, 3]
        assert len(await world.facts(f.InvocationDone)) == 1


async def test_an_uncertain_outcome_is_never_sent_again_by_itself():
    async with World(connection={"outcomes": ["uncertain"], "idempotent": False}) as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        answer = await world.ask(proposal(1, "issue_credit", cents=100), "account:a")
        await world.settle(DAY)
        assert (await world.request(answer.decision.invocation)).state == "uncertain"
        assert len(await world.facts(f.InvocationStarted)) == 1


async def test_a_message_that_never_left_frees_its_place_under_the_cap():
    async with World() as world:
        who = "email:ana@harbour.test"
        await world.tell(consent(1, "granted", "marketing", "email", who))
        await world.tell(signal(2, "mail.sent", who, channel="email"))
        await world.ask(proposal(1, "send_offer"), who)
        await world.tell(consent(3, "withdrawn", "marketing", "email", who, time=world.now))
        await world.settle(MINUTE)
        await world.tell(consent(4, "granted", "marketing", "email", who, time=world.now))
        again = await world.ask(proposal(2, "send_offer"), who)
        assert again.decision.verdict == "permit"
