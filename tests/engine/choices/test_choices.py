"""A choice is made, proposed, carried out and answered."""

import pytest

from tests.kit.choosing import (
    BOUGHT,
    CREDIT,
    NOTICE,
    OFFER,
    WHO,
    ChoosingWorld,
    choice,
    decision_set,
    release_of,
)
from tests.kit.harbour import BOT, DAY, HOUR, MINUTE, OLGA, consent, signal
from xop.kernel.commands import Merge
from xop.kernel.decisions.explain import explain
from xop.kernel.facts import ActionChosen, ChoiceAnswered, InvocationQueued, ProposalDenied

ANSWERED = decision_set(results=BOUGHT)
HOLDOUT = {"random": 0, "no_model": 0, "holdout": 1}


def bought(number, candidate="offer", who=WHO):
    return signal(number, "offer.bought", who, candidate=candidate)


def answered_by(customer):
    return customer.parts[0].id


def considered(answer, name):
    return next(each for each in answer.decision.candidates if each.name == name)


async def test_the_best_that_is_permitted_is_proposed_and_carried_out():
    async with ChoosingWorld(release_of(decision_set())) as world:
        await world.meet()
        answer = await world.ask(choice(1), WHO)
        assert answer.decision.verdict == "permit"
        assert [(each.name, each.rank, each.fell) for each in answer.decision.candidates] == [
            ("offer", 1, ""),
            ("notice", 2, "outranked"),
            ("credit", 3, "outranked"),
        ]
        await world.settle(HOUR)
        queued = await world.facts(InvocationQueued)
        assert [(each.invocation.id, str(each.invocation.actor)) for each in queued] == [
            (answer.decision.invocation, "decision_set:next")
        ]
        assert (await world.request(answer.decision.invocation)).state == "done"


async def test_what_the_arbiter_denies_does_not_win_and_says_why():
    async with ChoosingWorld(release_of(decision_set())) as world:
        await world.meet()
        await world.tell(consent(9, "withdrawn", "marketing", "email", WHO))
        answer = await world.ask(choice(1), WHO)
        assert considered(answer, "offer").fell == "arbiter"
        assert considered(answer, "offer").reason == "xop.consent_withdrawn"
        assert answer.decision.candidates[0].name == "notice"


async def test_what_must_wait_for_an_approval_may_not_win_now():
    large = CREDIT | {"value": 1000, "treatments": [CREDIT["treatments"][0] | {"arguments": {"cents": 9000}}]}
    async with ChoosingWorld(release_of(decision_set(candidates=[large, NOTICE]))) as world:
        await world.meet()
        answer = await world.ask(choice(1), WHO)
        assert (considered(answer, "credit").fell, considered(answer, "credit").reason) == (
            "held",
            "harbour.large_credit",
        )
        assert answer.decision.candidates[0].name == "notice"


async def test_a_candidate_must_be_eligible_and_a_fault_is_told():
    gold = OFFER | {"eligible": "customer.profile.contract.plan == 'gold'"}
    never = CREDIT | {"applicable": "now < timestamp('2020-01-01T00:00:00Z')"}
    async with ChoosingWorld(release_of(decision_set(candidates=[gold, never, NOTICE]))) as world:
        await world.meet()
        answer = await world.ask(choice(1), WHO)
        assert (considered(answer, "offer").fell, bool(considered(answer, "offer").reason)) == ("eligible", True)
        assert (considered(answer, "credit").fell, considered(answer, "credit").reason) == ("applicable", "")
        await world.tell(signal(5, "profile.changed", WHO, plan="gold"))
        assert (await world.ask(choice(2), WHO)).decision.candidates[0].name == "offer"


async def test_arguments_that_do_not_fit_the_action_keep_a_treatment_from_winning():
    odd = CREDIT | {"treatments": [CREDIT["treatments"][0] | {"arguments": {"cents": "{{request.cents}}"}}]}
    async with ChoosingWorld(release_of(decision_set(candidates=[odd]))) as world:
        await world.meet()
        assert considered(await world.ask(choice(1, request={"cents": "many"}), WHO), "credit").fell == "arguments"
        assert considered(await world.ask(choice(2), WHO), "credit").fell == "arguments"
        assert considered(await world.ask(choice(3, request={"cents": 7}), WHO), "credit").fell == ""


