"""The subject: which customer a request is about, and in which conversation."""

from collections.abc import Mapping
from typing import Any

from mcp_types.jsonrpc import INVALID_PARAMS
from msgspec import Struct

from xop.engine.engine import Target
from xop.faces.http.problems import ProblemError
from xop.faces.http.targets import LONGEST, target
from xop.faces.mcp.call import Call
from xop.faces.mcp.wire import RpcError

CUSTOMER, CONVERSATION, PURPOSE, IDEMPOTENCY, DECISION = (
    f"io.xop/{name}" for name in ("customer", "conversation", "purpose", "idempotency", "decision")
)


class Subject(Struct, frozen=True):
    """Whom a request is about."""

    reference: str
    """A customer's id or `namespace:value`, as the agent wrote it."""
    target: Target
    conversation: str | None


def names_customer(call: Call) -> bool:
    """Say whether a request names its customer beside the arguments."""
    return bool(_beside(call, "customer"))


def subject(call: Call, arguments: dict[str, Any], properties: Mapping[str, Any]) -> Subject:
    """Return whom a request is about, taking what says so out of the arguments unless they are the action's own.

    Raises RpcError when nobody is named, or in a way that identifies nobody.
    """
    reference = _beside(call, "customer")
    conversation = _beside(call, "conversation")
    if not reference:
        reference = _argument(arguments, "customer", properties)
        conversation = conversation or _argument(arguments, "conversation", properties)
    if not reference:
        raise RpcError(
            INVALID_PARAMS,
            "no customer is named: send the argument `customer`, the header Xop-Customer or `_meta` io.xop/customer",
        )
    if len(reference) > LONGEST or len(conversation) > LONGEST:
        raise RpcError(INVALID_PARAMS, f"a reference has more than {LONGEST} characters")
    try:
        return Subject(reference, target(call.release, reference), conversation or None)
    except ProblemError as problem:
        raise RpcError(INVALID_PARAMS, f"{problem.detail}: {problem.remedy}") from problem


def _beside(call: Call, name: str) -> str:
    told = call.meta.get(f"io.xop/{name}")
    if isinstance(told, str) and told:
        return told
    header = call.headers.get(f"xop-{name}".encode())
    return header.decode("latin-1").strip() if header else call.query.get(name, "")


def _argument(arguments: dict[str, Any], name: str, properties: Mapping[str, Any]) -> str:
    if name in properties:
        return ""
    value = arguments.pop(name, "")
    if not isinstance(value, str):
        raise RpcError(INVALID_PARAMS, f"the argument `{name}` is no text")
    return value
