"""The sequencer: what is durable gets under a checkpoint, and nothing is signed that contradicts one signed before."""

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.kit.harbour import proposal, signal
from tests.kit.leaves import FAST, Holder, checkpoint_in, files_of, log_over, record, settled
from tests.kit.world import World
from xop.engine.log import DecisionLog
from xop.kernel.log.checkpoint import Checkpoint, signed_checkpoint
from xop.kernel.log.growth import grow
from xop.kernel.log.merkle import Frontier, leaf_hash, verify_consistency, verify_inclusion
from xop.kernel.log.verifier import log_verifier
from xop.kernel.release import LogRules
from xop.ports.errors import StorageError
from xop.ports.log import TileStore
from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.simulated import SimulatedRuntime


@pytest.fixture
async def runtime(tmp_path):
    """A store in a folder."""
    opened = await EmbeddedRuntime.open(tmp_path / "data")
    yield opened
    await opened.close()


@pytest.fixture
def folder(tmp_path) -> Path:
    """Where the log of that store is."""
    return tmp_path / "data" / "log"


class Watched:
    """A tile store that tells in which order it was written to, and fails when told to."""

    def __init__(self, store: TileStore) -> None:
        self._store = store
        self.written: list[str] = []
        self.full = False

    async def read(self, path: str) -> bytes | None:
        """Return a file."""
        return await self._store.read(path)

    async def write(self, files: Mapping[str, bytes]) -> None:
        """Write files, unless there is no room."""
        self._require_room()
        self.written += files
        await self._store.write(files)

    async def publish(self, checkpoint: bytes) -> None:
        """Publish a checkpoint, unless there is no room."""
        self._require_room()
        self.written.append("checkpoint")
        await self._store.publish(checkpoint)

    def _require_room(self) -> None:
        if self.full:
            raise StorageError("the disk is full")


@pytest.mark.parametrize("steps", [(1,), (255, 1, 1), (256,), (257, 255), (3, 700, 1)])
async def test_the_files_are_those_of_a_log_grown_at_once(runtime, folder, steps):
    for at, count in enumerate(steps):
        await record(runtime, sum(steps[:at]), count)
        await settled(log_over(runtime))
    leaves = await runtime.leaves.page(0, 10_000)
    whole = grow(Frontier(), leaves, lambda _path: None)
    found = files_of(folder)
    assert checkpoint_in(folder, runtime) == Checkpoint(runtime.origin, sum(steps), whole.root)
    assert {path: found[path] for path in whole.files} == whole.files


async def test_entries_and_tiles_are_written_before_the_checkpoint_that_speaks_of_them(runtime):
    runtime.tiles = watched = Watched(runtime.tiles)
    await record(runtime, 0, 300)
    await settled(log_over(runtime))
    assert watched.written[0] == "checkpoint", "a log begins with the checkpoint of no leaves"
    bundles = [place for place, path in enumerate(watched.written) if "entries" in path]
    tiles = [place for place, path in enumerate(watched.written) if path.startswith("tile/") and "entries" not in path]
    assert max(bundles) < min(tiles)
    assert watched.written[max(tiles) + 1 :] == ["checkpoint"]


async def test_only_the_files_that_change_are_written(runtime):
    await record(runtime, 0, 600)
    await settled(log_over(runtime))
    runtime.tiles = watched = Watched(runtime.tiles)
    await record(runtime, 600, 1)
    await settled(log_over(runtime))
    assert watched.written == ["tile/entries/002.p/89", "tile/0/002.p/89", "checkpoint"]


async def test_leaves_wait_for_the_interval_but_not_when_very_many_do():
    runtime = SimulatedRuntime(1_790_000_000_000, 1)
    log = log_over(runtime, LogRules(interval=500))
    log.start()
    await runtime.clock.settle()
    await record(runtime, 0, 1)
    log.note(1)
    await runtime.clock.settle()
    await runtime.clock.advance(499)
    first = log.head.size
    await runtime.clock.advance(1)
    assert (first, log.head.size) == (0, 1)
    await record(runtime, 1, 10)
    log.note(10)
    await runtime.clock.settle()
    assert log.head.size == 1
    await record(runtime, 11, 1014)
    log.note(1014)
    await runtime.clock.settle()
    assert log.head.size == 1025
    assert log.sequencer.lag == 0
    await log.stop()
    await runtime.close()


async def test_after_a_restart_it_goes_on_where_it_was(runtime, folder):
    await record(runtime, 0, 300)
    await settled(log_over(runtime))
    holder = Holder(log_verifier(runtime.signer), folder)
    holder.see((folder / "checkpoint").read_bytes())
    await record(runtime, 300, 300)
    await settled(log_over(runtime))
    assert checkpoint_in(folder, runtime).size == 600
    holder.compare()


