"""Consistency: the proof that one checkpoint of the log goes on from another."""

from base64 import b64encode
from typing import Annotated

from msgspec import Meta, Struct

from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.kernel.log.errors import LogError

Leaves = Annotated[int, Meta(ge=1, le=2**53)]


class ConsistencyQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which two checkpoints, by how many leaves they are over."""

    older: Leaves
    size: Leaves


class Consistency(Struct, frozen=True):
    """The hashes that lead from one root to another (RFC 9162, section 2.1.4)."""

    older: int
    size: int
    hashes: list[str]
    """In base 64."""


async def _consistency(call: Call) -> Reply:
    asked: ConsistencyQuery = call.query
    log = call.platform.engine.log
    try:
        await log.head.ready()
    except LogError as error:
        raise ProblemError("log-unreadable", f"the checkpoint cannot be read: {error}") from error
    if asked.older > asked.size:
        raise ProblemError("parameter-invalid", "`older` is the smaller of the two")
    if asked.size > log.head.size:
        cause = f"the published checkpoint is over {log.head.size} leaves, and not {asked.size}"
        raise ProblemError("log-shorter", cause)
    hashes = await log.proofs.consistency(asked.older, asked.size)
    return Reply(Consistency(asked.older, asked.size, [b64encode(each).decode() for each in hashes]))


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/log/consistency",
        summary="Prove that the log goes on from a checkpoint that was kept",
        handler=_consistency,
        scope="decisions:read",
        query=ConsistencyQuery,
        answers=(Content(JSON, Consistency),),
        problems=("log-shorter", "log-unreadable"),
    ),
)
