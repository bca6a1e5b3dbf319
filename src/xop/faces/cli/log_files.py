"""The files of a log wherever it is: in a folder, at a URL, or behind the platform's API."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import httpx

from xop.engine.log_reading import cut
from xop.faces.cli.door import HERE, PATIENCE
from xop.faces.cli.failure import MISUSED, CommandFailed
from xop.faces.cli.options import Reach
from xop.kernel.log.errors import LogError
from xop.kernel.log.tile import Tile, files_of
from xop.ports.log import CHECKPOINT
from xop.standalone import verify_log as standalone
from xop.standalone.verify_log import BadError, Files, Key, Note, Trust

VERIFIER = "verify_log.py"
POLICY = "log.policy"

_ABSENT = (404, 410)
_SCHEMES = ("http://", "https://")
_WHOLE = 60.0
"""Seconds that one file may take: a server that answers a byte at a time would never let go."""


class ServedFiles(Files):
    """The files of a log that a server hands out to whoever has a key for it."""

    def __init__(self, place: str, client: httpx.Client) -> None:
        super().__init__(place.rstrip("/"))
        self._client = client

    def first(self, *paths: str) -> tuple[str, bytes]:
        """Return the name and bytes of the first of some files that is there; one must be."""
        for path in paths:
            try:
                with self._client.stream("GET", f"{self.place}/{path}") as answer:
                    if answer.is_success:
                        return path, _bounded(answer, path)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise BadError(path, f"cannot be read: {error}") from error
            if answer.status_code not in _ABSENT:
                raise BadError(path, f"cannot be read: the server answered {answer.status_code}")
        raise BadError(paths[0], "is missing")


def _bounded(answer: httpx.Response, path: str) -> bytes:
    content, until = bytearray(), monotonic() + _WHOLE
    for chunk in answer.iter_bytes():
        content += chunk
        if len(content) > standalone.LONGEST_FILE or monotonic() > until:
            raise BadError(path, f"is longer than any file of a log, or takes longer than {_WHOLE:.0f} seconds")
    return bytes(content)


@contextmanager
def log_place(where: str | None, reach: Reach) -> Iterator[Files]:
    """Open the files of a log: at a place that is named, or those of the platform that a command reaches."""
    if where is None and reach.data is None:
        with _client(reach.url, reach.key) as client:
            yield ServedFiles(f"{reach.url.rstrip('/')}/log", client)
    elif where is not None and where.startswith(_SCHEMES):
        with _client(where, None) as client:
            yield ServedFiles(where, client)
    else:
        yield Files(str(log_folder(where)) if where is not None else f"{reach.data}/log")


def _client(url: str, key: str | None) -> httpx.Client:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    try:
        trust_env = httpx.URL(url).host not in HERE
    except httpx.InvalidURL as error:
        raise CommandFailed(f"{url!r} is no URL: {error}", "write it as https://host/log", code=MISUSED) from error
    return httpx.Client(headers=headers, timeout=PATIENCE, follow_redirects=True, trust_env=trust_env)


def require_place(where: str) -> None:
    """Refuse a place that is neither a folder that exists nor a URL, before anything else is asked of it."""
    if not where.startswith(_SCHEMES):
        log_folder(where)


def log_folder(where: str) -> Path:
    """Return the folder of a log, which is the one named or, in a data folder, its `log`."""
    folder = Path(where)
    if not folder.is_dir():
        raise CommandFailed(f"{where} is neither a folder nor a URL", "name the folder that holds `checkpoint`")
    return folder if (folder / CHECKPOINT).exists() or not (folder / "log").is_dir() else folder / "log"


def trusted(vkeys: Iterable[str], policy: Path | None, reach: Reach | None) -> Trust:
    """Return whom a verification goes by: what was given, or else what the platform says of itself."""
    trust = Trust()
    try:
        if policy is not None:
            trust.read(policy.read_bytes(), str(policy))
        trust.logs += [Key(vkey, standalone.LOG, "--vkey") for vkey in vkeys]
    except BadError as error:
        raise CommandFailed(f"{error.file} {error.why}", "look at `xop log head --json`", code=MISUSED) from error
    if not trust.logs and reach is not None:
        with reach.door() as door:
            trust.logs.append(Key(door.get("/v1/log")["key"], standalone.LOG, "/v1/log"))
    return trust


def verify_log(files: Files, trust: Trust, older: Path | None) -> dict[str, Any]:
    """Return what a log was found to be; raises `BadError` with the first file that is not as it must be."""
    before = Note(older.read_bytes(), str(older)) if older is not None else None
    return standalone.check_log(files, trust, before)


def export_log(files: Files, folder: Path, head: dict[str, Any]) -> dict[str, Any]:
    """Copy a log into a folder and verify the copy; raises `BadError`, and OSError when the folder cannot be written.

    Whether enough witnesses have cosigned what was copied is told under `witnessed`: None where none are asked to.
    """
    trust, policy = Trust(), Trust()
    trust.logs.append(Key(head["key"], standalone.LOG, "/v1/log"))
    older = Note((folder / CHECKPOINT).read_bytes(), CHECKPOINT) if (folder / CHECKPOINT).exists() else None
    checkpoint = files.first(CHECKPOINT)[1]
    note = Note(checkpoint, CHECKPOINT)
    trust.check(note)  # before its size is believed
    if older is not None and older.origin != note.origin:
        raise BadError(
            CHECKPOINT, f"there is of the log {older.origin!r}: copy {note.origin!r} into a folder of its own"
        )
    policy.read(head["policy"].encode(), POLICY)
    policy.logs = trust.logs
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for tile in files_of(note.size):
        target = folder / tile.path
        if not target.exists():
            _write(target, _fetched(files, tile))
            count += 1
    _write(folder / POLICY, head["policy"].encode())
    _write(folder / VERIFIER, Path(standalone.__file__).read_bytes())
    (folder / f".{CHECKPOINT}").write_bytes(checkpoint)
    found = standalone.check_log(_Copy(folder, checkpoint), trust, older)
    (folder / f".{CHECKPOINT}").replace(folder / CHECKPOINT)
    told = {"cosigned_by": policy.check(note, quorum=False), "witnessed": _witnessed(policy, note)}
    return {"folder": str(folder), "origin": found["origin"], "size": found["size"], "files": count, **told}


def _witnessed(policy: Trust, note: Note) -> bool | None:
    if not policy.witnesses:
        return None
    try:
        policy.check(note)
    except BadError:
        return False
    return True


class _Copy(Files):
    """A copy whose checkpoint is not in its place before it was verified."""

    def __init__(self, folder: Path, checkpoint: bytes) -> None:
        super().__init__(str(folder))
        self._checkpoint = checkpoint

    def first(self, *paths: str) -> tuple[str, bytes]:
        """Return the name and bytes of the first of some files that is there; one must be."""
        return (CHECKPOINT, self._checkpoint) if CHECKPOINT in paths else super().first(*paths)


def _fetched(files: Files, tile: Tile) -> bytes:
    path, content = files.first(tile.path, tile.full.path)
    try:
        return content if path == tile.path else cut(tile, content)
    except LogError as error:
        raise BadError(path, str(error)) from error


def _write(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all: one that is there is not fetched again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)
