"""Files: style, scripts and pictures of the console, kept by browsers until they change."""

from functools import cache
from mimetypes import guess_type

from starlette.types import Receive, Scope, Send

from xop.faces.console.rendering import STATIC
from xop.faces.console.wire import send_answer

_FOREVER = ((b"cache-control", b"public, max-age=31536000, immutable"),)


class Files:
    """Serves the files."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with one file: its address changes with its content."""
        del receive
        name = scope["path_params"]["name"]
        if name not in _names() or scope["method"] not in {"GET", "HEAD"}:
            await send_answer(send, 404, b"there is no such file", media_type="text/plain")
            return
        body, media_type = _read(name)
        await send_answer(send, 200, body, _FOREVER, media_type=media_type)


@cache
def _read(name: str) -> tuple[bytes, str]:
    """Return a file with its media type; it is kept, so the name must be one of those that are there."""
    return (STATIC / name).read_bytes(), guess_type(name)[0] or "application/octet-stream"


@cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in STATIC.iterdir() if path.is_file())
