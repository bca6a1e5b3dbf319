"""Scrubbing: personal data in the free text of signals is masked, or flagged, as their schema says."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from xop.kernel.privacy.detect import find, mask

ITEMS = "*"
"""The step of a path that leads into every element of a list."""

Treatment = Literal["mask", "flag"]


class Marked(Struct, frozen=True):
    """A text field of a signal, and what becomes of personal data in it."""

    path: tuple[str, ...]
    treatment: Treatment


class PersonalDataFound(Struct, frozen=True, tag=True, tag_field="fact"):
    """Free text of a signal holds personal data that was not expected there."""

    signal: str
    """The signal's type."""
    field: str
    kinds: tuple[str, ...]


def masked(marked: tuple[Marked, ...], data: dict[str, Any]) -> dict[str, Any]:
    """Return a signal's data with personal data masked where its schema says so; the same data when there is none."""
    for each in marked:
        if each.treatment == "mask":
            data = _masked(each.path, data)
    return data


def flagged(signal: str, marked: tuple[Marked, ...], data: Mapping[str, Any]) -> Iterator[PersonalDataFound]:
    """Yield what is found in the fields whose schema asks to be told."""
    for each in marked:
        if each.treatment == "flag":
            kinds = {found.kind for text in _texts(each.path, data) for found in find(text)}
            if kinds:
                yield PersonalDataFound(signal, ".".join(each.path), tuple(sorted(kinds)))


def _masked(path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return mask(value) if isinstance(value, str) else value
    step, *rest = path
    if step == ITEMS:
        return [_masked(tuple(rest), each) for each in value] if isinstance(value, list) else value
    if not isinstance(value, dict) or step not in value:
        return value
    after = _masked(tuple(rest), value[step])
    return value if after == value[step] else {**value, step: after}


def _texts(path: tuple[str, ...], value: Any) -> Iterator[str]:
    if not path:
        yield from (value,) if isinstance(value, str) else ()
        return
    if path[0] == ITEMS:
        for each in value if isinstance(value, list) else ():
            yield from _texts(path[1:], each)
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _texts(path[1:], value[path[0]])
