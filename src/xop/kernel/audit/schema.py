"""The closed schema of leaves: what is not in it is refused, so that nothing gets into the log that cannot be erased."""

import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

import msgspec

from xop.kernel.audit.code import is_code
from xop.kernel.audit.leaf import VERSION, LeafType
from xop.kernel.base.json import canonical
from xop.kernel.log.bundle import LONGEST_LEAF
from xop.kernel.log.succession import is_origin

TYPES: frozenset[str] = frozenset(get_args(LeafType))

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
_DIGEST = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_RELEASE = re.compile(r"rel_[a-z2-7]{8,64}", re.ASCII)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)

Check = Callable[[Any], bool]


class LeafRefused(ValueError):  # noqa: N818 - names what happened
    """A leaf holds what does not belong into the log; the message names the member, never its value."""


def check_leaf(body: bytes) -> None:
    """Raise `LeafRefused` for bytes that are no leaf: too long, not canonical, or with a member out of the schema."""
    if len(body) > LONGEST_LEAF:
        raise LeafRefused(f"a leaf has at most {LONGEST_LEAF} bytes, this one {len(body)}")
    try:
        leaf = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise LeafRefused("a leaf is JSON") from error
    if not isinstance(leaf, dict):
        raise LeafRefused("a leaf is a JSON object")
    _check_members(leaf, _SCHEMA, "")
    missing = _REQUIRED - leaf.keys()
    if missing:
        raise LeafRefused(f"a leaf has the member {min(missing)!r}")
    if canonical(leaf) != body:
        raise LeafRefused("a leaf is canonical: sorted members, no spaces, each member once")


def _check_members(value: Mapping[str, Any], schema: Mapping[str, Any], path: str) -> None:
    for name, member in value.items():
        expected = schema.get(name)
        if expected is None:
            raise LeafRefused("a leaf has no members but those of its schema" + (f" in {path[:-1]}" if path else ""))
        if type(expected) is dict:
            if not isinstance(member, dict):
                raise LeafRefused(f"{path}{name} is an object")
            _check_members(member, expected, f"{path}{name}.")
        elif not expected(member):
            raise LeafRefused(f"{path}{name} does not have the form that its schema asks for")


def _matching(pattern: re.Pattern[str]) -> Check:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _code(value: Any) -> bool:
    return isinstance(value, str) and is_code(value)


def _codes(value: Any) -> bool:
    return isinstance(value, list) and all(_code(each) for each in value)


def _origin(value: Any) -> bool:
    return isinstance(value, str) and is_origin(value)


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**53


def _counts(value: Any) -> bool:
    return isinstance(value, dict) and all(_code(name) and _count(count) for name, count in value.items())


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


_SCHEMA: Mapping[str, Any] = {
    "v": lambda value: value == VERSION,
    "type": lambda value: value in TYPES,
    "id": _matching(_UUID),
    "time": _matching(_TIME),
    "release": _matching(_RELEASE),
    "subject_ref": _matching(_DIGEST),
    "invocation": _matching(_UUID),
    "commit": {"entry": _matching(_DIGEST), "evidence": _matching(_DIGEST)},
    "stage": _code,
    "outcome": _code,
    "code": _code,
    "reasons": _codes,
    "actor": _code,
    "action": {"name": _code, "version": _count},
    "purpose": _code,
    "channel": _code,
    "until": _code,
    "obligations": _codes,
    "oversight": {"mode": _code, "people": _count, "roles": _codes},
    "model": {"id": _code, "version": _code},
    "decision_set": _code,
    "origin": _origin,
    "follows": {"origin": _origin, "size": _count, "root": _matching(_HEX)},
    "shadow": _flag,
    "failed": _flag,
    "roles": _codes,
    "people": _count,
    "attempt": _count,
    "result": _code,
    "agrees": _flag,
    "scope": _code,
    "counts": _counts,
    "held": _counts,
    "required": _counts,
    "told": _codes,
    "untold": _codes,
    "queue": _code,
    "system": _code,
    "text": {"name": _code, "version": _count, "language": _code, "sha256": _matching(_HEX)},
    "category": _code,
    "agent": _code,
    "name": _code,
    "caught": _flag,
    "reason": _code,
}

_REQUIRED = frozenset({"v", "type", "id", "time", "release", "commit"})
