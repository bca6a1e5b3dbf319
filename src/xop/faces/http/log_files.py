"""The files of the log as they are published: what strangers verify, at /log/ beside the API."""

from collections.abc import Mapping
from time import perf_counter

from starlette.types import ASGIApp, Receive, Scope, Send

from xop.engine.log_reading import CHECKPOINT, stored
from xop.faces.http.endpoint import refuse
from xop.faces.http.mount import Ground
from xop.faces.http.problems import UNAVAILABLE, ProblemError, unavailable
from xop.kernel.log.errors import LogError
from xop.kernel.log.tile import parse_tile

PREFIX = "/log/"
_ROUTE = "/log/{file}"

_TEXT = b"text/plain; charset=utf-8"
_BYTES = b"application/octet-stream"
_BRIEFLY = b"max-age=1"
_FOR_GOOD = b"max-age=31536000, immutable"


def log_files(ground: Ground) -> Mapping[str, ASGIApp]:
    """Return what serves the log's files: to anybody where the workspace says so, else to whoever may read decisions."""
    return {"/log/{file:path}": LogFiles(ground)}


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
        reach = b"public, " if public else b"private, "
        if path == CHECKPOINT:
            content = await self._ground.platform.runtime.tiles.read(CHECKPOINT)
            if content is not None:
                return content, _TEXT, reach + _BRIEFLY
        elif (content := await self._tile(path)) is not None:
            return content, _BYTES, reach + _FOR_GOOD
        raise ProblemError("path-unknown", f"there is no file {path[:200]!r} in the log")

    async def _tile(self, path: str) -> bytes | None:
        try:
            return await stored(self._ground.platform.runtime.tiles, parse_tile(path))
        except LogError:
            return None

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
