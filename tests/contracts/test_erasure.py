"""What erasing promises: nothing of the erased is found by any port, and nothing else is touched."""

from typing import Any

import pytest

from tests.contracts.material import START, entry, request, ruled, timer
from xop.kernel.audit.leaf import Leaf
from xop.kernel.decisions.model import Evidence
from xop.kernel.halts.model import PLATFORM
from xop.kernel.identity.model import Identifier
from xop.ports.batch import (
    ApartChange,
    Batch,
    HandoverChange,
    HeadChange,
    LeafIntent,
    LinkChange,
    RunChange,
    Snapshot,
)
from xop.ports.desk import DeskSelection, DeskStanding
from xop.ports.errors import StorageError
from xop.ports.runs import Standing
from xop.ports.shadows import Contrast, Side

SIDE = Side("permit")


def life(name: str, first: int = 1) -> Batch:
    """Return something of everything that is kept of a part."""
    part, decision = f"cus_{name}", f"dec_{name}"
    desk = DeskStanding(part, f"h_{name}", f"con_{name}", "q", "waiting", False, "late", "en", START, START, 0, "")
    return Batch(
        entries=[entry(part, first, f"c1{name}"), ruled(part, first + 1, f"c2{name}", decision)],
        links=[LinkChange(Identifier("email", f"{name}@example.org"), part)],
        timers=[timer(part, "k1", START), timer(part, "k2", START + 1)],
        outbox=[request(f"inv_1{name}", part=part), request(f"inv_2{name}", part=part, state="done")],
        evidence=[(part, Evidence(decision, {"name": name}))],
        snapshots=[Snapshot(part, first, f'{{"of":"{name}"}}'.encode())],
        runs=[
            RunChange(part, "r", (Standing(part, "r", "j", "1", name, 0, "s", "time", START, 0, "", START, False),)),
        ],
        handovers=[HandoverChange(part, f"h_{name}", desk)],
        leaves=[LeafIntent(1, Leaf("decision", decision, START, "rel_a", evidence=decision))],
    )


async def seen(runtime, name: str) -> list[Any]:
    """Return everything that the ports tell of a part."""
    part, decision = f"cus_{name}", f"dec_{name}"
    loaded = await runtime.directory.load([Identifier("email", f"{name}@example.org")], [part])
    return [
        await runtime.ledger.answered([f"c1{name}", f"c2{name}"]),
        await runtime.ledger.decided(decision),
        await runtime.ledger.read([part]),
        await runtime.ledger.page(0, 9, [part]),
        await runtime.ledger.decisions(None, 9, [part]),
        loaded.links,
        loaded.customers.get(part),
        await runtime.directory.apart([part]),
        await runtime.timers.of([part]),
        [each for each in await runtime.timers.due(START + 9, 99) if each.part == part],
        await runtime.outbox.get(f"inv_1{name}"),
        [each for each in await runtime.outbox.page(["pending", "done"], None, 99) if each.part == part],
        await runtime.evidence.get(decision),
        await runtime.evidence.body(decision),
        await runtime.runs.of(part),
        await runtime.desk.find(f"h_{name}"),
        await runtime.desk.page(DeskSelection(part=part), None, 9),
        await runtime.keyring.secret(part),
        await runtime.leaves.place(decision),
        [each for each in await runtime.directory.page("", 99) if each == part],
        [each for _, each in await runtime.shadows.page(None, 99) if each.decision == decision],
    ]


async def counts(runtime) -> list[Any]:
    return [
        await runtime.directory.count(),
        await runtime.timers.count(),
        await runtime.runs.count(),
        await runtime.runs.counts(),
        await runtime.desk.counts(),
        await runtime.outbox.counts(),
        [each.position for each in await runtime.ledger.page(0, 99)],
        await runtime.ledger.last(),
        await runtime.timers.next_due(),
        await runtime.outbox.next_due(0),
    ]


async def lived(runtime) -> None:
    """Let three customers live, and one part be merged into the first."""
    for name in "abc":
        await runtime.ledger.commit(life(name))
    await runtime.ledger.commit(
        Batch(
            [entry("cus_m", 1, "m1")], heads=[HeadChange("cus_m", "cus_a")], apart=[ApartChange("cus_a", "cus_c", True)]
        )
    )
    contrasts = [
        Contrast("release", "r", f"dec_{name}", START, "proposal", "send", "bot", "", SIDE, SIDE) for name in "ab"
    ]
    await runtime.shadows.note(contrasts)


