"""A dictionary of telephone numbers against files: whether any of a million numbers, hashed, is anywhere in them."""

import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from hashlib import blake2b, md5, sha1, sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

HEX = re.compile(rb"[0-9a-fA-F]{16,}")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
_SLICE = 125_000
_PREFIX = 8
"""Bytes by which a digest is looked for; no two of so many are alike by chance."""

DIGESTS: dict[str, Callable[[bytes], Any]] = {
    "md5": partial(md5, usedforsecurity=False),
    "sha1": partial(sha1, usedforsecurity=False),
    "sha256": sha256,
    "blake2b": blake2b,
    "blake2b-16": partial(blake2b, digest_size=16),
    "blake2b-32": partial(blake2b, digest_size=32),
    "derived id": partial(blake2b, digest_size=12),
}

FORMS: dict[str, Callable[[str], str]] = {
    "E.164": str,
    "digits": lambda number: number[1:],
    "identifier": lambda number: f"phone:{number}",
    "national": lambda number: f"0{number[3:]}",
}


def haystack(places: Iterable[Path]) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
    """Return the windows of eight bytes at every place of files, and of whatever hexadecimal and base 64 in them say."""
    windows: list[np.ndarray[tuple[int], np.dtype[np.uint64]]] = []
    for place in places:
        for file in [place] if place.is_file() else place.rglob("*"):
            if file.is_file():
                content = file.read_bytes()
                windows += [_windows(each) for each in (content, *_decoded(content))]
    return np.unique(np.concatenate(windows))


def matches(stack: "np.ndarray[tuple[int], np.dtype[np.uint64]]", first: int, count: int) -> list[str]:
    """Return the numbers from one on whose digests are in a haystack, as `number form digest`."""
    jobs = [
        (form, begin, min(_SLICE, first + count - begin))
        for form in FORMS
        for begin in range(first, first + count, _SLICE)
    ]
    with ProcessPoolExecutor(mp_context=get_context("forkserver")) as pool:
        return [each for found in pool.map(partial(_job, stack), jobs) for each in found]


def _job(stack: "np.ndarray[tuple[int], np.dtype[np.uint64]]", job: tuple[str, int, int]) -> list[str]:
    form, first, count = job
    tell = FORMS[form]
    told = [tell(f"+{number}").encode() for number in range(first, first + count)]
    found: list[str] = []
    for name, digest in DIGESTS.items():
        tried = np.frombuffer(b"".join([digest(each).digest()[:_PREFIX] for each in told]), dtype="<u8")
        places = np.searchsorted(stack, tried).clip(max=len(stack) - 1)
        found += [f"+{first + each} {form} {name}" for each in np.flatnonzero(stack[places] == tried)]
    return found


def _windows(content: bytes) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
    padded = content + bytes(-len(content) % _PREFIX + _PREFIX)
    shifts = [np.frombuffer(padded[shift:], dtype="<u8", count=(len(padded) - shift) // _PREFIX) for shift in range(8)]
    return np.concatenate(shifts)


def _decoded(content: bytes) -> Iterator[bytes]:
    yield b"".join(bytes.fromhex(each[: len(each) // 2 * 2].decode()) + bytes(8) for each in HEX.findall(content))
    for shift in range(4):
        tokens = [each[shift:][: (len(each) - shift) // 4 * 4] for each in BASE64.findall(content)]
        yield b"".join(b64decode(each) + bytes(8) for each in tokens if b"-" not in each and b"_" not in each)
        yield b"".join(urlsafe_b64decode(each) + bytes(8) for each in tokens if b"+" not in each and b"/" not in each)
