"""What the law asks of AI systems binds at the moment of execution, from its day on."""

from hashlib import sha256

import pytest
from msgspec.structs import replace

from tests.kit.counter import ANA, CALL, accept, call, hand_back, hand_over, handover_of
from tests.kit.harbour import BOT, DAY, MINUTE, OLGA, OTTO, SHY_BOT, proposal, release, signal
from tests.kit.lookout import ASSESSMENT, BOT_SYSTEM, EARLY, LENDER, WORDS, approval_rule, lookout, lookout_files, told
from tests.kit.world import World
from xop.assembly import compiled
from xop.kernel import facts as f
from xop.kernel.base.days import begin_of
from xop.kernel.commands import Approval, Merge
from xop.kernel.oversight.told import MOST_KEPT

RULES = lookout()

HIGH = lookout(effective_from=EARLY)


async def code_of(world, number, action, actor=BOT, **more):
    answer = await world.ask(proposal(number, action, actor, **more), ANA)
    return answer.decision.code if answer.decision.verdict != "permit" else "permit"


async def test_the_first_turn_of_an_ai_on_any_channel_says_what_it_is_and_again_after_a_person_hands_back():
    """A6."""
    async with World(rules=RULES) as world:
        customer = await call(world)
        in_call = {"conversation": CALL}
        assert await code_of(world, 1, "offer_help", **in_call) == "xop.ai_not_disclosed"
        assert (await world.tell(told(1, channel="web", conversation=CALL), customer)).refusal is None
        assert await code_of(world, 2, "offer_help", **in_call) == "permit"
        assert await code_of(world, 3, "offer_help") == "xop.ai_not_disclosed", "another conversation"
        await world.settle(MINUTE)
        assert (await world.tell(hand_over("h"), customer)).refusal is None
        handover = await handover_of(world)
        await world.tell(accept("a", handover.id), customer)
        await world.settle(MINUTE)
        assert (await world.tell(hand_back("b", handover.id), customer)).refusal is None
        assert await code_of(world, 4, "offer_help", **in_call) == "xop.ai_not_disclosed", "people have had it since"
        await world.settle(MINUTE)
        await world.tell(told(2, channel="web", conversation=CALL), customer)
        assert await code_of(world, 5, "offer_help", **in_call) == "permit"


async def test_a_denial_says_what_to_tell_the_customer_word_for_word_and_which_action_says_it():
    async with World(rules=RULES) as world:
        await call(world)
        answer = await world.ask(proposal(1, "offer_help", BOT), ANA)
        (notice,) = answer.decision.notices
        assert notice == (
            "First give the customer the disclosure 'ai_chat' of chat_bot on web: call say_hello, or say it and record that "
            "with POST /v1/customers/{customer}/notices. Version 1 (there is de too) in en "
            f"(sha256 {sha256(WORDS.encode()).hexdigest()}): {WORDS}"
        )


async def test_a_text_that_systems_share_is_to_be_told_once():
    twin = {**BOT_SYSTEM, "covers": ["action:offer_help"]}
    async with World(rules=lookout(systems={"lender": LENDER, "chat_bot": BOT_SYSTEM, "helper": twin})) as world:
        customer = await call(world)
        answer = await world.ask(proposal(1, "offer_help", BOT, conversation=CALL), ANA)
        (notice,) = answer.decision.notices
        assert (notice.count(WORDS), "chat_bot and helper" in notice) == (1, True)
        await world.tell(told(1, actor=OLGA, channel="web", conversation=CALL), customer)
        assert await code_of(world, 2, "offer_help", conversation=CALL) == "permit"


async def test_an_action_that_says_it_word_for_word_is_permitted_and_disclosed_by_being_carried_out():
    async with World(rules=RULES) as world:
        await call(world)
        assert await code_of(world, 1, "say_hello") == "permit"
        await world.settle(MINUTE)
        (made,) = await world.facts(f.DisclosureMade)
        assert (made.system, made.text, made.version, made.channel) == ("chat_bot", "ai_chat", 1, "web")
        assert made.sha256 == sha256(WORDS.encode()).hexdigest()
        assert await code_of(world, 2, "offer_help") == "permit"


async def test_what_a_person_writes_needs_no_word_about_ai():
    async with World(rules=RULES) as world:
        await call(world)
        assert await code_of(world, 1, "offer_help", OLGA) == "permit"


