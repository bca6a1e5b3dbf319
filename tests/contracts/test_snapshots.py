"""What every cache of folded parts promises."""

from tests.contracts.material import commands, entry
from xop.ports.batch import Batch, Snapshot


async def test_a_snapshot_comes_back_with_its_count(runtime, reopen):
    state = bytes(range(256)) * 40
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")], snapshots=[Snapshot("cus_a", 1, state)]))
    assert await runtime.snapshots.load(["cus_a", "unknown"]) == {"cus_a": (1, state)}
    assert await (await reopen()).snapshots.load(["cus_a"]) == {"cus_a": (1, state)}


async def test_a_later_snapshot_takes_the_place_of_an_earlier_one(runtime):
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")], snapshots=[Snapshot("cus_a", 1, b"one")]))
    await runtime.ledger.commit(Batch([entry("cus_a", 2, "c2")], snapshots=[Snapshot("cus_a", 2, b"two")]))
    assert await runtime.snapshots.load(["cus_a"]) == {"cus_a": (2, b"two")}


async def test_the_tail_is_what_was_appended_since(runtime, reopen):
    await runtime.ledger.commit(
        Batch([entry(f"cus_{part}", seq, f"{part}{seq}") for seq in (1, 2, 3) for part in "abc"])
    )
    counts = {"cus_a": 1, "cus_b": 3, "cus_c": 0, "unknown": 0}
    expected = ["c1", "a2", "c2", "a3", "c3"]
    assert commands(await runtime.snapshots.tail(counts)) == expected
    assert commands(await (await reopen()).snapshots.tail(counts)) == expected


async def test_nothing_asked_gives_nothing(runtime):
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")], snapshots=[Snapshot("cus_a", 1, b"one")]))
    assert await runtime.snapshots.load([]) == {}
    assert await runtime.snapshots.tail({}) == []
    assert await runtime.snapshots.tail({"cus_a": 7}) == []
