"""Keys are kept with the store, are never made anew, and open nothing but their own."""

import os
import stat

import pytest

from tests.contracts.material import entry
from tests.runtimes.canaries import found_in
from xop.ports.batch import Batch
from xop.ports.errors import StorageError
from xop.runtimes.embedded import EmbeddedRuntime, rotate_workspace_key, vault
from xop.runtimes.keys import FileKeys

SLOT = 64


async def lived(folder, first: int = 0, count: int = 3) -> dict[str, bytes | None]:
    """Give some customers an entry each, and return their secrets."""
    runtime = await EmbeddedRuntime.open(folder)
    parts = [f"cus_{number}" for number in range(first, first + count)]
    await runtime.ledger.commit(Batch([entry(part, 1, part, text="Zoe was here") for part in parts]))
    secrets = {part: await runtime.keyring.secret(part) for part in parts}
    await runtime.close()
    return secrets


async def secrets_of(folder, parts) -> dict[str, bytes | None]:
    runtime = await EmbeddedRuntime.open(folder)
    secrets = {part: await runtime.keyring.secret(part) for part in parts}
    assert len(await runtime.ledger.read(list(parts))) == len(secrets)
    await runtime.close()
    return secrets


async def test_keys_are_for_their_owner_only(folder):
    await lived(folder)
    assert stat.S_IMODE((folder / "keys").stat().st_mode) == 0o700
    for name in ("workspace.key", "data.key", "customers.keys", "log.key"):
        assert stat.S_IMODE((folder / "keys" / name).stat().st_mode) == 0o600


async def test_nothing_that_is_kept_of_customers_is_in_clear(folder):
    await lived(folder)
    assert found_in(folder, ["Zoe was here"]) == []


@pytest.mark.parametrize("name", ["workspace.key", "data.key", "customers.keys"])
async def test_a_missing_key_file_is_named_and_not_made_anew(folder, name):
    secrets = await lived(folder)
    file = folder / "keys" / name
    content = file.read_bytes()
    file.unlink()
    for _ in range(2):
        with pytest.raises(StorageError, match=rf"{name}: .* missing.*put the file back from its backup"):
            await EmbeddedRuntime.open(folder)
        assert not file.exists()
    file.write_bytes(content)
    assert await secrets_of(folder, secrets) == secrets


async def test_the_key_of_a_log_that_has_leaves_is_not_made_anew(folder):
    await lived(folder)
    (folder / "log" / "checkpoint").write_bytes(b"signed")
    (folder / "keys" / "log.key").unlink()
    with pytest.raises(StorageError, match=r"log\.key: the key that signs the log is missing"):
        await EmbeddedRuntime.open(folder)


async def test_a_key_of_another_store_is_refused(folder, tmp_path):
    secrets = await lived(folder)
    await lived(tmp_path / "other")
    for name, meaning in (("workspace.key", "put back the workspace key"), ("data.key", "put back the workspace key")):
        file = folder / "keys" / name
        content = file.read_bytes()
        file.write_bytes((tmp_path / "other" / "keys" / name).read_bytes())
        with pytest.raises(StorageError, match=meaning):
            await EmbeddedRuntime.open(folder)
        file.write_bytes(content)
    (folder / "keys").rename(tmp_path / "own")
    (tmp_path / "other" / "keys").rename(folder / "keys")
    with pytest.raises(StorageError, match="keys are of another store"):
        await EmbeddedRuntime.open(folder)
    (folder / "keys").rename(tmp_path / "foreign")
    (tmp_path / "own").rename(folder / "keys")
    assert await secrets_of(folder, secrets) == secrets


async def test_secrets_of_another_store_open_nothing(folder, tmp_path):
    await lived(folder)
    await lived(tmp_path / "other")
    (folder / "keys" / "customers.keys").write_bytes((tmp_path / "other" / "keys" / "customers.keys").read_bytes())
    runtime = await EmbeddedRuntime.open(folder)
    with pytest.raises(StorageError, match="damaged or is of another store"):
        await runtime.ledger.read(["cus_0"])
    await runtime.close()


@pytest.mark.parametrize("content", [b"", b"no secrets at all" * 99])
async def test_a_file_that_holds_no_secrets_is_refused(folder, content):
    await lived(folder)
    (folder / "keys" / "customers.keys").write_bytes(content)
    with pytest.raises(StorageError, match="holds no secrets"):
        await EmbeddedRuntime.open(folder)


async def test_an_older_copy_of_the_secrets_is_refused_when_it_lacks_some(folder, monkeypatch):
    monkeypatch.setattr(vault, "BLOCK", 2)
    await lived(folder)
    file = folder / "keys" / "customers.keys"
    older = file.read_bytes()
    await lived(folder, 3, 9)
    file.write_bytes(older)
    with pytest.raises(StorageError, match="lacks secrets of customers that the store has"):
        await EmbeddedRuntime.open(folder)