async def test_another_version_of_the_text_is_told_again():
    files = lookout_files()
    newer = files | {"systems.yaml": files["systems.yaml"].replace(b'"version": 1', b'"version": 2', 1)}
    async with World(rules=RULES) as world:
        customer = await call(world)
        await world.tell(told(1, channel="web"), customer)
        assert await code_of(world, 1, "offer_help") == "permit"
        world.publish(compiled(newer))
        assert await code_of(world, 2, "offer_help") == "xop.ai_not_disclosed"


async def test_an_agent_tells_only_for_its_own_systems():
    async with World(rules=RULES) as world:
        customer = await call(world)
        refused = await world.tell(told(1, "ai_lending", BOT), customer)
        assert refused.refusal.code == "system-unknown"
        assert (await world.tell(told(2, "ai_lending", OLGA), customer)).refusal is None
        assert (await world.tell(told(3, "no_such", OLGA), customer)).refusal.code == "text-unknown"
        assert (await world.tell(told(4, actor=BOT), customer)).refusal.code == "channel-missing"


async def test_an_agent_that_acts_through_another_must_have_said_so_too():
    async with World(rules=RULES) as world:
        await call(world)
        asked = replace(proposal(1, "offer_help", OLGA), asked_by=SHY_BOT)
        answer = await world.ask(asked, ANA)
        assert "xop.ai_not_disclosed" in [reason.rule for reason in answer.decision.reasons]


async def test_an_action_of_annex_iii_without_notice_or_assessment_is_denied():
    """A7."""
    async with World(rules=HIGH) as world:
        customer = await call(world)
        assert await code_of(world, 1, "grant_loan") == "xop.ai_without_notice"
        await world.tell(told(1, "ai_lending", OLGA), customer)
        assert await code_of(world, 2, "grant_loan") == "permit"
        (given,) = await world.facts(f.NoticeGiven)
        assert (given.system, given.by) == ("lender", "operator:olga")


@pytest.mark.parametrize(
    "assessment", [None, {**ASSESSMENT, "valid_until": "2026-09-27"}, {**ASSESSMENT, "performed": "2026-09-29"}]
)
async def test_an_assessment_that_is_missing_over_or_yet_to_come_does_not_count(assessment):
    """A7."""
    async with World(rules=lookout(effective_from=EARLY, assessment=assessment)) as world:
        customer = await call(world)
        await world.tell(told(1, "ai_lending", OLGA), customer)
        assert await code_of(world, 1, "grant_loan") == "xop.ai_not_assessed"


async def test_an_assessment_that_lapses_in_between_stops_what_waits():
    """A7."""
    rules = lookout(effective_from=EARLY, rule=approval_rule("grant_loan"), training={"olga": _training("2027-12-31")})
    async with World(rules=rules, start=begin_of("2026-12-31")) as world:
        customer = await call(world)
        await world.tell(told(1, "ai_lending", OLGA), customer)
        asked = await world.ask(proposal(1, "grant_loan", BOT), ANA)
        assert asked.decision.until == "approval"
        await world.settle(DAY + MINUTE)
        command = Approval("approval:1", OLGA, asked.decision.invocation, approved=True)
        answer = await world.tell(command, customer)
        assert answer.decision.code == "xop.ai_not_assessed"
        assert await world.facts(f.InvocationStarted) == []


def _training(until, *systems):
    return {"record": "T-17", "valid_until": until, "systems": list(systems) or ["*"]}


async def test_the_same_policy_permits_before_the_day_of_the_law_and_denies_from_it_on():
    async with World(rules=RULES, start=begin_of("2027-12-01")) as world:
        await call(world)
        assert await code_of(world, 1, "grant_loan") == "permit"
        await world.settle(begin_of("2027-12-02") - world.now - 1)
        assert await code_of(world, 2, "grant_loan") == "permit"
        await world.settle(1)
        assert await code_of(world, 3, "grant_loan") == "xop.ai_without_notice"


async def test_before_august_2026_nobody_had_to_say_that_it_is_an_ai():
    async with World(rules=RULES, start=begin_of("2026-08-01")) as world:
        await call(world)
        assert await code_of(world, 1, "offer_help") == "permit"
        await world.settle(DAY)
        assert await code_of(world, 2, "offer_help") == "xop.ai_not_disclosed"


async def test_without_a_register_nothing_is_asked():
    async with World(rules=release()) as world:
        await call(world)
        assert await code_of(world, 1, "send_notice") == "permit"
        assert release().register is None


APPROVERS = {
    "nobody": ({}, "", "approval-untrained"),
    "over": ({"olga": _training("2026-09-27")}, "", "approval-untrained"),
    "last day": ({"olga": _training("2026-09-28")}, "", ""),
    "another system": ({"olga": _training("2026-12-31", "chat_bot")}, "", "approval-untrained"),
    "fit": ({"olga": _training("2026-12-31", "chat_bot", "lender")}, "", ""),
    "owner": ({"olga": _training("2026-12-31")}, "olga", "approval-conflict"),
}


