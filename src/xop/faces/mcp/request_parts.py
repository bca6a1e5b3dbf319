"""What a request says of itself beside its body: its query, and the address it came to."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.types import Scope

from xop.faces.mcp.desk import Desk
from xop.faces.mcp.guard import is_loopback


def query_of(scope: Scope) -> dict[str, str]:
    """Return the query parameters of a request; the last of several with one name counts."""
    raw = scope["query_string"]
    return dict(parse_qsl(raw.decode("latin-1"), max_num_fields=20)) if raw else {}


def base_of(desk: Desk, scope: Scope, headers: Mapping[bytes, bytes]) -> str:
    """Return the address under which a customer reaches us: the workspace's, or on this machine the request's own."""
    if desk.address:
        return desk.address
    host = headers.get(b"host", b"").decode("latin-1")
    listening = str((scope.get("server") or ("",))[0])
    return f"{scope.get('scheme', 'http')}://{host}" if is_loopback(listening) else ""
