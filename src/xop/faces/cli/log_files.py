"""The files of a log wherever it is: in a folder, at a URL, or behind the platform's API."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from xop.faces.cli.door import HERE, PATIENCE
from xop.faces.cli.failure import MISUSED, CommandFailed
from xop.faces.cli.options import Reach
from xop.kernel.log.bundle import unbundled
from xop.kernel.log.errors import FormatError, LogError
from xop.kernel.log.merkle import HASH_SIZE
from xop.kernel.log.tile import ENTRIES, WIDTH, Tile, bundles_between, parse_tile, tile_at, tiles_between
from xop.standalone import verify_log as standalone
from xop.standalone.verify_log import BadError, Files, Key, Note, Trust

CHECKPOINT = "checkpoint"
VERIFIER = "verify_log.py"
POLICY = "log.policy"

_ABSENT = (404, 410)
_PARTIAL = re.compile(r".*\.p/\d+")


class ServedFiles(Files):
    """The files of a log that a server hands out to whoever has a key for it."""

    def __init__(self, place: str, client: httpx.Client) -> None:
        super().__init__(place.rstrip("/"))
        self._client = client

    def first(self, *paths: str) -> tuple[str, bytes]:
        """Return the name and bytes of the first of some files that is there; one must be."""
        for path in paths:
            try:
                answer = self._client.get(f"{self.place}/{path}")
            except httpx.HTTPError as error:
                raise BadError(path, f"cannot be read: {error}") from error
            if answer.is_success:
                return path, answer.content
            if answer.status_code not in _ABSENT:
                raise BadError(path, f"cannot be read: the server answered {answer.status_code}")
        raise BadError(paths[0], "is missing")


@contextmanager
def log_place(where: str | None, reach: Reach) -> Iterator[Files]:
    """Open the files of a log: at a place that is named, or those of the platform that a command reaches."""
    if where is None and reach.data is None:
        with _client(reach.url, reach.key) as client:
            yield ServedFiles(f"{reach.url.rstrip('/')}/log", client)
    elif where is not None and where.startswith(("http://", "https://")):
        with _client(where, None) as client:
            yield ServedFiles(where, client)
    else:
        yield _in_folder(where) if where is not None else Files(f"{reach.data}/log")


def _client(url: str, key: str | None) -> httpx.Client:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    trust_env = httpx.URL(url).host not in HERE
    return httpx.Client(headers=headers, timeout=PATIENCE, follow_redirects=True, trust_env=trust_env)


def _in_folder(where: str) -> Files:
    folder = Path(where)
    if not folder.is_dir():
        raise CommandFailed(f"{where} is neither a folder nor a URL", "name the folder that holds `checkpoint`")
    return Files(str(folder if (folder / CHECKPOINT).exists() or not (folder / "log").is_dir() else folder / "log"))


def trusted(vkey: str | None, policy: Path | None, reach: Reach | None) -> Trust:
    """Return whom a verification goes by: what was given, or else what the platform says of itself."""
    trust = Trust()
    try:
        if policy is not None:
            trust.read(policy.read_bytes(), str(policy))
        if vkey is not None:
            trust.logs.append(Key(vkey, standalone.LOG, "--vkey"))
    except BadError as error:
        raise CommandFailed(f"{error.file} {error.why}", "look at `xop log head --json`", code=MISUSED) from error
    if not trust.logs and reach is not None:
        with reach.door() as door:
            trust.logs.append(Key(door.get("/v1/log")["key"], standalone.LOG, "/v1/log"))
    return trust


def verify_log(files: Files, trust: Trust, older: Path | None) -> dict[str, Any]:
    """Return what a log was found to be; raises `BadError` with the first file that is not as it must be."""
    before = Note(older.read_bytes(), str(older)) if older is not None else None
    found = standalone.check_log(files, trust, before)
    if "://" not in files.place:
        _check_leftovers(Path(files.place), found["size"])
    return found


def export_log(files: Files, folder: Path, head: dict[str, Any]) -> dict[str, Any]:
    """Copy a log into a folder and verify the copy; raises `BadError`, and OSError when the folder cannot be written."""
    trust = Trust()
    trust.logs.append(Key(head["key"], standalone.LOG, "/v1/log"))
    older = Note((folder / CHECKPOINT).read_bytes(), CHECKPOINT) if (folder / CHECKPOINT).exists() else None
    checkpoint = files.first(CHECKPOINT)[1]
    note = Note(checkpoint, CHECKPOINT)
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for tile in (*bundles_between(0, note.size), *tiles_between(0, note.size)):
        target = folder / tile.path
        if not target.exists():
            _write(target, _cut(tile, *files.first(tile.path, tile.full.path)))
            count += 1
    _write(folder / POLICY, head["policy"].encode())
    _write(folder / VERIFIER, Path(standalone.__file__).read_bytes())
    (folder / f".{CHECKPOINT}").write_bytes(checkpoint)
    found = standalone.check_log(_Copy(folder, checkpoint), trust, older)
    (folder / f".{CHECKPOINT}").replace(folder / CHECKPOINT)
    return {"folder": str(folder), "origin": found["origin"], "size": found["size"], "files": count}


class _Copy(Files):
    """A copy whose checkpoint is not in its place before it was verified."""

    def __init__(self, folder: Path, checkpoint: bytes) -> None:
        super().__init__(str(folder))
        self._checkpoint = checkpoint

    def first(self, *paths: str) -> tuple[str, bytes]:
        """Return the name and bytes of the first of some files that is there; one must be."""
        return (CHECKPOINT, self._checkpoint) if CHECKPOINT in paths else super().first(*paths)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _cut(tile: Tile, path: str, content: bytes) -> bytes:
    """Return a partial file from the full one that took its place."""
    if path == tile.path:
        return content
    if tile.level == ENTRIES:
        return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in unbundled(content)[: tile.width])
    return content[: tile.width * HASH_SIZE]


def _check_leftovers(folder: Path, size: int) -> None:
    """Raise when a partial file of an earlier checkpoint is not the beginning of the file that took its place."""
    for path, tile in _leftovers(folder):
        try:
            now = tile_at(tile.level, tile.number, size)
        except LogError:
            continue  # An interrupted round may leave files beyond the checkpoint.
        if tile.width >= now.width:
            continue
        whole = _read(folder, now.path, now.full.path)
        if not _begins(tile, path.read_bytes(), whole):
            raise BadError(str(path.relative_to(folder)), "is not the beginning of the file that took its place")


def _leftovers(folder: Path) -> Iterator[tuple[Path, Tile]]:
    for path in sorted((folder / "tile").rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and _PARTIAL.fullmatch(name):
            try:
                yield path, parse_tile(name)
            except FormatError:
                raise BadError(name, "is no file of a log") from None


def _read(folder: Path, *names: str) -> bytes:
    found: Callable[[str], Path] = folder.joinpath
    return next((found(name).read_bytes() for name in names if found(name).exists()), b"")


def _begins(tile: Tile, content: bytes, whole: bytes) -> bool:
    if not whole.startswith(content):
        return False
    if tile.level != ENTRIES:
        return len(content) == tile.width * HASH_SIZE
    try:
        return len(unbundled(content)) == min(tile.width, WIDTH)
    except FormatError:
        return False