async def test_priority_is_context_times_levers_times_expected_value_less_cost():
    weighed = CREDIT | {
        "lever": 2,
        "value": "{{request.worth}}",
        "context": [{"when": "request.worth > 50", "weight": 3}, {"when": "request.worth > 5000", "weight": 100}],
        "treatments": [CREDIT["treatments"][0] | {"weight": 0.5}],
    }
    declared = decision_set(
        candidates=[weighed], levers={"retain": 1.5, "retain/credit": 4}, model={"kind": "fixed", "propensity": 0.2}
    )
    async with ChoosingWorld(release_of(declared)) as world:
        await world.meet()
        seen = considered(await world.ask(choice(1, request={"worth": 100}), WHO), "credit")
        assert (seen.context, seen.lever, seen.value, seen.cost) == (3, 6, 100, 5)
        assert seen.priority == pytest.approx(3 * 6 * (0.2 * 100 - 5))


async def test_doing_nothing_wins_when_nothing_is_above_the_floor():
    async with ChoosingWorld(release_of(decision_set(floor=50, results=BOUGHT))) as world:
        await world.meet()
        answer = await world.ask(choice(1), WHO)
        assert (answer.decision.verdict, answer.decision.code) == ("deny", "xop.choice.nothing")
        assert {each.fell for each in answer.decision.candidates} == {"floor"}
        await world.settle(DAY)
        assert await world.facts(InvocationQueued) == []
        [fact] = await world.facts(ActionChosen)
        assert (fact.chosen.candidate, fact.chosen.probability) == ("", 1)


async def test_nobody_in_the_holdout_is_contacted_and_what_would_have_won_is_known():
    async with ChoosingWorld(release_of(decision_set(arms=HOLDOUT, explore={"rate": 1}))) as world:
        await world.meet()
        for number in range(20):
            answer = await world.ask(choice(number, propose=number % 2 == 0), WHO)
            assert answer.decision.code == "xop.choice.holdout"
            assert considered(answer, "offer").fell == "holdout"
            assert considered(answer, "offer").rank == 1
        await world.settle(DAY)
        assert await world.facts(InvocationQueued) == []


async def test_a_result_answers_the_choice_it_is_about_and_only_once():
    async with ChoosingWorld(release_of(ANSWERED)) as world:
        await world.meet()
        await world.ask(choice(1), WHO)
        await world.settle(HOUR)
        await world.tell(bought(1, "credit"))
        assert await world.facts(ChoiceAnswered) == []
        await world.tell(bought(2))
        await world.tell(bought(3))
        [answered] = await world.facts(ChoiceAnswered)
        assert (answered.chosen.candidate, answered.outcome, answered.reward, answered.learned) == (
            "offer",
            "bought",
            1.0,
            True,
        )
        left = await world.runtime.timers.of([answered_by(await world.customer(WHO))])
        assert [each.key for each in left if not each.key.startswith("consent:")] == []
        await world.settle(30 * DAY)
        assert len(await world.facts(ChoiceAnswered)) == 1


async def test_a_choice_without_a_result_is_a_failure_when_its_window_is_over():
    async with ChoosingWorld(release_of(ANSWERED)) as world:
        await world.meet()
        await world.ask(choice(1), WHO)
        await world.settle(7 * DAY - MINUTE)
        assert await world.facts(ChoiceAnswered) == []
        await world.settle(MINUTE)
        [answered] = await world.facts(ChoiceAnswered)
        assert (answered.outcome, answered.reward, answered.learned) == ("none", 0.0, True)


async def test_a_choice_whose_action_never_came_to_the_customer_teaches_nothing():
    async with ChoosingWorld(release_of(ANSWERED)) as world:
        await world.meet()
        await world.ask(choice(1), WHO)
        await world.tell(consent(9, "withdrawn", "marketing", "email", WHO))
        await world.settle(HOUR)
        [answered] = await world.facts(ChoiceAnswered)
        assert (answered.outcome, answered.learned) == ("not_delivered", False)


