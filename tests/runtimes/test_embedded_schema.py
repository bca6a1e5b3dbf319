"""A store is brought up to the present schema, or refused with the reason."""

import apsw
import pytest

from tests.contracts.material import entry
from tests.runtimes.canaries import found_in
from tests.runtimes.older import ENTRIES, EVIDENCE, REQUEST, TIMER, older_store
from xop.kernel.identity.model import Identifier
from xop.ports.batch import Batch
from xop.ports.errors import DuplicateCommand, StorageError
from xop.runtimes.embedded import EmbeddedRuntime, resealing, schema

STEPS = schema.steps()
NEXT = """
CREATE TABLE notes (position INTEGER PRIMARY KEY, note TEXT) STRICT;
INSERT INTO notes SELECT position, 'old' FROM ledger;
"""
KEYLESS = 6
"""The last schema whose stores had no keys."""
BROKEN = NEXT.replace("FROM ledger", "FROM nowhere")


async def make(folder, monkeypatch, steps) -> None:
    """Make a store of this or a newer schema, with one entry in it."""
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


@pytest.mark.parametrize("version", range(1, KEYLESS + 1))
async def test_a_store_of_an_older_schema_opens_with_its_data(folder, version):
    older_store(folder, STEPS[:version])
    assert inside(folder, "PRAGMA user_version") == version
    for _ in range(2):
        runtime = await EmbeddedRuntime.open(folder)
        assert [each.entry for each in await runtime.ledger.page(0, 9)] == list(ENTRIES)
        assert set(await runtime.ledger.answered(["c1", "c2", "c3", "c4"])) == {"c1", "c2", "c3"}
        decided = await runtime.ledger.decided("dec_1")
        assert decided is not None
        assert decided.position == 2
        assert await runtime.evidence.get("dec_1") == EVIDENCE
        assert await runtime.timers.of(["cus_a"]) == [TIMER]
        assert await runtime.outbox.get("inv_1") == REQUEST
        loaded = await runtime.directory.load([Identifier("email", "zoe@example.org"), Identifier("email", "no")], [])
        assert loaded.links == {Identifier("email", "zoe@example.org"): "cus_a"}
        assert [(each.folded, each.state) for each in loaded.customers["cus_a"]] == [
            (1, b'{"folded":"Zoe Parker-Smith"}')
        ]
        assert await runtime.keyring.secret("cus_b") is not None
        await runtime.close()
    assert inside(folder, "PRAGMA user_version") == len(STEPS)


async def test_an_older_store_goes_on_and_its_customers_can_be_erased(folder):
    older_store(folder, STEPS[:KEYLESS])
    runtime = await EmbeddedRuntime.open(folder)
    with pytest.raises(DuplicateCommand):
        await runtime.ledger.commit(Batch([entry("cus_b", 2, "c1")]))
    await runtime.ledger.commit(Batch([entry("cus_a", 3, "c4", name="Zoe Parker-Smith"), entry("cus_b", 2, "c5")]))
    await runtime.erase(["cus_a"])
    await runtime.close()
    runtime = await EmbeddedRuntime.open(folder)
    assert set(await runtime.ledger.answered(["c1", "c2", "c3", "c4", "c5"])) == {"c3", "c5"}
    await runtime.close()
    assert found_in(folder, ["Zoe Parker-Smith", "zoe@example.org", "+49 170 5550199"]) == []


async def test_identifiers_of_an_older_store_are_hidden_when_it_is_first_opened(folder):
    older_store(folder, STEPS[:KEYLESS])
    runtime = await EmbeddedRuntime.open(folder)
    assert found_in(folder, ["zoe@example.org", "+49 170 5550199"]) == []
    await runtime.close()


async def test_bodies_of_an_older_store_are_sealed_when_it_is_first_opened_even_if_that_was_cut_short(
    folder, monkeypatch
):
    older_store(folder, STEPS[:KEYLESS], more=300)
    words = ["Zoe Parker-Smith", "reached by mail"]
    assert {found.partition(": ")[2] for found in found_in(folder, words)} == set(words)
    with monkeypatch.context() as killed:
        killed.setattr(resealing, "_SEALINGS", (*resealing._SEALINGS[:1], ("SELECT no such row", "", None)))
        with pytest.raises(StorageError):
            await EmbeddedRuntime.open(folder)
    runtime = await EmbeddedRuntime.open(folder)
    assert [each.entry for each in await runtime.ledger.page(0, 3)] == list(ENTRIES)
    assert len(await runtime.ledger.read(["cus_b"])) == 301
    assert await runtime.outbox.get("inv_1") == REQUEST
    assert found_in(folder, words) == []
    await runtime.close()


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


@pytest.mark.parametrize(("ruling", "below", "history"), [(3, "b", "cba"), (2, "a", "bca"), (1, None, "acb")])
async def test_an_older_store_keeps_which_release_rules_and_what_ruled_before(folder, ruling, below, history):
    older_store(folder, STEPS[:KEYLESS])
    connection = apsw.Connection(str(folder / "xop.db"))
    connection.executemany(
        'INSERT INTO releases (number, digest, name, at, "by", active) VALUES (?, ?, ?, ?, ?, ?)',
        [(number, digest, "shop", number, "ada", number == ruling) for number, digest in enumerate("abc", 1)],
    )
    connection.close()
    runtime = await EmbeddedRuntime.open(folder)
    assert await runtime.releases.before() == below
    assert "".join(each.digest for each in await runtime.releases.history()) == history
    assert await runtime.releases.active() == history[0]
    await runtime.close()
