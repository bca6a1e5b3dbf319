"""Phrases: what the platform says in words, as templates that are filled once it is known in which language."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

Texts = TypeVar("Texts")

Say = Callable[[str], str]
"""Returns what a language calls a template, with the same places in it."""


_POINT = "  - {line}"


class Phrase(Struct, frozen=True):
    """Something that is said: a template in English, and by name what its places are filled with."""

    template: str
    places: tuple[tuple[str, Any], ...] | None = ()
    """Phrases among them are said in the same language; everything else stands as it is. None where nothing is filled in."""
    opens: bool = False
    """Whether a sentence begins with it, and so with a capital."""

    def said(self, say: Say, **given: Any) -> str:
        """Return it in a language; `given` fills places that it leaves open."""
        text = say(self.template) if self.template else ""
        if self.places is None:
            return text
        filled = text.format_map(given | {name: spoken(value, say, **given) for name, value in self.places})
        return filled[:1].upper() + filled[1:] if self.opens else filled


class Speech(Struct, frozen=True):
    """How somebody is spoken to."""

    language: str = "en"
    say: Say = str
    """English is said as it is written."""


ENGLISH = Speech()


def marked(texts: Texts) -> Texts:
    """Return texts as they are, or anything made of texts: catalogues are to have them, and they are said later."""
    return texts


_ROW = marked("{one}, {other}")


def phrase(template: str, /, **places: Any) -> Phrase:
    """Return a phrase with its places filled."""
    return Phrase(template, tuple(places.items()))


def verbatim(text: str) -> Phrase:
    """Return a text of which nothing is a place, such as one that the ledger has: it is said whole, where it is known."""
    return Phrase(text, None)


def opening(said: Phrase) -> Phrase:
    """Return a phrase as the beginning of a sentence."""
    return replace(said, opens=True)


def joined(parts: Iterable[Any], by: str = _ROW, last: str = "") -> Any:
    """Return phrases and texts in a row, the last one by a template of its own if there is one; empty for none."""
    first, *others = list(parts) or [""]
    for number, other in enumerate(others, 1):
        first = phrase(last if last and number == len(others) else by, one=first, other=other)
    return first


def point(line: Any) -> Phrase:
    """Return a line as one of several below another one, which looks the same in every language."""
    return Phrase(_POINT, (("line", line),))


def spoken(value: Any, say: Say = str, **given: Any) -> Any:
    """Return JSON-like data with every phrase in it said in a language; `given` fills places that phrases leave open."""
    if isinstance(value, Phrase):
        return value.said(say, **{name: spoken(each, say) for name, each in given.items()})
    if isinstance(value, dict):
        return {name: spoken(each, say, **given) for name, each in value.items()}
    return [spoken(each, say, **given) for each in value] if isinstance(value, list | tuple) else value
