"""The log is read from the ledger, and every strategy is asked what it would have chosen in each case."""

import pytest

from tests.kit.choosing import BOUGHT, CREDIT, NOTICE, OFFER, WHO, ChoosingWorld, choice, decision_set, release_of
from tests.kit.harbour import DAY, consent, signal
from xop.assembly import MODELS
from xop.lab.evaluate.log import Strategy, read_log
from xop.lab.evaluate.pupil import ModelElsewhere, Pupil
from xop.lab.evaluate.report import report

EXPLORING = decision_set(results=BOUGHT, explore={"rate": 0.6})


async def asked(world, first, count):
    """Ask what to do next for customers who all buy what the notice is about, and nothing else."""
    for number in range(first, first + count):
        who = f"account:k{number}"
        await world.meet(who)
        answer = await world.ask(choice(number, propose=False), who)
        if answer.entry.facts[0].chosen.candidate == "notice":
            await world.tell(signal(f"b{number}", "offer.bought", who, candidate="notice"))


async def log_of(world, strategy, name="next"):
    async def known(digest):
        return world.engine.release if digest == world.engine.release.digest else None

    return await read_log(world.runtime.ledger, name, strategy, known)


def pupil(**changes):
    release = release_of(decision_set(**changes))
    return Strategy("release", release, Pupil(release, "next", MODELS))


async def test_what_was_done_is_worth_what_it_was():
    async with ChoosingWorld(release_of(EXPLORING)) as world:
        await asked(world, 0, 30)
        waiting = report("next", "logged", await log_of(world, Strategy("logged")))
        assert waiting.choices == 30
        assert waiting.evaluation.evidence.decisions == 30 - waiting.waiting
        await world.settle(8 * DAY)
        log = await log_of(world, Strategy("logged"))
        found = report("next", "logged", log)
        bought = sum(each.chosen.candidate == "notice" for each in log)
        assert 0 < bought < 30
        assert found.waiting == 0
        assert found.evaluation.logged.value == pytest.approx(bought / 30)
        assert found.evaluation.dr.value == pytest.approx(bought / 30)
        assert [(each.arm, each.decisions, each.successes) for each in found.arms] == [("business", 30, bought)]
        late = report("next", "logged", log, (log[0].chosen.at + 1, None))
        assert late.choices < 30


async def test_the_kernel_says_what_a_strategy_would_have_chosen():
    async with ChoosingWorld(release_of(EXPLORING)) as world:
        await asked(world, 0, 4)
        await world.tell(consent("no", "withdrawn", "marketing", "email", "account:k3"))
        await world.ask(choice("again", propose=False), "account:k3")
        random = [each.policy for each in await log_of(world, Strategy("random"))]
        assert random[0] == pytest.approx({"offer/mail": 1 / 3, "notice/mail": 1 / 3, "credit/small": 1 / 3})
        assert random[-1] == pytest.approx({"notice/mail": 1 / 2, "credit/small": 1 / 2})
        fixed = [each.policy for each in await log_of(world, Strategy("fixed"))]
        assert (fixed[0], fixed[-1]) == (
            {"offer/mail": 1.0},
            {"notice/mail": 1.0} if _notice() else {"credit/small": 1},
        )
        dear = pupil(candidates=[OFFER, {**NOTICE, "value": 1000}, CREDIT], explore={"rate": 0.3})
        (first, *_) = await log_of(world, dear)
        assert first.policy == pytest.approx({"offer/mail": 0.1, "notice/mail": 0.8, "credit/small": 0.1})


def _notice():
    """Say whether the notice is worth more than the credit without a model, by their values and costs."""
    return 0.1 * NOTICE["value"] > 0.1 * CREDIT["value"] - CREDIT["cost"]


async def test_what_the_log_could_never_have_chosen_is_unsupported():
    never = decision_set(results=BOUGHT, candidates=[{**OFFER, "eligible": "false"}, NOTICE, CREDIT])
    async with ChoosingWorld(release_of(never)) as world:
        await asked(world, 0, 2)
        (first, *_) = await log_of(world, pupil(explore={"rate": 0.3}))
        assert first.policy == pytest.approx({"offer/mail": 0.8, "notice/mail": 0.1, "credit/small": 0.1})
        assert first.unsupported == pytest.approx(0.9)


async def test_a_model_that_learns_is_asked_before_it_learns():
    pytest.importorskip("river")
    async with ChoosingWorld(release_of(EXPLORING)) as world:
        await asked(world, 0, 130)
        learning = {"model": {"kind": "thompson"}, "results": BOUGHT}
        early = {each.chosen.id: each.policy for each in await log_of(world, pupil(**learning))}
        await world.settle(8 * DAY)
        await asked(world, 130, 10)
        log = await log_of(world, pupil(**learning))
        assert all(each.policy == early[each.chosen.id] for each in log[:130])
        before = sum(each.policy.get("notice/mail", 0) for each in log[:10])
        after = sum(each.policy.get("notice/mail", 0) for each in log[-10:])
        assert before < 5 < after


async def test_the_holdout_and_what_cannot_be_judged_again_are_left_out():
    halves = decision_set(results=BOUGHT, arms={"random": 0.5, "no_model": 0, "holdout": 0.5})
    async with ChoosingWorld(release_of(halves)) as world:
        await asked(world, 0, 30)
        await world.settle(8 * DAY)
        found = report("next", "random", await log_of(world, Strategy("random")))
        assert 0 < found.holdout < 30
        assert found.evaluation.evidence.decisions == 30 - found.holdout
        assert {each.arm for each in found.arms} == {"holdout", "random"}

        async def unknown(_digest):
            return None

        lost = await read_log(world.runtime.ledger, "next", Strategy("random"), unknown)
        assert report("next", "random", lost).unjudged == 30 - found.holdout


async def test_a_choice_that_made_room_for_others_is_left_out():
    async with ChoosingWorld(release_of(EXPLORING)) as world:
        await world.meet()
        for number in range(103):
            await world.ask(choice(number, propose=False), WHO)
        found = report("next", "logged", await log_of(world, Strategy("logged")))
        assert (found.displaced, found.waiting, found.evaluation.evidence.decisions) == (3, 100, 0)


def test_a_model_elsewhere_cannot_be_asked_about_the_past():
    release = release_of(decision_set(model={"kind": "http", "action": "look_up_score"}))
    with pytest.raises(ModelElsewhere, match="cannot be asked about the past"):
        Pupil(release, "next", MODELS)
