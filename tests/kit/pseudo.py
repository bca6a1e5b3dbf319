"""A language in which every text of the console stands in brackets, so that what is not translated can be seen."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from babel.messages.pofile import write_po

from xop.faces.console.extraction import catalogue
from xop.faces.languages import OWN

LANGUAGE = "eo"
"""A language that the platform has no catalogue of."""

OPENING, CLOSING = "⟦", "⟧"

_SILENT = frozenset({"code", "kbd", "pre", "script", "style", "textarea", "time"})
"""Elements of what is no text: it is written by machines, or for them."""

_TICKED = re.compile(r"`[^`]+`")

_EMPTY = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "path", "rect", "wbr"})

_SPOKEN = ("title", "placeholder", "aria-label", "alt")
"""Attributes that people read or hear."""


def bracketed(message: str) -> str:
    """Return a text in the language; what it has between backticks is code, and no language."""
    spoken = _TICKED.sub(rf"{CLOSING}\g<0>{OPENING}", message)
    return f"{OPENING}{spoken}{CLOSING}"


def speak(data: Path) -> None:
    """Give the console of a data folder a catalogue of the language."""
    texts = catalogue()
    texts.locale = LANGUAGE
    for message in texts:
        if message.id:
            several = isinstance(message.id, tuple | list)
            message.string = tuple(map(bracketed, message.id)) if several else bracketed(str(message.id))
    folder = data / OWN
    folder.mkdir()
    with (folder / f"{LANGUAGE}.po").open("wb") as file:
        write_po(file, texts)


class Said(NamedTuple):
    """One text of a page."""

    where: str
    """The elements around it, the innermost last."""
    text: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[Said] = []
        self._around: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        silent = tag in _SILENT or "mono" in given.get("class", "").split() or given.get("translate") == "no"
        silent = silent or (tag != "html" and "lang" in given) or any(quiet for _, quiet in self._around)
        if not silent:
            for name in _SPOKEN:
                self._hear(f"{tag}[{name}]", given.get(name, ""))
        if tag not in _EMPTY:
            self._around.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        while any(name == tag for name, _ in self._around):
            if self._around.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._around and not any(quiet for _, quiet in self._around):
            self._hear(" ".join(name for name, _ in self._around[-3:]), data)

    def _hear(self, where: str, text: str) -> None:
        if any(each.isalpha() for each in text):
            self.said.append(Said(where, " ".join(text.split())))


def said_on(page: str) -> list[Said]:
    """Return every text of a page that people read or hear, but what stands in elements of code, times and names."""
    reader = _Reader()
    reader.feed(page)
    return reader.said


def beside_brackets(text: str) -> Iterator[str]:
    """Yield the parts of a text that stand in no brackets and have letters."""
    depth, part = 0, ""
    for each in [*text, OPENING]:
        if each == OPENING:
            if depth == 0 and any(letter.isalpha() for letter in part):
                yield part.strip()
            depth, part = depth + 1, ""
        elif each == CLOSING:
            depth = max(depth - 1, 0)
        elif depth == 0:
            part += each
