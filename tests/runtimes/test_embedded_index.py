"""What is written behind the ledger is never missed, wherever it is just now."""

from hashlib import blake2b

import pytest

from tests.contracts.material import entry, ruled
from xop.kernel.decisions.model import Evidence
from xop.ports.batch import Batch
from xop.ports.errors import DuplicateCommand
from xop.runtimes.embedded import EmbeddedRuntime, index
from xop.runtimes.embedded.filter import CommandFilter

ENTRIES = 600


@pytest.fixture
def small(monkeypatch):
    """Make windows and filter steps so small that many are needed."""
    monkeypatch.setattr(index, "WINDOW", 50)
    monkeypatch.setattr(index, "_FILL", 7)


async def grow(runtime, first: int, count: int) -> None:
    for number in range(first, first + count):
        part = f"cus_{number % 13}"
        batch = Batch([ruled(part, number // 13 + 1, f"c{number}", f"dec_{number}")])
        if number % 2:
            batch.evidence = [(part, Evidence(f"dec_{number}", {"number": number}))]
        await runtime.ledger.commit(batch)


async def check(runtime, count: int) -> None:
    commands = [f"c{number}" for number in range(count)]
    assert set(await runtime.ledger.answered([*commands, *(f"new{number}" for number in range(count))])) == set(
        commands
    )
    for number in range(count):
        stored = await runtime.ledger.decided(f"dec_{number}")
        assert stored is not None
        assert stored.entry.command.id == f"c{number}"
        evidence = await runtime.evidence.get(f"dec_{number}")
        assert evidence == (Evidence(f"dec_{number}", {"number": number}) if number % 2 else None)
    customers = (await runtime.directory.load([], [f"cus_{part}" for part in range(13)])).customers
    assert sum(len(each.tail) for kept in customers.values() for each in kept) == count
    with pytest.raises(DuplicateCommand):
        await runtime.ledger.commit(Batch([entry("cus_other", 1, f"c{count // 3}")]))


def statements(runtime: EmbeddedRuntime) -> list[str]:
    """Record every statement that runs from now on."""
    seen: list[str] = []

    def note(_cursor, statement: str, _bindings) -> bool:
        seen.append(statement)
        return True

    runtime._store.connection.set_exec_trace(note)
    return seen


async def test_everything_is_found_while_it_is_collected_and_drained(runtime, small):
    for first in range(0, ENTRIES, 60):
        await grow(runtime, first, 60)
        await check(runtime, first + 60)


async def test_everything_is_found_after_a_restart_before_during_and_after_the_filter_is_filled(folder, small):
    runtime = await EmbeddedRuntime.open(folder)
    await grow(runtime, 0, ENTRIES)
    await runtime.close()
    runtime = await EmbeddedRuntime.open(folder)
    ledger_index = runtime.ledger._index  # type: ignore[attr-defined]  # the filter has no other door
    runtime._warming.cancel()
    await check(runtime, ENTRIES)
    steps = 0
    for _ in ledger_index.fill():
        steps += 1
        if steps % 10 == 0:
            await check(runtime, ENTRIES)
    assert steps > 30
    await check(runtime, ENTRIES)
    await runtime.close()


async def test_a_run_cut_short_is_written_again(folder, small):
    """Opening again in the middle of a run drops what memory knew of it, as a crash does."""
    count = 0
    for added in (70, 3, 20, 45, 1, 90, 37):
        runtime = await EmbeddedRuntime.open(folder)
        await check(runtime, count) if count else None
        await grow(runtime, count, added)
        count += added
        await check(runtime, count)
        await runtime.close()


async def test_a_new_command_costs_no_read(folder, small):
    runtime = await EmbeddedRuntime.open(folder)
    await grow(runtime, 0, ENTRIES)
    await runtime.close()
    runtime = await EmbeddedRuntime.open(folder)
    await runtime.warm()
    seen = statements(runtime)
    assert await runtime.ledger.answered([f"new{number}" for number in range(100)]) == {}
    assert seen == []
    assert len(await runtime.ledger.answered(["c0"])) == 1
    assert seen != []
    await runtime.close()


def test_the_filter_recognises_what_it_was_given_however_much_it_is():
    digests = [blake2b(b"%d" % number, digest_size=16).digest() for number in range(60_000)]
    given, others = digests[:40_000], digests[40_000:]
    commands = CommandFilter(0, least=1_000)
    for first in range(0, len(given), 999):
        commands.add(given[first : first + 999])
        assert commands.suspects(given[: first + 999]) == given[: first + 999]
    assert len(commands.suspects(others)) < len(others) // 10


async def test_what_was_erased_is_gone_from_the_index_wherever_it_is_just_now(folder, small):
    """Customers are erased at every stage of collecting and draining; the others are found as before, also after a crash."""
    count, gone = 0, 0
    for added in (3, 47, 1, 60, 8, 55, 2, 49, 90, 13, 51, 7):
        runtime = await EmbeddedRuntime.open(folder)
        await live(runtime, count, added)
        count += added
        while gone < count - 2:
            await runtime.erase([f"cus_{gone}", f"cus_{gone + 1}"])
            gone += 2
            if gone % 10 == 0:
                await live(runtime, count, 3)
                count += 3
            if gone % 40 == 0:
                break
        await check_lives(runtime, gone, count)
        await runtime.close()
        runtime = await EmbeddedRuntime.open(folder)
        await check_lives(runtime, gone, count)
        await runtime.close()


async def live(runtime, first: int, count: int) -> None:
    for number in range(first, first + count):
        batch = Batch([ruled(f"cus_{number}", 1, f"c{number}", f"dec_{number}")])
        batch.evidence = [(f"cus_{number}", Evidence(f"dec_{number}", {"number": number}))]
        await runtime.ledger.commit(batch)


async def check_lives(runtime, gone: int, count: int) -> None:
    numbers = range(count)
    answered = await runtime.ledger.answered([f"c{number}" for number in numbers])
    assert set(answered) == {f"c{number}" for number in range(gone, count)}
    for number in numbers:
        decided = await runtime.ledger.decided(f"dec_{number}")
        assert (decided is not None) == (number >= gone)
        assert (await runtime.evidence.get(f"dec_{number}") is not None) == (number >= gone)
    parts = await runtime.directory.load([], [f"cus_{number}" for number in numbers])
    assert len(parts.customers) == count - gone


async def test_a_run_whose_last_rows_are_erased_before_they_were_written_is_complete(folder, small):
    runtime = await EmbeddedRuntime.open(folder)
    ledger_index = runtime.ledger._index  # type: ignore[attr-defined]  # which rows are unwritten nobody else can tell
    await live(runtime, 0, 37)
    left = [
        number
        for number in range(37)
        if ledger_index._commands.unwritten([ledger_index.digest(f"c{number}")])
        or ledger_index._rulings.unwritten([ledger_index.digest(f"dec_{number}")])
        or ledger_index._ends.unwritten([number + 1])
    ]
    assert 0 < len(left) < 25
    runs = ledger_index._runs
    await runtime.erase([f"cus_{number}" for number in left])
    assert ledger_index._left() == 0
    assert ledger_index._runs == runs + 1
    await live(runtime, 37, 14)
    kept = [number for number in range(51) if number not in left]
    for again in (False, True):
        if again:
            await runtime.close()
            runtime = await EmbeddedRuntime.open(folder)
        assert set(await runtime.ledger.answered([f"c{number}" for number in range(51)])) == {f"c{n}" for n in kept}
        found = [await runtime.ledger.decided(f"dec_{number}") is not None for number in range(51)]
        assert [number for number, each in enumerate(found) if each] == kept
    await runtime.close()
