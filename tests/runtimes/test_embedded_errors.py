"""What goes wrong with the disk is told as a storage error that says what to do."""

import os
from pathlib import Path

import apsw
import pytest

from tests.contracts.material import entry
from xop.ports.batch import Batch
from xop.ports.errors import StorageError
from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.embedded.errors import storage_error


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (apsw.FullError, "make room"),
        (apsw.ReadOnlyError, "write permission"),
        (apsw.PermissionsError, "write permission"),
        (apsw.CantOpenError, "check that the folder exists"),
        (apsw.IOError, "check its health"),
        (apsw.CorruptError, "restore the folder"),
        (apsw.NotADBError, "not an XOP store"),
        (apsw.BusyError, "another program"),
        (apsw.LockedError, "another program"),
        (apsw.NoMemError, "memory"),
        (apsw.TooBigError, "larger than"),
        (apsw.ConstraintError, "contradicts"),
        (apsw.ConnectionClosedError, "closed"),
        (apsw.CursorClosedError, "closed"),
        (apsw.InternalError, "unexpectedly"),
    ],
)
def test_every_error_of_sqlite_says_what_it_means_and_where(error, meaning):
    message = str(storage_error(error("the cause"), Path("data/xop.db")))
    assert message.startswith("data/xop.db: ")
    assert meaning in message
    assert "the cause" in message


async def test_a_full_disk_refuses_the_batch_and_the_next_may_succeed(runtime):
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")]))
    pages = runtime._store.value("PRAGMA page_count")
    runtime._store.rows(f"PRAGMA max_page_count = {pages + 2}")
    big = Batch([entry("cus_a", number, f"c{number}", text="x" * 3000) for number in range(2, 30)])
    with pytest.raises(StorageError, match="make room"):
        await runtime.ledger.commit(big)
    assert await runtime.ledger.last() == 1
    assert await runtime.ledger.answered(["c2"]) == {}
    runtime._store.rows("PRAGMA max_page_count = 1000000")
    assert list(await runtime.ledger.commit(big)) == list(range(2, 30))


async def test_a_store_that_may_not_be_written_refuses_batches_and_still_reads(runtime):
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")]))
    runtime._store.rows("PRAGMA query_only = ON")
    with pytest.raises(StorageError, match="write permission"):
        await runtime.ledger.commit(Batch([entry("cus_a", 2, "c2")]))
    assert len(await runtime.ledger.read(["cus_a"])) == 1


async def test_a_file_in_place_of_the_folder_is_refused(folder):
    folder.write_text("not a folder")
    with pytest.raises(StorageError, match="choose a folder this user may write to"):
        await EmbeddedRuntime.open(folder)


async def test_a_folder_that_may_not_be_written_is_refused(folder):
    folder.mkdir(mode=0o500)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)  # root may write anywhere, so it stands aside as nobody
    try:
        with pytest.raises(StorageError, match="choose a folder this user may write to"):
            await EmbeddedRuntime.open(folder)
    finally:
        os.seteuid(user)


async def test_a_damaged_file_is_refused_and_the_folder_is_let_go(folder):
    folder.mkdir()
    (folder / "xop.db").write_bytes(b"no database at all " * 1000)
    for _ in range(2):
        with pytest.raises(StorageError, match="not an XOP store"):
            await EmbeddedRuntime.open(folder)
    (folder / "xop.db").unlink()
    runtime = await EmbeddedRuntime.open(folder)
    await runtime.close()
