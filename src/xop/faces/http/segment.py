"""Segment's messages: what its clients, and those of RudderStack, send."""

from collections.abc import Iterator
from typing import Any

import msgspec

from xop.faces.http.arrival import LARGEST_EVENT, Arrival, moment
from xop.faces.http.body import decode
from xop.faces.http.problems import ProblemError
from xop.kernel.identity.model import Identifier
from xop.kernel.release import Release

CALLS = ("track", "identify", "group", "page", "screen", "alias")

_MESSAGE = msgspec.json.Decoder(dict[str, Any])
_LONGEST_ID = 256
_NOT_DATA = frozenset({"writeKey", "integrations"})
_TIMES = ("timestamp", "originalTimestamp", "sentAt")
_NAMED = (("userId", "account"), ("anonymousId", "cookie"), ("previousId", "account"))
"""A message's own ids, and the kind of namespace each belongs to."""


def message(raw: bytes | msgspec.Raw) -> dict[str, Any]:
    """Return one message; raises ProblemError (400) when it is none."""
    size = len(bytes(raw))
    if size > LARGEST_EVENT:
        raise _invalid(f"the message has {size} bytes, more than {LARGEST_EVENT}")
    try:
        return decode(raw, _MESSAGE)
    except ProblemError as problem:
        raise _invalid(problem.detail) from problem


def arrival(release: Release, sender: str, written: dict[str, Any], now: int, fresh: str) -> Arrival:
    """Return a message of a sender as what arrived; `fresh` names one that has no `messageId`; raises ProblemError."""
    call = written.get("type")
    if call not in CALLS:
        raise _invalid(f"`type` is none of {', '.join(CALLS)}")
    name = written.get("messageId") or fresh
    if not isinstance(name, str) or len(name) > _LONGEST_ID:
        raise _invalid(f"`messageId` is no text of at most {_LONGEST_ID} characters")
    data = {key: value for key, value in written.items() if value is not None and key not in _NOT_DATA}
    if call == "identify" and "traits" not in data and (traits := _map(_map(written, "context"), "traits")):
        data["traits"] = traits  # where RudderStack's clients put them
    return Arrival(
        command=f"segment:{sender}|{name}",
        type=f"segment.{call}",
        source=f"segment:{sender}",
        time=_time(written, now),
        data=data,
        claims=tuple(_claims(release, written)),
    )


def _time(written: dict[str, Any], now: int) -> int:
    for field in _TIMES:
        text = written.get(field)
        if text is None:
            continue
        time = moment(text)
        if time is None and isinstance(text, str):
            # Some clients write local times without a zone; Segment reads them as UTC.
            time = moment(text + "Z")
        if time is None:
            raise _invalid(f"`{field}` is no RFC 3339 time")
        return time
    return now


def _claims(release: Release, written: dict[str, Any]) -> Iterator[Identifier]:
    """Return what a message says about who it is, in those kinds of namespace the workspace declares."""
    kinds: dict[str, str] = {}
    for namespace in release.namespaces.values():
        kinds.setdefault(namespace.kind, namespace.name)
    context = _map(written, "context")
    traits = {**_map(context, "traits"), **_map(written, "traits")}
    values = [(kind, written.get(field)) for field, kind in _NAMED]
    values += [("email", traits.get("email")), ("phone", traits.get("phone"))]
    values.append(("device", _map(context, "device").get("id")))
    for kind, value in values:
        if kind in kinds and isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            yield Identifier(kinds[kind], str(value))


def _map(outer: dict[str, Any], name: str) -> dict[str, Any]:
    inner = outer.get(name)
    return inner if isinstance(inner, dict) else {}


def _invalid(cause: str) -> ProblemError:
    return ProblemError("message-invalid", cause)
