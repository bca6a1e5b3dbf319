"""Copying a log believes nothing that is not signed, and what was cut short is begun again."""

from pathlib import Path
from typing import Any

import pytest

from tests.kit.logbook import LOG, WITNESSES, Logbook, leaves_of
from xop.faces.cli.log_files import export_log
from xop.kernel.log.checkpoint import Checkpoint, signed_checkpoint
from xop.kernel.log.merkle import EMPTY_ROOT
from xop.kernel.log.trust import Group, Party, Trust, render_trust
from xop.kernel.log.verifier import log_verifier, witness_verifier
from xop.standalone.verify_log import BadError, Files

HEAD: dict[str, Any] = {"key": log_verifier(LOG).vkey, "policy": "quorum none\n"}


@pytest.fixture
def book(tmp_path) -> Logbook:
    """A log with a full bundle and a begun one."""
    book = Logbook(tmp_path / "log")
    book.add(leaves_of(300))
    return book


class Cut(Files):
    """Files of which one cannot be had any more."""

    def __init__(self, place: str, last: str) -> None:
        super().__init__(place)
        self.last = last

    def first(self, *paths: str) -> tuple[str, bytes]:
        """Return a file, but for the last."""
        if self.last in paths:
            raise OSError(28, "no space", self.last)
        return super().first(*paths)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("signer", [LOG, WITNESSES[0]])
def test_a_log_that_says_it_is_endless_is_refused_at_once(tmp_path, signer):
    endless = signed_checkpoint(Checkpoint(signer.name, 2**62, EMPTY_ROOT), signer).render()
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "checkpoint").write_bytes(endless)
    with pytest.raises(BadError, match="tile/entries/000: is missing" if signer is LOG else "did not sign it"):
        export_log(Files(str(tmp_path / "log")), tmp_path / "copy", HEAD)
    assert not list((tmp_path / "copy").glob("**/*.p"))


def test_a_copy_that_was_cut_short_is_finished(book, tmp_path):
    copy = tmp_path / "copy"
    with pytest.raises(OSError, match="no space"):
        export_log(Cut(str(book.folder), "tile/0/001.p/44"), copy, HEAD)
    assert not (copy / "checkpoint").exists()
    # What a kill leaves of a file that was being written.
    (copy / "tile/0/.001.new").write_bytes(b"torn")
    assert export_log(Files(str(book.folder)), copy, HEAD)["size"] == 300


def test_a_file_is_never_there_in_part(book, tmp_path, monkeypatch):
    written = Path.write_bytes

    def half(self: Path, data: bytes) -> int:
        if self.name.endswith("001") or ".001" in self.name:
            written(self, data[: len(data) // 2])
            raise OSError(28, "no space", str(self))
        return written(self, data)

    copy = tmp_path / "copy"
    book.add(leaves_of(300, 300))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", half)
        with pytest.raises(OSError, match="no space"):
            export_log(Files(str(book.folder)), copy, HEAD)
    assert export_log(Files(str(book.folder)), copy, HEAD)["size"] == 600


def _policy() -> str:
    named = {f"w{number}": Party(witness_verifier(each)) for number, each in enumerate(WITNESSES)}
    return render_trust(Trust((Party(log_verifier(LOG)),), named, {"two": Group(2, tuple(named))}, "two")).decode()


def test_a_copy_says_whether_enough_witnesses_have_cosigned_it(book, tmp_path):
    head = {**HEAD, "policy": _policy()}
    assert export_log(Files(str(book.folder)), tmp_path / "none", HEAD)["witnessed"] is None
    book.add(leaves_of(1, 300), WITNESSES[:1])
    answer = export_log(Files(str(book.folder)), tmp_path / "copy", head)
    assert (answer["witnessed"], answer["cosigned_by"]) == (False, ["w0"])
    book.add(leaves_of(1, 301), WITNESSES[:2])
    answer = export_log(Files(str(book.folder)), tmp_path / "copy", head)
    assert (answer["witnessed"], answer["cosigned_by"]) == (True, ["w0", "w1"])


def test_a_full_bundle_that_is_none_is_named(book, tmp_path):
    (book.folder / "tile/entries/001.p/44").unlink()
    (book.folder / "tile/entries/001").write_bytes(b"\xff\xff no bundle")
    with pytest.raises(BadError, match="tile/entries/001: the bundle ends"):
        export_log(Files(str(book.folder)), tmp_path / "copy", HEAD)
