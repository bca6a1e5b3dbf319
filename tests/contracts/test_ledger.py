"""What every ledger promises."""

import pytest

from tests.contracts.material import commands, entry, ruled
from xop.ports.batch import Batch
from xop.ports.errors import DuplicateCommand, StorageError


async def test_an_empty_ledger_has_nothing(runtime):
    assert await runtime.ledger.last() == 0
    assert await runtime.ledger.page(0, 10) == []
    assert await runtime.ledger.read(["cus_a"]) == []
    assert await runtime.ledger.answered(["c1"]) == {}
    assert await runtime.ledger.decided("dec_1") is None
    assert await runtime.ledger.decisions(None, 10) == []


async def test_an_entry_comes_back_as_it_went_in(runtime):
    one = entry("cus_a", 1, "c1", name="Zoë 🐈 \x00 \u2028 'quoted' \"twice\"", deep={"list": [1, 2.5, None, True]})
    two = ruled("cus_a", 2, "c2", "dec_1")
    await runtime.ledger.commit(Batch([one, two]))
    stored = await runtime.ledger.read(["cus_a"])
    assert [each.entry for each in stored] == [one, two]
    assert stored[0].entry is not one


async def test_positions_rise_in_the_order_of_the_batch_and_across_batches(runtime):
    first = await runtime.ledger.commit(Batch([entry("cus_b", 1, "c1"), entry("cus_a", 1, "c2")]))
    second = await runtime.ledger.commit(Batch([entry("cus_b", 2, "c3")]))
    positions = [*first, *second]
    assert positions == sorted(set(positions))
    assert positions[0] >= 1
    assert await runtime.ledger.last() == positions[-1]
    assert [each.position for each in await runtime.ledger.page(0, 10)] == positions
    assert commands(await runtime.ledger.page(0, 10)) == ["c1", "c2", "c3"]


async def test_a_batch_without_entries_takes_no_position(runtime):
    assert list(await runtime.ledger.commit(Batch())) == []
    assert await runtime.ledger.last() == 0


async def test_a_command_id_counts_once(runtime):
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")]))
    with pytest.raises(DuplicateCommand) as caught:
        await runtime.ledger.commit(Batch([entry("cus_a", 2, "c2"), entry("cus_b", 1, "c1")]))
    assert caught.value.command == "c1"
    assert commands(await runtime.ledger.page(0, 10)) == ["c1"]


async def test_a_command_id_counts_once_within_a_batch(runtime):
    with pytest.raises(DuplicateCommand) as caught:
        await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1"), entry("cus_b", 1, "c1")]))
    assert caught.value.command == "c1"
    assert await runtime.ledger.last() == 0


async def test_after_a_refused_batch_the_ledger_goes_on(runtime):
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")]))
    with pytest.raises(DuplicateCommand):
        await runtime.ledger.commit(Batch([entry("cus_b", 1, "c2"), entry("cus_a", 2, "c1")]))
    await runtime.ledger.commit(Batch([entry("cus_b", 1, "c2"), entry("cus_a", 2, "c3")]))
    assert commands(await runtime.ledger.read(["cus_a", "cus_b"])) == ["c1", "c2", "c3"]


@pytest.mark.parametrize("seq", [1, 2])
async def test_a_place_among_a_parts_entries_is_taken_once(runtime, seq):
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1"), entry("cus_a", 2, "c2")]))
    with pytest.raises(StorageError, match="cus_a"):
        await runtime.ledger.commit(Batch([entry("cus_a", seq, "c3")]))
    assert await runtime.ledger.answered(["c3"]) == {}


async def test_answered_returns_the_known_commands_only(runtime):
    positions = await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1"), entry("cus_b", 1, "c2")]))
    found = await runtime.ledger.answered(["c2", "unknown", "c1\x00", "C1"])
    assert {command: each.position for command, each in found.items()} == {"c2": positions[1]}


async def test_a_decision_leads_to_its_entry(runtime):
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1"), ruled("cus_a", 2, "c2", "dec_1")]))
    stored = await runtime.ledger.decided("dec_1")
    assert stored is not None
    assert stored.entry.command.id == "c2"
    assert await runtime.ledger.decided("dec_2") is None


async def test_reading_parts_gives_their_entries_and_no_others(runtime):
    batch = Batch([entry(f"cus_{part}", seq, f"{part}{seq}") for seq in (1, 2, 3) for part in "abc"])
    await runtime.ledger.commit(batch)
    assert commands(await runtime.ledger.read(["cus_c", "cus_a", "cus_a", "unknown"])) == [
        "a1", "c1", "a2", "c2", "a3", "c3",
    ]  # fmt: skip
    assert await runtime.ledger.read([]) == []


