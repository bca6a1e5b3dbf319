"""Nothing of the erased is left in any byte on disk, whatever happened before, and whatever happens meanwhile."""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.contracts.material import SHOP, START, entry, request, ruled
from tests.contracts.test_erasure import SIDE, life
from tests.runtimes.canaries import found_in
from xop.kernel.audit.leaf import Leaf
from xop.kernel.base.ids import derive
from xop.kernel.commands import Signal
from xop.kernel.decisions.model import Evidence
from xop.kernel.identity.model import Identifier
from xop.ports.batch import Batch, HandoverChange, LeafIntent, LinkChange, RunChange, Snapshot
from xop.ports.desk import DeskStanding
from xop.ports.errors import StorageError
from xop.ports.outbox import OutboxChange
from xop.ports.runs import Standing
from xop.ports.shadows import Contrast
from xop.ports.timers import Timer
from xop.runtimes.embedded import EmbeddedRuntime, index, search

ROOT = Path(__file__).resolve().parents[2]
PART = derive("cus", "zoe")
PHONE = "+491705550199"
MAIL = "zoe.parker@example.org"
NAME = "Zoë Quintessa Parker"
TEXT = "my cat ate the orange invoice"
WORDS = (PHONE, MAIL, NAME, TEXT)


def planted(number: int) -> Batch:
    """Return a batch with every word in every field that others fill; ids are the platform's own, as they always are."""
    said = f"{NAME} {MAIL} {PHONE} {TEXT} {number}"
    decision = derive("dec", str(number))
    ruling = ruled(PART, 2 * number, f"prop|{said}", decision)
    command = Signal(f"timer|{said}", "visit", "shop", START, SHOP, (), {"said": said})
    run, invocation, handover = (derive(kind, str(number)) for kind in ("run", "inv", "han"))
    standing = Standing(PART, run, "j", "1", said, number % 3, "s", "time", START, 0, invocation, START, False)
    desk = DeskStanding(PART, handover, said, "q", "waiting", False, said, "en", START, START, 0, "olga")
    return Batch(
        entries=[entry(PART, 2 * number - 1, f"signal|{said}", said=said), ruling],
        links=[LinkChange(Identifier("email", f"{number}{MAIL}"), PART), LinkChange(Identifier("phone", PHONE), PART)],
        timers=[Timer(PART, f"proposal:{said}", START, command), Timer(PART, f"run:{run}:1", START, command)],
        timers_gone=[(PART, f"proposal:{NAME} {MAIL} {PHONE} {TEXT} {number - 2}")],
        outbox=[
            replace(request(invocation, part=PART), request=said.encode(), detail=said),
            OutboxChange(invocation, "failed", START, 1, f"no mailbox {said}"),
            OutboxChange(derive("inv", str(number - 1)), "done", START, 2, f"sent to {said}"),
        ],
        evidence=[(PART, Evidence(decision, {"said": said, "name": NAME}))],
        snapshots=[Snapshot(PART, number, said.encode() * (number % 40))],
        runs=[
            RunChange(PART, run, (standing,)),
            RunChange(PART, derive("run", str(number - 2)), ()),
        ],
        handovers=[
            HandoverChange(PART, desk.handover, desk),
            HandoverChange(PART, derive("han", str(number - 3)), None),
        ],
        leaves=[LeafIntent(1, Leaf("decision", decision, START, "rel_a", {"outcome": "permit"}, invocation, decision))],
    )


async def lived(folder: Path, rounds: int = 120) -> EmbeddedRuntime:
    """Let one customer live among others, page by page, and others live on."""
    runtime = await EmbeddedRuntime.open(folder)
    for number in range(1, rounds + 1):
        await runtime.ledger.commit(planted(number))
        await runtime.ledger.commit(life(f"other{number}"))
        decision = derive("dec", str(number))
        await runtime.shadows.note([Contrast("release", "r", decision, START, "s", "a", "b", "", SIDE, SIDE)])
    return runtime


def rows_of(folder: Path, number: int) -> int:
    """Return how many rows of any table belong to a part, given its number."""
    tables = {
        **dict.fromkeys(
            ("ledger", "evidence", "snapshots", "links", "timers", "standings", "outbox", "handovers"), "part"
        ),
        "ends": "part",
        "parts": "number",
    }
    with sqlite3.connect(folder / "xop.db") as store:
        return sum(
            store.execute(f"SELECT count(*) FROM {table} WHERE {column} = ?", (number,)).fetchone()[0]  # noqa: S608 - own names
            for table, column in tables.items()
        )


