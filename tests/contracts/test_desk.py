"""What every desk promises."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contracts.material import START, entry
from xop.engine.draft_batch import DraftBatch
from xop.kernel import facts as f
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Accept
from xop.kernel.context.customer import Customer, Part
from xop.kernel.entry import Entry
from xop.kernel.fold import fold_part
from xop.kernel.handovers.model import Handover, HandoverStatus
from xop.kernel.moment import Moment
from xop.kernel.step import Step
from xop.ports.batch import Batch, HandoverChange, HeadChange
from xop.ports.desk import DeskCursor, DeskSelection, DeskStanding, QueueTally, standing
from xop.ports.errors import DuplicateCommand
from xop.ports.runtime import Runtime

OTTO = Actor("operator", "otto")


def stand(
    part: str,
    handover: str,
    queue: str = "care",
    *,
    status: HandoverStatus = "waiting",
    urgent: bool = False,
    at: int = START,
    by: str = "",
) -> DeskStanding:
    """Return where one handover stands."""
    return DeskStanding(part, handover, "c1", queue, status, urgent, "refund", "en", at, at + 1, at + 9, by)


def placed(*standings: DeskStanding) -> list[HandoverChange]:
    """Return the changes that put handovers where they stand."""
    return [HandoverChange(each.part, each.handover, each) for each in standings]


async def lives(runtime, reopen) -> AsyncIterator[Runtime]:
    """Yield the runtime as it is, then closed and opened again."""
    yield runtime
    yield await reopen()


async def listed(runtime, selection: DeskSelection, limit: int) -> list[DeskStanding]:
    """Return everything asked for, page by page."""
    found: list[DeskStanding] = []
    while page := await runtime.desk.page(selection, found[-1].cursor if found else None, limit):
        assert len(page) <= limit
        found.extend(page)
    return found


async def test_a_handover_is_found_by_its_id_and_stays_after_closing(runtime, reopen):
    one, other = stand("cus_a", "h1"), stand("cus_b", "h2", urgent=True)
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")], handovers=placed(one, other)))
    async for each in lives(runtime, reopen):
        assert await each.desk.find("h1") == one
        assert await each.desk.find("h2") == other
        assert await each.desk.find("h3") is None


async def test_a_change_takes_the_place_of_what_was_known_and_the_last_one_holds(runtime, reopen):
    first, moved = stand("cus_a", "h1"), stand("cus_a", "h1", "supervisors", status="accepted", by="operator:olga")
    await runtime.ledger.commit(Batch(handovers=placed(first)))
    await runtime.ledger.commit(Batch(handovers=placed(stand("cus_a", "h1", "other"), moved)))
    async for each in lives(runtime, reopen):
        assert await each.desk.find("h1") == moved
        assert list(await each.desk.counts()) == [QueueTally("supervisors", "accepted", 1)]


async def test_what_is_forgotten_is_nowhere(runtime):
    await runtime.ledger.commit(Batch(handovers=placed(stand("cus_a", "h1"), stand("cus_a", "h2"))))
    await runtime.ledger.commit(Batch(handovers=[HandoverChange("cus_a", "h1"), HandoverChange("unknown", "h9")]))
    assert await runtime.desk.find("h1") is None
    assert [each.handover for each in await listed(runtime, DeskSelection(), 9)] == ["h2"]
    assert list(await runtime.desk.counts()) == [QueueTally("care", "waiting", 1)]


async def test_counts_tell_of_open_handovers_only(runtime):
    statuses: list[HandoverStatus] = ["waiting", "waiting", "accepted", "returned", "expired"]
    found = [stand("cus_a", f"h{number}", status=status) for number, status in enumerate(statuses)]
    await runtime.ledger.commit(Batch(handovers=placed(*found, stand("cus_b", "h9", "billing"))))
    assert list(await runtime.desk.counts()) == [
        QueueTally("billing", "waiting", 1),
        QueueTally("care", "accepted", 1),
        QueueTally("care", "waiting", 2),
    ]


def many() -> list[DeskStanding]:
    """Return many handovers in many places."""
    return [
        stand(
            f"cus_{number % 7}",
            f"h{(number * 37) % 101:03}",
            ("care", "billing", "supervisors")[number % 3],
            status=("waiting", "accepted", "returned")[number % 4 % 3],
            urgent=number % 5 == 0,
            at=START + number % 13,
            by="operator:otto" if number % 4 == 1 else "",
        )
        for number in range(60)
    ]


@pytest.mark.parametrize("limit", [1, 7, 1000])
@pytest.mark.parametrize(
    ("selection", "holds"),
    [
        (DeskSelection(), lambda _: True),
        (DeskSelection(queue="care"), lambda each: each.queue == "care"),
        (DeskSelection("care", "waiting"), lambda each: (each.queue, each.status) == ("care", "waiting")),
        (DeskSelection(status="accepted", by="operator:otto"), lambda each: each.by and each.status == "accepted"),
        (DeskSelection(part="cus_3"), lambda each: each.part == "cus_3"),
        (DeskSelection(part="unknown"), lambda _: False),
    ],
)
async def test_pages_hold_everything_asked_for_once_the_urgent_first_then_the_oldest(runtime, selection, holds, limit):
    found = many()
    await runtime.ledger.commit(Batch(handovers=placed(*found)))
    ordered = sorted(found, key=lambda each: (not each.urgent, each.at, each.handover))
    assert await listed(runtime, selection, limit) == [each for each in ordered if holds(each)]


async def test_what_stands_during_a_whole_listing_is_listed_once_whatever_else_changes(runtime, reopen):
    found = many()
    await runtime.ledger.commit(Batch(handovers=placed(*found)))
    first = list(await runtime.desk.page(DeskSelection(), None, 20))
    gone = first[-1]
    change = [HandoverChange(gone.part, gone.handover), *placed(stand("cus_new", "h_new", urgent=True, at=START - 1))]
    await runtime.ledger.commit(Batch(handovers=change))
    runtime = await reopen()
    cursor: DeskCursor = gone.cursor
    while page := await runtime.desk.page(DeskSelection(), cursor, 20):
        first.extend(page)
        cursor = page[-1].cursor
    assert sorted(each.handover for each in first) == sorted(each.handover for each in found)


async def test_handovers_change_with_the_whole_batch_or_not_at_all(runtime, reopen):
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")], handovers=placed(stand("cus_a", "h1"))))
    change = placed(stand("cus_a", "h1", "other"), stand("cus_c", "h2"))
    with pytest.raises(DuplicateCommand):
        await runtime.ledger.commit(Batch([entry("cus_c", 1, "c1")], handovers=change))
    async for each in lives(runtime, reopen):
        assert await listed(each, DeskSelection(), 9) == [stand("cus_a", "h1")]


async def test_a_merge_moves_no_handover_to_another_part(runtime):
    entries = [entry("cus_a", 1, "c1"), entry("cus_b", 1, "c2")]
    await runtime.ledger.commit(Batch(entries, handovers=placed(stand("cus_b", "h1"))))
    await runtime.ledger.commit(Batch(heads=[HeadChange("cus_b", "cus_a")]))
    assert await listed(runtime, DeskSelection(part="cus_b"), 9) == [stand("cus_b", "h1")]
    assert await listed(runtime, DeskSelection(part="cus_a"), 9) == []


def took_place(part: Part, seq: int, *facts: Any) -> tuple[Entry, Customer]:
    """Return the entry of some facts about handovers, and the customer after it."""
    for fact in facts:
        part = fold_part(part, fact, START + seq)
    command = Accept(f"{part.id}:{seq}", OTTO, "h1")
    return Entry(part.id, seq, part.id, "v", Moment(START + seq, seq, part.id), command, facts), Customer(
        part.id, (part,)
    )


async def test_entries_say_where_handovers_stand_after_them(runtime):
    handover = Handover("h1", "c1", "care", "waiting", START, START, OTTO, START + 9)
    steps: list[tuple[Any, ...]] = [
        (f.HandoverOpened(handover),),
        (f.HandoverEscalated("h1", "c1", "supervisors", START + 50, "late"),),
        (f.HandoverAccepted("h1", "c1", "operator:otto"),),
        (f.HandoverReturned("h1", "c1", "resolved", "operator:otto", "agent", "agent:bot"),),
    ]
    before, part = Customer("cus_a", (Part("cus_a"),)), Part("cus_a")
    seen = []
    for seq, facts in enumerate(steps, 1):
        draft = DraftBatch()
        made, after = took_place(part, seq, *facts)
        draft.enter(made, after, Step(facts, after=after), before)
        await runtime.ledger.commit(draft.finish())
        before, part = after, after.parts[0]
        known = await runtime.desk.find("h1")
        assert known == standing("cus_a", part.handovers["h1"])
        seen.append((known.queue, known.status, known.by))
    assert seen == [
        ("care", "waiting", ""),
        ("supervisors", "waiting", ""),
        ("supervisors", "accepted", "operator:otto"),
        ("supervisors", "returned", "operator:otto"),
    ]
