"""Runtimes answer alike, whatever is asked of them."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contracts.material import START, entry, request, ruled, timer
from xop.kernel.decisions.model import Evidence
from xop.kernel.entry import Entry
from xop.kernel.identity.model import Identifier
from xop.ports.batch import ApartChange, Batch, HeadChange, LinkChange, Snapshot
from xop.ports.errors import StorageError
from xop.ports.outbox import OutboxChange, OutboxState
from xop.ports.runtime import Runtime
from xop.runtimes.embedded import EmbeddedRuntime, index
from xop.runtimes.simulated import Memory, SimulatedRuntime

PARTS = [f"cus_{name}" for name in "abcd"]
COMMANDS = [f"c{number}" for number in range(40)]
DECISIONS = [f"dec_{number}" for number in range(40)]
KEYS = ["k1", "k2"]
INVOCATIONS = [f"inv_{number}" for number in range(6)]
IDENTIFIERS = [Identifier("email", name) for name in ("a", "b", "a\x00b")]
STATES: list[OutboxState] = ["pending", "sending", "done", "failed", "uncertain", "cancelled"]

parts = st.sampled_from(PARTS)
moments = st.integers(START - 3, START + 3)
states = st.sampled_from(STATES)


def step(part: str, seq: int, number: int) -> Entry:
    """Return an entry; every third command is ruled on."""
    if number % 3:
        return entry(part, seq, COMMANDS[number])
    return ruled(part, seq, COMMANDS[number], DECISIONS[number])


batches = st.builds(
    Batch,
    entries=st.lists(st.builds(step, parts, st.integers(1, 60), st.integers(0, 39)), max_size=3),
    links=st.lists(st.builds(LinkChange, st.sampled_from(IDENTIFIERS), parts), max_size=2),
    heads=st.lists(st.builds(HeadChange, parts, parts), max_size=1),
    apart=st.lists(st.builds(ApartChange, parts, parts, st.booleans()), max_size=1),
    timers=st.lists(st.builds(timer, parts, st.sampled_from(KEYS), moments), max_size=3),
    timers_gone=st.lists(st.tuples(parts, st.sampled_from(KEYS)), max_size=2),
    timers_fired=st.lists(st.tuples(parts, st.sampled_from(KEYS), moments), max_size=2),
    outbox=st.lists(
        st.builds(request, st.sampled_from(INVOCATIONS), part=parts, state=states, due=moments)
        | st.builds(
            OutboxChange,
            st.sampled_from(INVOCATIONS),
            states,
            moments,
            st.none() | st.integers(0, 9),
            st.none() | st.just("busy"),
        ),
        max_size=3,
    ),
    evidence=st.lists(
        st.tuples(parts, st.builds(Evidence, st.sampled_from(DECISIONS), st.just({"amount": 1}))), max_size=1
    ),
    snapshots=st.lists(st.builds(Snapshot, parts, st.integers(1, 9), st.binary(max_size=4)), max_size=1),
)


async def attempt(runtime: Runtime, batch: Batch) -> Any:
    try:
        return list(await runtime.ledger.commit(batch))
    except StorageError as error:
        return type(error), str(error)


async def ledger_picture(runtime: Runtime) -> list[Any]:
    ledger = runtime.ledger
    return [
        await ledger.last(),
        await ledger.read(PARTS[:2]),
        await ledger.page(2, 4),
        await ledger.page(2, 4, PARTS[1:3]),
        await ledger.decisions(None, 4),
        await ledger.decisions(9, 3, PARTS[:3]),
        await ledger.latest(None, 4),
        await ledger.latest(9, 3, PARTS[:3]),
        await ledger.answered(COMMANDS),
        [await ledger.decided(decision) for decision in DECISIONS],
        [await runtime.evidence.get(decision) for decision in DECISIONS],
    ]


async def picture(runtime: Runtime) -> list[Any]:
    timers, outbox, directory = runtime.timers, runtime.outbox, runtime.directory
    return [
        *await ledger_picture(runtime),
        await directory.load(IDENTIFIERS, []),
        [await directory.load([], [part]) for part in PARTS],
        await directory.load(IDENTIFIERS[:1], PARTS[1:3]),
        await directory.apart(PARTS[:2]),
        await directory.count(),
        sorted(map(str, await timers.due(START, 99))),
        sorted(map(str, await timers.of(PARTS[:3]))),
        [each.due for each in await timers.due(START + 9, 3)],
        await timers.next_due(),
        await timers.count(),
        [await outbox.get(invocation) for invocation in INVOCATIONS],
        sorted(map(str, await outbox.due(START, 99))),
        [each.due for each in await outbox.due(START + 9, 2)],
        await outbox.next_due(0),
        await outbox.next_due(START + 1),
        await outbox.page(["failed", "done"], None, 2),
        await outbox.page(["failed", "uncertain"], INVOCATIONS[1], 9),
        await outbox.counts(),
    ]


async def compare(folder: Path, script: list[Batch | None]) -> None:
    memory = Memory()
    runtimes: list[Runtime] = [await EmbeddedRuntime.open(folder), SimulatedRuntime(START, 1, memory)]
    for batch in script:
        if batch is None:
            for runtime in runtimes:
                await runtime.close()
            runtimes = [await EmbeddedRuntime.open(folder), SimulatedRuntime(START, 1, memory)]
        else:
            one, other = [await attempt(runtime, batch) for runtime in runtimes]
            assert one == other
        one, other = [await picture(runtime) for runtime in runtimes]
        assert one == other
    for runtime in runtimes:
        await runtime.close()


@pytest.mark.slow
@pytest.mark.parametrize("window", [3, index.WINDOW])
def test_both_runtimes_answer_alike(monkeypatch, window):
    """None in a script closes and opens the store; a small window makes what is written behind be written soon."""
    monkeypatch.setattr(index, "WINDOW", window)

    @settings(max_examples=60, deadline=None)
    @given(st.lists(batches | st.none(), max_size=12))
    def check(script: list[Batch | None]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(compare(Path(folder), script))

    check()
