"""Policy text as it comes from outside: cut into rules and bounded before any parser sees it."""

import re
import unicodedata
from collections.abc import Iterator

from msgspec import Struct

# The native parser recurses without a guard and ends the process at a nesting of several hundred levels.
MAX_BRACKETS = 64
MAX_OPERATORS = 600
MAX_RULE_LENGTH = 32_768
MAX_FILE_LENGTH = 4_194_304

_TOKEN = re.compile(
    r'(?P<space>\s+|//[^\n]*)|(?P<text>"(?:\\.|[^"\\])*")|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<mark>&&|\|\||::|.)',
    re.DOTALL,
)
# Whatever makes a tree one level deeper; an opening bracket does so too when calls or indexes are chained.
_OPERATORS = frozenset(("&&", "||", "::", "+", "-", "*", ".", "!", "<", ">", "=", "(", "[", "{")) | frozenset(
    ("if", "has", "like", "in", "is", "when", "unless")
)
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Co", "Cs"})
_ALLOWED = frozenset("\n\t\u200c\u200d")  # the joiners are part of how some languages are written


class PolicySource(Struct, frozen=True):
    """One policy file: the pack it belongs to, its name and its text."""

    pack: str
    file: str
    text: str


class Piece(Struct, frozen=True):
    """The text of one rule and the line of the file it starts on, counted from 1."""

    text: str
    line: int


def split(text: str) -> tuple[Piece, ...]:
    """Return the rules of a file in order; what follows the last semicolon is a piece too unless it is blank."""
    return tuple(_pieces(text))


def excess(text: str) -> str | None:
    """Say why a rule is too long or too deeply nested to be parsed safely, or return None."""
    if len(text) > MAX_RULE_LENGTH:
        return f"the rule is longer than {MAX_RULE_LENGTH} characters"
    depth = deepest = operators = 0
    for match in _TOKEN.finditer(text):
        word = match.group()
        operators += word in _OPERATORS
        depth += (word in "([{") - (word in ")]}") if match.lastgroup == "mark" else 0
        deepest = max(deepest, depth)
    if deepest > MAX_BRACKETS:
        return f"brackets are nested deeper than {MAX_BRACKETS} levels"
    if operators > MAX_OPERATORS:
        return f"the rule has more than {MAX_OPERATORS} operators"
    return None


def invisible(text: str) -> tuple[int, str] | None:
    """Return line and name of the first character a reviewer could not see, or None."""
    if text.isascii() and text.isprintable():
        return None
    for position, char in enumerate(text):
        if char not in _ALLOWED and unicodedata.category(char) in _INVISIBLE:
            return text.count("\n", 0, position) + 1, f"U+{ord(char):04X}"
    return None


def line_of(piece: Piece, token: str) -> int:
    """Return the only line of a piece on which `token` stands, or else the line the piece starts on."""
    found = (match.start() for match in _TOKEN.finditer(piece.text) if match.group() == token)
    lines = {piece.text.count("\n", 0, start) for start in found}
    return piece.line + (lines.pop() if len(lines) == 1 else 0)


def _pieces(text: str) -> Iterator[Piece]:
    start = None
    line = counted = 0
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "space":
            continue
        if start is None:
            start = match.start()
            line += text.count("\n", counted, start)
            counted = start
        if match.group() == ";":
            yield Piece(text[start : match.end()], line + 1)
            start = None
    if start is not None:
        yield Piece(text[start:], line + 1)
