"""The form of the tool that hands over: its name, its arguments and what agents are told of it."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

HAND_OVER = "hand_over"

SCOPE = "handovers:write"
"""What a principal must be granted to hand over."""

_Short = Annotated[str, Meta(max_length=400)]
_Long = Annotated[str, Meta(max_length=4000)]


class _Tried(Struct, frozen=True, forbid_unknown_fields=True):
    what: _Short
    outcome: Literal["done", "failed", "denied", "held", "cancelled", "uncertain"]
    detail: _Long = ""


class _Suggestion(Struct, frozen=True, forbid_unknown_fields=True):
    title: _Short
    action: _Short = ""
    arguments: dict[str, Any] = {}
    reason: _Long = ""


class _Reference(Struct, frozen=True, forbid_unknown_fields=True):
    uri: Annotated[str, Meta(min_length=1, max_length=1000)]
    title: _Short = ""


class Arguments(Struct, frozen=True, forbid_unknown_fields=True):
    """What an agent says when it hands over."""

    summary: Annotated[_Long, Meta(description="What happened so far, for somebody who was not there.")]
    intent: Annotated[_Short, Meta(description="What the customer wants to get done.")] = ""
    queue: Annotated[_Short, Meta(description="Where it is to wait; the one that fits best when left out.")] = ""
    tried: Annotated[tuple[_Tried, ...], Meta(max_length=50, description="What you tried besides your calls.")] = ()
    suggested: Annotated[tuple[_Suggestion, ...], Meta(max_length=20, description="What should be done next.")] = ()
    transcript: Annotated[
        tuple[_Reference, ...], Meta(max_length=20, description="Where the conversation can be read.")
    ] = ()
    skills: Annotated[tuple[_Short, ...], Meta(max_length=20, description="What the person must be able to do.")] = ()
    language: Annotated[_Short, Meta(description="The customer's language, such as `en`.")] = ""
    urgent: Annotated[bool, Meta(description="Whether it cannot wait for what is missing.")] = False


def _schema() -> dict[str, Any]:
    schema = msgspec.json.schema(Arguments)
    name = schema.pop("$ref").rpartition("/")[2]
    found: dict[str, Any] = schema["$defs"].pop(name)
    return {**found, "$defs": schema["$defs"]}


DEFINITION: dict[str, Any] = {
    "name": HAND_OVER,
    "description": (
        "Passes the conversation you are in to people, with all they need to know. You hear no more of it until they hand "
        "it back. When something is missing you are told what, and nothing is passed on."
    ),
    "inputSchema": _schema(),
    "annotations": {"readOnlyHint": False, "destructiveHint": False, "idempotentHint": False, "openWorldHint": False},
}
