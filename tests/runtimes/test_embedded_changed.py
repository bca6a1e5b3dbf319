"""A folder that somebody changed: what the platform did not write is not taken for its own."""

import apsw
import msgspec
import pytest

from tests.contracts.material import entry, ruled
from xop.kernel.audit.leaf import Leaf
from xop.ports.batch import Batch, LeafIntent
from xop.ports.errors import StorageError
from xop.runtimes.embedded import EmbeddedRuntime

ORIGIN = "harbour.example/decisions"


async def lived(folder):
    runtime = await EmbeddedRuntime.open(folder, origin=ORIGIN)
    leaf = Leaf("decision", "dec_1", 1, "rel_abcdefgh")
    await runtime.ledger.commit(Batch([ruled("cus_a", 1, "c1", "dec_1")], leaves=[LeafIntent(0, leaf)]))
    await runtime.close()


async def test_a_row_in_clear_is_not_taken_for_one_of_the_platform(folder):
    await lived(folder)
    connection = apsw.Connection(str(folder / "xop.db"))
    forged = msgspec.json.encode(entry("cus_a", 1, "c1", text="never said"))
    connection.execute("UPDATE ledger SET body = ?", (forged,))
    connection.close()
    runtime = await EmbeddedRuntime.open(folder)
    with pytest.raises(StorageError, match="ledger:1 was changed"):
        await runtime.ledger.read(["cus_a"])
    await runtime.close()


async def test_a_log_that_has_leaves_does_not_get_another_name(folder):
    await lived(folder)
    (folder / "log" / "origin").unlink()
    with pytest.raises(StorageError, match="the name of the log is missing: put the folder of the log back"):
        await EmbeddedRuntime.open(folder)
    assert not (folder / "log" / "origin").exists()
    runtime = await EmbeddedRuntime.open(folder, origin=ORIGIN)
    assert runtime.origin == ORIGIN
    await runtime.close()


async def test_a_later_copy_of_the_store_can_be_put_back_after_an_older_one_was_in_use(folder):
    async def met(*parts: str) -> None:
        runtime = await EmbeddedRuntime.open(folder)
        await runtime.ledger.commit(Batch([entry(part, 1, part) for part in parts]))
        await runtime.close()

    await met("cus_a", "cus_b")
    older = (folder / "xop.db").read_bytes()
    await met("cus_c", "cus_d")
    later = (folder / "xop.db").read_bytes()
    (folder / "xop.db").write_bytes(older)
    await met("cus_e", "cus_f", "cus_g")
    (folder / "xop.db").write_bytes(later)
    runtime = await EmbeddedRuntime.open(folder)
    assert len(await runtime.ledger.read(["cus_a", "cus_b", "cus_c", "cus_d"])) == 4
    await runtime.close()


async def test_what_another_program_kept_in_the_write_ahead_log_goes_when_erasing_is_tried_again(folder):
    await lived(folder)
    runtime = await EmbeddedRuntime.open(folder)
    await runtime.ledger.commit(Batch([entry("cus_b", 1, "c2")]))
    reader = apsw.Connection(str(folder / "xop.db"))
    reader.execute("BEGIN").execute("SELECT * FROM ledger").fetchall()
    with pytest.raises(StorageError, match="another program holds the store"):
        await runtime.erase(["cus_a"])
    assert (folder / "xop.db-wal").stat().st_size > 0
    reader.close()
    await runtime.erase(["cus_a"])
    assert (folder / "xop.db-wal").stat().st_size == 0
    await runtime.close()
