"""YAML as configuration needs it: maps, lists, text, JSON's numbers, true, false and null, each with its line.

Words such as `no`, `on` and `12:30` stay text. Anchors, aliases and tags are refused: they hide what is written.
"""

import math
import re
from typing import Any

import yaml

from xop.workspace.problem import Document, Path, Problem, quote

MOST_LEVELS = 40
MOST_VALUES = 25_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_INTEGER = 19
"""Characters of a number that surely fits 64 bits, its sign included."""


class _RefusedError(Exception):
    """The document cannot be read further."""

    def __init__(self, line: int, cause: str, remedy: str) -> None:
        super().__init__(cause)
        self.line, self.cause, self.remedy = line, cause, remedy


class _Growing:
    """One map or list being read."""

    __slots__ = ("key", "path", "value")

    def __init__(self, value: dict[str, Any] | list[Any], path: Path) -> None:
        self.value = value
        self.path = path
        self.key: str | None = None


class _Tree:
    """The document being read, event by event, without recursion."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems
        self.lines: dict[Path, int] = {}
        self.value: Any = None
        self._open: list[_Growing] = []
        self._values = 0

    def scalar(self, text: str, line: int, *, plain: bool) -> None:
        """Take in a text, a number, a word or a key."""
        if _SURROGATE.search(text):
            raise _RefusedError(line, "the text holds half a character", "write the character itself")
        inner = self._open[-1] if self._open else None
        if inner is not None and isinstance(inner.value, dict) and inner.key is None:
            self._key(inner, text, line, plain=plain)
            return
        self._place(self._plain(text, line) if plain else text, line)

    def open(self, value: dict[str, Any] | list[Any], line: int) -> None:
        """Begin a map or list."""
        inner = self._open[-1] if self._open else None
        if inner is not None and isinstance(inner.value, dict) and inner.key is None:
            raise _RefusedError(line, "a map or list stands where a key belongs", "write a plain name and a colon")
        if len(self._open) >= MOST_LEVELS:
            raise _RefusedError(line, f"values are nested deeper than {MOST_LEVELS} levels", "write it flatter")
        self._open.append(_Growing(value, self._place(value, line)))

    def close(self) -> None:
        """End the innermost map or list."""
        self._open.pop()

    def _place(self, value: Any, line: int) -> Path:
        self._values += 1
        if self._values > MOST_VALUES:
            raise _RefusedError(line, f"the file holds more than {MOST_VALUES} values", "split the file")
        if not self._open:
            self.value = value
            self.lines[()] = line
            return ()
        inner = self._open[-1]
        if isinstance(inner.value, list):
            path = (*inner.path, len(inner.value))
            inner.value.append(value)
            self.lines[path] = line
            return path
        key = inner.key or ""
        inner.key = None
        inner.value[key] = value
        return (*inner.path, key)

    def _key(self, inner: _Growing, text: str, line: int, *, plain: bool) -> None:
        path = (*inner.path, text)
        if plain and not isinstance(self._plain(text, line), str):
            remedy = "put quotes around the key if it is meant as text"
            self.problems.append(Problem(self.file, line, f"the key {quote(text)} is not text", remedy))
        if text in inner.value:
            cause = f"the key {quote(text)} stands here and on line {self.lines.get(path, 0)}"
            self.problems.append(Problem(self.file, line, cause, "keep one of the two"))
        inner.key = text
        self.lines[path] = line

    def _plain(self, text: str, line: int) -> Any:
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            if len(text) <= _LONGEST_INTEGER and -(2**63) < int(text) < 2**63:
                return int(text)
            self._too_large(text, line)
        elif _NUMBER.fullmatch(text):
            number = float(text)
            if math.isfinite(number):
                return number
            self._too_large(text, line)
        return text

    def _too_large(self, text: str, line: int) -> None:
        remedy = "put quotes around it if it is meant as text"
        self.problems.append(Problem(self.file, line, f"the number {quote(text)} needs more than 64 bits", remedy))


def read_yaml(file: str, text: str, problems: list[Problem]) -> Document | None:
    """Return a file's text as a document, or None when it cannot be read; problems are added to `problems`."""
    tree = _Tree(file, problems)
    try:
        _grow(tree, text)
    except _RefusedError as refused:
        problems.append(Problem(file, refused.line, refused.cause, refused.remedy))
        return None
    except yaml.YAMLError as error:
        problems.append(_syntax(file, text, error))
        return None
    return Document(file, tree.value, tree.lines)


def _grow(tree: _Tree, text: str) -> None:
    documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _RefusedError(line, "the file holds more than one document", "make each a file of its own")
        elif isinstance(event, yaml.NodeEvent):
            _refuse_indirection(event, line)
            if isinstance(event, yaml.ScalarEvent):
                tree.scalar(event.value, line, plain=not event.style)
            else:
                tree.open({} if isinstance(event, yaml.MappingStartEvent) else [], line)
        elif isinstance(event, yaml.CollectionEndEvent):
            tree.close()


def _refuse_indirection(event: yaml.NodeEvent, line: int) -> None:
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        raise _RefusedError(line, f"the anchor or alias {quote(event.anchor)} is not allowed", "write the value out")
    tag = getattr(event, "tag", None)
    if tag is not None:
        raise _RefusedError(line, f"the tag {quote(tag)} is not allowed", "leave it out; quote what is meant as text")


def _syntax(file: str, text: str, error: yaml.YAMLError) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        said = error.problem or error.context or "it cannot be read"
        lines = text.splitlines()
        if "\t" in (lines[line - 1] if line <= len(lines) else ""):
            return Problem(file, line, f"the line is no YAML: {said}", "indent with spaces, not with tabs")
        return Problem(file, line, f"the line is no YAML: {said}", "correct the indentation, brackets or quotes there")
    position = getattr(error, "position", 0)
    cause = f"the file holds a character that YAML does not allow: {quote(getattr(error, 'reason', ''))}"
    return Problem(file, text.count("\n", 0, position) + 1, cause, "delete it")


def reads_as_text(text: str) -> bool:
    """Say whether a text that is written without quotes is read as text, and not as a number or a word."""
    return text not in _WORDS and not _NUMBER.fullmatch(text)
