"""A folder that somebody changed: what the platform did not write is not taken for its own."""

import apsw
import msgspec
import pytest

from tests.contracts.material import START, entry, request, ruled, timer
from xop.kernel.audit.leaf import Leaf
from xop.kernel.decisions.model import Evidence
from xop.ports.batch import Batch, LeafIntent
from xop.ports.errors import DamagedError, StorageError
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


@pytest.mark.parametrize("way", ["erase", "drop"])
async def test_what_another_program_kept_in_the_write_ahead_log_goes_with_the_next_commit(folder, caplog, way):
    runtime = await EmbeddedRuntime.open(folder)
    await runtime.ledger.commit(Batch([ruled("cus_a", 1, "c1", "dec_1")], evidence=[("cus_a", Evidence("dec_1", {}))]))
    reader = apsw.Connection(str(folder / "xop.db"))
    reader.execute("BEGIN").execute("SELECT * FROM ledger").fetchall()
    if way == "erase":
        assert (await runtime.erase(["cus_a"]))["evidence"] == 1
    else:
        assert await runtime.evidence.drop(["dec_1"]) == 1
    assert "another program reads the store" in caplog.text
    await runtime.ledger.commit(Batch([entry("cus_b", 1, "c2")]))
    assert (folder / "xop.db-wal").stat().st_size > 0
    reader.close()
    await runtime.ledger.commit(Batch([entry("cus_b", 2, "c3")]))
    assert (folder / "xop.db-wal").stat().st_size == 0
    await runtime.close()


async def test_what_was_dropped_is_in_no_byte_although_its_key_is_still_there(folder):
    runtime = await EmbeddedRuntime.open(folder)
    proof = Evidence("dec_1", {"said": "x" * 20_000})
    await runtime.ledger.commit(Batch([ruled("cus_a", 1, "c1", "dec_1")], evidence=[("cus_a", proof)]))
    await runtime.ledger.commit(Batch(outbox=[request("inv_1", part="cus_a", state="done")]))
    body = runtime._store.value("SELECT body FROM evidence")
    bodies = [body[:64], body[-64:], runtime._store.value("SELECT request FROM outbox")[-24:]]
    assert all(found_bytes(folder, body) for body in bodies)
    await runtime.evidence.drop(["dec_1"])
    await runtime.outbox.drop(["inv_1"])
    assert not any(found_bytes(folder, body) for body in bodies)
    assert await runtime.keyring.secret("cus_a") is not None
    await runtime.close()


def found_bytes(folder, body):
    """Say whether some bytes are in the database file or its write-ahead log."""
    return any(body in path.read_bytes() for path in folder.glob("xop.db*"))


async def damaged(folder, table, column):
    """Let two customers have something due, and damage that of one."""
    runtime = await EmbeddedRuntime.open(folder)
    for part in ("cus_a", "cus_b"):
        batch = Batch(
            [entry(part, 1, part)], timers=[timer(part, f"k{part}", START)], outbox=[request(f"inv_{part}", part=part)]
        )
        await runtime.ledger.commit(batch)
    runtime._store.rows(f"UPDATE {table} SET {column} = x'01ff' WHERE part = 1")  # noqa: S608 - own names
    return runtime


@pytest.mark.parametrize("limit", [1, 9])
async def test_a_damaged_request_is_passed_over_and_told_of_once(folder, caplog, limit):
    runtime = await damaged(folder, "outbox", "request")
    for _ in range(2):
        assert [each.invocation for each in await runtime.outbox.due(START, limit)] == ["inv_cus_b"]
        assert [each.invocation for each in await runtime.outbox.page(["pending"], None, limit)] == ["inv_cus_b"]
    assert caplog.text.count("outbox:request:inv_cus_a was changed") == 1
    with pytest.raises(DamagedError, match="inv_cus_a was changed"):
        await runtime.outbox.get("inv_cus_a")
    await runtime.close()


@pytest.mark.parametrize("limit", [1, 9])
async def test_a_damaged_timer_is_passed_over_and_nobody_is_woken_for_it(folder, limit):
    runtime = await damaged(folder, "timers", "command")
    await runtime.ledger.commit(Batch(timers=[timer("cus_b", "later", START + 5)]))
    assert [each.part for each in await runtime.timers.due(START, limit)] == ["cus_b"]
    await runtime.ledger.commit(Batch(timers_fired=[("cus_b", "kcus_b", START)]))
    assert await runtime.timers.due(START, limit) == []
    assert await runtime.timers.next_due() == START + 5
    assert [each.part for each in await runtime.timers.page("", None, limit)] == ["cus_b"]
    await runtime.close()
    await runtime.close()