@pytest.fixture
def small(monkeypatch):
    """Make windows and slices so small that many are needed."""
    monkeypatch.setattr(index, "WINDOW", 50)
    monkeypatch.setattr(search, "SLICE", 17)


async def test_no_word_of_the_erased_is_in_any_file(folder, small):
    runtime = await lived(folder)
    assert await runtime.outbox.get(derive("inv", "7")) is not None
    gone = await runtime.erase([PART])
    assert min(gone[name] for name in ("ledger", "evidence", "outbox", "links", "timers", "contrasts")) > 100
    assert found_in(folder, WORDS) == []
    assert (folder / "xop.db-wal").stat().st_size == 0
    await runtime.close()
    assert rows_of(folder, 1) == 0
    assert found_in(folder, WORDS) == []
    runtime = await EmbeddedRuntime.open(folder)
    assert len(await runtime.ledger.page(0, 999)) == 240
    assert len(await runtime.leaves.page(0, 999)) == 240
    await runtime.close()


async def test_what_others_fill_in_is_in_clear_nowhere_before_anybody_is_erased(folder, small):
    runtime = await lived(folder)
    assert found_in(folder, WORDS) == []
    assert len(await runtime.timers.page("run:", None, 999)) == 120
    assert {each.key for each in await runtime.timers.page("", None, 999) if each.part == PART} == {
        each.key for each in await runtime.timers.of([PART])
    }
    await runtime.close()


async def test_an_older_copy_of_the_store_loses_the_erased_when_it_is_opened(folder, tmp_path):
    runtime = await lived(folder, 20)
    await runtime.close()
    shutil.copy(folder / "xop.db", tmp_path / "backup.db")
    runtime = await EmbeddedRuntime.open(folder)
    await runtime.erase([PART])
    await runtime.ledger.commit(life("later"))
    await runtime.close()
    shutil.copy(tmp_path / "backup.db", folder / "xop.db")
    runtime = await EmbeddedRuntime.open(folder)
    assert await runtime.ledger.read([PART]) == []
    assert await runtime.outbox.get(derive("inv", "7")) is None
    assert len(await runtime.ledger.page(0, 999)) == 40
    await runtime.close()
    assert rows_of(folder, 1) == 0
    assert found_in(folder, WORDS) == []


async def test_rows_of_the_erased_in_an_older_copy_cannot_be_read_with_the_present_keys(folder, tmp_path):
    runtime = await lived(folder, 3)
    await runtime.close()
    shutil.copy(folder / "xop.db", tmp_path / "backup.db")
    runtime = await EmbeddedRuntime.open(folder)
    numbers = {part: runtime._custody.seals.vault.opened(at) for part, at in ((PART, 1), ("cus_other1", 2))}
    assert all(numbers.values())
    await runtime.erase([PART])
    await runtime.close()
    runtime = await EmbeddedRuntime.open(folder)
    assert runtime._custody.seals.vault.opened(1) is None
    assert runtime._custody.seals.vault.opened(2) is not None
    await runtime.close()
    slots = (folder / "keys" / "customers.keys").read_bytes()
    assert slots[64:128] == bytes(64)
    assert bytes(64) not in (slots[128:192], slots[192:256])
    with sqlite3.connect(tmp_path / "backup.db") as backup:
        bodies = [body for (body,) in backup.execute("SELECT body FROM ledger WHERE part = 1")]
    assert len(bodies) == 6
    assert all(body[0] == 1 and TEXT.encode() not in body for body in bodies)


async def test_an_older_copy_of_the_secrets_does_not_bring_the_erased_back(folder):
    runtime = await lived(folder, 3)
    await runtime.close()
    slots = (folder / "keys" / "customers.keys").read_bytes()
    runtime = await EmbeddedRuntime.open(folder)
    await runtime.erase([PART])
    await runtime.close()
    (folder / "keys" / "customers.keys").write_bytes(slots)
    runtime = await EmbeddedRuntime.open(folder)
    assert await runtime.keyring.secret(PART) is None
    await runtime.close()
    assert (folder / "keys" / "customers.keys").read_bytes()[64:128] == bytes(64)


async def test_a_number_is_never_given_to_another_part(folder):
    for _ in range(3):
        runtime = await EmbeddedRuntime.open(folder)
        await runtime.ledger.commit(Batch([entry("cus_again", 1, "c1", said=TEXT)]))
        assert len(await runtime.ledger.read(["cus_again"])) == 1
        await runtime.erase(["cus_again"])
        await runtime.close()
    assert (folder / "keys" / "destroyed").read_bytes() == b"".join(each.to_bytes(8, "big") for each in (1, 2, 3))


