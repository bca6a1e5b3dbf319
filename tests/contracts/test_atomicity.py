"""A batch is kept whole or not at all, whatever in it cannot be kept."""

from typing import Any, cast

import pytest
from msgspec.structs import replace

from tests.contracts.material import START, entry, request, ruled, timer
from xop.kernel.decisions.model import Evidence
from xop.kernel.identity.model import Identifier
from xop.ports.batch import ApartChange, Batch, HeadChange, LinkChange, Snapshot
from xop.ports.errors import DuplicateCommand, StorageError
from xop.ports.outbox import OutboxChange
from xop.ports.timers import Timer

MAIL = Identifier("email", "a@example.org")
NEW = Identifier("email", "b@example.org")
NOT_BYTES = cast("bytes", object())
NOT_JSON: Any = object()


def before() -> Batch:
    return Batch(
        entries=[entry("cus_a", 1, "c1"), ruled("cus_b", 1, "c2", "dec_1")],
        links=[LinkChange(MAIL, "cus_a")],
        apart=[ApartChange("cus_a", "cus_b", apart=True)],
        timers=[timer("cus_a", "k1", START)],
        outbox=[request("inv_1")],
        evidence=[("cus_b", Evidence("dec_1", {"amount": 1}))],
        snapshots=[Snapshot("cus_a", 1, b"one")],
    )


def change() -> Batch:
    return Batch(
        entries=[entry("cus_a", 2, "c3"), ruled("cus_c", 1, "c4", "dec_2"), entry("cus_d", 1, "c5")],
        links=[LinkChange(MAIL, "cus_c"), LinkChange(NEW, "cus_c")],
        heads=[HeadChange("cus_b", "cus_a")],
        apart=[ApartChange("cus_a", "cus_b", apart=False)],
        timers=[timer("cus_a", "k2", START), timer("cus_c", "k1", START)],
        timers_gone=[("cus_a", "k1")],
        outbox=[request("inv_2"), OutboxChange("inv_1", "done", START + 1)],
        evidence=[("cus_c", Evidence("dec_2", {"amount": 2}))],
        snapshots=[Snapshot("cus_a", 2, b"two")],
    )


async def picture(runtime) -> list[Any]:
    parts = ["cus_a", "cus_b", "cus_c"]
    loaded = await runtime.directory.load([MAIL, NEW], parts)
    return [
        await runtime.ledger.last(),
        await runtime.ledger.page(0, 10),
        sorted(await runtime.ledger.answered(["c1", "c2", "c3", "c4"])),
        [await runtime.ledger.decided(decision) for decision in ("dec_1", "dec_2")],
        loaded.links,
        sorted(loaded.customers),
        [[each.part for each in kept] for kept in loaded.customers.values()],
        await runtime.directory.apart(parts),
        await runtime.directory.count(),
        await runtime.timers.of(parts),
        await runtime.timers.count(),
        [await runtime.outbox.get(invocation) for invocation in ("inv_1", "inv_2")],
        await runtime.outbox.counts(),
        [await runtime.evidence.get(decision) for decision in ("dec_1", "dec_2")],
        [(each.part, each.folded, each.state) for kept in loaded.customers.values() for each in kept],
    ]


def known_command(batch: Batch) -> None:
    batch.entries.append(entry("cus_e", 1, "c2"))


def repeated_command(batch: Batch) -> None:
    batch.entries.append(entry("cus_e", 1, "c4"))


def taken_place(batch: Batch) -> None:
    batch.entries.append(entry("cus_c", 1, "c6"))


def unwritable_entry(batch: Batch) -> None:
    batch.entries.append(entry("cus_e", 1, "c6", value=NOT_JSON))


def unwritable_request(batch: Batch) -> None:
    batch.outbox.append(replace(request("inv_3"), request=NOT_BYTES))


def unwritable_timer(batch: Batch) -> None:
    batch.timers.append(Timer("cus_a", "k3", START, entry("cus_e", 1, "c6", value=NOT_JSON).command))


def unwritable_evidence(batch: Batch) -> None:
    batch.evidence.append(("cus_a", Evidence("dec_3", {"value": NOT_JSON})))


def unwritable_snapshot(batch: Batch) -> None:
    batch.snapshots.append(Snapshot("cus_b", 1, NOT_BYTES))


@pytest.mark.parametrize("fault", [known_command, repeated_command])
async def test_a_duplicate_command_keeps_nothing_of_the_batch(runtime, reopen, fault):
    await runtime.ledger.commit(before())
    expected = await picture(runtime)
    batch = change()
    fault(batch)
    with pytest.raises(DuplicateCommand):
        await runtime.ledger.commit(batch)
    assert await picture(runtime) == expected
    assert await picture(await reopen()) == expected


@pytest.mark.parametrize(
    "fault",
    [
        taken_place,
        unwritable_entry,
        unwritable_timer,
        unwritable_request,
        unwritable_evidence,
        unwritable_snapshot,
    ],
)
async def test_a_fault_in_any_list_keeps_nothing_of_the_batch(runtime, reopen, fault):
    await runtime.ledger.commit(before())
    expected = await picture(runtime)
    batch = change()
    fault(batch)
    with pytest.raises((StorageError, TypeError)):
        await runtime.ledger.commit(batch)
    assert await picture(runtime) == expected
    assert await picture(await reopen()) == expected


async def test_without_a_fault_everything_is_kept(runtime, reopen):
    await runtime.ledger.commit(before())
    earlier = await picture(runtime)
    await runtime.ledger.commit(change())
    later = await picture(runtime)
    assert [one for one, other in zip(earlier, later, strict=True) if one == other] == []
    assert await picture(await reopen()) == later


async def test_a_batch_can_be_committed_after_a_fault_in_it_is_mended(runtime):
    await runtime.ledger.commit(before())
    batch = change()
    unwritable_snapshot(batch)
    with pytest.raises((StorageError, TypeError)):
        await runtime.ledger.commit(batch)
    await runtime.ledger.commit(change())
    loaded = await runtime.directory.load([], ["cus_b", "cus_c"])
    assert {each.part: name for name, kept in loaded.customers.items() for each in kept} == {
        "cus_a": "cus_a",
        "cus_b": "cus_a",
        "cus_c": "cus_c",
    }
    assert await runtime.timers.count() == 2
