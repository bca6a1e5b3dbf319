"""Every kind of step does what it says, in virtual time, with the production engine."""

import asyncio

import pytest

from tests.kit.ferries import Journeys, notice, release_with
from tests.kit.harbour import DAY, HOUR, MINUTE, NOON, OLGA, OTTO, consent, proposal, signal
from tests.kit.world import World
from xop.kernel.commands import Enter, Reply, Review
from xop.kernel.facts import (
    ChangeSkipped,
    InvocationCancelled,
    InvocationDone,
    ProposalDenied,
    QuestionAnswered,
    RunEnded,
    RunEntered,
    StepReached,
)

ANA = "email:ana@harbour.test"

BY_VIEW = [{"signal": "page.viewed", "when": "signal.data.path == '/join'"}]


def ferry(**changes):
    return {"entries": BY_VIEW, "steps": {"welcome": notice()}, **changes}


async def view(world, number=1, path="/join", who=ANA):
    await world.tell(signal(number, "page.viewed", who, time=world.now, path=path))
    await world.settle()


async def path_of(world, journey="ferry"):
    return [(fact.step, fact.by) for fact in await world.facts(StepReached) if fact.journey == journey]


async def ends(world):
    return [(fact.journey, fact.outcome, fact.reason) for fact in await world.facts(RunEnded)]


async def test_a_proposal_is_carried_out_and_the_run_ends_when_it_is():
    async with World(rules=release_with({"ferry": ferry()})) as world:
        await view(world)
        assert await path_of(world) == [("welcome", "entered")]
        assert [fact.action for fact in await world.facts(InvocationDone)] == ["send_notice"]
        assert await ends(world) == [("ferry", "done", "end")]
        assert (await world.customer(ANA)).view.runs == {}


async def test_a_signal_that_does_not_meet_the_condition_leads_nowhere():
    async with World(rules=release_with({"ferry": ferry()})) as world:
        await view(world, path="/other")
        assert not await world.facts(RunEntered)


@pytest.mark.parametrize(
    ("denied", "expected"),
    [
        ("skip", [("offer", "entered"), ("after", "denied")]),
        ("end", [("offer", "entered")]),
        ("other", [("offer", "entered"), ("other", "denied"), ("after", "next")]),
    ],
)
async def test_a_denial_goes_the_way_the_step_says(denied, expected):
    steps = {
        "offer": {"propose": {"action": "send_offer", "denied": denied, "held": "wait"}},
        "after": {"set": {"seen": True}, "next": "end"},
    }
    if denied == "other":
        steps["other"] = {"wait": {"for": "1m"}, "next": "after"}
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "steps": steps}})) as world:
        await view(world)
        await world.settle(2 * MINUTE)
        assert await world.facts(ProposalDenied)
        assert await path_of(world) == expected
        assert len(await ends(world)) == 1


async def test_a_denied_step_that_waits_proposes_again_and_gives_up_in_the_end():
    steps = {"offer": {"propose": {"action": "send_offer", "denied": "wait", "held": "wait", "again": "1h", "most": 3}}}
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "steps": steps}})) as world:
        await view(world)
        await world.settle(HOUR + MINUTE)
        await world.tell(consent(9, "granted", "marketing", "email", ANA, time=world.now))
        await world.settle(2 * HOUR)
        assert len(await world.facts(ProposalDenied)) == 2
        assert [fact.action for fact in await world.facts(InvocationDone)] == ["send_offer"]
        assert await ends(world) == [("ferry", "done", "end")]


@pytest.mark.parametrize(("held", "expected"), [("away", "left"), ("wait", "told"), ("skip", "told")])
async def test_a_held_proposal_is_waited_for_or_left_to_itself(held, expected):
    steps = {
        "offer": {"propose": {"action": "send_offer", "denied": "away", "held": held}},
        "home": {"end": {"outcome": "told"}},
        "away": {"end": {"outcome": "left"}},
    }
    rules = release_with({"ferry": {"entries": BY_VIEW, "steps": steps}})
    async with World(start=NOON + 10 * HOUR, rules=rules) as world:
        await world.tell(consent(9, "granted", "marketing", "email", ANA, time=world.now))
        await view(world)
        assert bool(await ends(world)) == (held != "wait")
        await world.settle(DAY)
        assert await ends(world) == [("ferry", expected, "end")]
        assert [fact.action for fact in await world.facts(InvocationDone)] == ["send_offer"]


