"""What every keeper of runs promises."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from tests.contracts.material import SHOP, START, entry
from xop.engine.draft_batch import DraftBatch
from xop.kernel import facts as f
from xop.kernel.commands import Signal
from xop.kernel.context.customer import Customer, Part
from xop.kernel.entry import Entry
from xop.kernel.journeys.fold import fold_runs
from xop.kernel.journeys.run import Run, Token, Waiting
from xop.kernel.moment import Moment
from xop.kernel.step import Step
from xop.ports.batch import Batch, HeadChange, RunChange
from xop.ports.errors import DuplicateCommand, StorageError
from xop.ports.runs import Cursor, Selection, Standing, Tally
from xop.ports.runtime import Runtime

NOT_TEXT: Any = object()


def stand(
    part: str,
    run: str,
    step: str = "hello",
    *,
    token: int = 0,
    journey: str = "welcome",
    version: str = "v1",
    waits: Waiting = "time",
    aside: bool = False,
) -> Standing:
    """Return where one token stands."""
    return Standing(part, run, journey, version, "k", token, step, waits, START, START + 9, "on", START - 9, aside)


def moved(*standings: Standing) -> RunChange:
    """Return the change that puts a run where its tokens stand."""
    return RunChange(standings[0].part, standings[0].run, standings)


def begun(parts: Iterable[str], step: str = "hello") -> Batch:
    """Return a batch with one run for each part."""
    return Batch(runs=[moved(stand(part, f"run_{part}", step)) for part in parts])


async def lives(runtime, reopen) -> AsyncIterator[Runtime]:
    """Yield the runtime as it is, then closed and opened again."""
    yield runtime
    yield await reopen()


async def listed(runtime, selection: Selection, limit: int) -> list[Standing]:
    """Return everything asked for, page by page."""
    found: list[Standing] = []
    while page := await runtime.runs.page(selection, found[-1].cursor if found else None, limit):
        assert len(page) <= limit
        found.extend(page)
    return found


async def test_runs_are_found_by_their_part_and_stay_after_closing(runtime, reopen):
    one, other, beside = stand("cus_a", "r2"), stand("cus_a", "r1", aside=True), stand("cus_b", "r3")
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")], runs=[moved(one), moved(other), moved(beside)]))
    async for each in lives(runtime, reopen):
        assert list(await each.runs.of("cus_a")) == [other, one]
        assert list(await each.runs.of("cus_b")) == [beside]
        assert list(await each.runs.of("unknown")) == []
        assert await each.runs.count() == 3


async def test_a_change_replaces_everything_known_of_its_run_only(runtime):
    beside = stand("cus_a", "r2")
    tokens = [stand("cus_a", "r1", step, token=number) for number, step in enumerate(("fork", "left", "right"))]
    await runtime.ledger.commit(Batch(runs=[moved(*tokens), moved(beside)]))
    assert list(await runtime.runs.of("cus_a")) == [*tokens, beside]
    changed = Standing("cus_a", "r1", "other", "v2", "k2", 2, "end", "person", START + 1, 0, "", START + 2, aside=True)
    new = stand("cus_a", "r1", "new", token=7)
    await runtime.ledger.commit(Batch(runs=[moved(new, changed)]))
    assert list(await runtime.runs.of("cus_a")) == [changed, new, beside]
    assert await runtime.runs.count() == 2


async def test_a_run_without_standings_is_over(runtime, reopen):
    await runtime.ledger.commit(begun(["cus_a", "cus_b"]))
    await runtime.ledger.commit(
        Batch(runs=[RunChange("cus_a", "run_cus_a"), RunChange("cus_a", "unknown"), RunChange("unknown", "run_cus_b")])
    )
    async for each in lives(runtime, reopen):
        assert await listed(each, Selection(), 9) == [stand("cus_b", "run_cus_b")]
        assert await each.runs.count() == 1
        assert [tally.tokens for tally in await each.runs.counts()] == [1]


async def test_of_several_changes_of_one_run_the_last_one_holds(runtime):
    here, there = stand("cus_a", "r1", "here"), stand("cus_a", "r1", "there", token=1)
    over = RunChange("cus_a", "r1")
    for changes, expected in (
        ([moved(here), moved(there)], [there]),
        ([moved(here), over], []),
        ([over, moved(here)], [here]),
    ):
        await runtime.ledger.commit(Batch(runs=changes))
        assert list(await runtime.runs.of("cus_a")) == expected
        assert await runtime.runs.count() == len(expected)


@pytest.mark.parametrize("fault", ["known command", "place taken", "no text"])
async def test_runs_change_with_the_whole_batch_or_not_at_all(runtime, reopen, fault):
    batch = begun(["cus_a", "cus_b"])
    batch.entries = [entry("cus_a", 1, "c1")]
    await runtime.ledger.commit(batch)
    before = await listed(runtime, Selection(), 9), await runtime.runs.counts(), await runtime.runs.count()
    change = begun(["cus_a", "cus_c"], "later")
    change.runs.append(RunChange("cus_b", "run_cus_b"))
    change.entries = [entry("cus_c", 1, "c1" if fault == "known command" else "c2")]
    if fault == "place taken":
        change.entries.append(entry("cus_a", 1, "c3"))
    if fault == "no text":
        change.runs.append(moved(stand("cus_d", "r1", NOT_TEXT)))
    with pytest.raises((DuplicateCommand, StorageError, TypeError)):
        await runtime.ledger.commit(change)
    async for each in lives(runtime, reopen):
        assert (await listed(each, Selection(), 9), await each.runs.counts(), await each.runs.count()) == before


async def test_counts_are_exact_through_every_change(runtime, reopen):
    runs = [
        moved(stand("cus_a", "r1", "ask", waits="person"), stand("cus_a", "r1", "ask", token=1, waits="person")),
        moved(stand("cus_b", "r2", "ask", waits="person")),
        moved(stand("cus_c", "r3", "ask", version="v0", waits="person")),
        moved(stand("cus_d", "r4", "ask", waits="person", aside=True)),
        moved(stand("cus_e", "r5", "ask", journey="other")),
    ]
    await runtime.ledger.commit(Batch(runs=runs))
    other = Tally("other", "v1", "ask", "time", False, 1)
    assert list(await runtime.runs.counts()) == [
        other,
        Tally("welcome", "v0", "ask", "person", False, 1),
        Tally("welcome", "v1", "ask", "person", False, 3),
        Tally("welcome", "v1", "ask", "person", True, 1),
    ]
    assert list(await runtime.runs.counts("other")) == [other]
    assert list(await runtime.runs.counts("none")) == []
    assert await runtime.runs.count() == 5
    later = [RunChange("cus_a", "r1"), moved(stand("cus_b", "r2", "end")), moved(stand("cus_d", "r4", "end"))]
    await runtime.ledger.commit(Batch(runs=later))
    async for each in lives(runtime, reopen):
        assert list(await each.runs.counts("welcome")) == [
            Tally("welcome", "v0", "ask", "person", False, 1),
            Tally("welcome", "v1", "end", "time", False, 2),
        ]
        assert await each.runs.count() == 4


async def many(runtime) -> list[Standing]:
    """Put many runs in many places, and return their standings."""
    found = [
        stand(
            f"cus_{number % 41:02}",
            f"run_{number:03}",
            f"step_{number % 7}",
            token=token,
            journey=("welcome", "other")[number % 2],
            version=f"v{number % 3}",
            waits=("time", "person")[number % 5 == 0],
            aside=number % 11 == 0,
        )
        for number in range(200)
        for token in range(1 + number % 2)
    ]
    tokens: dict[tuple[str, str], list[Standing]] = {}
    for each in found:
        tokens.setdefault((each.part, each.run), []).append(each)
    await runtime.ledger.commit(Batch(runs=[moved(*each) for each in tokens.values()]))
    return found


@pytest.mark.parametrize("limit", [1, 13, 1000])
@pytest.mark.parametrize(
    ("selection", "holds"),
    [
        (Selection(), lambda _: True),
        (Selection(journey="other"), lambda each: each.journey == "other"),
        (Selection(version="v1"), lambda each: each.version == "v1"),
        (Selection(steps=("step_1", "step_4", "none")), lambda each: each.step in ("step_1", "step_4")),
        (Selection(steps=()), lambda _: False),
        (Selection(waits="person"), lambda each: each.waits == "person"),
        (Selection(aside=False), lambda each: not each.aside),
        (Selection(part="cus_07"), lambda each: each.part == "cus_07"),
        (Selection(part="cus_07", journey="other"), lambda each: each.part == "cus_07" and each.journey == "other"),
        (
            Selection("welcome", "v0", ("step_0", "step_6"), "time", aside=False),
            lambda each: (
                (each.journey, each.version, each.waits, each.aside) == ("welcome", "v0", "time", False)
                and each.step in ("step_0", "step_6")
            ),
        ),
    ],
)
async def test_pages_hold_everything_asked_for_once_and_in_one_order(runtime, selection, holds, limit):
    found = await many(runtime)
    everything = await runtime.runs.page(Selection(), None, 1000)
    assert sorted(everything, key=str) == sorted(found, key=str)
    pages = await listed(runtime, selection, limit)
    assert pages == [each for each in everything if holds(each)]


async def test_the_standings_of_a_part_come_together_by_run_and_token(runtime):
    await many(runtime)
    everything = await runtime.runs.page(Selection(), None, 1000)
    parts = list(dict.fromkeys(each.part for each in everything))
    assert [each for part in parts for each in await runtime.runs.of(part)] == list(everything)
    own = await runtime.runs.of("cus_07")
    assert [(each.run, each.token) for each in own] == sorted((each.run, each.token) for each in own)


@pytest.mark.parametrize("selection", [Selection(), Selection(journey="welcome")])
async def test_what_stands_during_a_whole_listing_is_listed_once_whatever_else_changes(runtime, reopen, selection):
    parts = [f"cus_{number:02}" for number in range(40)]
    await runtime.ledger.commit(begun(parts))
    found: list[Standing] = list(await runtime.runs.page(selection, None, 10))
    gone, seen = found[-1], {each.part for each in found}
    ahead = [part for part in parts if part not in seen]
    change = begun([*sorted(seen)[:3], *ahead[:5], "cus_new"], "later")
    change.runs += [RunChange(gone.part, gone.run), RunChange(ahead[-1], f"run_{ahead[-1]}")]
    await runtime.ledger.commit(change)
    runtime = await reopen()
    while page := await runtime.runs.page(selection, found[-1].cursor, 10):
        found.extend(page)
    names = [each.part for each in found if each.part != "cus_new"]
    assert sorted(names) == sorted(part for part in parts if part != ahead[-1])
    assert {each.part for each in found if each.step == "later"} >= set(ahead[:5])


async def test_nothing_is_beyond_the_last_one_and_nothing_is_in_a_page_of_none(runtime):
    assert list(await runtime.runs.page(Selection(), None, 9)) == []
    assert (await runtime.runs.count(), list(await runtime.runs.counts())) == (0, [])
    await runtime.ledger.commit(begun(["cus_a"]))
    assert list(await runtime.runs.page(Selection(), Cursor("cus_a", "run_cus_a", 0), 9)) == []
    assert list(await runtime.runs.page(Selection(journey="welcome"), None, 0)) == []


async def test_a_merge_moves_no_run_to_another_part(runtime):
    batch = begun(["cus_a", "cus_b"])
    batch.entries = [entry("cus_a", 1, "c1"), entry("cus_b", 1, "c2")]
    await runtime.ledger.commit(batch)
    before = await listed(runtime, Selection(), 1)
    await runtime.ledger.commit(Batch(heads=[HeadChange("cus_b", "cus_a")]))
    assert await listed(runtime, Selection(), 1) == before
    assert [each.part for each in await runtime.runs.of("cus_b")] == ["cus_b"]


def took_place(part: Part, seq: int, *facts: Any) -> tuple[Entry, Customer]:
    """Return the entry of some facts about runs, and the customer after it."""
    at = START + seq
    runs = part.runs
    for fact in facts:
        runs = fold_runs(runs, fact, at)
    command = Signal(id=f"{part.id}:{seq}", type="visit", source="shop", time=at, actor=SHOP, data={})
    after = Customer(part.id, (Part(part.id, seq, runs=runs),))
    return Entry(part.id, seq, part.id, "v", Moment(at, seq, part.id), command, facts), after


async def test_entries_say_where_runs_stand_after_them(runtime):
    draft, part = DraftBatch(), Part("cus_a")
    entered = f.RunEntered("r1", "welcome", "v1", "api", key="k")
    steps: list[tuple[Any, ...]] = [
        (entered, f.StepReached("r1", "welcome", 0, "hello", waits="time", due=START + 50)),
        (f.RunEntered("r2", "welcome", "v1", "api"), f.StepReached("r2", "welcome", 0, "hello")),
        (f.StepReached("r1", "welcome", 0, "fork", waits="paths"), f.StepReached("r1", "welcome", 1, "left")),
        (f.StepReached("r1", "welcome", 2, "right", waits="signal", on="inv_1"), f.PathEnded("r1", 1)),
        (f.VariablesSet("r1", {"x": 1}), f.RunParked("r1", 2, "next")),
        (f.RunEnded("r2", "welcome", "v1", "done", "end"),),
    ]
    for seq, facts in enumerate(steps, 1):
        made, after = took_place(part, seq, *facts)
        draft.enter(made, after, Step(facts, after=after))
        part = after.parts[0]
    await runtime.ledger.commit(draft.finish())
    common = ("cus_a", "r1", "welcome", "v1", "k")
    assert list(await runtime.runs.of("cus_a")) == [
        Standing(*common, 0, "fork", "paths", START + 3, 0, "", START + 1, aside=False),
        Standing(*common, 2, "right", "signal", START + 4, 0, "inv_1", START + 1, aside=False),
    ]
    draft = DraftBatch()
    tokens = (Token(0, "fork", START + 3),)
    transferred = (f.RunTransferred("r1", "welcome", "v2", "rel", "leave", tokens),)
    made, after = took_place(part, 7, *transferred)
    draft.enter(made, after, Step(transferred, after=after))
    await runtime.ledger.commit(draft.finish())
    assert [(each.version, each.aside) for each in await runtime.runs.of("cus_a")] == [("v2", True)]


async def test_a_run_forgotten_when_another_begins_is_over(runtime):
    old = Run("r1", "welcome", "v0", 0, (Token(0, "hello", 0),), aside="rel", aside_at=1)
    before = Customer("cus_a", (Part("cus_a", runs={"r1": old}),))
    await runtime.ledger.commit(Batch(runs=[moved(stand("cus_a", "r1", version="v0", aside=True))]))
    facts = (f.RunEntered("r2", "welcome", "v1", "api"), f.StepReached("r2", "welcome", 0, "hello"))
    made, after = took_place(before.parts[0], 1, *facts)
    draft = DraftBatch()
    draft.enter(made, after, Step(facts, after=after), before)
    await runtime.ledger.commit(draft.finish())
    assert [each.run for each in await runtime.runs.of("cus_a")] == ["r2"]


async def test_parts_are_listed_in_order_page_by_page(runtime, reopen):
    names = ["cus_c", "cus_a", "cus_é", "cus_b", "cus_B"]
    await runtime.ledger.commit(Batch([entry(name, 1, name, customer="cus_a") for name in names]))
    await runtime.ledger.commit(begun(["cus_mentioned"]))
    async for each in lives(runtime, reopen):
        found: list[str] = []
        while page := await each.directory.page(found[-1] if found else "", 2):
            found.extend(page)
        assert found == sorted(names)
        assert list(await each.directory.page("", 0)) == []
