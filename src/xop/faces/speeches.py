"""Speeches: in which language somebody is spoken to, by the catalogues that a data folder and the platform have."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from xop.kernel.base.phrase import Speech

if TYPE_CHECKING:
    from xop.faces.languages import Languages

Speeches = Callable[[str, str], Speech | None]
"""Returns how to speak by the name of a language and what `Accept-Language` says; None where there is no catalogue."""


def catalogued(data: Path) -> Speeches:
    """Return the speeches by the catalogues of a data folder, and those that come with the platform."""

    @cache
    def languages() -> "Languages":
        from xop.faces.languages import CATALOGUES, OWN, Languages  # noqa: PLC0415 - needed for another language only

        return Languages(data / OWN, CATALOGUES)

    return lambda wanted, accepted: languages().speech(wanted, accepted)


def english(wanted: str, accepted: str) -> Speech | None:
    """Return English, and nothing for a person who wants another language and no other."""
    del accepted
    return Speech() if wanted.partition("-")[0] in {"", "en"} else None