async def test_leaves_wait_while_the_disk_is_full_and_then_catch_up(runtime, folder):
    runtime.tiles = watched = Watched(runtime.tiles)
    log = log_over(runtime)
    log.start()
    await record(runtime, 0, 1)
    log.note(1)
    await asyncio.wait_for(log.head.reached(0, "integrated", 20), 20)
    watched.full = True
    await record(runtime, 1, 50)
    log.note(50)
    while not log.sequencer.fault:
        await log.head.changed()
    assert log.state == "unwritable"
    assert "the disk is full" in log.fault
    assert log.sequencer.lag >= 0
    assert checkpoint_in(folder, runtime).size == 1
    watched.full = False
    await log.head.reached(50, "integrated", 20)
    assert (log.state, log.fault) == ("ok", "")
    assert checkpoint_in(folder, runtime).size == 51
    await log.stop()


async def _refusal(log: DecisionLog) -> str:
    await settled(log)
    assert log.state == "refused"
    assert log.fault == log.sequencer.refusal
    return log.fault


async def test_l6_a_store_put_back_from_a_backup_stops_the_log_and_nothing_is_signed(tmp_path):
    runtime = await EmbeddedRuntime.open(tmp_path / "data")
    await record(runtime, 0, 10)
    await runtime.close()
    shutil.copytree(tmp_path / "data", tmp_path / "backup")
    runtime = await EmbeddedRuntime.open(tmp_path / "data")
    await record(runtime, 10, 10)
    await settled(log_over(runtime))
    await runtime.close()
    before = (tmp_path / "data" / "log" / "checkpoint").read_bytes()
    for file in (tmp_path / "backup").glob("xop.db*"):
        shutil.copy(file, tmp_path / "data" / file.name)
    _without_wal(tmp_path / "data", tmp_path / "backup")

    runtime = await EmbeddedRuntime.open(tmp_path / "data")
    assert await runtime.leaves.count() == 10
    told = await _refusal(log_over(runtime))
    assert "20 leaves were signed, and the store has 10" in told
    await record(runtime, 100, 40)
    grown = await _refusal(log_over(runtime))
    assert "leaf 10 of the store is another than the one that was signed" in grown
    assert (tmp_path / "data" / "log" / "checkpoint").read_bytes() == before
    assert await runtime.leaves.count() == 50, "what happens is recorded all the same"
    await runtime.close()


def _without_wal(folder: Path, backup: Path) -> None:
    for file in folder.glob("xop.db-*"):
        if not (backup / file.name).exists():
            file.unlink()


async def test_a_checkpoint_of_another_key_stops_the_log(runtime, folder):
    await record(runtime, 0, 3)
    await settled(log_over(runtime))
    text = (folder / "checkpoint").read_bytes()
    (folder / "checkpoint").write_bytes(text.replace(b"\n3\n", b"\n2\n"))
    assert "none of this log" in await _refusal(log_over(runtime))


async def test_tiles_that_do_not_give_the_signed_root_stop_the_log(runtime, folder):
    await record(runtime, 0, 3)
    await settled(log_over(runtime))
    tile = folder / "tile/0/000.p/3"
    tile.write_bytes(bytes([tile.read_bytes()[0] ^ 1]) + tile.read_bytes()[1:])
    assert "do not give the root that was signed" in await _refusal(log_over(runtime))
    tile.unlink()
    assert "tile/0/000.p/3 is missing" in await _refusal(log_over(runtime))


async def test_a_checkpoint_changed_while_it_runs_is_not_gone_on_from(runtime, folder):
    log = log_over(runtime)
    log.start()
    await record(runtime, 0, 5)
    log.note(5)
    await log.head.reached(4, "integrated", 20)
    forged = Checkpoint(runtime.origin, 4, leaf_hash(b"another tree"))
    (folder / "checkpoint").write_bytes(signed_checkpoint(forged, runtime.signer).render())
    await record(runtime, 5, 5)
    log.note(5)
    await log.stop()
    assert "somebody else writes to the folder" in log.fault


async def test_leftovers_of_an_interrupted_round_must_be_what_is_written_now(runtime, folder):
    await record(runtime, 0, 3)
    await settled(log_over(runtime))
    await record(runtime, 3, 2)
    leaves = await runtime.leaves.page(0, 5)
    growth = grow(Frontier(), leaves, lambda _path: None)
    bundle = folder / "tile/entries/000.p/5"
    bundle.write_bytes(growth.files["tile/entries/000.p/5"])
    await settled(log_over(runtime))
    assert checkpoint_in(folder, runtime).size == 5
    await record(runtime, 5, 1)
    (folder / "tile/entries/000.p/6").write_bytes(b"\x00\x01x")
    assert "tile/entries/000.p/6 is there already with other content" in await _refusal(log_over(runtime))


async def test_partial_files_that_gave_way_to_full_ones_are_not_missed(runtime, folder):
    await record(runtime, 0, 250)
    await settled(log_over(runtime))
    await record(runtime, 250, 10)
    growth = grow(Frontier(), await runtime.leaves.page(0, 256), lambda _path: None)
    for path in ("tile/entries/000", "tile/0/000"):
        shutil.rmtree(folder / f"{path}.p")
        (folder / path).write_bytes(growth.files[path])
    log = log_over(runtime)
    await settled(log)
    assert (log.state, checkpoint_in(folder, runtime).size) == ("ok", 260)


