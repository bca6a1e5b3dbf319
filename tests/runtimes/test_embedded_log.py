"""The write-ahead log is moved into the database while the writer writes."""

import asyncio
import time
from pathlib import Path

import apsw
import pytest

from tests.contracts.material import entry
from xop.ports.batch import Batch
from xop.runtimes.embedded import EmbeddedRuntime, checkpoint

PAGE = 4096


def sizes(folder: Path) -> tuple[int, int]:
    """Return the bytes in the write-ahead log and in the database."""
    return (folder / "xop.db-wal").stat().st_size, (folder / "xop.db").stat().st_size


async def write(runtime: EmbeddedRuntime, folder: Path, batches: int, first: int = 0) -> int:
    """Commit batches and return how large the log ever was, in bytes."""
    largest = 0
    for number in range(first, first + batches):
        entries = [entry(f"cus_{place}", number + 1, f"{number}.{place}", text="x" * 3000) for place in range(10)]
        await runtime.ledger.commit(Batch(entries))
        largest = max(largest, sizes(folder)[0])
    return largest


async def test_the_log_stays_within_its_limit(monkeypatch, folder):
    monkeypatch.setattr(checkpoint, "NUDGE", 20)
    monkeypatch.setattr(checkpoint, "RESTART", 50)
    monkeypatch.setattr(checkpoint, "LIMIT", 100)
    runtime = await EmbeddedRuntime.open(folder)
    largest = await write(runtime, folder, 300)
    assert largest < 200 * PAGE
    assert sizes(folder)[1] > 1000 * PAGE
    await runtime.close()


@pytest.mark.parametrize(("limit", "cheap"), [(100, 0), (1 << 40, 1_000)])
async def test_the_writer_alone_lets_a_long_log_start_over(monkeypatch, folder, limit, cheap):
    monkeypatch.setattr(checkpoint, "RESTART", 50)
    monkeypatch.setattr(checkpoint, "LIMIT", limit)
    monkeypatch.setattr(checkpoint, "_CHEAP", cheap)
    runtime = await EmbeddedRuntime.open(folder)
    runtime._store._checkpointer.stop()
    assert await write(runtime, folder, 100) < 150 * PAGE
    await runtime.close()


async def test_the_second_connection_moves_the_log_while_the_writer_writes(monkeypatch, folder):
    monkeypatch.setattr(checkpoint, "NUDGE", 20)
    runtime = await EmbeddedRuntime.open(folder)
    before = sizes(folder)[1]
    first = 0
    while sizes(folder)[1] < before + 100 * PAGE:
        assert await write(runtime, folder, 10, first) < checkpoint.RESTART * PAGE
        first += 10
    await runtime.close()


async def test_one_wake_is_enough_to_move_the_log(monkeypatch, folder):
    """A connection that has read nothing yet would say that there is no log, and move nothing."""
    await (await EmbeddedRuntime.open(folder)).close()  # what a new store writes of itself would wake too
    monkeypatch.setattr(checkpoint, "NUDGE", 20)
    runtime = await EmbeddedRuntime.open(folder)
    before = sizes(folder)[1]
    await runtime.ledger.commit(Batch([entry(f"cus_{place}", 1, f"{place}", text="x" * 3000) for place in range(100)]))
    deadline = time.monotonic() + 30
    while sizes(folder)[1] < before + 70 * PAGE:
        assert time.monotonic() < deadline, "nothing was moved"
        await asyncio.sleep(0)
    await runtime.close()


async def test_nothing_is_moved_while_the_log_is_short(folder):
    runtime = await EmbeddedRuntime.open(folder)
    before = sizes(folder)[1]
    await write(runtime, folder, 60)
    checkpointer = runtime._store._checkpointer
    assert not checkpointer._wake.is_set()
    assert checkpointer._moved == 0
    assert sizes(folder)[1] == before
    await runtime.close()


async def test_what_was_moved_wakes_nobody_again(monkeypatch, folder):
    monkeypatch.setattr(checkpoint, "NUDGE", 200)
    runtime = await EmbeddedRuntime.open(folder)
    checkpointer = runtime._store._checkpointer
    await runtime.ledger.commit(Batch([entry(f"cus_{place}", 1, f"{place}", text="x" * 3000) for place in range(300)]))
    deadline = time.monotonic() + 30
    while not checkpointer._moved or checkpointer._wake.is_set():
        assert time.monotonic() < deadline, "nothing was moved"
        await asyncio.sleep(0)
    for number in range(10):
        await runtime.ledger.commit(Batch([entry("cus_more", number + 1, f"more{number}")]))
        assert not checkpointer._wake.is_set()
    await runtime.close()


async def test_closing_leaves_one_database_file_with_everything(folder):
    runtime = await EmbeddedRuntime.open(folder)
    await write(runtime, folder, 20)
    await runtime.close()
    assert {path.name for path in folder.iterdir()} == {"insight.db", "xop.db", "xop.lock", "keys", "log"}
    connection = apsw.Connection(str(folder / "xop.db"), flags=apsw.SQLITE_OPEN_READONLY)
    assert connection.execute("SELECT count(*) FROM ledger").get == 200
    connection.close()


async def test_commits_are_synced_to_disk(runtime):
    assert runtime._store.value("PRAGMA journal_mode") == "wal"
    assert runtime._store.value("PRAGMA synchronous") == 2


@pytest.mark.parametrize("moved", [("checkpoint",), ("checkpoint", "tile"), ("checkpoint", "tile", "origin"), None])
async def test_a_succession_that_was_cut_short_is_finished(tmp_path, moved):
    runtime = await EmbeddedRuntime.open(tmp_path)
    await runtime.tiles.write({"tile/0/000.p/2": b"two"})
    await runtime.tiles.publish(b"one")
    await runtime.tiles.retire("log.example/second")
    await runtime.close()
    log = tmp_path / "log"
    if moved is None:
        note = (log / "successor").read_bytes()
        await (await EmbeddedRuntime.open(tmp_path)).close()
        (log / "successor").write_bytes(note)
    else:
        (log / "closed/1").mkdir(parents=True)
        for name in moved:
            (log / name).rename(log / "closed/1" / name)
    again = await EmbeddedRuntime.open(tmp_path)
    files = sorted(path.relative_to(log).as_posix() for path in log.rglob("*") if path.is_file())
    assert again.origin == "log.example/second"
    assert files == ["closed/1/checkpoint", "closed/1/origin", "closed/1/tile/0/000.p/2", "origin"]
    await again.close()
