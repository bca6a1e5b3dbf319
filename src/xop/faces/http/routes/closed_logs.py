"""Closed logs: those that another one has followed, as their last checkpoints tell them."""

from base64 import b64encode

from msgspec import Struct

from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.kernel.log.checkpoint import parse_checkpoint
from xop.kernel.log.errors import LogError
from xop.kernel.log.note import parse_note
from xop.ports.log import CHECKPOINT, CLOSED

_MOST = 1_000


class ClosedLog(Struct, frozen=True):
    """One log that was closed; it verifies as before."""

    number: int
    """From 1, in the order in which they were closed."""
    origin: str
    size: int
    """How many leaves were signed."""
    root: str
    """The root over them, in base 64."""
    address: str
    """Where its files are, below the server's own address."""
    fault: str
    """Why its checkpoint cannot be read; empty when it can."""


class ClosedLogs(Struct, frozen=True):
    """Every log that another one has followed, the first one first."""

    logs: list[ClosedLog]


async def _closed(call: Call) -> Reply:
    tiles, found = call.platform.runtime.tiles, list[ClosedLog]()
    while len(found) < _MOST and (data := await tiles.read(f"{CLOSED}/{len(found) + 1}/{CHECKPOINT}")) is not None:
        found.append(_told(len(found) + 1, data))
    return Reply(ClosedLogs(found))


def _told(number: int, data: bytes) -> ClosedLog:
    address = f"/log/{CLOSED}/{number}/"
    try:
        known = parse_checkpoint(parse_note(data).text)
    except LogError as error:
        return ClosedLog(number, "", 0, "", address, str(error))
    return ClosedLog(number, known.origin, known.size, b64encode(known.root).decode(), address, "")


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/log/closed",
        summary="List logs that another one has followed",
        handler=_closed,
        scope="decisions:read",
        answers=(Content(JSON, ClosedLogs),),
    ),
)