async def test_a_wait_lasts_as_long_as_it_says_and_not_a_moment_less():
    steps = {"rest": {"wait": {"for": "2d"}}, "welcome": notice()}
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "steps": steps}})) as world:
        await view(world)
        await world.settle(2 * DAY - 1)
        assert not await world.facts(InvocationDone)
        await world.settle(1)
        assert await world.facts(InvocationDone)


async def test_a_wait_until_a_local_time_follows_the_customers_clock():
    steps = {"morning": {"wait": {"until": "09:00"}}, "welcome": notice()}
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "steps": steps}})) as world:
        await world.tell(signal(0, "profile.changed", ANA, zone="Asia/Tokyo"))
        await view(world)
        await world.settle(12 * HOUR - 1)
        assert not await world.facts(InvocationDone)
        await world.settle(1)
        assert await world.facts(InvocationDone)


async def test_a_wait_for_a_signal_ends_by_the_signal_or_by_its_time():
    steps = {
        "listen": {
            "wait_for": {
                "signals": [
                    {
                        "signal": "promise.kept",
                        "when": "signal.data.id == 'p1'",
                        "set": {"kept": "{{signal.data.id}}"},
                        "go": "thank",
                    }
                ],
                "within": "1d",
                "late": "remind",
            }
        },
        "thank": {"end": {"outcome": "thanked"}},
        "remind": {"end": {"outcome": "reminded"}},
    }
    rules = release_with({"ferry": {"entries": BY_VIEW, "steps": steps}})
    async with World(rules=rules) as world:
        await view(world)
        await world.tell(signal(2, "promise.kept", ANA, id="p2"))
        assert not await ends(world)
        await world.tell(signal(3, "promise.kept", ANA, id="p1"))
        assert await ends(world) == [("ferry", "thanked", "end")]
        assert await world.runtime.timers.count() == 0
    async with World(rules=rules) as world:
        await view(world)
        await world.settle(DAY)
        assert await ends(world) == [("ferry", "reminded", "end")]


async def test_a_branch_takes_the_first_case_that_holds_and_notes_what_it_could_not_answer():
    steps = {
        "fork": {
            "branch": {
                "cases": [
                    {"when": "customer.profile.contract.plan == 'gold'", "go": "gold"},
                    {"when": "customer.counters.cancel_visits == 0", "go": "plain"},
                ],
                "otherwise": "end",
            }
        },
        "gold": {"end": {"outcome": "gold"}},
        "plain": {"end": {"outcome": "plain"}},
    }
    rules = release_with({"ferry": {"entries": BY_VIEW, "steps": steps}})
    async with World(rules=rules) as world:
        await view(world)
        assert await ends(world) == [("ferry", "plain", "end")]
        assert "contract" in (await world.facts(StepReached))[0].fault
    async with World(rules=rules) as world:
        await world.tell(signal(0, "profile.changed", ANA, plan="gold"))
        await view(world)
        assert await ends(world) == [("ferry", "gold", "end")]


async def test_a_split_divides_customers_by_weight_and_the_same_ones_always_alike():
    steps = {
        "toss": {
            "split": {
                "salt": "s",
                "shares": [
                    {"name": "control", "weight": 10, "go": "none", "control": True},
                    {"name": "treated", "weight": 90, "go": "some"},
                ],
            }
        },
        "none": {"end": {"outcome": "control"}},
        "some": {"end": {"outcome": "treated"}},
    }
    rules = release_with({"ferry": {"entries": BY_VIEW, "reentry": "always", "steps": steps}})
    async with World(rules=rules) as world:
        for number in range(400):
            who = f"email:c{number % 200}@harbour.test"
            await world.tell(signal(number, "page.viewed", who, time=world.now, path="/join"))
        outcomes: dict[str, set[str]] = {}
        for stored in await world.entries():
            for fact in stored.entry.facts:
                if isinstance(fact, RunEnded):
                    outcomes.setdefault(stored.entry.origin, set()).add(fact.outcome)
        assert all(len(each) == 1 for each in outcomes.values())
        assert 8 <= sum(each == {"control"} for each in outcomes.values()) <= 36


