"""What follows from a change: the platform tells some things more than once, and they must not contradict one another."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

_CARE = ("support", "complaint", "vulnerable")
_PERMITTING = frozenset({"granted", "soft_opt_in", "not_needed"})

Following = Iterator[tuple[str, Any]]


def consequences(context: Mapping[str, Any], path: str, value: Any) -> Following:
    """Yield the paths and values that a changed value brings with it."""
    head, _, name = path.partition(".")
    following = _BY_PATH.get(path)
    if following is not None:
        yield from following(context, value)
    elif head == "care":
        yield from _circumstances(context, {name: bool(value)})
        if not value:
            yield from _suppressing(context, [each for each in _suppressed_by(context) if each != name])


def _consent(context: Mapping[str, Any], value: Any) -> Following:
    consent = context.get("consent", {})
    asked = consent.get("basis") in {"consent", ""}
    if value and consent.get("code") not in _PERMITTING:
        yield "consent.code", "granted" if asked else "not_needed"
    elif not value and consent.get("code") in _PERMITTING:
        yield "consent.code", "unknown" if asked else "objected"


def _left_alone(context: Mapping[str, Any], value: Any) -> Following:
    yield from _circumstances(context, {"do_not_contact": bool(value)})


def _suppression(context: Mapping[str, Any], value: Any) -> Following:
    before = set(_suppressed_by(context))
    changed = {name: name in value for name in before.symmetric_difference(value)}
    yield from _circumstances(context, changed)
    yield from ((f"care.{name}", there) for name, there in changed.items())
    yield "contact.suppressed", bool(value)


def _suppressing(context: Mapping[str, Any], value: list[str]) -> Following:
    if value != _suppressed_by(context):
        yield "contact.suppressed_by", value
        yield "contact.suppressed", bool(value)


def _flags(context: Mapping[str, Any], value: Any) -> Following:
    yield from ((f"care.{name}", name in value) for name in _CARE)
    yield "contact.do_not_contact", "do_not_contact" in value
    yield from _suppressing(context, [each for each in _suppressed_by(context) if each in value])


def _verified(_context: Mapping[str, Any], value: Any) -> Following:
    if not value:
        yield "assurance.method", ""


def _circumstances(context: Mapping[str, Any], changed: Mapping[str, bool]) -> Following:
    flags = [each for each in context.get("flags", ()) if changed.get(each, True)]
    added = [name for name, there in changed.items() if there and name not in flags]
    yield "flags", [*flags, *added]


def _suppressed_by(context: Mapping[str, Any]) -> list[str]:
    return list(context.get("contact", {}).get("suppressed_by", ()))


_BY_PATH: Mapping[str, Callable[[Mapping[str, Any], Any], Following]] = {
    "consent.permitted": _consent,
    "contact.do_not_contact": _left_alone,
    "contact.suppressed_by": _suppression,
    "flags": _flags,
    "assurance.level": _verified,
}