async def test_two_choices_at_once_cannot_both_use_the_last_contact_a_cap_leaves():
    async with ChoosingWorld(release_of(decision_set(candidates=[OFFER], results=BOUGHT))) as world:
        await world.meet()
        for number in range(4):
            await world.ask(choice(number), WHO)
            await world.settle(1)
        assert len(await world.facts(InvocationQueued)) == 2
        answers = [each for each in await world.facts(ActionChosen) if each.chosen.candidate]
        assert len(answers) == 2
        assert await world.facts(ProposalDenied) == []


async def test_a_ranking_alone_proposes_nothing_and_waits_for_results_all_the_same():
    async with ChoosingWorld(release_of(ANSWERED)) as world:
        await world.meet()
        answer = await world.ask(choice(1, propose=False), WHO)
        assert (answer.decision.verdict, answer.decision.invocation) == ("permit", "")
        await world.settle(HOUR)
        assert await world.facts(InvocationQueued) == []
        await world.tell(bought(1))
        assert [each.outcome for each in await world.facts(ChoiceAnswered)] == ["bought"]


async def test_only_those_to_whom_a_decision_set_is_granted_may_ask_it():
    agents = {
        "agents": {"helper_bot": {"decisions": ["next"], "autonomy": "act", "customers": "all"}},
        "operators": {"olga": {"roles": ["supervisor"]}, "fay": {"roles": ["finance"]}},
    }
    async with ChoosingWorld(release_of(decision_set(), agents=agents)) as world:
        await world.meet()
        assert (await world.ask(choice(1, actor=BOT), WHO)).decision is not None
        assert (await world.ask(choice(2, actor=OLGA), WHO)).refusal.code == "decision-set-not-granted"
        assert (await world.ask(choice(3, "other"), WHO)).refusal.code == "decision-set-unknown"


async def test_a_result_that_another_side_of_a_merge_hears_answers_the_choice():
    async with ChoosingWorld(release_of(ANSWERED)) as world:
        await world.meet()
        await world.meet("account:k2")
        await world.ask(choice(1), WHO)
        first, second = await world.customer(WHO), await world.customer("account:k2")
        await world.tell(Merge("merge:1", OLGA, second.id), first.id)
        await world.tell(bought(1, who="account:k2"))
        await world.settle(1)
        assert [each.outcome for each in await world.facts(ChoiceAnswered)] == ["bought"]


async def test_the_oldest_open_choice_makes_room_and_teaches_nothing():
    async with ChoosingWorld(release_of(ANSWERED)) as world:
        await world.meet()
        for number in range(102):
            await world.ask(choice(number, propose=False), WHO)
        answered = await world.facts(ChoiceAnswered)
        assert [(each.chosen.id, each.outcome, each.learned) for each in answered] == [
            ("choice:test:0", "displaced", False),
            ("choice:test:1", "displaced", False),
        ]
        assert len((await world.customer(WHO)).view.choices) == 100


async def test_facts_that_candidates_need_are_fetched_before_the_choice():
    raised = {
        "name": "limit",
        "treatments": [{"name": "raise", "action": "raise_limit"}],
    }
    scored = {
        "name": "look_up_score",
        "version": 1,
        "description": "A score.",
        "kind": "read",
        "purpose": "service",
        "binding": {"connection": "desk", "request": {"output": {"score": 700}}},
    }
    rules = release_of(decision_set(candidates=[raised]), actions__look_up_score=scored)
    async with ChoosingWorld(rules) as world:
        await world.meet()
        assert (await world.ask(choice(1), WHO)).decision.candidates[0].fell == ""
    unknown = scored | {"binding": {"connection": "desk", "request": {"output": {}}}}
    async with ChoosingWorld(release_of(decision_set(candidates=[raised]), actions__look_up_score=unknown)) as world:
        await world.meet()
        fallen = (await world.ask(choice(1), WHO)).decision.candidates[0]
        assert (fallen.fell, fallen.reason) == ("arbiter", "xop.fact_unknown")


