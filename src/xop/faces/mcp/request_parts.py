"""What a request says of itself beside its body: its query, the address it came to, and the body that its sender signed."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from mcp_types.jsonrpc import INVALID_PARAMS
from starlette.types import Message, Receive, Scope

from xop.faces.http.body import read_body
from xop.faces.http.keys import Caller
from xop.faces.mcp.desk import Desk
from xop.faces.mcp.guard import is_loopback
from xop.faces.mcp.wire import RpcError

_LARGEST = 4_194_304
_MOST_FIELDS = 20


def query_of(scope: Scope) -> dict[str, str]:
    """Return the query parameters of a request; the last of several with one name counts; raises RpcError for too many."""
    raw = scope["query_string"]
    try:
        return dict(parse_qsl(raw.decode("latin-1"), max_num_fields=_MOST_FIELDS)) if raw else {}
    except ValueError as error:
        raise RpcError(INVALID_PARAMS, f"the query has more than {_MOST_FIELDS} fields") from error


def base_of(desk: Desk, scope: Scope, headers: Mapping[bytes, bytes]) -> str:
    """Return the address under which a customer reaches us: the workspace's, or on this machine the request's own."""
    if desk.address:
        return desk.address
    host = headers.get(b"host", b"").decode("latin-1")
    listening = str((scope.get("server") or ("",))[0])
    return f"{scope.get('scheme', 'http')}://{host}" if is_loopback(listening) else ""


async def signed_body(caller: Caller, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    """Return a request's body, signed by whoever signs what it sends; raises ProblemError (400, 401, 413, 415)."""
    body = await read_body(receive, headers, _LARGEST)
    caller.require_signature(body, headers)
    return body


def replaying(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read already once more, and then what comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
