"""Customers in memory are those of the store, however few of them there is room for."""

from itertools import pairwise

import pytest

from tests.contracts.material import SHOP, START
from xop.engine.customers import LONG_TAIL, Customers
from xop.engine.draft_batch import DraftBatch
from xop.kernel.commands import Signal
from xop.kernel.context.facts import FlagRaised
from xop.kernel.entry import Entry
from xop.kernel.identity.facts import IdentifierLinked
from xop.kernel.identity.model import Identifier
from xop.kernel.moment import Moment
from xop.ports.batch import ApartChange, Batch, HeadChange, LinkChange, Snapshot

PARTS = [f"cus_{number:02}" for number in range(20)]
LINKS = {Identifier("email", f"{part}@example.org"): part for part in PARTS}
NO_ROOM = 0


def batch(first: int, last: int) -> Batch:
    """Return entries for every part, one for each number, the very first of which links an identifier."""
    made = Batch()
    for number in range(first, last + 1):
        for identifier, part in LINKS.items():
            signal = Signal(f"{part}.{number}", "visit", "shop", START, SHOP, (identifier,))
            link = IdentifierLinked(identifier, "shop")
            facts = (link,) if number == 1 else (FlagRaised("complaint", "shop", str(number)),)
            made.entries.append(Entry(part, number, part, "sha256:0", Moment(START, 1, part), signal, facts))
            if number == 1:
                made.links.append(LinkChange(identifier, part))
    return made


@pytest.fixture
async def told(runtime):
    """A runtime in which every part has as many entries as make a long tail."""
    await runtime.ledger.commit(batch(1, LONG_TAIL))
    return runtime


async def test_a_customer_is_found_by_identifier_and_by_part_and_is_the_same(told):
    customers = Customers(told)
    await customers.find(LINKS)
    by_part = Customers(told)
    await by_part.load(PARTS)
    for identifier, part in LINKS.items():
        assert customers.part_of(identifier) == part
        customer = customers.customer_of(part)
        assert customer is not None
        assert customer.parts[0].seq == LONG_TAIL
        assert customer == by_part.customer_of(part)


async def test_what_is_unknown_stays_unknown(told):
    customers = Customers(told)
    nobody = Identifier("email", "nobody@example.org")
    await customers.find([nobody], ["cus_nobody"])
    assert customers.part_of(nobody) is None
    assert customers.customer_of("cus_nobody") is None


async def test_whoever_is_asked_for_together_is_there_even_without_room(told):
    customers = Customers(told, room=NO_ROOM)
    for one, other in pairwise(LINKS):
        await customers.find([one], [LINKS[other]])
        for part in (LINKS[one], LINKS[other]):
            assert customers.customer_of(part) is not None


async def test_nothing_is_left_of_customers_that_were_dropped(told):
    customers = Customers(told, room=NO_ROOM)
    for identifier in LINKS:
        await customers.find([identifier])
    await customers.find([])
    assert [customers.part_of(identifier) for identifier in LINKS] == [None] * len(LINKS)
    assert [customers.customer_of(part) for part in PARTS] == [None] * len(PARTS)
    assert not customers._states
    assert not customers._heads
    assert not customers._links
    assert not customers._folded


async def test_the_customers_used_last_stay(told):
    customers = Customers(told, room=50_000)
    first = PARTS[0]
    for part in PARTS[1:]:
        await customers.load([first, part])
    assert customers.customer_of(first) is not None
    assert customers.customer_of(PARTS[1]) is None
    assert customers.customer_of(PARTS[-1]) is not None
    assert 2 <= len(customers._states) < len(PARTS)


async def test_larger_customers_leave_room_for_fewer(told):
    customers = Customers(told, room=50_000)
    await customers.load(PARTS)
    await customers.load([])
    before = len(customers._states)
    await told.ledger.commit(batch(LONG_TAIL + 1, LONG_TAIL + 200))
    customers.clear()
    for part in PARTS * 20:
        await customers.load([part])
    assert len(customers._states) < before


async def test_a_part_that_leaves_with_a_long_tail_is_loaded_from_its_snapshot_alone(told):
    customers = Customers(told, room=NO_ROOM)
    await customers.load(PARTS)
    before = [customers.customer_of(part) for part in PARTS]
    await customers.load([])
    leaving = customers.leaving()
    assert sorted(part.id for part in leaving) == PARTS
    assert customers.leaving() == []
    await told.ledger.commit(Batch(snapshots=[_snapshot(part) for part in leaving]))
    loaded = await told.directory.load([], PARTS)
    assert {len(each.tail) for kept in loaded.customers.values() for each in kept} == {0}
    await customers.load(PARTS)
    assert [customers.customer_of(part) for part in PARTS] == before
    await customers.load([])
    assert customers.leaving() == [], "the snapshot is there already"
    await told.ledger.commit(batch(LONG_TAIL + 1, LONG_TAIL + 3))
    await customers.load(PARTS)
    await customers.load([])
    assert customers.leaving() == [], "the tail is short"


async def test_only_the_latest_of_many_parts_wait_for_a_snapshot(runtime):
    customers = Customers(runtime, room=NO_ROOM)
    await runtime.ledger.commit(batch(1, LONG_TAIL))
    for _ in range(30):
        await customers.load(PARTS)
    assert 0 < len(customers.leaving()) <= 256


async def test_a_merged_customer_is_dropped_and_loaded_whole(told):
    one, other, *_ = LINKS
    await told.ledger.commit(Batch(heads=[HeadChange(LINKS[other], LINKS[one])]))
    customers = Customers(told, room=NO_ROOM)
    for identifier in (one, other):
        await customers.find([identifier])
        customer = customers.customer_of(LINKS[other])
        assert customer is not None
        assert [part.id for part in customer.parts] == [LINKS[one], LINKS[other]]
    await customers.find([])
    assert customers.customer_of(LINKS[one]) is None
    assert customers.customer_of(LINKS[other]) is None


async def test_pairs_taken_apart_are_known_for_the_groups_they_were_looked_up_for(told):
    one, other, third, *_ = LINKS
    await told.ledger.commit(Batch(apart=[ApartChange(LINKS[one], LINKS[other], apart=True)]))
    customers = Customers(told)
    await customers.find([one, other, third])
    mine, theirs, unlike = [customers.customer_of(LINKS[each]) for each in (one, other, third)]
    assert mine is not None
    assert theirs is not None
    assert unlike is not None
    await customers.fetch_apart([[one, other], [one, third]])
    assert customers.apart(mine, theirs)
    assert not customers.apart(mine, unlike)
    await customers.fetch_apart([[one]])
    assert not customers._apart


def _snapshot(part) -> Snapshot:
    draft = DraftBatch()
    draft.snapshot(part)
    return draft.batch.snapshots[0]
