"""Faults: whatever goes wrong is told as an error of the protocol, without what lies behind it."""

import functools
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from a2a.server.context import ServerCallContext
from a2a.utils.errors import A2AError, InternalError, InvalidParamsError
from a2a.utils.proto_utils import validate_proto_required_fields
from google.protobuf.message import Message as ProtoMessage

from xop.faces.http.problems import UNAVAILABLE, ProblemError, unavailable

LOG = logging.getLogger("xop.a2a")

H = TypeVar("H")
M = TypeVar("M", bound=ProtoMessage)
T = TypeVar("T")


def faults(
    operation: Callable[[H, M, ServerCallContext], Coroutine[Any, Any, T]],
) -> Callable[[H, M, ServerCallContext], Coroutine[Any, Any, T]]:
    """Have an operation raise errors of the protocol alone, and see no message without what it must have."""

    @functools.wraps(operation)
    async def guarded(self: H, params: M, context: ServerCallContext) -> T:
        try:
            validate_proto_required_fields(params)
            return await operation(self, params, context)
        except Exception as error:
            raise _told(error) from error

    return guarded


def stream_faults(
    operation: Callable[[H, M, ServerCallContext], AsyncGenerator[T]],
) -> Callable[[H, M, ServerCallContext], AsyncGenerator[T]]:
    """Have a streaming operation raise errors of the protocol alone, as `faults` does."""

    @functools.wraps(operation)
    async def guarded(self: H, params: M, context: ServerCallContext) -> AsyncGenerator[T]:
        try:
            validate_proto_required_fields(params)
            async with aclosing(operation(self, params, context)) as stream:
                async for event in stream:
                    yield event
        except Exception as error:
            raise _told(error) from error

    return guarded


def _told(error: Exception) -> A2AError:
    match error:
        case A2AError():
            return error
        case ProblemError():
            return InvalidParamsError(f"{error.detail}: {error.remedy}")
        case _ if isinstance(error, UNAVAILABLE):
            problem = unavailable(error)
            return InternalError(f"{problem.detail}: {problem.remedy}")
        case _:
            LOG.error("a request met a fault", exc_info=error)
            return InternalError("the request met a fault")
