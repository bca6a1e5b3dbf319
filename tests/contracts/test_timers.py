"""What every keeper of timers promises."""

from tests.contracts.material import START, entry, timer
from xop.ports.batch import Batch


async def test_timers_come_when_due_earliest_first(runtime):
    late, early, future = (
        timer("cus_a", "k1", START + 2),
        timer("cus_b", "k1", START + 1),
        timer("cus_a", "k2", START + 9),
    )
    await runtime.ledger.commit(Batch(timers=[late, early, future]))
    assert list(await runtime.timers.due(START, 10)) == []
    assert list(await runtime.timers.due(START + 2, 10)) == [early, late]
    assert list(await runtime.timers.due(START + 2, 1)) == [early]
    assert await runtime.timers.next_due() == START + 1
    assert await runtime.timers.count() == 3


async def test_a_timer_stays_until_a_batch_forgets_it(runtime, reopen):
    kept, gone = timer("cus_a", "k1", START), timer("cus_a", "k2", START - 1)
    await runtime.ledger.commit(Batch(timers=[kept, gone]))
    assert len(await runtime.timers.due(START, 10)) == 2
    await runtime.ledger.commit(Batch(timers_gone=[("cus_a", "k2"), ("cus_a", "unknown"), ("unknown", "k1")]))
    again = await reopen()
    assert list(await again.timers.due(START, 10)) == [kept]
    assert await again.timers.count() == 1


async def test_a_timer_of_the_same_part_and_key_is_replaced(runtime):
    await runtime.ledger.commit(Batch(timers=[timer("cus_a", "k1", START), timer("cus_b", "k1", START + 5)]))
    moved = timer("cus_a", "k1", START + 7, invocation="inv_2")
    await runtime.ledger.commit(Batch(timers=[moved]))
    assert list(await runtime.timers.due(START + 4, 10)) == []
    assert list(await runtime.timers.of(["cus_a"])) == [moved]
    assert await runtime.timers.next_due() == START + 5
    assert await runtime.timers.count() == 2


async def test_a_timer_that_fired_goes_and_one_set_in_its_place_stays(runtime, reopen):
    fired, later = timer("cus_a", "k1", START), timer("cus_a", "k1", START + 9)
    await runtime.ledger.commit(Batch(timers=[fired, timer("cus_b", "k1", START)]))
    await runtime.ledger.commit(Batch(timers=[later]))
    await runtime.ledger.commit(Batch(timers_fired=[("cus_a", "k1", START), ("cus_b", "k1", START), ("x", "k1", 1)]))
    again = await reopen()
    assert list(await again.timers.due(START + 9, 10)) == [later]
    assert await again.timers.count() == 1


async def test_timers_are_forgotten_before_others_are_set(runtime):
    await runtime.ledger.commit(Batch(timers=[timer("cus_a", "k1", START)]))
    again = timer("cus_a", "k1", START + 1)
    await runtime.ledger.commit(Batch(timers=[again], timers_gone=[("cus_a", "k1")]))
    assert list(await runtime.timers.of(["cus_a"])) == [again]
    assert await runtime.timers.count() == 1


async def test_timers_of_some_parts_come_earliest_first(runtime):
    timers = [
        timer(f"cus_{part}", f"k{number}", START + 10 * number + ord(part)) for number in (2, 1) for part in "bac"
    ]
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")], timers=timers))
    assert [(each.part, each.key) for each in await runtime.timers.of(["cus_b", "cus_a", "unknown"])] == [
        ("cus_a", "k1"),
        ("cus_b", "k1"),
        ("cus_a", "k2"),
        ("cus_b", "k2"),
    ]
    assert list(await runtime.timers.of([])) == []


async def test_timers_are_found_by_their_key(runtime):
    timers = [timer("cus_b", "k1", START), timer("cus_a", "k1", START + 1), timer("cus_a", "k2", START)]
    await runtime.ledger.commit(Batch(timers=timers))
    assert [(each.part, each.due) for each in await runtime.timers.find("k1")] == [
        ("cus_a", START + 1),
        ("cus_b", START),
    ]
    await runtime.ledger.commit(Batch(timers_gone=[("cus_a", "k2")]))
    assert list(await runtime.timers.find("k2")) == []


async def test_without_timers_nothing_is_due(runtime):
    assert await runtime.timers.next_due() is None
    assert list(await runtime.timers.due(START, 10)) == []
    assert await runtime.timers.count() == 0


async def test_many_timers_are_counted_and_paged(runtime):
    await runtime.ledger.commit(Batch(timers=[timer(f"cus_{number}", "k", START + number) for number in range(5000)]))
    assert await runtime.timers.count() == 5000
    assert [each.due for each in await runtime.timers.due(START + 9999, 100)] == [START + n for n in range(100)]
    await runtime.ledger.commit(Batch(timers_gone=[(f"cus_{number}", "k") for number in range(4990)]))
    assert await runtime.timers.count() == 10
    assert await runtime.timers.next_due() == START + 4990
