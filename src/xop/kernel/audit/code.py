"""Codes: the only text that a leaf holds, so that no sentence and no number of a person gets into the log."""

import re
from collections.abc import Iterable
from functools import lru_cache

from xop.kernel.base.actor import Actor

WITHHELD = "withheld"
"""Stands for a name of the workspace that is no code."""

_CODE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[.:/#-][A-Za-z0-9_]+)*", re.ASCII)
_LONGEST = 120
_DIGITS = re.compile(r"(?:[0-9][._:/#-]?){7}", re.ASCII)
"""As many digits in a row as a telephone number has are no code, whatever stands between them."""
_HARMLESS = re.compile(
    r"(?<![0-9])20[0-9]{2}[._-]?[01][0-9][._-]?[0-3][0-9](?![0-9])|(?<![0-9a-f])(?=[0-9]*[a-f])[0-9a-f]{12,64}(?![0-9a-z])",
    re.ASCII,
)
"""Dates and digests, by which models are named."""


@lru_cache(maxsize=4096)
def is_code(text: str) -> bool:
    """Say whether a text is a name such as `contact.quiet_hours`, and can be no sentence, address or number."""
    if len(text) > _LONGEST or _CODE.fullmatch(text) is None:
        return False
    return _DIGITS.search(text) is None or _DIGITS.search(_HARMLESS.sub("", text)) is None


def code(text: str) -> str:
    """Return a name of the workspace as the log tells it."""
    return text if is_code(text) else WITHHELD


def codes(texts: Iterable[str]) -> list[str]:
    """Return names of the workspace as the log tells them, in order."""
    return [code(each) for each in texts]


def party(actor: Actor) -> str:
    """Return who acted: a machine by its name, a person only as one."""
    return actor.kind if actor.kind == "operator" else f"{actor.kind}:{code(actor.id)}"
