"""The standalone verifier reads every format in its one right spelling, as the formats ask for."""

import base64
import hashlib
import json

import pytest

from tests.kit.logbook import LOG, Logbook, SeedSigner, leaves_of
from xop.kernel.log.checkpoint import Checkpoint
from xop.kernel.log.merkle import EMPTY_ROOT, leaf_hash
from xop.kernel.log.note import MOST_SIGNATURES, Note, sign
from xop.kernel.log.verifier import log_verifier
from xop.standalone import verify_log
from xop.standalone.verify_log import root_from

VKEY = log_verifier(LOG).vkey
TEXT = Checkpoint(LOG.name, 0, EMPTY_ROOT).text
GOOD = Note(TEXT, (sign(TEXT, LOG),)).render()


def judged(tmp_path, capsys, checkpoint: bytes, vkey: str = VKEY) -> tuple[int, str]:
    """Return what the verifier says of a log that is nothing but a checkpoint."""
    (tmp_path / "checkpoint").write_bytes(checkpoint)
    ended = verify_log.main(["log", str(tmp_path), "--vkey", vkey, "--json"])
    return ended, json.loads(capsys.readouterr().out).get("why", "")


def again(text: str) -> bytes:
    """Return another text signed by the log."""
    return Note(text, (sign(text, LOG),)).render()


def test_the_checkpoint_these_tests_begin_with_is_good(tmp_path, capsys):
    assert judged(tmp_path, capsys, GOOD) == (0, "")


@pytest.mark.parametrize(
    ("checkpoint", "why"),
    [
        (GOOD + b"\xe2\x80\x94 \xff AAAAAAA=\n", "is not UTF-8"),
        (GOOD + b"\xe2\x80\x94 a\x01 AAAAAAA=\n", "control characters"),
        (GOOD + b"\xe2\x80\x94 a+b AAAAAAA=\n", "is not a signature line"),
        (GOOD + b"\xe2\x80\x94 a AAAAAAB=\n", "is not base 64"),
        (GOOD + b"\xe2\x80\x94 a AAAAAA==\n", "is not a signature line"),
        (GOOD + b"\xe2\x80\x94 a AAAAAAA=\n" * MOST_SIGNATURES, "1 to 100 signature lines"),
        (GOOD + b"\n", "signature lines|is not a signature line|origin"),
        (GOOD[:-1], "signature lines"),
        (again(TEXT.replace("\n0\n", "\n00\n")), "is not a whole number"),
        (again(TEXT.replace("\n0\n", "\n-0\n")), "is not a whole number"),
        (again(TEXT.replace("FU=", "FV=")), "is not base 64"),
        (again(TEXT.replace("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "47DE")), "wrong length"),
        (again(LOG.name + "\n0\n"), "does not begin with origin, size and root"),
        (again(TEXT + "\nmore\n"), "does not begin with origin, size and root"),
        (again(TEXT.replace(LOG.name, "other.example")), "'other.example' did not sign it"),
        (again(TEXT.replace("47DE", "57DE")), "its root is not that of the leaves"),
    ],
)
def test_a_checkpoint_out_of_form_is_refused_even_when_it_is_signed(tmp_path, capsys, checkpoint, why):
    ended, told = judged(tmp_path, capsys, checkpoint)
    assert ended == 1
    assert any(part in told for part in why.split("|")), told


def test_a_signature_has_one_spelling(tmp_path, capsys):
    line = GOOD.rstrip(b"=\n")
    last = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".index(line[-1:])
    again = (
        line[:-1] + b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[last + 1 : last + 2] + b"=\n"
    )
    ended, why = judged(tmp_path, capsys, again)
    assert (ended, "is not base 64" in why) == (1, True)


def vkey_of(name: str, public: bytes) -> str:
    """Return the vkey of a key that need not be one, with the id it would have."""
    data = b"\x01" + public
    key_id = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    return f"{name}+{key_id.hex()}+{base64.b64encode(data).decode()}"


@pytest.mark.parametrize(
    "vkey",
    [
        VKEY.replace("3f5414a0", "3f5414a1"),
        VKEY.replace("xop.example", ""),
        VKEY[:-4],
        vkey_of("a", bytes(31)),
        vkey_of("", bytes(32)),
        "+" + VKEY.partition("+")[2],
        log_verifier(SeedSigner("a", bytes(32))).vkey.replace("a+", "b+", 1),
    ],
)
def test_a_key_out_of_form_is_a_wrong_call(tmp_path, capsys, vkey):
    assert judged(tmp_path, capsys, GOOD, vkey)[0] == 2


def test_a_proof_has_as_many_hashes_as_its_place_asks_for():
    one, other = leaf_hash(b"one"), leaf_hash(b"other")
    assert root_from(0, 2, one, [other]) is not None
    assert root_from(0, 1, one, [other]) is None
    assert root_from(0, 3, one, [other]) is None
    assert root_from(0, 4, one, [other]) is None


def test_a_proof_of_a_leaf_beyond_the_log_is_refused(tmp_path, capsys):
    book = Logbook(tmp_path / "log")
    book.add(leaves_of(1))
    (tmp_path / "leaf").write_bytes(leaves_of(1)[0])
    (tmp_path / "proof").write_bytes(book.proof(0).render().replace(b"index 0", b"index 1"))
    arguments = ["proof", str(tmp_path / "proof"), "--leaf", str(tmp_path / "leaf"), "--vkey", VKEY, "--json"]
    assert verify_log.main(arguments) == 1
    assert "is not of a leaf among the 1" in json.loads(capsys.readouterr().out)["why"]
