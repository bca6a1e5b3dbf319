"""Health: whether the process lives, whether it can work, what it measures, and what it can be asked."""

from typing import Any, Literal

from msgspec import Struct

from xop.engine.log import LogState
from xop.faces.http import meters
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.ports.batch import Batch


class Health(Struct, frozen=True):
    """That the process lives."""

    status: Literal["live"]


class Readiness(Struct, frozen=True):
    """That commands are taken, and under which release."""

    status: Literal["ready"]
    release: str
    waiting: int
    """Commands that wait for their turn."""
    log: LogState
    """Whether decisions get into the log in time and are witnessed: `ok`, or what is wrong; commands are taken all the same."""


async def _live(call: Call) -> Reply:
    del call
    return Reply(Health("live"))


async def _ready(call: Call) -> Reply:
    """Only a commit shows that the store can be written; an empty one changes nothing."""
    engine = call.platform.engine
    if not engine.running:
        raise ProblemError("stopping", "the engine takes no commands")
    await call.platform.runtime.ledger.commit(Batch())
    return Reply(Readiness("ready", engine.release.digest, engine.waiting, engine.log.state))


async def _measure(call: Call) -> Reply:
    return Reply(await call.face.meters.text(), media_type=meters.MEDIA_TYPE)


async def _describe(call: Call) -> Reply:
    return Reply(call.face.document())


_DOCUMENT: dict[str, Any] = {"type": "object", "required": ["openapi", "info", "paths"]}

OPERATIONS = (
    Operation(
        method="GET",
        path="/health",
        summary="Ask whether the process lives",
        handler=_live,
        open=True,
        answers=(Content(JSON, Health),),
    ),
    Operation(
        method="GET",
        path="/ready",
        summary="Ask whether commands are taken",
        handler=_ready,
        open=True,
        answers=(Content(JSON, Readiness),),
        problems=("stopping", "storage-unavailable"),
    ),
    Operation(
        method="GET",
        path="/metrics",
        summary="Read the metrics",
        description="In the Prometheus text format.",
        handler=_measure,
        scope="metrics:read",
        answers=(Content("text/plain", {"type": "string"}),),
    ),
    Operation(
        method="GET",
        path="/openapi.json",
        summary="Read this document",
        handler=_describe,
        open=True,
        answers=(Content(JSON, _DOCUMENT),),
    ),
)
