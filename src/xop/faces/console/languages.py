"""Languages: the catalogues of the console's texts, one for each language beside English."""

import logging
import re
from functools import lru_cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import Translations

LOG = logging.getLogger("xop.console")

CATALOGUES = Path(__file__).parent / "catalogues"
"""What comes with the platform: `console.pot`, the texts in English, and a `<language>.po` for each other language."""

OWN = "catalogues"
"""The folder in that of the data in which a company keeps catalogues of its own; they go before those that come along."""

ENGLISH = NullTranslations()
"""The texts as they are written."""

_PERCENT = re.compile(r"%(?:\((\w+)\))?([sd])")


class Languages:
    """What every language calls each text; a catalogue is read once, so that a changed one counts after a restart."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._read = lru_cache(maxsize=64)(self._found)

    def of(self, locale: Locale) -> NullTranslations:
        """Return the texts for a locale: of its country's kind of the language, else of the language, else English."""
        return self._read(str(locale), locale.language)

    def _found(self, *names: str) -> NullTranslations:
        for name in names:
            for folder in self._folders:
                path = folder / f"{name}.po"
                if path.is_file():
                    return _translations(path, name)
        return ENGLISH


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
    braced = {f"{{{name}}}" for _, name, _, _ in Formatter().parse(text) if name is not None}
    return braced | {match.group() for match in _PERCENT.finditer(text)}