async def test_paging_walks_the_whole_ledger(runtime):
    await runtime.ledger.commit(Batch([entry("cus_a", seq, f"c{seq}") for seq in range(1, 8)]))
    seen, after = [], 0
    while page := await runtime.ledger.page(after, 3):
        assert len(page) <= 3
        seen += commands(page)
        after = page[-1].position
    assert seen == [f"c{seq}" for seq in range(1, 8)]
    assert await runtime.ledger.page(0, 0) == []


async def test_paging_some_parts_skips_the_others(runtime):
    await runtime.ledger.commit(
        Batch([entry(f"cus_{part}", seq, f"{part}{seq}") for seq in range(1, 5) for part in "abc"])
    )
    first = await runtime.ledger.page(0, 3, ["cus_a", "cus_b"])
    assert commands(first) == ["a1", "b1", "a2"]
    assert commands(await runtime.ledger.page(first[-1].position, 3, ["cus_a", "cus_b"])) == ["b2", "a3", "b3"]
    assert await runtime.ledger.page(0, 3, []) == []
    assert await runtime.ledger.page(0, 3, ["unknown"]) == []


async def test_decisions_come_newest_first(runtime):
    await runtime.ledger.commit(
        Batch(
            [
                ruled("cus_a", 1, "c1", "dec_1"),
                entry("cus_a", 2, "c2"),
                ruled("cus_b", 1, "c3", "dec_2"),
                ruled("cus_a", 3, "c4", "dec_3"),
            ]
        )
    )
    newest = await runtime.ledger.decisions(None, 2)
    assert commands(newest) == ["c4", "c3"]
    assert commands(await runtime.ledger.decisions(newest[-1].position, 2)) == ["c1"]
    assert commands(await runtime.ledger.decisions(None, 9, ["cus_a"])) == ["c4", "c1"]
    assert commands(await runtime.ledger.decisions(newest[0].position, 9, ["cus_a", "unknown"])) == ["c1"]
    assert await runtime.ledger.decisions(None, 9, []) == []


async def test_the_latest_entries_come_newest_first(runtime):
    await runtime.ledger.commit(
        Batch([entry(f"cus_{part}", seq, f"{part}{seq}") for seq in range(1, 5) for part in "abc"])
    )
    newest = await runtime.ledger.latest(None, 2)
    assert commands(newest) == ["c4", "b4"]
    assert commands(await runtime.ledger.latest(newest[-1].position, 2)) == ["a4", "c3"]
    own = await runtime.ledger.latest(None, 3, ["cus_a", "cus_b"])
    assert commands(own) == ["b4", "a4", "b3"]
    assert commands(await runtime.ledger.latest(own[-1].position, 9, ["cus_a", "cus_b"])) == [
        "a3",
        "b2",
        "a2",
        "b1",
        "a1",
    ]
    assert await runtime.ledger.latest(None, 0, ["cus_a"]) == []
    assert await runtime.ledger.latest(None, 9, []) == []
    assert await runtime.ledger.latest(None, 9, ["unknown"]) == []


async def test_what_was_committed_outlives_the_runtime(runtime, reopen):
    batch = Batch([entry("cus_a", 1, "c1"), ruled("cus_b", 1, "c2", "dec_1"), entry("cus_a", 2, "c3")])
    positions = await runtime.ledger.commit(batch)
    again = await reopen()
    assert await again.ledger.last() == positions[-1]
    assert [each.entry for each in await again.ledger.read(["cus_a", "cus_b"])] == batch.entries
    assert set(await again.ledger.answered(["c1", "c2", "c3", "c4"])) == {"c1", "c2", "c3"}
    assert await again.ledger.decided("dec_1") is not None
    with pytest.raises(DuplicateCommand):
        await again.ledger.commit(Batch([entry("cus_a", 3, "c3")]))
    more = await again.ledger.commit(Batch([entry("cus_a", 3, "c4")]))
    assert more[0] > positions[-1]
    assert commands(await again.ledger.read(["cus_a"])) == ["c1", "c3", "c4"]


async def test_a_big_batch_is_one_batch(runtime):
    entries = [entry(f"cus_{number % 700}", number // 700 + 1, f"c{number}", text="x" * 300) for number in range(5000)]
    positions = await runtime.ledger.commit(Batch(entries))
    assert len(positions) == 5000
    assert len(await runtime.ledger.answered([f"c{number}" for number in range(6000)])) == 5000
    assert commands(await runtime.ledger.read(["cus_699"])) == [f"c{number}" for number in range(699, 5000, 700)]


async def test_a_big_entry_comes_back_whole(runtime):
    big = entry("cus_a", 1, "c1", text="🐈" * 200_000)
    await runtime.ledger.commit(Batch([big]))
    assert (await runtime.ledger.read(["cus_a"]))[0].entry == big
