"""Actions that a person carries out."""

from msgspec.structs import replace

from tests.kit.errands import COUNT, action, rules, task
from tests.kit.harbour import BOT, DAY, HOUR, OLGA, OTTO, proposal, signal
from tests.kit.world import World
from xop.kernel import facts as f
from xop.kernel.commands import Completion, Halt, Reconciliation, Resume
from xop.kernel.halts.model import PLATFORM

ANA = "account:ana"

COUNTING = action("count_boats", task(), output=COUNT)


async def asked(world, number=1, actor=OLGA, **more):
    await world.tell(signal(number, "page.viewed", ANA, path="/"))
    wish = replace(proposal(number, "count_boats", actor, pier="pier 4"), **more)
    answer = await world.ask(wish, ANA)
    await world.settle()
    return answer.decision.invocation


def done(invocation, by=OTTO, number=1, **more):
    return Completion(f"completion:{number}", by, invocation, **{"done": True, "output": {"boats": 3}, **more})


async def invocation_of(world, name):
    return (await world.customer(ANA)).view.invocations.get(name)


async def test_a_task_says_what_is_to_be_done_and_for_whom():
    async with World(rules=rules(COUNTING)) as world:
        one = await invocation_of(world, await asked(world))
        assert (one.status, one.task.question, one.task.roles) == ("started", "Count the boats at pier 4.", ("care",))
        assert one.task.due == one.task.since + 2 * HOUR


async def test_a_persons_word_is_the_output():
    async with World(rules=rules(COUNTING)) as world:
        name = await asked(world)
        assert (await world.ask(done(name), ANA)).refusal is None
        assert [fact.output for fact in await world.facts(f.InvocationDone)] == [{"boats": 3}]
        assert (await world.request(name)).state == "done"
        await world.settle(DAY)
        assert await world.facts(f.InvocationFailed) == []


async def test_an_output_that_does_not_fit_the_contract_is_refused():
    async with World(rules=rules(COUNTING)) as world:
        name = await asked(world)
        refusal = (await world.ask(done(name, output={"boats": "three"}), ANA)).refusal
        assert (refusal.code, "boats" in refusal.cause) == ("output-unfit", True)
        assert (await invocation_of(world, name)).task is not None


async def test_a_task_with_options_takes_one_of_them():
    async with World(rules=rules(action("count_boats", task(options=["few", "many"])))) as world:
        name = await asked(world)
        assert (await world.ask(done(name, output={"choice": "none"}), ANA)).refusal.code == "output-unfit"
        assert (await world.ask(done(name, number=2, output=None), ANA)).refusal.code == "output-unfit"
        assert (await world.ask(done(name, number=3, output={"choice": "few"}), ANA)).refusal is None


async def test_only_people_with_the_role_carry_it_out():
    async with World(rules=rules(COUNTING)) as world:
        name = await asked(world)
        assert (await world.ask(done(name, by=OLGA), ANA)).refusal.code == "task-role"
        assert (await world.ask(done(name, by=BOT, number=2), ANA)).refusal.code == "task-role"


async def test_what_cannot_be_done_has_failed_with_the_reason():
    async with World(rules=rules(COUNTING)) as world:
        name = await asked(world)
        await world.ask(done(name, done=False, note="the pier is closed"), ANA)
        assert [fact.detail for fact in await world.facts(f.InvocationFailed)] == ["the pier is closed"]
        assert (await world.ask(done(name, number=2), ANA)).refusal.code == "task-not-open"


async def test_a_task_that_nobody_carries_out_in_time_has_failed():
    async with World(rules=rules(COUNTING)) as world:
        name = await asked(world)
        await world.settle(2 * HOUR - 1)
        assert await world.facts(f.InvocationFailed) == []
        await world.settle(1)
        assert [fact.detail for fact in await world.facts(f.InvocationFailed)] == ["nobody carried it out in time"]
        assert (await invocation_of(world, name)).task is None
        assert (await world.ask(done(name), ANA)).refusal.code == "task-not-open"


async def test_a_failed_task_that_is_sent_again_is_a_fresh_one():
    async with World(rules=rules(COUNTING)) as world:
        name = await asked(world)
        await world.settle(2 * HOUR)
        await world.ask(Reconciliation("reconciliation:1", OLGA, name, "resend"), ANA)
        await world.settle()
        again = await invocation_of(world, name)
        assert (again.status, again.task.due) == ("started", world.now + 2 * HOUR)
        assert (await world.ask(done(name), ANA)).refusal is None
        assert len(await world.facts(f.InvocationDone)) == 1


async def test_whoever_waits_for_the_outcome_gets_it():
    async with World(rules=rules(COUNTING)) as world:
        name = await asked(world, at_once=True)
        assert (await invocation_of(world, name)).task is not None
        await world.ask(done(name), ANA)
        assert (await invocation_of(world, name)) is None


async def test_an_open_task_outlives_the_process_and_is_not_uncertain():
    first = World(rules=rules(COUNTING))
    await first.engine.start()
    name = await asked(first)
    await first.engine.stop()
    again = World(runtime=first.runtime, rules=first.engine.release)
    assert await again.engine.start() == 0
    await again.settle()
    assert await again.facts(f.InvocationUncertain) == []
    assert (await again.ask(done(name), ANA)).refusal is None
    assert len(await again.facts(f.InvocationDone)) == 1
    await again.__aexit__(None)


async def test_people_can_be_halted_as_a_connection():
    async with World(rules=rules(COUNTING)) as world:
        await world.tell(Halt("halt:1", OTTO, "connection:tasks"), PLATFORM)
        await world.tell(signal(1, "page.viewed", ANA, path="/"))
        answer = await world.ask(proposal(1, "count_boats", OLGA, pier="pier 4"), ANA)
        assert answer.decision.verdict == "deny"
        await world.tell(Resume("resume:1", OLGA, "connection:tasks"), PLATFORM)
        assert (await world.ask(proposal(2, "count_boats", OLGA), ANA)).decision.verdict == "permit"


async def test_a_task_of_a_queue_is_for_the_people_who_work_in_it():
    counting = action("count_boats", {"task": {"queue": "pier", "question": "Count the boats."}})
    async with World(rules=rules(counting, queues={"pier": {"roles": ["finance", "care"]}})) as world:
        one = await invocation_of(world, await asked(world))
        assert (one.task.queue, one.task.roles) == ("pier", ("finance", "care"))
