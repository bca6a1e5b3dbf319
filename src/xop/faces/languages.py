"""Languages: the catalogues of what the platform says to people, one for each language beside English."""

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import Translations

from xop.kernel.base.phrase import Speech

LOG = logging.getLogger("xop.languages")

CATALOGUES = Path(__file__).parent / "console" / "catalogues"
"""What comes with the platform: `console.pot`, the texts in English, and a `<language>.po` for each other language."""

OWN = "catalogues"
"""The folder in that of the data in which a company keeps catalogues of its own; they go before those that come along."""

ENGLISH = NullTranslations()
"""The texts as they are written."""

_MOST = 10
"""Languages of one header that are looked at."""

_PERCENT = re.compile(r"%(?:\((\w+)\))?([sd])")


class Languages:
    """What every language calls each text; a catalogue is read once, so that a changed one counts after a restart."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._read = lru_cache(maxsize=64)(self._found)

    def of(self, locale: Locale) -> NullTranslations:
        """Return the texts for a locale: of its country's kind of the language, else of the language, else English."""
        return self._read(str(locale), locale.language)[1]

    def names(self) -> list[str]:
        """Return the names of all languages that there is a catalogue of, such as `pt-BR`."""
        return sorted({path.stem.replace("_", "-") for folder in self._folders for path in folder.glob("*.po")})

    def speech(self, wanted: str, accepted: str = "") -> Speech | None:
        """Return how to speak to somebody in the first of their languages that there is a catalogue of; None for none.

        `wanted` is a language, and `accepted` what `Accept-Language` says.
        """
        for locale in locales(wanted, accepted):
            name, texts = self._read(str(locale), locale.language)
            if name or locale.language == "en":
                return Speech(name.replace("_", "-") or "en", texts.gettext)
        return None

    def _found(self, *names: str) -> tuple[str, NullTranslations]:
        for name in names:
            for folder in self._folders:
                path = folder / f"{name}.po"
                if path.is_file():
                    texts = _translations(path, name)
                    return ("" if texts is ENGLISH else name), texts
        return "", ENGLISH


def locales(wanted: str, accepted: str = "") -> Iterator[Locale]:
    """Yield a locale by name, and those that `Accept-Language` names, as far as they are known."""
    for name in filter(None, (wanted, *(part.partition(";")[0].strip() for part in accepted.split(",")[:_MOST]))):
        with suppress(ValueError, TypeError, UnknownLocaleError):
            yield Locale.parse(name, sep="_" if "_" in name else "-")


def named(language: str) -> str:
    """Return what a language is called by those who speak it; its tag for one that is not known."""
    locale = next(locales(language), None)
    return (locale.get_display_name(locale) if locale is not None else None) or language


def _translations(path: Path, language: str) -> NullTranslations:
    """Return a catalogue's texts; those that cannot be used stay in English, and the log says which."""
    try:
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language, abort_invalid=True)
    except (OSError, PoFileError, UnicodeDecodeError, ValueError) as error:
        LOG.warning("%s cannot be read, so that its texts stay in English: %s", path, error)
        return ENGLISH
    for identity in _unfit(catalogue):
        LOG.warning("%s: the placeholders of %r are not those of the English text, which stays", path, identity)
        catalogue.delete(identity)
    written = BytesIO()
    write_mo(written, catalogue)
    written.seek(0)
    return Translations(written)


def _unfit(catalogue: Catalog) -> list[str]:
    """Return the texts whose translation names a value that nobody gives, or cannot be filled at all."""
    found = []
    for message in catalogue:
        texts = message.id if isinstance(message.id, tuple | list) else (message.id,)
        known = set().union(*map(placeholders, texts))
        said = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and any(not _fits(each, known) for each in said if each):
            found.append(texts[0])
    return found


def _fits(text: str, known: set[str]) -> bool:
    try:
        return placeholders(text) <= known
    except ValueError:
        return False


def placeholders(text: str) -> set[str]:
    """Return the places for values in a text, such as `{name}`, `%(name)s` and `%d`; raises ValueError for a torn one."""
    braced = {_place(name, spec, sort) for _, name, spec, sort in Formatter().parse(text) if name is not None}
    return braced | {match.group() for match in _PERCENT.finditer(text)}


def _place(name: str, spec: str | None, sort: str | None) -> str:
    return f"{{{name}{f'!{sort}' if sort else ''}{f':{spec}' if spec else ''}}}"
