"""What is no workspace in a ZIP file is refused with a word on what to send, whatever is wrong with it."""

import zipfile
from io import BytesIO

import pytest

from xop.faces.console.uploads import unpacked
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
