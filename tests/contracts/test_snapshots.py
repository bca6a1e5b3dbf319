"""What every directory promises about the snapshots and entries that customers are folded from."""

from tests.contracts.material import entry
from xop.ports.batch import Batch, HeadChange, Snapshot

Part = tuple[str, int, bytes, list[str]]


async def kept(runtime, *parts: str) -> list[Part]:
    """Return name, count and state of the snapshot, and the commands of the tail, of every part of some customers."""
    loaded = await runtime.directory.load([], parts)
    return [
        (each.part, each.folded, each.state, [one.command.id for one in each.tail])
        for name in sorted(loaded.customers)
        for each in loaded.customers[name]
    ]


async def test_a_snapshot_comes_back_with_its_count(runtime, reopen):
    state = bytes(range(256)) * 40
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")], snapshots=[Snapshot("cus_a", 1, state)]))
    assert await kept(runtime, "cus_a", "unknown") == [("cus_a", 1, state, [])]
    assert await kept(await reopen(), "cus_a") == [("cus_a", 1, state, [])]


async def test_a_later_snapshot_takes_the_place_of_an_earlier_one(runtime):
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")], snapshots=[Snapshot("cus_a", 1, b"one")]))
    await runtime.ledger.commit(Batch([entry("cus_a", 2, "c2")], snapshots=[Snapshot("cus_a", 2, b"two")]))
    assert await kept(runtime, "cus_a") == [("cus_a", 2, b"two", [])]


async def test_of_two_snapshots_in_one_batch_the_later_one_counts(runtime):
    both = [Snapshot("cus_a", 1, b"one"), Snapshot("cus_a", 2, b"two")]
    await runtime.ledger.commit(Batch([entry("cus_a", seq, f"a{seq}") for seq in (1, 2, 3)], snapshots=both))
    assert await kept(runtime, "cus_a") == [("cus_a", 2, b"two", ["a3"])]


async def test_the_tail_is_what_was_appended_since(runtime, reopen):
    await runtime.ledger.commit(
        Batch([entry(f"cus_{part}", seq, f"{part}{seq}") for seq in (1, 2, 3) for part in "abc"])
    )
    await runtime.ledger.commit(Batch(snapshots=[Snapshot("cus_a", 1, b"one"), Snapshot("cus_b", 3, b"three")]))
    expected = [
        ("cus_a", 1, b"one", ["a2", "a3"]),
        ("cus_b", 3, b"three", []),
        ("cus_c", 0, b"", ["c1", "c2", "c3"]),
    ]
    assert await kept(runtime, "cus_c", "cus_b", "cus_a") == expected
    assert await kept(await reopen(), "cus_a", "cus_b", "cus_c") == expected


async def test_every_part_of_a_merged_customer_has_its_own_snapshot_and_tail(runtime):
    batch = Batch([entry(f"cus_{part}", seq, f"{part}{seq}") for part in "abc" for seq in (1, 2)])
    batch.heads = [HeadChange("cus_b", "cus_c"), HeadChange("cus_a", "cus_c")]
    batch.snapshots = [Snapshot("cus_b", 1, b"one")]
    await runtime.ledger.commit(batch)
    assert await kept(runtime, "cus_a") == [
        ("cus_c", 0, b"", ["c1", "c2"]),
        ("cus_a", 0, b"", ["a1", "a2"]),
        ("cus_b", 1, b"one", ["b2"]),
    ]


async def test_a_long_tail_comes_whole(runtime):
    for first in (1, 101, 201):
        await runtime.ledger.commit(Batch([entry("cus_a", seq, f"a{seq}") for seq in range(first, first + 100)]))
    assert await kept(runtime, "cus_a") == [("cus_a", 0, b"", [f"a{seq}" for seq in range(1, 301)])]
