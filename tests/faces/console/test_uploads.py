"""What is no workspace in a ZIP file is refused with a word on what to send, whatever is wrong with it."""

import zipfile
from io import BytesIO

import pytest

from xop.faces.console.sign_in.session import Session
from xop.faces.console.uploads import LARGEST_WORKSPACE, Upload, Uploads, unpacked
from xop.faces.http.problems import ProblemError


def packed(name: str, method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    """Return a ZIP file with one text."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr(name, "colour: blue\n" * 100)
    return bytearray(file.getvalue())


def test_a_name_that_is_no_text_is_refused():
    torn = packed("ros\N{LATIN SMALL LETTER E WITH ACUTE}.yaml").replace(b"ros\xc3\xa9", b"ros\xff\xff")
    with pytest.raises(ProblemError, match="no ZIP file that can be read"):
        unpacked("torn.zip", bytes(torn))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_what_every_zip_program_makes_is_unpacked(method):
    with pytest.raises(ProblemError, match="no ZIP file that can be read"):
        unpacked("rare.zip", bytes(packed("a.yaml", method)))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_workspace_is_unpacked(method):
    assert unpacked("plain.zip", bytes(packed("a.yaml", method))).files["a.yaml"].startswith("colour")


def of(digest: str) -> Session:
    """Return a session by its digest."""
    return Session(digest, "petra", "", 0, 0, "password")


def sent(number: int, size: int = 10) -> Upload:
    """Return an upload of about so many characters."""
    return Upload("draft", f"upload-{number}", {"a": "x" * size})


def test_a_session_keeps_what_it_sent_lately_and_nobody_else_finds_it():
    uploads, mine = Uploads(), of("mine")
    for number in range(30):
        uploads.keep(mine, sent(number))
    kept = [number for number in range(30) if uploads.find(mine, f"upload-{number}")]
    assert kept == list(range(10, 30))
    assert uploads.find(of("other"), "upload-29") is None


def test_large_uploads_make_room_for_one_another_and_take_no_others_place():
    uploads, mine, other = Uploads(), of("mine"), of("other")
    uploads.keep(other, sent(0))
    for number in range(20):
        uploads.keep(mine, sent(number, LARGEST_WORKSPACE // 2))
    assert [number for number in range(20) if uploads.find(mine, f"upload-{number}")] == [19]
    assert uploads.find(other, "upload-0") is not None
    for number in range(9):
        uploads.keep(of(f"one of many {number}"), sent(number, LARGEST_WORKSPACE - 1000))
    assert uploads.find(other, "upload-0") is None
    assert uploads.find(of("one of many 8"), "upload-8") is not None
