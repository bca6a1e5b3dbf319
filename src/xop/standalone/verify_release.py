"""Verifies that the files in a decision's export are the release that ruled: one file, only Python 3.9 or later.

    verify_release.py FILE.json

Run `verify_log.py evidence` on the same file first: it shows that the leaf is in the log, and that the entry is what the leaf
committed to. This shows that the release's files are those that both name, by making the digest over them again: SHA-256 over
each name and content, each with its length in eight bytes before it, cut to 20 bytes, in base 32.
Ends with 0 when everything is as it must be, with 1 when something is not, and says what; with 2 when called wrongly.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

GOOD, BAD, MISUSED = 0, 1, 2
DIGEST_BYTES = 20


def digest_of(files: list[Any]) -> str:
    """Return the name of the release that some files make, in their order; raises what a file that is none raises."""
    hashed = hashlib.sha256()
    for file in files:
        for text in (file["name"].encode(), base64.b64decode(file["content"], validate=True)):
            hashed.update(len(text).to_bytes(8, "big") + text)
    return "rel_" + base64.b32encode(hashed.digest()[:DIGEST_BYTES]).decode().lower()


def fault_of(export: dict[str, Any]) -> str:
    """Return why an export's release is not the one that ruled; empty when it is."""
    named, made = export["release"]["digest"], digest_of(export["release"]["files"])
    if made != named:
        return f"the files make {made}, not {named}"
    if json.loads(export["leaf"])["release"] != named:
        return "the leaf names another release"
    entry = export.get("entry")
    if entry is not None and json.loads(entry)["release"] != named:
        return "the entry names another release"
    return ""


def main(arguments: list[str] | None = None) -> int:
    """Verify as the command line asks, and return the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if len(given) != 1:
        sys.stderr.write("usage: verify_release.py FILE.json\n")
        return MISUSED
    try:
        export = json.loads(Path(given[0]).read_bytes())
        fault = fault_of(export)
    except OSError as error:
        sys.stderr.write(f"{given[0]}: {error.strerror}\n")
        return MISUSED
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        fault = f"it is no export of a decision: {error!r}"
    sys.stdout.write(f"BAD\n  {fault}\n" if fault else f"GOOD\n  {export['release']['digest']}\n")
    return BAD if fault else GOOD


if __name__ == "__main__":
    sys.exit(main())
