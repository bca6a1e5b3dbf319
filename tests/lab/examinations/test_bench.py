"""The bench: what examines beside the server ends in time, with the server, and is not done twice."""

import asyncio

from tests.kit.crossings import texts
from xop.assembly import with_baseline
from xop.lab.examinations.bench import MOST_WAITING, Bench, Examination, Question, Task, passed_on

QUESTION = Question("scenarios", "rel_one")


def task() -> Task:
    return Task("scenarios", with_baseline({path: text.encode() for path, text in texts().items()}))


async def ended(made: Examination) -> Examination:
    assert made.task is not None
    await made.task
    return made


async def test_what_takes_too_long_is_ended_and_says_what_to_do():
    made = await ended(Bench(asyncio.Event(), longest=0.05).begin(QUESTION, task(), 1))
    assert (made.state, made.report) == ("failed", None)
    assert "longer than 0.05 seconds" in made.fault
    assert "xop test" in made.remedy


async def test_what_takes_too_much_memory_is_ended_and_says_what_to_do():
    made = await ended(Bench(asyncio.Event(), memory=2**20).begin(QUESTION, task(), 1))
    assert (made.state, made.report) == ("failed", None)
    assert "more than 1,048,576 bytes of memory" in made.fault
    assert "xop simulate" in made.remedy


async def test_what_failed_is_begun_anew_and_what_was_found_is_kept():
    bench = Bench(asyncio.Event())
    broken = Task("scenarios", {"workspace.toml": b"name = 3"})
    first = await ended(bench.begin(QUESTION, broken, 1))
    assert first.state == "failed"
    assert first.fault.startswith("workspace.toml:")
    second = await ended(bench.begin(QUESTION, task(), 2))
    assert (second.state, second.done, second.total) == ("done", 3, 3)
    assert bench.begin(QUESTION, task(), 3) is second is bench.find(QUESTION)


async def test_it_ends_with_the_server():
    closing = asyncio.Event()
    bench = Bench(closing)
    made, waiting = bench.begin(QUESTION, task(), 1), bench.begin(Question("invariants", "rel_one"), task(), 1)
    closing.set()
    assert (await ended(made)).state == (await ended(waiting)).state == "failed"


def test_secrets_of_the_server_are_not_told_to_the_process():
    assert passed_on({"PATH": "/bin", "HARBOUR_OLGA_KEY": "olga-key"}) == {"PATH": "/bin"}


async def test_only_so_many_wait_and_one_that_is_over_makes_room():
    closing = asyncio.Event()
    bench = Bench(closing)
    made = [bench.begin(Question("scenarios", f"rel_{number}"), task(), 1) for number in range(MOST_WAITING)]
    assert bench.is_full()
    closing.set()
    for each in made:
        await ended(each)
    assert not bench.is_full()
