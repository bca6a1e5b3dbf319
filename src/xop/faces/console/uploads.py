"""Uploads: a workspace that somebody sends as a ZIP file, kept until they publish it, send another or go away."""

import zipfile
import zlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import PurePosixPath

from msgspec import Struct
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Receive

from xop.faces.console.sign_in.session import Session
from xop.faces.http.body import LARGEST_BODY, read_body
from xop.faces.http.form import MULTIPART
from xop.faces.http.problems import ProblemError

LARGEST_UPLOAD = 4 * LARGEST_BODY
"""Bytes of a form with a file."""

LARGEST_WORKSPACE = 8 * LARGEST_BODY
"""Bytes of all files once unpacked."""

_MOST_FILES = 2_000

_MOST_FIELDS = 20

_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What every ZIP program packs with: of the others, some take memory as their maker says."""

_LARGEST_KEPT = 8 * LARGEST_WORKSPACE
"""Characters of all uploads that are kept."""

_MOST_OF_ONE = 20
"""Uploads of one session that are kept: what was sent in other windows, and what the way back leads to."""


class Upload(Struct, frozen=True):
    """One workspace that was sent."""

    name: str
    """What its file was called."""
    digest: str
    files: dict[str, str]
    bases: Mapping[str, str] = {}
    """By file that is changed, the release that ruled when it was taken up; empty where the files are all there is."""

    @property
    def size(self) -> int:
        """How many characters it has."""
        return sum(len(path) + len(text) for path, text in self.files.items())


class Uploads:
    """The workspaces that each session has sent lately; a restart forgets them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Upload] = OrderedDict()

    def keep(self, session: Session, upload: Upload) -> None:
        """Keep an upload; of the same session, the oldest go that are more than one may have."""
        self._kept.pop((session.digest, upload.digest), None)
        mine = [key for key in self._kept if key[0] == session.digest]
        room = LARGEST_WORKSPACE - upload.size
        for place, key in enumerate(reversed(mine), start=1):
            room -= self._kept[key].size
            if place >= _MOST_OF_ONE or room < 0:
                del self._kept[key]
        self._kept[session.digest, upload.digest] = upload
        while sum(each.size for each in self._kept.values()) > _LARGEST_KEPT:
            self._kept.popitem(last=False)

    def find(self, session: Session, digest: str) -> Upload | None:
        """Return what this very session has sent, by its digest."""
        return self._kept.get((session.digest, digest))


def is_multipart(headers: Mapping[bytes, bytes]) -> bool:
    """Say whether a form came as its browser sends files."""
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    return kind == MULTIPART.encode()


async def read_upload(
    receive: Receive, headers: Mapping[bytes, bytes], largest: int
) -> tuple[Mapping[str, Sequence[str]], Mapping[str, tuple[str, bytes]]]:
    """Return the fields of a form, and by field the name and content of a file; raises ProblemError for what is none."""
    body = await read_body(receive, headers, largest)

    async def stream() -> AsyncGenerator[bytes]:
        yield body
        yield b""

    parser = MultiPartParser(
        Headers(raw=list(headers.items())), stream(), max_files=1, max_fields=_MOST_FIELDS, max_part_size=largest
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise ProblemError("parameter-invalid", "the form cannot be read") from error
    try:
        fields: dict[str, list[str]] = {}
        files: dict[str, tuple[str, bytes]] = {}
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files[name] = (value.filename or "", await value.read())
            else:
                fields.setdefault(name, []).append(value)
        return fields, files
    finally:
        await form.close()


def unpacked(name: str, body: bytes) -> Upload:
    """Return the workspace that a ZIP file holds, at its top or in one folder; raises ProblemError (413, 422)."""
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            found = _texts(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError, zlib.error) as error:
        raise _refused(f"{name[:80] or 'what was sent'!r} is no ZIP file that can be read") from error
    return Upload(name[:200], sha256(body).hexdigest()[:24], _at_the_top(found))


def _texts(archive: zipfile.ZipFile) -> dict[str, str]:
    members = [each for each in archive.infolist() if not each.is_dir() and not _is_hidden(each.filename)]
    if len(members) > _MOST_FILES:
        raise _refused(f"the ZIP file has more than {_MOST_FILES} files")
    if not {each.compress_type for each in members} <= _METHODS:
        raise NotImplementedError
    found: dict[str, str] = {}
    left = LARGEST_WORKSPACE
    for member in members:
        with archive.open(member) as file:
            # What a member says of its own size is its maker's word.
            body = file.read(left + 1)
        left -= len(body)
        if left < 0:
            raise ProblemError("too-large", f"the workspace has more than {LARGEST_WORKSPACE} bytes once unpacked")
        try:
            found[member.filename] = body.decode()
        except UnicodeDecodeError as error:
            raise _refused(f"{member.filename[:200]!r} is no text in UTF-8") from error
    return found


def _is_hidden(path: str) -> bool:
    """Files of operating systems and version control, which no workspace has."""
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(path).parts)


def _at_the_top(files: dict[str, str]) -> dict[str, str]:
    """Return the files with the one folder taken away in which archives of a folder have everything."""
    if not files:
        raise _refused("the ZIP file holds no file of a workspace")
    tops = {path.partition("/")[0] for path in files}
    if len(tops) > 1 or any("/" not in path for path in files):
        return files
    return {path.partition("/")[2]: text for path, text in files.items()}


def _refused(cause: str) -> ProblemError:
    return ProblemError("body-invalid", cause, "send the folder of a workspace as one ZIP file of texts")
