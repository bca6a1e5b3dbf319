"""The wish: what a message asks for, wherever in it that stands."""

from collections.abc import Mapping
from typing import Any

import msgspec
from a2a.types.a2a_pb2 import Message, SendMessageRequest
from a2a.utils.errors import ContentTypeNotSupportedError, InvalidParamsError
from google.protobuf.json_format import MessageToDict
from msgspec import Struct
from msgspec.structs import replace

PREFIX = "io.xop/"
"""Begins every metadata key that is ours."""

LONGEST_NAME = 400
"""Characters of a name or reference."""

_WHOLE = 2**53
"""From here on a JSON number of the protocol no longer tells one whole number from the next."""

_NAMES = ("action", "customer", "purpose", "conversation")


class Wish(Struct, frozen=True, omit_defaults=True):
    """An action somebody wants done, as far as it has been said."""

    action: str = ""
    arguments: dict[str, Any] | None = None
    customer: str = ""
    purpose: str = ""
    conversation: str = ""

    def with_more(self, later: "Wish") -> "Wish":
        """Return the wish with what was said later in place of what was said before."""
        said = {name: value for name, value in msgspec.structs.asdict(later).items() if value not in ("", None)}
        return replace(self, **said)


def read_wish(request: SendMessageRequest, besides: Mapping[str, str]) -> Wish:
    """Return what a message asks for; `besides` is what its headers and query say.

    Metadata stands before those, and both before the message's data. Raises InvalidParamsError for what cannot be read,
    ContentTypeNotSupportedError for parts that are files.
    """
    message = request.message
    data = _data(message)
    told: dict[str, Any] = {**_plain(request.metadata), **_plain(message.metadata)}
    named = {name: told.get(PREFIX + name) or besides.get(name) or data.get(name) or "" for name in _NAMES}
    for name, value in named.items():
        if not isinstance(value, str) or len(value) > LONGEST_NAME:
            raise InvalidParamsError(f"`{name}` is not a text of at most {LONGEST_NAME} characters")
    arguments = told.get(f"{PREFIX}arguments", data.get("arguments"))
    if arguments is not None and not isinstance(arguments, dict):
        raise InvalidParamsError("`arguments` is not an object: write the arguments by name")
    return Wish(arguments=arguments, **named)


def plain(value: Any) -> Any:
    """Return JSON of the protocol with its whole numbers whole again; raises InvalidParamsError for one too large."""
    match value:
        case dict():
            return {name: plain(each) for name, each in value.items()}
        case list():
            return [plain(each) for each in value]
        case float() if value.is_integer():
            if abs(value) >= _WHOLE:
                raise InvalidParamsError(
                    "a whole number is beyond what the protocol can hold exactly: write it as text"
                )
            return int(value)
        case _:
            return value


def _plain(struct: Any) -> dict[str, Any]:
    found: dict[str, Any] = plain(MessageToDict(struct))
    return found


def _data(message: Message) -> dict[str, Any]:
    """Return what the one data part of a message holds; text beside it is for people."""
    found: list[dict[str, Any]] = []
    for part in message.parts:
        kind = part.WhichOneof("content")
        if kind in {"raw", "url"}:
            raise ContentTypeNotSupportedError("files are not taken: send the action and its arguments as a data part")
        if kind == "data":
            value = plain(MessageToDict(part.data))
            if not isinstance(value, dict):
                raise InvalidParamsError("the data part is not an object with `action` and `arguments`")
            found.append(value)
    if len(found) > 1:
        raise InvalidParamsError("the message has several data parts: ask for one action at a time")
    return found[0] if found else {}
