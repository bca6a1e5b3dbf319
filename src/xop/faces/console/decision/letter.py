"""Letters: the text that a customer is given, in sections, with nothing added and nothing left out."""

from itertools import groupby

from msgspec import Struct

_POINT = "- "


class Passage(Struct, frozen=True):
    """Lines that belong together: sentences, or the points of a list without their dashes."""

    listed: bool
    lines: tuple[str, ...]


class Section(Struct, frozen=True):
    """One section of the text."""

    title: str
    passages: tuple[Passage, ...]


def letter_of(text: str) -> list[Section]:
    """Return the sections of a text: each begins with its title, and an empty line is between them."""
    sections = []
    for block in text.split("\n\n"):
        title, *lines = block.split("\n")
        grouped = groupby(lines, lambda line: line.startswith(_POINT))
        passages = (Passage(listed, tuple(each.removeprefix(_POINT) for each in some)) for listed, some in grouped)
        sections.append(Section(title, tuple(passages)))
    return sections
