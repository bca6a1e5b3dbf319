"""Asking: pages ask the operations of the HTTP API in the same process, so that one set of rules holds for both."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec

from xop.faces.http.body import decode
from xop.faces.http.keys import Caller
from xop.faces.http.operation import Call, Face, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes import OPERATIONS

_BY_NAME: Mapping[str, Operation] = {f"{each.method} {each.path}": each for each in OPERATIONS}

_REDIRECTED = 308


class Elsewhere(Exception):  # noqa: N818 - names what is the case
    """The customer is known by another id now."""

    def __init__(self, customer: str) -> None:
        super().__init__(customer)
        self.customer = customer


def operation(name: str) -> Operation:
    """Return an operation of the API by its method and path; raises KeyError."""
    return _BY_NAME[name]


class Question(NamedTuple):
    """What is asked of an operation, by whom and what for."""

    caller: Caller
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any
    purpose: str
    """The purpose where the query names none; the workspace's usual one when empty."""
    once: str
    """The name of the form that asks: sent twice, it counts once."""
    language: str
    """The language of whoever asks."""


class Asking:
    """Asks operations on behalf of whoever visits."""

    def __init__(self, face: Face) -> None:
        self._face = face

    def allowed(self, caller: Caller, names: Sequence[str]) -> bool:
        """Say whether a caller's scopes are enough for all of these operations."""
        needed = {operation(name).scope for name in names}
        return all(scope is None or scope in caller.scopes for scope in needed)

    async def ask(self, name: str, question: Question) -> Any:
        """Return the value an operation answers, or all bytes of what it streams.

        Raises ProblemError, or Elsewhere for a customer who was merged.
        """
        asked = operation(name)
        if asked.scope is not None:
            question.caller.require(asked.scope)
        query, body = _query(asked, question), _body(asked, question.body)
        call = Call(self._face, question.caller, question.path, query, "", _headers(question), body)
        reply = await asked.handler(call)
        if not isinstance(reply, Reply):
            return b"".join([chunk async for chunk in reply.chunks])
        if reply.status == _REDIRECTED:
            raise Elsewhere(reply.value["customer"])
        return reply.value


def _query(asked: Operation, question: Question) -> Any:
    if asked.query is None:
        return None
    known = asked.query.__struct_fields__
    values = {name: value for name, value in question.query.items() if value not in {None, ""}}
    if "purpose" in known and question.purpose:
        values.setdefault("purpose", question.purpose)
    try:
        return msgspec.convert(values, asked.query, strict=False)
    except msgspec.ValidationError as error:
        raise ProblemError("parameter-invalid", f"in the query: {error}") from error


def _body(asked: Operation, body: Any) -> Any:
    if not asked.body or asked.decodes:
        return body
    try:
        text = json.dumps(
            body if body is not None else {}, allow_nan=False, ensure_ascii=False, default=msgspec.to_builtins
        )
        sent = text.encode()
    except (ValueError, RecursionError) as error:
        # Also what is no text in UTF-8.
        raise ProblemError("body-invalid", "a value is none that JSON can tell") from error
    # By the API's own reader, so that what it bounds is bounded for forms too.
    return decode(sent, _decoder(f"{asked.method} {asked.path}"))


@cache
def _decoder(name: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(operation(name).body[0].schema)


def _headers(question: Question) -> Mapping[bytes, bytes]:
    spoken = {b"accept-language": question.language.replace("_", "-").encode()}
    return spoken | ({b"idempotency-key": f"console-{question.once}".encode()} if question.once else {})
