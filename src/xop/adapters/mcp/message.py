"""JSON-RPC messages: written for the server, and read from it with distrust."""

from typing import Any

import msgspec
from msgspec import Struct

from xop.adapters.mcp.failures import UnsureError

DEEPEST = 100
"""Levels of lists and maps within each other."""


class Answer(Struct, frozen=True):
    """What a server answered: a result or an error."""

    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None

    @property
    def code(self) -> int:
        """The error's code, 0 without one."""
        code = (self.error or {}).get("code")
        return code if isinstance(code, int) and not isinstance(code, bool) else 0


def encode(number: int, method: str, params: dict[str, Any]) -> bytes:
    """Return a request as bytes."""
    return msgspec.json.encode({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def decode(content: bytes) -> dict[str, Any]:
    """Return one message; raises UnsureError for what is none, or is nested too deeply to be handled safely."""
    try:
        message = msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnsureError("the answer is not JSON") from error
    if not isinstance(message, dict):
        raise UnsureError("the answer is no message")
    if _too_deep(message):
        raise UnsureError(f"the answer is nested more than {DEEPEST} deep")
    return message


def answer_of(message: dict[str, Any], number: int) -> Answer | None:
    """Return the answer to one request, or None for any other message; raises UnsureError for one that is neither."""
    if "method" in message or message.get("id") != number or isinstance(message.get("id"), bool):
        return None
    result, error = message.get("result"), message.get("error")
    if isinstance(error, dict):
        return Answer(error=error)
    if isinstance(result, dict):
        return Answer(result=result)
    raise UnsureError("the answer has neither a result nor an error")


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            each
            for container in level
            for each in (container.values() if isinstance(container, dict) else container)
            if isinstance(each, dict | list)
        ]
        if not level:
            return False
    return True