async def test_parallel_paths_run_side_by_side_and_meet():
    steps = {
        "both": {"parallel": {"paths": ["mail", "pause"]}, "next": "after"},
        "mail": {**notice(), "next": "join"},
        "pause": {"wait": {"for": "3h"}, "next": "join"},
        "after": {"end": {"outcome": "met"}},
    }
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "steps": steps}})) as world:
        await view(world)
        await world.settle(HOUR)
        assert await world.facts(InvocationDone)
        assert not await ends(world)
        await world.settle(2 * HOUR)
        assert await ends(world) == [("ferry", "met", "end")]


async def test_the_first_of_parallel_paths_may_be_enough_and_the_others_are_given_up():
    steps = {
        "race": {"parallel": {"paths": ["slow", "fast"], "join": "any"}, "next": "after"},
        "slow": {"wait": {"for": "9h"}, "next": "join"},
        "fast": {"wait": {"for": "1h"}, "next": "join"},
        "after": {"end": {"outcome": "met"}},
    }
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "steps": steps}})) as world:
        await view(world)
        await world.settle(HOUR)
        assert await ends(world) == [("ferry", "met", "end")]
        assert await world.runtime.timers.count() == 0


async def test_a_called_journey_comes_back_with_its_outcome():
    journeys: Journeys = {
        "ferry": {
            "entries": BY_VIEW,
            "steps": {
                "inner": {"call": {"journey": "cabin", "set": {"deck": 3}, "ended": {"asleep": "good"}}, "next": "bad"},
                "good": {"end": {"outcome": "rested"}},
                "bad": {"end": {"outcome": "tired"}},
            },
        },
        "cabin": {"steps": {"bed": {"wait": {"for": "8h"}}, "up": {"end": {"outcome": "asleep"}}}},
    }
    async with World(rules=release_with(journeys)) as world:
        await view(world)
        entered = {fact.journey: fact for fact in await world.facts(RunEntered)}
        assert entered["cabin"].vars == {"deck": 3}
        await world.settle(8 * HOUR)
        assert await ends(world) == [("cabin", "asleep", "end"), ("ferry", "rested", "end")]


async def test_a_person_answers_and_only_one_with_the_role_may():
    steps = {
        "ask": {
            "ask": {
                "role": "supervisor",
                "question": "Help {{customer.id}}?",
                "options": {"yes": "good", "no": "end"},
                "within": "1d",
                "late": "end",
            }
        },
        "good": {"end": {"outcome": "helped"}},
    }
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "steps": steps}})) as world:
        await view(world)
        customer = await world.customer(ANA)
        (run,) = customer.view.runs.values()
        assert run.tokens[0].on == f"Help {customer.id}?"
        answers = [
            await world.tell(Reply(f"reply:{number}", actor, run.id, 0, choice), customer.id)
            for number, (actor, choice) in enumerate([(OTTO, "yes"), (OLGA, "maybe"), (OLGA, "yes"), (OLGA, "no")])
        ]
        codes = [each.refusal.code if each.refusal else "" for each in answers]
        assert codes == ["question-role", "answer-unknown", "", "question-not-open"]
        assert [fact.by for fact in await world.facts(QuestionAnswered)] == ["operator:olga"]
        assert await ends(world) == [("ferry", "helped", "end")]


