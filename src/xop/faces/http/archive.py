"""An archive: a customer's dossier as a ZIP file, made while it is sent, however large it is."""

import csv
from collections.abc import AsyncGenerator, AsyncIterator
from hashlib import sha256
from io import RawIOBase, StringIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import msgspec

from xop.faces.http.dossier import SCHEMAS, ConsentLine, Dossier, lines

MEDIA_TYPE = "application/zip"

_ENCODER = msgspec.json.Encoder(order="deterministic")
_CHUNK = 65_536

README = """\
What {controller} knows of you
==============================

Customer {customer}, as of {at}. Every file is text in UTF-8; times are in UTC.

profile.json         what is known of you now, since when, and who said so (JSON)
consents.csv         what you agreed to, refused or objected to, one change a line (a table)
signals.jsonl        everything that was received about you, one CloudEvents 1.0 event a line (JSON Lines)
actions.jsonl        what was done for you or was to be done, one step a line; the last line of an invocation counts
decisions.jsonl      what was decided about you and why, in plain language in `text`, one decision a line
conversations.jsonl  your conversations, and when people took them over
schema.json          what the fields mean (JSON Schema 2020-12)
manifest.json        the size and SHA-256 of every file above

Left out are other people's telephone numbers, addresses and the like in free text ([email], [phone]), the names of staff
(`staff`), and the rules themselves. Where it says that details were erased, their time was over.
"""


class _Sink(RawIOBase):
    """Takes what the archive writes, to be sent on; nothing in it can be gone back to."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._written += data
        return len(data)

    @property
    def size(self) -> int:
        return len(self._written)

    def taken(self) -> bytes:
        written = bytes(self._written)
        self._written.clear()
        return written


class Archive:
    """Writes the files of a dossier one after the other."""

    def __init__(self, dossier: Dossier, about: dict[str, str]) -> None:
        self._dossier = dossier
        self._about = about
        """`export`, `customer`, `at` and `controller`."""
        self._files: list[dict[str, Any]] = []

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Yield the bytes of the archive."""
        sink = _Sink()
        with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
            async for name, content in self._contents():
                digest, size = sha256(), 0
                with archive.open(ZipInfo(name, self._moment()), "w", force_zip64=True) as file:
                    async for part in content:
                        file.write(part)
                        digest.update(part)
                        size += len(part)
                        if sink.size > _CHUNK:
                            yield sink.taken()
                self._files.append({"name": name, "bytes": size, "sha256": digest.hexdigest()})
            archive.writestr(ZipInfo("manifest.json", self._moment()), _told({**self._about, "files": self._files}))
        yield sink.taken()

    async def _contents(self) -> AsyncIterator[tuple[str, AsyncIterator[bytes]]]:
        dossier = self._dossier
        yield "README.txt", _once(README.format(**self._about).encode())
        yield "profile.json", _once(_told(dossier.profile()))
        yield "consents.csv", _once(_table(dossier))
        yield "signals.jsonl", _lined(dossier.signals())
        yield "actions.jsonl", _lined(dossier.actions())
        yield "decisions.jsonl", _lined(dossier.decisions())
        yield "conversations.jsonl", _lined(dossier.conversations())
        yield "schema.json", _once(_told(_schema()))

    def _moment(self) -> tuple[int, int, int, int, int, int]:
        at = self._about["at"]
        year, month, day, hour, minute, second = (int(at[begin:end]) for begin, end in _PLACES)
        return year, month, day, hour, minute, second


_PLACES = ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))
"""Where the parts of a moment stand in RFC 3339 text."""


def _schema() -> dict[str, Any]:
    files = ("profile.json", "consents.csv", "actions.jsonl", "conversations.jsonl")
    references, components = msgspec.json.schema_components(SCHEMAS, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What is known of a customer, by file; of files of lines the schema is that of one line",
        "type": "object",
        "properties": dict(zip(files, references, strict=True)),
        "$defs": components,
    }


def _table(dossier: Dossier) -> bytes:
    text = StringIO()
    writer = csv.DictWriter(text, ConsentLine.__struct_fields__)
    writer.writeheader()
    writer.writerows(lines(dossier.consents()))
    return text.getvalue().encode()


def _told(value: Any) -> bytes:
    return msgspec.json.format(_ENCODER.encode(value), indent=2) + b"\n"


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _lined(records: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    async for record in records:
        yield _ENCODER.encode(record) + b"\n"
