"""What an upstream answered instead of a result: questions for the client's user, and errors of the protocol."""

from collections.abc import Mapping
from typing import Any

from mcp_types.jsonrpc import INTERNAL_ERROR, MISSING_REQUIRED_CLIENT_CAPABILITY

from xop.faces.mcp import verdicts
from xop.faces.mcp.call import Call
from xop.faces.mcp.holds import sealed
from xop.faces.mcp.proposing import Asked
from xop.faces.mcp.wire import RpcError, capability_missing

_NEEDED = {
    "elicitation/create": "elicitation",
    "sampling/createMessage": "sampling",
    "roots/list": "roots",
}
"""The capability that each kind of question takes."""


def asks(call: Call, given: Mapping[str, Any] | None) -> bool:
    """Say whether an upstream has questions that this client's era can carry."""
    return given is not None and given.get("resultType") == "input_required" and call.era == "modern"


def relay_question(call: Call, asked: Asked, given: Mapping[str, Any], decision: str) -> dict[str, Any]:
    """Return an upstream's own questions, with its state sealed inside ours; raises RpcError when the client knows no such."""
    requests = given.get("inputRequests")
    for each in requests.values() if isinstance(requests, Mapping) else ():
        needed = _NEEDED.get(each.get("method", "")) if isinstance(each, Mapping) else None
        if needed is None or needed not in call.capabilities:
            raise capability_missing({needed or "unknown": {}})
    state = sealed(call, "upstream", asked, {"state": given.get("requestState")})
    return verdicts.marked({**given, "requestState": state}, decision)


def error_of(given: Mapping[str, Any] | None, *, whole: bool) -> RpcError | None:
    """Return the error that an upstream answered with, as far as it is meant for the client; None for anything else.

    A missing capability is the client's to know; any other error only where answers are passed on whole.
    """
    error = given.get("error") if given is not None else None
    if not isinstance(error, Mapping):
        return None
    if error.get("code") == MISSING_REQUIRED_CLIENT_CAPABILITY:
        data = error.get("data")
        required = data.get("requiredCapabilities") if isinstance(data, Mapping) else None
        names = required if isinstance(required, Mapping) else {}
        return capability_missing({name: {} for name in _NEEDED.values() if name in names})
    if not whole:
        return None
    code = error.get("code")
    message = verdicts.sanitized(str(error.get("message", "")))
    return RpcError(code if isinstance(code, int) else INTERNAL_ERROR, message or "The other side refused.")
