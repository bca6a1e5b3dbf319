"""Closed logs: those that another one has followed, as their last checkpoints tell them."""

from base64 import b64encode
from typing import Annotated

from msgspec import Meta, Struct

from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.kernel.log.checkpoint import parse_checkpoint
from xop.kernel.log.errors import LogError
from xop.kernel.log.note import parse_note
from xop.ports.log import CHECKPOINT, CLOSED


class ClosedLogsQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which of them are wanted."""

    after: Annotated[int, Meta(ge=0, le=2**31)] = 0
    """The number to go on after, as `next` of the page before says."""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


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
    """Logs that another one has followed, the first one first."""

    logs: list[ClosedLog]
    next: int | None
    """What to ask for as `after` to see more; null at the end."""


async def _closed(call: Call) -> Reply:
    asked: ClosedLogsQuery = call.query
    tiles, found, number = call.platform.runtime.tiles, list[ClosedLog](), asked.after + 1
    while (data := await tiles.read(f"{CLOSED}/{number}/{CHECKPOINT}")) is not None:
        if len(found) == asked.limit:
            return Reply(ClosedLogs(found, number - 1))
        found.append(_told(number, data))
        number += 1
    return Reply(ClosedLogs(found, None))


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
        query=ClosedLogsQuery,
        answers=(Content(JSON, ClosedLogs),),
    ),
)
