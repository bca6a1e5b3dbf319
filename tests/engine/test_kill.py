"""Killed at random moments under load: nothing acknowledged is lost, nothing is applied or carried out twice.

`XOP_KILLS` sets how often (200 when not set) and `XOP_SEED` the seed of the moments.
"""

import multiprocessing
import os
import random
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.kit.receiver import Receiver
from tests.kit.victim import release_with_receiver, the_command, work
from xop.assembly import KINDS
from xop.engine.engine import Engine
from xop.kernel import facts as f
from xop.kernel.actions.model import Attempts
from xop.ports.ledger import Stored
from xop.runtimes.embedded import EmbeddedRuntime

KILLS = int(os.environ.get("XOP_KILLS", "200"))
SEED = int(os.environ.get("XOP_SEED", "20261120"))


@pytest.mark.slow
@pytest.mark.timeout(60 + KILLS * 3)
async def test_killed_at_random_moments_it_loses_nothing_and_repeats_nothing(tmp_path):
    acknowledged: dict[str, int] = {}
    chance = random.Random(SEED)
    with Receiver() as receiver:
        for life in range(1, KILLS + 1):
            _live_and_die(tmp_path, receiver.url, life, chance.uniform(0.0, 0.12), acknowledged)
        entries = await _afterlife(tmp_path, receiver.url)
        requests = Counter(receiver.requests)

    positions = {stored.entry.command.id: stored.position for stored in entries}
    assert len(acknowledged) > KILLS
    assert len(positions) == len(entries)
    assert {name: positions.get(name) for name in acknowledged} == acknowledged
    _views_are_counted_once(entries)
    _nothing_done_is_done_again(entries, requests)


def _live_and_die(folder: Path, url: str, life: int, seconds: float, acknowledged: dict[str, int]) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.kit.victim"])
    reader, writer = context.Pipe(duplex=False)
    victim = context.Process(target=work, args=(folder, url, life, writer), daemon=True)
    victim.start()
    writer.close()
    assert reader.poll(30), "the store did not open again"
    assert reader.recv() == ("open", 0, False)
    victim.join(seconds)
    victim.kill()
    victim.join()
    _note(reader, acknowledged)


def _note(reader: Connection, acknowledged: dict[str, int]) -> None:
    """The same command acknowledged again must have kept its place in the ledger."""
    while True:
        try:
            command, position, duplicate = reader.recv()
        except (EOFError, OSError):
            return
        if command in acknowledged:
            assert duplicate
            assert acknowledged[command] == position
        acknowledged[command] = position


async def _afterlife(folder: Path, url: str) -> list[Stored]:
    """Start once more, let everything settle, and read the whole ledger."""
    runtime = await EmbeddedRuntime.open(folder)
    engine = Engine(runtime, release_with_receiver(url), KINDS, lambda _name: "secret")
    await engine.start()
    while {"pending", "sending"} & set(await runtime.outbox.counts()):
        await engine.grown()
    await engine.stop()
    entries = await runtime.ledger.page(0, 1_000_000)
    await runtime.close()
    return entries


def _views_are_counted_once(entries: list[Stored]) -> None:
    signals = [stored.entry for stored in entries if stored.entry.command.id.startswith("signal:")]
    expected = {the_command(int(entry.command.id.rpartition("|")[2]))[0].id for entry in signals}
    assert len(expected) == len(signals)
    for entry in signals:
        assert sum(isinstance(fact, f.SignalReceived) for fact in entry.facts) == 1


def _nothing_done_is_done_again(entries: list[Stored], requests: Counter[str]) -> None:
    started: Counter[str] = Counter()
    done: set[str] = set()
    given_up: set[str] = set()
    for stored in entries:
        for fact in stored.entry.facts:
            if isinstance(fact, f.InvocationStarted):
                assert fact.invocation not in done
                started[fact.invocation] += 1
            elif isinstance(fact, f.InvocationDone):
                assert fact.invocation not in done | given_up
                done.add(fact.invocation)
            elif isinstance(fact, f.InvocationFailed):
                # Being killed in the middle of it counts as an attempt, and these lives are short.
                assert started[fact.invocation] == Attempts().most
                given_up.add(fact.invocation)
    assert len(done) > len(given_up)
    assert done | given_up == set(started)
    assert done <= set(requests)
    assert all(requests[name] <= started[name] for name in requests)