async def test_a_handover_ends_when_the_customer_is_handed_back_or_late():
    steps = {
        "over": {"handover": {"role": "care", "reason": "angry", "within": "4h", "late": "sorry"}},
        "good": {"end": {"outcome": "back"}},
        "sorry": {"end": {"outcome": "late"}},
    }
    rules = release_with({"ferry": {"entries": BY_VIEW, "steps": steps}})
    async with World(rules=rules) as world:
        await view(world)
        customer = await world.customer(ANA)
        (run,) = customer.view.runs
        await world.tell(Reply("reply:1", OTTO, run, 0, "handed_back"), customer.id)
        assert await ends(world) == [("ferry", "back", "end")]
    async with World(rules=rules) as world:
        await view(world)
        await world.settle(4 * HOUR)
        assert await ends(world) == [("ferry", "late", "end")]


async def test_a_goal_and_an_exit_end_a_run_before_its_last_step():
    journey = {
        "entries": BY_VIEW,
        "goal": {"when": "customer.profile.contract.plan == 'gold'"},
        "exits": {"called": {"signal": "call.started"}},
        "steps": {"rest": {"wait": {"for": "30d"}}},
    }
    rules = release_with({"ferry": journey})
    for number, (kind, data, expected) in enumerate(
        [
            ("profile.changed", {"plan": "gold"}, ("ferry", "goal", "goal")),
            ("call.started", {"call": "c"}, ("ferry", "called", "exit")),
        ]
    ):
        async with World(rules=rules) as world:
            await view(world)
            await world.tell(signal(f"g{number}", kind, ANA, time=world.now, **data))
            assert await ends(world) == [expected]
            await world.settle()
            assert await world.runtime.timers.count() == 0


async def test_a_run_that_takes_too_long_expires():
    journey = {"entries": BY_VIEW, "longest": "2d", "steps": {"rest": {"wait": {"for": "30d"}}}}
    async with World(rules=release_with({"ferry": journey})) as world:
        await view(world)
        await world.settle(2 * DAY)
        assert await ends(world) == [("ferry", "expired", "expired")]
        assert await world.runtime.timers.count() == 0


async def test_somebody_granted_the_journey_enters_a_customer_and_nobody_else():
    journey = {
        "entries": [{"api": True, "key": "{{signal.data.bill}}", "set": {"sum": "{{signal.data.sum}}"}}],
        "steps": {"rest": {"wait": {"for": "1d"}}},
    }
    async with World(rules=release_with({"ferry": journey})) as world:
        await view(world, path="/x")
        customer = (await world.customer(ANA)).id
        told = {"bill": "b1", "sum": 12}
        first = await world.tell(Enter("enter:1", OLGA, "ferry", data=told), customer)
        again = await world.tell(Enter("enter:2", OLGA, "ferry", data=told), customer)
        other = await world.tell(Enter("enter:3", OLGA, "ferry", data={**told, "bill": "b2"}), customer)
        barred = await world.tell(Enter("enter:4", OTTO, "ferry", data=told), customer)
        codes = [each.refusal.code if each.refusal else "" for each in (first, again, other, barred)]
        assert codes == ["", "entry-reentry", "", "journey-not-granted"]
        runs = (await world.customer(ANA)).view.runs.values()
        assert sorted((run.key, run.vars["sum"]) for run in runs) == [("b1", 12), ("b2", 12)]


async def test_a_proposal_that_is_refused_outright_counts_as_denied():
    steps = {
        "bad": {
            "propose": {
                "action": "send_notice",
                "arguments": {"reason": "{{run.vars.reason}}"},
                "denied": "oops",
                "held": "wait",
            }
        },
        "good": {"end": {}},
        "oops": {"end": {"outcome": "denied"}},
    }
    entry = [{"signal": "page.viewed", "set": {"reason": 7}}]
    async with World(rules=release_with({"ferry": {"entries": entry, "steps": steps}})) as world:
        await view(world)
        assert [fact.code for fact in await world.facts(ProposalDenied)] == ["arguments-unfit"]
        assert await ends(world) == [("ferry", "denied", "end")]


