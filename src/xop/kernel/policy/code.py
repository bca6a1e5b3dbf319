"""Pieces of generated Python with the Cedar type of their value."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final


class UnsupportedError(Exception):
    """Says what the compiler cannot translate, so that the reference engine judges instead."""


class EvaluationError(Exception):
    """Stops an evaluation that has no value in Cedar either: overflow, or an absent fact."""


class _Missing:
    """The value of a fact that is absent from the context."""


MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True)
class Code:
    """One expression; `text` holds only names and operators the compiler made, never anything read."""

    kind: str
    """`Bool`, `Long`, `String`, `Set<...>`, or `@` and an entity type."""
    text: str
    known: bool | None = None
    """The value of a Bool that is the same for every request."""
    quiet: bool = True
    """Whether evaluating it can never fail."""


TRUE = Code("Bool", "True", known=True)
FALSE = Code("Bool", "False", known=False)


@dataclass(slots=True)
class Constants:
    """Values read from policies, bound to made-up names, so that no policy text becomes Python source."""

    values: dict[str, Any] = field(default_factory=dict)
    _names: dict[tuple[type, Any], str] = field(default_factory=dict)

    def name(self, value: str | int | frozenset[Any] | tuple[str, ...]) -> str:
        """Return the name that stands for a value in generated source."""
        key = (type(value), value)
        if key not in self._names:
            self._names[key] = f"k{len(self._names)}"
            self.values[self._names[key]] = value
        return self._names[key]


def boolean(known: bool) -> Code:  # noqa: FBT001 - the value itself is the argument
    """Return the code of a Bool known at compile time."""
    return TRUE if known else FALSE


def conjunction(parts: Sequence[Code]) -> Code:
    """Return `and` over Bools, left to right, dropping what is known."""
    return _joined(parts, neutral=True, word=" and ")


def disjunction(parts: Sequence[Code]) -> Code:
    """Return `or` over Bools, left to right, dropping what is known."""
    return _joined(parts, neutral=False, word=" or ")


def _joined(parts: Sequence[Code], *, neutral: bool, word: str) -> Code:
    kept: list[Code] = []
    for part in parts:
        if part.known is neutral:
            continue
        kept.append(part)
        if part.known is not None:
            break
    if not kept:
        return boolean(neutral)
    quiet = all(part.quiet for part in kept)
    if kept[-1].known is not None and quiet:
        return kept[-1]
    text = kept[0].text if len(kept) == 1 else "(" + word.join(part.text for part in kept) + ")"
    return Code("Bool", text, quiet=quiet)
