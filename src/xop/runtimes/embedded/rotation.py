"""Changing the workspace key: the data key is wrapped anew, and nothing else changes."""

from pathlib import Path

from xop.ports.keys import Keys
from xop.runtimes.embedded.custody import FOLDER
from xop.runtimes.embedded.datakey import NEXT_KEY, WORKSPACE_KEY, finish_rotation, keep_data_key, opened_data_key
from xop.runtimes.embedded.lock import FolderLock
from xop.runtimes.keys import FileKeys


async def rotate_workspace_key(folder: Path, old: Keys | None = None, new: Keys | None = None) -> None:
    """Wrap the data key of a folder that nobody has open by another workspace key.

    Without `old` and `new` the key is the one in the folder's file, and a fresh one takes its place; a custody elsewhere
    is given for both. Raises `StorageError`; what a kill cut short is finished when the folder is opened next.
    """
    lock = FolderLock(folder)
    try:
        keys = folder / FOLDER
        if new is not None:
            data_key = await opened_data_key(keys, old or FileKeys.kept(keys / WORKSPACE_KEY), made=False)
            await keep_data_key(keys, new, data_key)
            return
        await finish_rotation(keys)
        data_key = await opened_data_key(keys, old or FileKeys.kept(keys / WORKSPACE_KEY), made=False)
        await keep_data_key(keys, FileKeys.made(keys / NEXT_KEY), data_key)
        await finish_rotation(keys)
    finally:
        lock.release()