async def test_a_proposal_of_somebody_else_moves_no_run():
    steps = {"offer": {"propose": {"action": "send_offer", "denied": "wait", "held": "wait"}}}
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "steps": steps}})) as world:
        await view(world)
        await world.ask(proposal(1, "send_notice"), ANA)
        await world.settle()
        assert not await ends(world)


async def test_what_has_no_answer_is_noted_and_ends_no_wait():
    steps = {
        "listen": {
            "wait_for": {
                "signals": [
                    {"signal": "profile.changed", "when": "signal.data.plan == 'gold'", "go": "good"},
                    {"signal": "promise.kept", "set": {"x": "{{customer.profile.nothing}}"}},
                ],
                "within": "1d",
                "late": "end",
            }
        },
        "good": {"end": {"outcome": "gold"}},
    }
    exits = {"moved": {"when": "customer.profile.city == 'Rome'"}}
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "exits": exits, "steps": steps}})) as world:
        await view(world)
        await world.tell(signal(2, "profile.changed", ANA, name="Ana"))
        assert "ferry.listen" in [fact.change for fact in await world.facts(ChangeSkipped)]
        reviewed = await world.ask(Review("review:1"), ANA)
        assert "ferry/moved" in [fact.change for fact in reviewed.entry.facts if isinstance(fact, ChangeSkipped)]
        assert not await ends(world)
        await world.tell(signal(3, "promise.kept", ANA, id="p"))
        assert "ferry.listen/set" in [fact.change for fact in await world.facts(ChangeSkipped)]
        assert await ends(world) == [("ferry", "gold", "end")]


async def test_a_message_that_is_held_does_not_leave_once_the_goal_is_reached():
    journey = {
        "entries": BY_VIEW,
        "goal": {"when": "customer.profile.contract.plan == 'gold'"},
        "steps": {"offer": {"propose": {"action": "send_offer", "denied": "end", "held": "wait"}}},
    }
    async with World(start=NOON + 10 * HOUR, rules=release_with({"ferry": journey})) as world:
        await world.tell(consent(9, "granted", "marketing", "email", ANA, time=world.now))
        await view(world)
        await world.tell(signal(3, "profile.changed", ANA, time=world.now, plan="gold"))
        await world.settle(DAY)
        assert await ends(world) == [("ferry", "goal", "goal")]
        assert [fact.code for fact in await world.facts(InvocationCancelled)] == ["xop.run_over"]
        assert not await world.facts(InvocationDone)
        ana = await world.customer(ANA)
        left = await world.runtime.timers.of([ana.id])
        assert [each.key for each in left if not each.key.startswith("consent:")] == []


async def test_a_path_that_joins_at_once_gives_the_others_up_before_they_begin():
    steps = {
        "race": {"parallel": {"paths": ["fast", "slow"], "join": "any"}, "next": "rest"},
        "fast": {"set": {"x": 1}, "next": "join"},
        "slow": {**notice(), "next": "join"},
        "rest": {"wait": {"for": "1h"}},
    }
    async with World(rules=release_with({"ferry": {"entries": BY_VIEW, "steps": steps}})) as world:
        await view(world)
        (run,) = (await world.customer(ANA)).view.runs.values()
        assert [token.step for token in run.tokens] == ["rest"]
        await world.settle(HOUR)
        assert not await world.facts(InvocationDone)
        assert await ends(world) == [("ferry", "done", "end")]


async def test_a_run_that_ends_as_it_proposes_proposes_nothing():
    journey = {"entries": BY_VIEW, "exits": {"seen": {"signal": "call.started"}}, "steps": {"hello": notice()}}
    async with World(rules=release_with({"ferry": journey})) as world:
        both = [
            world.engine.take(signal(1, "page.viewed", ANA, path="/join")),
            world.engine.take(signal(2, "call.started", ANA, call="c")),
        ]
        await asyncio.gather(*both)
        await world.settle(HOUR)
        assert await ends(world) == [("ferry", "seen", "exit")]
        assert not await world.facts(InvocationDone, ProposalDenied)
