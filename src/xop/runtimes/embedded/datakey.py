"""The data key: kept wrapped by the workspace key, so that changing that one changes nothing else."""

import hmac
import os
from pathlib import Path

from xop.ports.errors import StorageError
from xop.ports.keys import KeyRefusedError, Keys
from xop.runtimes.files import place, replace, settle, told
from xop.runtimes.keys import FileKeys

FILE = "data.key"
WORKSPACE_KEY = "workspace.key"
NEXT_KEY = "workspace.key.next"
"""A workspace key that is to take the place of the present one."""
_BYTES = 32
_PURPOSE = b"xop/store-key/v1\0"


async def opened_data_key(folder: Path, keys: Keys, *, made: bool) -> bytes:
    """Return the data key of a folder of keys, making it when `made` and there is none. Raises `StorageError`."""
    path = folder / FILE
    with told(path):
        wrapped = path.read_bytes() if path.exists() else None
    if wrapped is None:
        if not made:
            raise StorageError(
                f"{path}: the data key is missing, and without it nothing in the store can be read: "
                "put the file back from its backup"
            )
        await keep_data_key(folder, keys, os.urandom(_BYTES))
        wrapped = path.read_bytes()
    try:
        return await keys.unwrap(wrapped)
    except KeyRefusedError as error:
        raise StorageError(f"{path}: {error}: put back the workspace key that belongs to it") from error


async def keep_data_key(folder: Path, keys: Keys, key: bytes) -> None:
    """Wrap the data key anew, in place of what was kept."""
    replace(folder / FILE, await keys.wrap(key))


def derived(key: bytes, purpose: str) -> bytes:
    """Return the 32 bytes that the data key gives for a purpose."""
    return hmac.digest(key, _PURPOSE + purpose.encode(), "sha256")


async def finish_rotation(folder: Path) -> None:
    """Let the next workspace key take its place when the data key is wrapped by it already; drop it when not."""
    after = folder / NEXT_KEY
    with told(after):
        if not after.exists():
            return
        try:
            await FileKeys.kept(after).unwrap((folder / FILE).read_bytes())
        except (KeyRefusedError, StorageError):
            after.unlink()
        else:
            place(after, folder / WORKSPACE_KEY)
        settle((folder,))
