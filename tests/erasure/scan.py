"""Looking for words in every byte of files, in every form in which they may have been written."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus


def found_in(places: Iterable[Path], words: Iterable[str]) -> list[str]:
    """Return where words are found in files, and in all files of folders, as `file: word`."""
    wanted = [(word, form) for word in words for form in set(forms(word))]
    found: set[str] = set()
    for place in places:
        files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
        for file in files:
            content = file.read_bytes()
            lower = content.lower()
            found |= {f"{file.name}: {word}" for word, form in wanted if form in content or form in lower}
    return sorted(found)


def forms(word: str) -> Iterator[bytes]:
    """Yield the forms in which a word may stand in a file."""
    for each in (
        word.encode(),
        word.lower().encode(),
        word.encode("utf-16-le"),
        word.encode("utf-16-be"),
        json.dumps(word)[1:-1].encode(),
        quote(word, safe="").encode(),
        quote_plus(word).encode(),
    ):
        yield each
        yield each.hex().encode()
        yield each[::-1]
        for shift in range(3):
            # Base64 of a longer text holds one of three forms; those of its letters that hang on neighbours are left out.
            for encode in (b64encode, urlsafe_b64encode):
                letters = encode(bytes(shift) + each).rstrip(b"=")
                yield letters[(0, 2, 3)[shift] : len(letters) - 1]