@pytest.mark.parametrize("case", APPROVERS)
async def test_an_approval_by_somebody_untrained_or_conflicted_is_refused(case):
    """A5."""
    training, owner, expected = APPROVERS[case]
    rules = lookout(effective_from=EARLY, rule=approval_rule("grant_loan"), training=training, owner=owner)
    async with World(rules=rules) as world:
        customer = await call(world)
        await world.tell(told(1, "ai_lending", OLGA), customer)
        asked = await world.ask(proposal(1, "grant_loan", BOT), ANA)
        assert asked.decision.until == "approval"
        one = asked.decision.invocation
        answer = await world.tell(Approval("approval:1", OLGA, one, approved=True), customer)
        assert (answer.refusal.code if answer.refusal else "") == expected
        await world.settle(MINUTE)
        assert bool(await world.facts(f.InvocationStarted)) == (expected == "")


async def test_whoever_asked_approves_nothing_and_silence_is_a_refusal():
    """A5."""
    rule = approval_rule("grant_loan").replace("@approver", '@deadline("1h")\n@approver')
    rules = lookout(
        effective_from=EARLY,
        rule=rule.replace("principal is Agent", "principal"),
        training={"olga": _training("2026-12-31")},
    )
    async with World(rules=rules) as world:
        customer = await call(world)
        await world.tell(told(1, "ai_lending", OLGA), customer)
        asked = await world.ask(proposal(1, "grant_loan", OLGA), ANA)
        one = asked.decision.invocation
        own = await world.tell(Approval("approval:1", OLGA, one, approved=True), customer)
        assert own.refusal.code == "approval-own"
        stranger = await world.tell(Approval("approval:3", OTTO, one, approved=True), customer)
        assert stranger.refusal.code == "approval-role"
        await world.settle(60 * MINUTE)
        (cancelled,) = await world.facts(f.InvocationCancelled)
        assert cancelled.code == "xop.approval_expired"
        late = await world.tell(Approval("approval:2", OLGA, one, approved=True), customer)
        assert late.refusal.code == "approval-not-open"


async def test_anybody_asked_may_still_refuse_what_an_ai_proposes():
    rules = lookout(effective_from=EARLY, rule=approval_rule("grant_loan"))
    async with World(rules=rules) as world:
        customer = await call(world)
        await world.tell(told(1, "ai_lending", OLGA), customer)
        asked = await world.ask(proposal(1, "grant_loan", BOT), ANA)
        answer = await world.tell(Approval("approval:1", OLGA, asked.decision.invocation, approved=False), customer)
        assert answer.refusal is None
        assert [each.code for each in await world.facts(f.InvocationCancelled)] == ["xop.refused_by_person"]


async def test_of_two_merged_sides_the_word_that_either_was_given_counts():
    async with World(rules=RULES) as world:
        customer = await call(world)
        await world.tell(told(1, channel="web"), customer)
        other = await world.tell(signal(7, "page.viewed", "account:b", path="/"))
        await world.tell(Merge("merge:1", OLGA, customer), other.customer)
        answer = await world.tell(proposal(1, "offer_help", BOT), other.customer)
        assert answer.decision.verdict == "permit"
        assert (await world.customer("account:b")).view.disclosures


async def test_a_conversation_that_begins_anew_is_another_first_turn():
    async with World(rules=RULES) as world:
        customer = await call(world)
        await world.tell(told(1, channel="web", conversation=CALL), customer)
        await world.settle(MINUTE)
        await world.tell(signal(8, "call.ended", ANA, time=world.now, call=CALL))
        await world.tell(signal(9, "call.started", ANA, time=world.now, call=CALL))
        assert await code_of(world, 1, "offer_help", conversation=CALL) == "xop.ai_not_disclosed"


async def test_disclosures_in_ever_more_conversations_are_remembered_up_to_a_number_the_newest_for_sure():
    async with World(rules=RULES) as world:
        customer = await call(world)
        for number in range(MOST_KEPT + 2):
            await world.settle(1)
            answer = await world.tell(told(number, channel="web", conversation=f"c-{number}"), customer)
            assert answer.refusal is None, answer.refusal
        known = {each.conversation for each in (await world.customer(ANA)).view.disclosures.values()}
        assert known == {f"c-{number}" for number in range(2, MOST_KEPT + 2)}