@pytest.mark.parametrize("torn", [1, SLOT - 1, SLOT, 3 * SLOT + 7, 500 * SLOT])
async def test_a_block_torn_by_a_kill_is_written_over(folder, torn):
    secrets = await lived(folder)
    file = folder / "keys" / "customers.keys"
    used = (len(secrets) + 1) * SLOT
    os.truncate(file, used + torn)
    with file.open("r+b") as opened:
        opened.seek(used)
        opened.write(os.urandom(torn))
    more = await lived(folder, 3, 5)
    assert await secrets_of(folder, {**secrets, **more}) == {**secrets, **more}


async def test_secrets_are_made_ahead_so_that_a_new_customer_costs_no_sync(folder, monkeypatch):
    synced: list[int] = []
    sync = os.fsync
    runtime = await EmbeddedRuntime.open(folder)

    def count(file: int) -> None:
        synced.append(file)
        sync(file)

    monkeypatch.setattr(os, "fsync", count)
    for number in range(vault.BLOCK + 1):
        await runtime.ledger.commit(Batch([entry(f"cus_{number}", 1, f"c{number}")]))
    assert len(synced) == 2
    await runtime.close()


async def test_few_secrets_are_kept_in_memory(folder, monkeypatch):
    monkeypatch.setattr(vault, "ROOM", 5)
    secrets = await lived(folder, 0, 50)
    runtime = await EmbeddedRuntime.open(folder)
    opened = runtime._custody.seals.vault
    for _ in range(2):
        assert {part: await runtime.keyring.secret(part) for part in secrets} == secrets
        assert len(opened.recent) + len(opened._older) <= 10
    await runtime.close()


async def test_the_workspace_key_can_be_changed(folder):
    secrets = await lived(folder)
    before = {name: (folder / "keys" / name).read_bytes() for name in ("workspace.key", "data.key", "customers.keys")}
    await rotate_workspace_key(folder)
    after = {name: (folder / "keys" / name).read_bytes() for name in before}
    assert {name for name in before if before[name] != after[name]} == {"workspace.key", "data.key"}
    assert await secrets_of(folder, secrets) == secrets


async def test_a_change_of_the_workspace_key_that_was_cut_short_can_be_done_again(folder):
    secrets = await lived(folder)
    keys = folder / "keys"
    FileKeys.made(keys / "workspace.key.next")
    assert await secrets_of(folder, secrets) == secrets
    await rotate_workspace_key(folder)
    old = (keys / "workspace.key").read_bytes()
    await rotate_workspace_key(folder)
    # The new data key was in place, the new workspace key not yet.
    (keys / "workspace.key").rename(keys / "workspace.key.next")
    (keys / "workspace.key").write_bytes(old)
    assert await secrets_of(folder, secrets) == secrets
    assert not (keys / "workspace.key.next").exists()


async def test_the_workspace_key_cannot_be_changed_under_a_running_store(folder):
    runtime = await EmbeddedRuntime.open(folder)
    with pytest.raises(StorageError, match="in use"):
        await rotate_workspace_key(folder)
    await runtime.close()


async def test_the_origin_of_a_log_can_be_given_once(folder):
    runtime = await EmbeddedRuntime.open(folder, origin="bakery.example/log")
    assert runtime.origin == runtime.signer.name == "bakery.example/log"
    await runtime.close()
    with pytest.raises(StorageError, match=r"'bakery\.example/log' for good"):
        await EmbeddedRuntime.open(folder, origin="other.example/log")
    runtime = await EmbeddedRuntime.open(folder)
    assert runtime.origin == "bakery.example/log"
    await runtime.close()


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "line\nbreak", "x" * 300])
async def test_what_cannot_be_an_origin_is_refused(folder, origin):
    with pytest.raises(StorageError, match="cannot be the origin"):
        await EmbeddedRuntime.open(folder, origin=origin)


@pytest.mark.parametrize(
    "path",
    [
        "../xop.db",
        "/etc/hosts",
        "tile/../../xop.db",
        "",
        ".",
        "tile//0",
        "tile/.000.new",
        "tile\\0",
        "tile/\x000",
        "a/./b",
    ],
)
async def test_a_path_that_leads_elsewhere_is_refused(runtime, path):
    with pytest.raises(StorageError, match="is no path of the log"):
        await runtime.tiles.read(path)
    with pytest.raises(StorageError, match="is no path of the log"):
        await runtime.tiles.write({"tile/0/000": b"x", path: b"x"})
    assert await runtime.tiles.read("tile/0/000") is None


async def test_a_checkpoint_is_not_written_as_a_tile(runtime):
    with pytest.raises(StorageError, match="published"):
        await runtime.tiles.write({"checkpoint": b"x"})


async def test_files_of_the_log_lie_where_a_web_server_finds_them(runtime, folder):
    await runtime.tiles.write({"tile/entries/x001/067.p/5": b"bundle"})
    await runtime.tiles.publish(b"signed")
    assert (folder / "log" / "tile" / "entries" / "x001" / "067.p" / "5").read_bytes() == b"bundle"
    assert (folder / "log" / "checkpoint").read_bytes() == b"signed"
    assert {file.name for file in (folder / "log").rglob("*") if file.is_file()} == {"5", "checkpoint", "origin"}
