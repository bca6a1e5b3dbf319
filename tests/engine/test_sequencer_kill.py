"""L6: killed at random moments under load, the log loses no leaf, uses no index twice and signs nothing inconsistent.

`XOP_KILLS` sets how often (200 when not set) and `XOP_SEED` the seed of the moments.
"""

import os
import random
from pathlib import Path
from typing import Any

import pytest

from tests.kit.leaves import Holder
from tests.kit.logged_victim import logged_release, nursery
from tests.kit.receiver import Receiver
from xop.assembly import KINDS
from xop.engine.engine import Engine
from xop.kernel.log.bundle import unbundled
from xop.kernel.log.tile import ENTRIES, tile_at
from xop.kernel.log.verifier import log_verifier
from xop.runtimes.embedded import EmbeddedRuntime

KILLS = int(os.environ.get("XOP_KILLS", "200"))
SEED = int(os.environ.get("XOP_SEED", "20261121"))


@pytest.mark.slow
@pytest.mark.timeout(60 + KILLS * 3)
async def test_l6_killed_at_random_moments_the_log_loses_nothing_and_contradicts_nothing(tmp_path):
    folder, chance = tmp_path / "data", random.Random(SEED)
    acknowledged: dict[str, int] = {}
    published: list[bytes] = []
    with Receiver() as receiver:
        with nursery(folder, receiver.url, tmp_path / "told") as lives:
            for life in range(1, KILLS + 1):
                _note(lives.live(life, chance.uniform(0.0, 0.08), begun=life % 5 > 0), acknowledged, published)
                published += [path.read_bytes() for path in folder.glob("log/checkpoint")]
        runtime = await EmbeddedRuntime.open(folder)
        engine = Engine(runtime, logged_release(receiver.url), KINDS, lambda _name: "secret")
        await engine.start()
        await engine.stop()
        requests = set(receiver.requests)
    assert engine.log.state == "ok", engine.log.fault

    holder = Holder(log_verifier(runtime.signer), folder / "log")
    for note in published:
        holder.see(note)
    holder.compare()
    assert len(holder.roots) > KILLS // 4

    leaves = await runtime.leaves.page(0, 1_000_000)
    assert _bundled(folder / "log", len(leaves)) == list(leaves)
    assert len(acknowledged) > KILLS
    places = {decision: await runtime.leaves.place(decision) for decision in acknowledged}
    assert {decision: place and place.index for decision, place in places.items()} == acknowledged
    assert len(set(acknowledged.values())) == len(acknowledged)

    decisions = [stored.entry.decision for stored in await runtime.ledger.page(0, 1_000_000)]
    logged = {each.invocation for each in decisions if each and await runtime.leaves.place(each.id) is not None}
    assert requests
    assert requests <= logged
    await runtime.close()


def _note(told: list[list[Any]], acknowledged: dict[str, int], published: list[bytes]) -> None:
    for kind, *what in told:
        if kind == "checkpoint":
            published.append(what[0].encode())
        else:
            decision, index = what
            assert acknowledged.setdefault(decision, index) == index


def _bundled(folder: Path, size: int) -> list[bytes]:
    """Return all leaves as they are in the published bundles."""
    found: list[bytes] = []
    for number in range(-(-size // 256)):
        tile = tile_at(ENTRIES, number, size)
        found += unbundled((folder / tile.path).read_bytes())
    return found
