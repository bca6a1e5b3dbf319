"""Reading a request's body: bounded in bytes, depth and numbers before anything looks at it."""

import re
import zlib
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from starlette.types import Receive

from xop.faces.http.problems import ProblemError

LARGEST_BODY = 1_048_576
"""Bytes of a body as it is sent."""

LARGEST_UNPACKED = 8 * LARGEST_BODY
"""Bytes of a body once unpacked."""

DEEPEST = 64
"""How deep objects and lists may be nested."""

_LEAST, _MOST = -(2**63), 2**63 - 1
_LONG_NUMBER = re.compile(rb"[0-9]{19}")

_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])

T = TypeVar("T")


class Disconnected(Exception):  # noqa: N818 - names what happened
    """The client left before its request was complete; there is nobody to answer."""


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], limit: int = LARGEST_BODY) -> bytes:
    """Return a request's body, unpacked; raises ProblemError (400, 413, 415), or Disconnected."""
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    body = await _received(receive, limit)
    encoding = headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding == b"gzip":
        return unpack(body, max(limit, LARGEST_UNPACKED))
    if encoding not in {b"", b"identity"}:
        raise ProblemError("encoding-unsupported", "the Content-Encoding is neither gzip nor identity")
    return body


async def _received(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def unpack(packed: bytes, limit: int = LARGEST_UNPACKED) -> bytes:
    """Return one gzip stream unpacked, never making more than `limit` bytes; raises ProblemError (400, 413)."""
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = unpacker.decompress(packed, limit + 1)
    except zlib.error as error:
        raise ProblemError("encoding-malformed", "the body is no gzip stream") from error
    if len(plain) > limit:
        raise _too_large(limit)
    if not unpacker.eof or unpacker.unused_data:
        raise ProblemError("encoding-malformed", "the gzip stream is cut off, or something follows it")
    return plain


def decode(body: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T:
    """Return JSON as the decoder's type; raises ProblemError (400 for what is no sound JSON, 422 for what does not fit).

    Of a name that an object holds twice, the last value counts.
    """
    _check(bytes(body))
    return _decoded(body, decoder)


def decode_list(body: bytes, most: int) -> list[msgspec.Raw]:
    """Return the items of a JSON list, each still to be decoded; raises ProblemError (400, 413 for more than `most`)."""
    items = _decoded(body, _ITEMS)
    if len(items) > most:
        raise ProblemError("too-large", f"the batch has {len(items)} items, more than {most}", "send smaller batches")
    return items


def _decoded(body: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        if str(error).startswith("Number out of range"):
            raise ProblemError("number-too-large", "a number is beyond what 64 bits can hold") from error
        raise ProblemError("body-invalid", str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProblemError("json-malformed", f"the body is not JSON: {error}") from error
    except RecursionError as error:
        raise _too_deep() from error


def _check(body: bytes) -> None:
    """Cheap signs tell bodies that are surely sound; only the others are looked at closely."""
    if body.count(b"{") + body.count(b"[") > DEEPEST and _depth(body) > DEEPEST:
        raise _too_deep()
    if _LONG_NUMBER.search(body) is not None and _oversized(_plain(body)):
        raise ProblemError("number-too-large", "a whole number is beyond what 64 bits can hold")


_MARKS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{\[]|[}\]]', re.DOTALL)


def _depth(body: bytes) -> int:
    depth = deepest = 0
    for mark in _MARKS.finditer(body):
        first = mark[0][:1]
        if first in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"}]":
            depth -= 1
    return deepest


def _plain(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _oversized(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_oversized(each) for each in value.values())
    if isinstance(value, list):
        return any(_oversized(each) for each in value)
    return isinstance(value, int) and not _LEAST <= value <= _MOST


def _too_large(limit: int) -> ProblemError:
    return ProblemError("too-large", f"the body has more than {limit} bytes")


def _too_deep() -> ProblemError:
    return ProblemError("json-too-deep", f"the body is nested more than {DEEPEST} deep")