async def test_l7_of_two_sequencers_only_one_writes(tmp_path, runtime, folder):
    await record(runtime, 0, 3)
    log = log_over(runtime)
    log.start()
    with pytest.raises(StorageError, match="in use by process"):
        await EmbeddedRuntime.open(tmp_path / "data")
    await log.head.reached(2, "integrated", 20)
    await log.stop()
    assert checkpoint_in(folder, runtime).size == 3


async def test_l10_concurrent_appends_are_all_integrated_in_time_and_prove(runtime):
    log = log_over(runtime, FAST)
    log.start()

    async def append(number: int) -> None:
        await record(runtime, number, 7)
        log.note(7)

    await asyncio.gather(*(append(number * 7) for number in range(80)))
    for number in range(560):
        proven = await log.proofs.decision(f"dec_{number}", seconds=20)
        assert proven is not None
        assert proven.proof is not None
        proven.proof.verify(proven.leaf, log.head.trust)
    assert log.state == "ok"
    await log.stop()


async def test_a_decision_is_recorded_then_integrated(runtime):
    await record(runtime, 0, 1)
    log = log_over(runtime)
    before = await log.proofs.decision("dec_0")
    log.start()
    after = await log.proofs.decision("dec_0", seconds=20)
    await log.stop()
    assert before is not None
    assert after is not None
    assert (before.state, before.proof, after.state) == ("recorded", None, "integrated")
    assert await log.proofs.decision("dec_unknown") is None


async def test_old_checkpoints_can_be_proved_from_the_present_tree(runtime):
    log = log_over(runtime)
    roots: dict[int, bytes] = {}
    for first, count in ((0, 3), (3, 254), (257, 300)):
        await record(runtime, first, count)
        await settled(log)
        assert log.head.latest is not None
        roots[log.head.size] = log.head.latest.checkpoint.root
        log = log_over(runtime)
    await log.head.ready()
    for size, root in roots.items():
        verify_consistency(size, 557, root, roots[557], await log.proofs.consistency(size, 557))
        leaf = (await runtime.leaves.page(size - 1, 1))[0]
        verify_inclusion(size - 1, size, leaf_hash(leaf), await log.proofs.inclusion(size - 1, size), root)


async def test_nothing_is_written_where_nothing_was_started(runtime, folder):
    await record(runtime, 0, 3)
    log = log_over(runtime)
    await log.stop()
    assert not (folder / "checkpoint").exists()


async def test_an_engine_in_virtual_time_keeps_a_log():
    async with World() as world:
        await world.settle(1_000)
        assert world.engine.log.state == "ok"
        assert world.engine.log.head.latest is not None


async def test_tiles_that_are_not_on_disk_as_they_were_written_stop_the_log(runtime, folder):
    class Lossy(Watched):
        async def write(self, files: Mapping[str, bytes]) -> None:
            await super().write({path: bytes(len(content)) for path, content in files.items()})

    runtime.tiles = Lossy(runtime.tiles)
    log = log_over(runtime)
    await record(runtime, 0, 3)
    assert "the tiles on disk do not give the root" in await _refusal(log)
    assert checkpoint_in(folder, runtime).size == 0


async def test_l8_the_same_command_again_has_the_same_leaf():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:ann", path="/"))
        wish = proposal(1, "issue_credit", cents=5)
        first = await world.ask(wish, "account:ann")
        place = await world.runtime.leaves.place(first.decision.id)
        assert place is not None
        other = proposal(1, "issue_credit", cents=7)
        for again in (await world.ask(wish, "account:ann"), await world.ask(other, "account:ann")):
            assert again.duplicate
            assert again.entry.command == wish
            assert await world.runtime.leaves.place(again.decision.id) == place
        await world.settle(1000)
        proposed = [leaf for leaf in await world.runtime.leaves.page(0, 1000) if b'"stage":"proposal"' in leaf]
        assert len(proposed) == 1


async def test_l6_no_effect_leaves_before_its_leaf_is_durable():
    """A1: whoever carries it out finds the decision in the log already."""
    found: list[bool] = []
    async with World(connection={"adapter": "simulated"}) as world:
        adapter = world.engine._connections.adapter(world.engine.release.connections["desk"])
        send = adapter.send

        async def noted(sending):
            decisions = [stored.entry.decision for stored in await world.entries()]
            wanted = [each for each in decisions if each and each.invocation == sending.invocation]
            places = [await world.runtime.leaves.place(each.id) for each in wanted]
            found.append(bool(places) and None not in places)
            return await send(sending)

        setattr(adapter, "send", noted)  # noqa: B010 - it is only looked at before it is sent
        await world.tell(signal(1, "page.viewed", "account:ann", path="/"))
        await world.ask(proposal(1, "issue_credit", cents=5), "account:ann")
        await world.settle(1000)
    assert found == [True]
