"""Reads what a server's answer means for an invocation."""

from collections.abc import Mapping
from typing import Any

import msgspec

from xop.adapters.mcp.message import Answer
from xop.adapters.mcp.settings import Rendered, Settings
from xop.kernel.base.json import canonical
from xop.ports.adapter import Sent

_BEFORE = {-32700, -32600, -32601, -32602, -32020, -32021, -32022, -32042}
"""Errors that come before anything is carried out."""

_ASKING = "input_required"


def outcome(answer: Answer, rendered: Rendered, settings: Settings) -> Sent:
    """Return what an answer means; no text of the server is in its detail."""
    if answer.result is None:
        return _refused(answer.code, rendered)
    kind = answer.result.get("resultType", "complete")
    if kind == _ASKING:
        return Sent("failed", f"the {_NOUNS[rendered.method]} asks for input first")
    if kind != "complete":
        return Sent("uncertain", "the answer is of a kind that nobody asked for")
    if answer.result.get("isError") is True:
        return Sent("failed", "the tool says that it failed")
    output = answer.result if rendered.result == "whole" else structured(rendered.method, answer.result)
    try:
        size = len(canonical(output))
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        return Sent("done", "the output cannot be written as JSON, and is not kept")
    if size > settings.largest_output:
        return Sent("done", f"the output has more than {settings.largest_output} bytes and is not kept")
    return Sent("done", output=output)


def structured(method: str, result: Mapping[str, Any]) -> Any:
    """Return what a result holds as data."""
    if method == "tools/call":
        if "structuredContent" in result:
            return result["structuredContent"]
        return _read(result.get("content"), "content")
    if method == "resources/read":
        return _read(result.get("contents"), "contents")
    if method == "completion/complete":
        return result.get("completion")
    return {name: result[name] for name in ("description", "messages") if name in result}


def _read(blocks: Any, name: str) -> Any:
    """Return the JSON of a single text, the text of several, or the blocks where there is none."""
    found = blocks if isinstance(blocks, list) else []
    texts = [each["text"] for each in found if isinstance(each, dict) and isinstance(each.get("text"), str)]
    if not texts:
        return {name: found}
    if len(found) == 1:
        try:
            return msgspec.json.decode(texts[0])
        except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
            pass
    return {"text": "\n".join(texts)}


def _refused(code: int, rendered: Rendered) -> Sent:
    if code in _BEFORE or rendered.method != "tools/call":
        return Sent("failed", f"the server refused with {code}")
    return Sent("uncertain", f"the server broke off with {code}")


_NOUNS = {
    "tools/call": "tool",
    "resources/read": "resource",
    "prompts/get": "prompt",
    "completion/complete": "completion",
}
