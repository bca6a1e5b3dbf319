"""What a data folder keeps secret: opened with the store, and made with the store's first use."""

from pathlib import Path
from typing import NamedTuple

from xop.ports.errors import StorageError
from xop.ports.keys import Keys
from xop.runtimes.embedded.blind import blinded
from xop.runtimes.embedded.datakey import WORKSPACE_KEY, derived, finish_rotation, opened_data_key
from xop.runtimes.embedded.hiding import hide_links, hide_standings, hide_timers
from xop.runtimes.embedded.resealing import seal_older
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.signer import FileSigner, opened_signer
from xop.runtimes.embedded.store import Store
from xop.runtimes.embedded.succession import finish_succession
from xop.runtimes.embedded.vault import Vault
from xop.runtimes.files import private_folder, told
from xop.runtimes.keys import FileKeys

FOLDER = "keys"
LOG = "log"
_FINGERPRINT = 16


class Custody(NamedTuple):
    """The keys of a store."""

    data_key: bytes
    seals: Seals
    signer: FileSigner
    log: Path
    """The folder of the log."""

    def close(self) -> None:
        """Let go of the files."""
        self.seals.vault.close()


async def opened_custody(folder: Path, store: Store, keys: Keys | None, origin: str | None) -> Custody:
    """Return the keys of a store in a folder; made only for one that has never had any. Raises `StorageError`."""
    secret, log = folder / FOLDER, folder / LOG
    fingerprint: bytes | None = store.value("SELECT fingerprint FROM keeping")
    made = fingerprint is None
    private_folder(secret)
    with told(log):
        log.mkdir(exist_ok=True)
    finish_succession(log)
    if keys is None:
        await finish_rotation(secret)
    custody = keys or _file_keys(secret / WORKSPACE_KEY, made=made)
    data_key = await opened_data_key(secret, custody, made=made)
    known = derived(data_key, "fingerprint")[:_FINGERPRINT]
    if fingerprint not in (None, known):
        raise StorageError(
            f"{secret}: these keys are of another store than {store.path}: put back the folder of keys that belongs to it"
        )
    signer = opened_signer(secret / "log.key", log / "origin", origin, began=_began(store, log))
    vault = _opened_vault(secret, store, data_key, made=made)
    seals = Seals(vault, blinded(derived(data_key, "identifiers")))
    if made:
        _begin(store, known, seals)
    if not store.value("SELECT sealed FROM keeping"):
        seal_older(store, seals)
    seals.all_closed = True
    return Custody(data_key, seals, signer, log)


def _file_keys(path: Path, *, made: bool) -> FileKeys:
    return FileKeys.made(path) if made and not path.exists() else FileKeys.kept(path)


def _began(store: Store, log: Path) -> bool:
    return bool(store.value("SELECT EXISTS (SELECT 1 FROM leaves)")) or (log / "checkpoint").exists()


def _opened_vault(folder: Path, store: Store, data_key: bytes, *, made: bool) -> Vault:
    slots = folder / "customers.keys"
    if made:
        Vault.make(slots)
    vault = Vault(slots, folder / "destroyed", data_key)
    try:
        highest: int = store.value("SELECT coalesce(max(number), 0) FROM parts")
        if made:
            vault.reserve(highest)
        else:
            vault.begin(highest)
    except BaseException:
        vault.close()
        raise
    return vault


def _begin(store: Store, fingerprint: bytes, seals: Seals) -> None:
    """Note by which keys the store is kept; in one that is still empty, ids are found by keyed digests."""
    with store.deleting(), store.transaction():
        hide_links(store, seals)
        hide_timers(store, seals)
        hide_standings(store, seals)
        store.rows(
            "UPDATE keeping SET fingerprint = ?, keyed = NOT EXISTS (SELECT 1 FROM parts), "
            "sealed = NOT EXISTS (SELECT 1 FROM parts)",
            fingerprint,
        )
