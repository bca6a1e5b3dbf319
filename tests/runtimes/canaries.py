"""Looking for words in every byte of a folder, in whatever form they may have been written."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote


def found_in(folder: Path, words: Iterable[str]) -> list[str]:
    """Return where words are found in the files of a folder, as `file: word`."""
    wanted = [(word, form) for word in words for form in set(_forms(word))]
    found: list[str] = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            continue  # a draft that has its own name by now
        lower = content.lower()
        found.extend(f"{file.relative_to(folder)}: {word}" for word, form in wanted if form in content or form in lower)
    return found


def _forms(word: str) -> Iterator[bytes]:
    plain = word.encode()
    for each in (
        plain,
        word.lower().encode(),
        word.encode("utf-16-le"),
        word.encode("utf-16-be"),
        quote(word).encode(),
    ):
        yield each
        yield each.hex().encode()
        for shift in range(3):
            # Base64 of a longer text holds one of three forms; those of its letters that hang on neighbours are left out.
            for encode in (b64encode, urlsafe_b64encode):
                letters = encode(bytes(shift) + each).rstrip(b"=")
                yield letters[(0, 2, 3)[shift] : len(letters) - 1]
