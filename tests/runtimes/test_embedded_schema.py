"""A store is brought up to the present schema, or refused with the reason."""

import apsw
import pytest

from tests.contracts.material import entry
from xop.ports.batch import Batch
from xop.ports.errors import StorageError
from xop.runtimes.embedded import EmbeddedRuntime, schema

STEPS = schema.steps()
NEXT = """
CREATE TABLE notes (position INTEGER PRIMARY KEY, note TEXT) STRICT;
INSERT INTO notes SELECT position, 'old' FROM ledger;
"""
BROKEN = NEXT.replace("FROM ledger", "FROM nowhere")


async def make(folder, monkeypatch, steps) -> None:
    """Make a store of an older or newer schema, with one entry in it."""
    with monkeypatch.context() as older:
        older.setattr("xop.runtimes.embedded.store.steps", lambda: steps)
        runtime = await EmbeddedRuntime.open(folder)
        await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")]))
        await runtime.close()


def inside(folder, sql: str):
    connection = apsw.Connection(str(folder / "xop.db"))
    try:
        return connection.execute(sql).get
    finally:
        connection.close()


async def test_a_store_of_the_first_schema_opens_with_its_data(folder, monkeypatch):
    await make(folder, monkeypatch, STEPS[:1])
    assert inside(folder, "PRAGMA user_version") == 1
    runtime = await EmbeddedRuntime.open(folder)
    assert [each.entry for each in await runtime.ledger.read(["cus_a"])] == [entry("cus_a", 1, "c1")]
    await runtime.close()
    assert inside(folder, "PRAGMA user_version") == len(STEPS)


async def test_a_later_step_is_applied_once_to_a_store_with_data(folder, monkeypatch):
    await make(folder, monkeypatch, STEPS)
    monkeypatch.setattr("xop.runtimes.embedded.store.steps", lambda: (*STEPS, NEXT))
    for _ in range(2):
        runtime = await EmbeddedRuntime.open(folder)
        assert len(await runtime.ledger.read(["cus_a"])) == 1
        await runtime.close()
    assert inside(folder, "SELECT position || note FROM notes") == "1old"
    assert inside(folder, "PRAGMA user_version") == len(STEPS) + 1


async def test_a_step_that_fails_leaves_the_store_as_it_was(folder, monkeypatch):
    await make(folder, monkeypatch, STEPS)
    with monkeypatch.context() as broken:
        broken.setattr("xop.runtimes.embedded.store.steps", lambda: (*STEPS, BROKEN))
        with pytest.raises(StorageError, match="nowhere"):
            await EmbeddedRuntime.open(folder)
    assert inside(folder, "SELECT count(*) FROM sqlite_schema WHERE name = 'notes'") == 0
    assert inside(folder, "PRAGMA user_version") == len(STEPS)
    runtime = await EmbeddedRuntime.open(folder)
    assert await runtime.ledger.last() == 1
    await runtime.close()


async def test_a_newer_store_is_refused_and_left_alone(folder, monkeypatch):
    await make(folder, monkeypatch, (*STEPS, NEXT))
    with pytest.raises(StorageError, match=f"schema {len(STEPS) + 1}, this program knows {len(STEPS)}: use the newer"):
        await EmbeddedRuntime.open(folder)
    assert inside(folder, "PRAGMA user_version") == len(STEPS) + 1


async def test_another_programs_database_is_refused_and_left_alone(folder):
    folder.mkdir()
    inside(folder, "CREATE TABLE theirs (a)")
    with pytest.raises(StorageError, match="not an XOP store"):
        await EmbeddedRuntime.open(folder)
    assert inside(folder, "SELECT count(*) FROM sqlite_schema") == 1