async def test_a_fact_that_differs_between_candidates_is_known_for_none_of_them():
    asked = {"name": "look_up_risk", "version": 1, "description": "A risk.", "kind": "read", "purpose": "service"}
    asked |= {
        "input": {"type": "object", "properties": {"by": {"type": "integer"}}},
        "binding": {"connection": "desk", "request": {"output": {"risk": "{{arguments.by}}"}}},
    }
    lent = {"name": "lend", "version": 1, "description": "Lend.", "kind": "write", "purpose": "service"}
    lent |= {
        "input": {"type": "object", "properties": {"by": {"type": "integer"}}, "required": ["by"]},
        "facts": ["risk"],
        "binding": {"connection": "desk", "request": {"by": "{{arguments.by}}"}},
    }
    facts = {"facts": {"risk": {"type": "int", "value": "read.risk", "read": "look_up_risk"}}}
    facts["facts"] |= {"sim_swapped_recently": {"type": "bool", "value": "false"}}
    facts["facts"] |= {"credit_score": {"type": "int", "value": "read.score", "read": "look_up_score"}}

    def lending(first, second):
        candidates = [
            {"name": name, "treatments": [{"name": "it", "action": "lend", "arguments": {"by": by}}]}
            for name, by in (("some", first), ("more", second))
        ]
        others = {"actions__look_up_risk": asked, "actions__lend": lent, "facts": facts}
        return ChoosingWorld(release_of(decision_set(candidates=candidates), **others))

    async with lending(5, 5) as world:
        await world.meet()
        assert (await world.ask(choice(1), WHO)).decision.action == "lend"
    async with lending(5, 9) as world:
        await world.meet()
        answer = await world.ask(choice(1), WHO)
        assert [each.reason for each in answer.decision.candidates] == ["xop.fact_unknown"] * 2


async def test_a_table_gives_propensities_by_key():
    model = {
        "kind": "table",
        "propensity": 0.01,
        "table": {"offer": 0.2, "notice/mail": 0.3, "notice/mail/gold": 0.9},
        "key": "customer.profile.contract.plan",
    }
    async with ChoosingWorld(release_of(decision_set(model=model))) as world:
        await world.meet()
        answer = await world.ask(choice(1), WHO)
        assert considered(answer, "offer").model_propensity == 0.2
        assert considered(answer, "notice").model_propensity == 0.3
        assert considered(answer, "credit").model_propensity == 0.01
        await world.tell(signal(5, "profile.changed", WHO, plan="gold"))
        assert considered(await world.ask(choice(2), WHO), "notice").model_propensity == 0.9


async def test_a_model_elsewhere_is_given_the_features_and_its_silence_is_made_up_for():
    asked = {
        "name": "score_offers",
        "version": 1,
        "description": "Scores.",
        "kind": "read",
        "purpose": "service",
        "input": {"type": "object"},
        "binding": {
            "connection": "desk",
            "request": {"output": {"scores": {"notice": "{{arguments.worth}}"}, "model": "m7"}},
        },
    }
    model = {"kind": "http", "action": "score_offers", "features": {"worth": "request.worth"}, "propensity": 0.05}
    rules = release_of(decision_set(model=model), actions__score_offers=asked)
    async with ChoosingWorld(rules) as world:
        await world.meet()
        answer = await world.ask(choice(1, request={"worth": 0.75}), WHO)
        assert considered(answer, "notice").model_propensity == 0.75
        assert considered(answer, "offer").model_propensity == 0.05
        assert (await world.facts(ActionChosen))[0].chosen.model == "m7"
        answer = await world.ask(choice(2, request={"worth": "much"}), WHO)
        assert considered(answer, "notice").model_propensity == 0.05


async def test_a_choice_is_told_in_plain_language():
    async with ChoosingWorld(release_of(decision_set())) as world:
        await world.meet()
        await world.tell(consent(9, "withdrawn", "marketing", "email", WHO))
        answer = await world.ask(choice(1), WHO)
        told = explain(answer.decision, await world.runtime.evidence.get(answer.decision.id))
        assert "asked the decision set next what to do next; it chose notice by mail" in told["story"]
        assert "offer by mail: denied by the rule xop.consent_withdrawn" in told["story"]
        assert told["candidates"][0]["name"] == "notice"