async def test_a_list_cut_short_by_a_kill_goes_on_where_it_was_whole(folder):
    for name in ("a", "b", "c"):
        runtime = await EmbeddedRuntime.open(folder)
        await runtime.ledger.commit(life(name))
        await runtime.erase([f"cus_{name}"])
        await runtime.close()
        with (folder / "keys" / "destroyed").open("ab") as listed:
            listed.write(b"\0\0\0")
    runtime = await EmbeddedRuntime.open(folder)
    assert runtime._custody.seals.vault.destroyed == {1, 2, 3}
    await runtime.close()


async def test_when_the_rows_cannot_be_deleted_nothing_is_destroyed(folder):
    runtime = await lived(folder, 5)
    runtime._store.rows("PRAGMA query_only = ON")
    with pytest.raises(StorageError, match="write permission"):
        await runtime.erase([PART])
    runtime._store.rows("PRAGMA query_only = OFF")
    assert len(await runtime.ledger.read([PART])) == 10
    await runtime.erase([PART])
    assert found_in(folder, WORDS) == []
    await runtime.close()


async def test_when_the_deletion_cannot_be_committed_nothing_is_read_and_the_next_start_finishes(folder, monkeypatch):
    runtime = await lived(folder, 5)
    rows = runtime._store.rows

    def refuse(sql: str, *bindings: object) -> list[tuple[object, ...]]:
        if sql == "COMMIT":
            raise StorageError("the disk failed")
        return rows(sql, *bindings)

    with monkeypatch.context() as failing:
        failing.setattr(runtime._store, "rows", refuse)
        with pytest.raises(StorageError, match="the disk failed"):
            await runtime.erase([PART])
    assert await runtime.ledger.read([PART]) == []
    assert await runtime.timers.of([PART]) == []
    assert await runtime.evidence.get(derive("dec", "1")) is None
    assert await runtime.keyring.secret(PART) is None
    assert await runtime.ledger.decided(derive("dec", "1")) is None
    assert (await runtime.directory.load([Identifier("phone", PHONE)], [PART])).customers == {}
    await runtime.close()
    runtime = await EmbeddedRuntime.open(folder)
    assert len(await runtime.ledger.page(0, 99)) == 10
    await runtime.close()
    assert rows_of(folder, 1) == 0
    assert found_in(folder, WORDS) == []


async def test_others_commit_while_the_store_is_searched(folder, small):
    runtime = await lived(folder, 40)
    erasing = asyncio.create_task(runtime.erase([PART]))
    for number in range(30):
        await runtime.ledger.commit(life(f"late{number}"))
        await asyncio.sleep(0)
    gone = await erasing
    assert gone["ledger"] == 80
    assert found_in(folder, WORDS) == []
    assert len(await runtime.ledger.page(0, 999)) == 140
    await runtime.close()


ERASER = """
import asyncio, sys
from pathlib import Path
from xop.runtimes.embedded import EmbeddedRuntime

async def main():
    runtime = await EmbeddedRuntime.open(Path(sys.argv[1]))
    print("open", flush=True)
    for name in sys.argv[2:]:
        await runtime.erase([name])
        print(name, flush=True)
    await runtime.close()

asyncio.run(main())
"""


def eraser(folder: Path, parts: list[str]) -> subprocess.Popen[str]:
    """Start a process that erases parts one after another, and tells of each."""
    command = [sys.executable, "-c", ERASER, str(folder), *parts]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ)


@pytest.mark.slow
async def test_a_kill_while_erasing_leaves_a_customer_whole_or_nothing(folder, tmp_path):
    runtime = await EmbeddedRuntime.open(folder)
    names = [f"zoe{number}" for number in range(60)]
    for name in names:
        await runtime.ledger.commit(life(name))
    await runtime.close()
    parts = [f"cus_{name}" for name in names]
    for killed in range(12):
        process = eraser(folder, parts[killed * 5 :])
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(killed % 4 + 1)]
        await asyncio.sleep(killed * 0.0007)
        process.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in process.stdout.readlines()]
        process.wait(timeout=30)
        process.stdout.close()
        runtime = await EmbeddedRuntime.open(folder)
        gone: list[str] = []
        for name, part in zip(names, parts, strict=True):
            kept = len(await runtime.ledger.read([part]))
            assert kept in (0, 2)
            evidence = await runtime.evidence.get(f"dec_{name}")
            secret = await runtime.keyring.secret(part)
            assert (kept > 0) == (evidence is not None) == (secret is not None)
            assert len(await runtime.timers.of([part])) == kept
            gone.extend([part] * (kept == 0))
        assert {line for line in acknowledged if line.startswith("cus_")} <= set(gone)
        await runtime.close()
