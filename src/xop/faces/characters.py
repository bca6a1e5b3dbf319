"""Characters: those that nobody sees, though they change what is read, written out for whoever must rely on a text."""

import re

UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those by which what follows reads from right to left whatever it is."""


def written_out(text: str) -> str:
    """Return a text in which such characters are seen by their code: an amount or a name reads as it is."""
    return UNSEEN.sub(_code, text)


def _code(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04X}"