async def test_nothing_of_the_erased_is_found_and_others_are_as_they_were(runtime, reopen):
    await lived(runtime)
    assert all(await seen(runtime, "a"))
    others = [await seen(runtime, name) for name in "bc"]
    others[1][7] = set()  # its being apart from the erased is gone with that
    weighed = await runtime.kept(["cus_a", "cus_m"])
    gone = await runtime.erase(["cus_a", "cus_m"])
    assert weighed == gone
    assert await runtime.kept(["cus_a", "cus_x"]) == {}
    expected = {
        "ledger": 3,
        "evidence": 1,
        "snapshots": 1,
        "links": 1,
        "apart": 1,
        "timers": 2,
        "standings": 1,
        "handovers": 1,
        "outbox": 2,
        "contrasts": 1,
        "parts": 2,
    }
    assert gone == expected
    for again in (False, True):
        store = await reopen() if again else runtime
        assert not any(await seen(store, "a"))
        assert not any(await seen(store, "m"))
        assert [await seen(store, name) for name in "bc"] == others


async def test_counts_are_those_of_the_others(runtime, reopen):
    await lived(runtime)
    await runtime.erase(["cus_a", "cus_m"])
    found = await counts(runtime)
    assert found[0] == 2
    assert found[1] == 4
    assert found[2] == 2
    assert found[5] == {"pending": 2, "done": 2}
    assert found[6] == [3, 4, 5, 6]
    assert found[7] == 7
    assert await counts(await reopen()) == found


async def test_leaves_stay_and_an_erased_decision_is_told_from_an_unknown_one_by_its_leaf(runtime, reopen):
    await lived(runtime)
    place = await runtime.leaves.place("dec_a")
    before = list(await runtime.leaves.page(0, 9))
    await runtime.erase(["cus_a"])
    again = await reopen()
    assert list(await again.leaves.page(0, 9)) == before
    assert await again.leaves.page(place.index, 1) == before[:1]
    assert await again.leaves.place("dec_a") is None
    assert await again.evidence.get("dec_a") is None
    assert (await again.leaves.place("dec_b")).index == 1


async def test_positions_and_indexes_are_never_given_again(runtime, reopen):
    for name in "ab":
        await runtime.ledger.commit(life(name))
    await runtime.erase(["cus_b"])
    again = await reopen()
    assert await again.ledger.last() == 4
    assert list(await again.ledger.commit(life("c"))) == [5, 6]
    assert (await again.leaves.place("dec_c")).index == 2
    assert await again.evidence.get("dec_c") == Evidence("dec_c", {"name": "c"})


async def test_whoever_is_heard_of_again_is_somebody_new(runtime, reopen):
    await lived(runtime)
    secret = await runtime.keyring.secret("cus_a")
    await runtime.erase(["cus_a"])
    await runtime.ledger.commit(life("a"))
    assert await runtime.keyring.secret("cus_a") != secret
    again = await reopen()
    assert len(await again.ledger.read(["cus_a"])) == 2
    assert (await again.directory.load([], ["cus_a"])).customers["cus_a"][0].state == b'{"of":"a"}'


async def test_a_part_merged_into_an_erased_one_is_a_customer_of_its_own_again(runtime):
    await lived(runtime)
    await runtime.erase(["cus_a"])
    assert list((await runtime.directory.load([], ["cus_m"])).customers) == ["cus_m"]
    assert await runtime.directory.count() == 3


async def test_erasing_again_or_what_is_unknown_changes_nothing(runtime):
    await lived(runtime)
    await runtime.erase(["cus_a"])
    before = await counts(runtime)
    assert await runtime.erase(["cus_a", "cus_unknown"]) == {}
    assert await runtime.erase([]) == {}
    assert await counts(runtime) == before


async def test_many_are_erased_together(runtime, reopen):
    names = [f"n{number}" for number in range(60)]
    for name in names:
        await runtime.ledger.commit(life(name))
    gone = await runtime.erase([f"cus_{name}" for name in names[::2]])
    assert gone["ledger"] == 60
    again = await reopen()
    for name in names[::2]:
        assert not any(await seen(again, name))
    for name in names[1::2]:
        assert len(await again.ledger.read([f"cus_{name}"])) == 2
        assert await again.evidence.get(f"dec_{name}") is not None


async def test_the_platform_itself_is_not_erased(runtime):
    await runtime.ledger.commit(Batch([entry(PLATFORM, 1, "c1")]))
    with pytest.raises(StorageError, match="name parts of a customer"):
        await runtime.erase([PLATFORM])
    assert len(await runtime.ledger.read([PLATFORM])) == 1
