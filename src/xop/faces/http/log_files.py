"""The files of the log as they are published: what strangers verify, at /log/ beside the API."""

import re
from collections.abc import Mapping
from time import perf_counter

from starlette.types import ASGIApp, Receive, Scope, Send

from xop.engine.log_reading import stored
from xop.faces.http.endpoint import refuse
from xop.faces.http.mount import Ground
from xop.faces.http.problems import UNAVAILABLE, ProblemError, unavailable
from xop.kernel.log.errors import LogError
from xop.kernel.log.tile import parse_tile
from xop.ports.log import CHECKPOINT, CLOSED, TileFiles

PREFIX = "/log/"
_ROUTE = "/log/{file}"

_TEXT = b"text/plain; charset=utf-8"
_BYTES = b"application/octet-stream"
_BRIEFLY = b"max-age=1"
_FOR_GOOD = b"max-age=31536000, immutable"
_CLOSED = re.compile(rf"{CLOSED}/[1-9][0-9]{{0,8}}/", re.ASCII)
"""A log that another one has followed."""


def log_files(ground: Ground) -> Mapping[str, ASGIApp]:
    """Return what serves the log's files: to anybody where the workspace says so, else to whoever may read decisions."""
    return {"/log/{file:path}": LogFiles(ground)}


async def _tile(files: TileFiles, path: str) -> bytes | None:
    try:
        return await stored(files, parse_tile(path))
    except LogError:
        return None


class Folder:
    """The files of a log in a folder of the store: of the log itself, or of a closed one."""

    def __init__(self, tiles: TileFiles, folder: str) -> None:
        self._tiles = tiles
        self._folder = folder

    async def read(self, path: str) -> bytes | None:
        """Return a file, or None when there is none."""
        return await self._tiles.read(self._folder + path)


class LogFiles:
    """Serves checkpoint, tiles and bundles."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        del receive
        began, status = perf_counter(), 500
        try:
            content, media_type, cache = await self._found(scope)
            status = 200
            await self._send(scope, send, content, media_type, cache)
        except ProblemError as problem:
            status = problem.status
            await refuse(problem, scope, send, headers=tuple(problem.headers))
        except UNAVAILABLE as error:
            status = 503
            await refuse(unavailable(error), scope, send)
        finally:
            method = scope["method"] if scope["method"] in {"GET", "HEAD"} else "other"
            self._ground.meters.observe(method, _ROUTE, status, perf_counter() - began)

    async def _found(self, scope: Scope) -> tuple[bytes, bytes, bytes]:
        if scope["method"] not in {"GET", "HEAD"}:
            raise ProblemError("method-not-allowed", f"{scope['method'][:20]} is no method of this path")
        engine = self._ground.platform.engine
        public = engine.release.log.public
        if not public:
            sender = dict(scope["headers"]).get(b"authorization")
            await self._ground.sign_in.caller(engine.release, sender, scopes=("decisions:read",))
        path: str = scope["path"].removeprefix(PREFIX)
        closed = _CLOSED.match(path)
        folder = closed[0] if closed is not None else ""
        path = path.removeprefix(folder)
        tiles = Folder(self._ground.platform.runtime.tiles, folder)
        reach = b"public, " if public else b"private, "
        if path == CHECKPOINT:
            content = await tiles.read(CHECKPOINT)
            if content is not None:
                return content, _TEXT, reach + _BRIEFLY
        elif (content := await _tile(tiles, path)) is not None:
            return content, _BYTES, reach + _FOR_GOOD
        raise ProblemError("path-unknown", f"there is no file {folder + path[:200]!r} in the log")

    async def _send(self, scope: Scope, send: Send, content: bytes, media_type: bytes, cache: bytes) -> None:
        headers = [
            (b"content-type", media_type),
            (b"content-length", str(len(content)).encode()),
            (b"cache-control", cache),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else content
        await send({"type": "http.response.body", "body": body})
