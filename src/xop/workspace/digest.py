"""The digest that names a release: the same content always gives the same name."""

from base64 import b32encode
from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType

FORMAT = 1
"""Raised whenever the same files would be compiled to something that behaves differently."""

_BYTES = 20


def digest(
    files: Mapping[str, bytes], baseline: Mapping[str, bytes], kept: Mapping[str, bytes] = MappingProxyType({})
) -> str:
    """Return `rel_` and 32 base32 characters for a workspace's files and the baseline they stand on.

    `kept` is what a release has of releases before it: former versions of journeys and moves of runs.
    """
    hashed = sha256()
    parts = [("format", str(FORMAT).encode())]
    parts += [(f"baseline/{path}", baseline[path]) for path in sorted(baseline)]
    parts += [(f"workspace/{path}", files[path]) for path in sorted(files)]
    parts += [(f"kept/{path}", kept[path]) for path in sorted(kept)]
    for name, content in parts:
        for text in (name.encode(), content):
            # With its length before it, no text can pass for the end of one and the beginning of the next.
            hashed.update(len(text).to_bytes(8, "big"))
            hashed.update(text)
    return f"rel_{b32encode(hashed.digest()[:_BYTES]).decode().lower()}"
