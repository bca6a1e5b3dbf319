"""The wire: JSON-RPC messages as bytes, and the errors that a request can meet."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from mcp.shared.inbound import ERROR_CODE_HTTP_STATUS
from mcp_types.jsonrpc import INVALID_PARAMS, INVALID_REQUEST, MISSING_REQUIRED_CLIENT_CAPABILITY, PARSE_ERROR
from msgspec import UNSET, Struct, UnsetType

from xop.faces.http.body import decode
from xop.faces.http.problems import ProblemError

REFUSED = -32010
"""The arbiter refused, or holds, what has no result of its own to say so: a resource, a prompt, a completion."""

TASKS = "io.modelcontextprotocol/tasks"
"""The extension for what takes longer than a request."""

T = TypeVar("T")

_ENCODER = msgspec.json.Encoder()


class Message(Struct):
    """A JSON-RPC request, or a notification when it has no id."""

    jsonrpc: str
    method: str
    id: int | str | UnsetType = UNSET
    params: dict[str, Any] = {}


class RpcError(Exception):
    """A request that is answered with an error of the protocol."""

    def __init__(self, code: int, message: str, data: Any = None, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data
        self.status = ERROR_CODE_HTTP_STATUS.get(code, 200) if status is None else status


_DECODER = msgspec.json.Decoder(Message)
_ANY: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


def read_message(body: bytes) -> Message:
    """Return the one message of a body; raises RpcError for anything else."""
    message = _decoded(body, _DECODER)
    if message.jsonrpc != "2.0":
        raise RpcError(INVALID_REQUEST, "`jsonrpc` is not 2.0")
    return message


def require_sound(body: bytes) -> None:
    """Let a body pass that is JSON within our bounds, whatever it says; raises RpcError for any other."""
    _decoded(body, _ANY)


def _decoded(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    try:
        return decode(body, decoder)
    except ProblemError as problem:
        code = PARSE_ERROR if problem.code == "json-malformed" else INVALID_REQUEST
        raise RpcError(code, f"the body is not one JSON-RPC request: {problem.detail}") from problem


def written(value: Any) -> bytes:
    """Return a value as JSON."""
    return _ENCODER.encode(value)


def answered(identity: int | str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to a request."""
    return {"jsonrpc": "2.0", "id": identity, "result": result}


def failed(identity: int | str | None, error: RpcError) -> dict[str, Any]:
    """Return the error that answers a request."""
    told: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.data is not None:
        told["data"] = error.data
    return {"jsonrpc": "2.0", "id": identity, "error": told}


def event(message: Mapping[str, Any]) -> bytes:
    """Return a message as a server-sent event."""
    return b"event: message\r\ndata: " + _ENCODER.encode(message) + b"\r\n\r\n"


def text_of(params: Mapping[str, Any], name: str) -> str:
    """Return a parameter that must be text; raises RpcError."""
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise RpcError(INVALID_PARAMS, f"`{name}` is missing or is no text")
    return value


def object_of(params: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a parameter that must be an object, empty when it is not given; raises RpcError."""
    value = params.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RpcError(INVALID_PARAMS, f"`{name}` is no object")
    return dict(value)


def capability_missing(required: Mapping[str, Any]) -> RpcError:
    """Return the error for a client that did not declare what it takes."""
    data = {"requiredCapabilities": required}
    return RpcError(MISSING_REQUIRED_CLIENT_CAPABILITY, "a required client capability is missing", data)
