"""Notes, checkpoints and cosignatures: known ones byte for byte, and every departure from the form refused.

Sources: the examples of C2SP signed-note and tlog-cosignature; the example of golang.org/x/mod/sumdb/note; the test log of
github.com/transparency-dev/tessera (`data/tessera.json`, Apache License 2.0); and a checkpoint of our own, of the seeds
00..1f (log) and 01 32 times (witness).
"""

import json
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.logbook import COSIGNED, LOG, WITNESSES, SeedSigner, nowhere
from xop.kernel.log.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, signed_checkpoint
from xop.kernel.log.cosignature import packed, unpacked
from xop.kernel.log.errors import FormatError, ProofError
from xop.kernel.log.growth import grow
from xop.kernel.log.merkle import EMPTY_ROOT, Frontier
from xop.kernel.log.note import (
    MOST_SIGNATURES,
    Note,
    Signature,
    cosign,
    parse_note,
    parse_signatures,
    sign,
)
from xop.kernel.log.verifier import Verifier, log_verifier, parse_vkey, witness_verifier

TESSERA = json.loads(Path(__file__).with_name("data").joinpath("tessera.json").read_text())

POEM = """\
Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

\N{EM DASH} quasimodo.example/salvatore \
NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""
LOG_VKEY = "xop.example/decisions/2026+3f5414a0+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
WITNESS_VKEY = "witness.example/w1+0ad7d35e+BIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

\N{EM DASH} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
SOFA = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\N{EM DASH} example.com/behind-the-sofa \
Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\N{EM DASH} witness.example.com/w1 \
jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""


@pytest.mark.parametrize("text", [POEM, COSIGNED, GO_NOTE, SOFA, *TESSERA["checkpoints"].values()])
def test_a_known_note_is_read_and_written_back_byte_for_byte(text):
    assert parse_note(text.encode()).render() == text.encode()


def test_the_text_of_a_note_ends_at_its_last_empty_line():
    note = parse_note(POEM.encode())
    assert note.text.startswith("Ognuno")
    assert note.text.endswith("sole:\n\ned è subito sera.\n")
    assert [signature.name for signature in note.signatures] == ["quasimodo.example/salvatore"]


def test_a_note_of_another_implementation_verifies():
    verifier = parse_vkey(GO_VKEY)
    assert verifier.vkey == GO_VKEY
    assert parse_note(GO_NOTE.encode()).signed_by([verifier]) == (verifier,)
    with pytest.raises(ProofError, match="PeterNeumann is not over this text"):
        parse_note(GO_NOTE.replace("answer", "question").encode()).signed_by([verifier])


def test_the_worked_example_comes_out_byte_for_byte():
    checkpoint = parse_checkpoint(parse_note(COSIGNED.encode()).text)
    note = signed_checkpoint(checkpoint, LOG)
    note = note.with_signatures([cosign(note.text, WITNESSES[0], 1_795_165_200)])
    assert note.render() == COSIGNED.encode()
    assert (log_verifier(LOG).vkey, witness_verifier(WITNESSES[0]).vkey) == (LOG_VKEY, WITNESS_VKEY)
    assert note.signed_by(map(parse_vkey, (LOG_VKEY, WITNESS_VKEY))) == tuple(map(parse_vkey, (LOG_VKEY, WITNESS_VKEY)))


@pytest.mark.parametrize("size", TESSERA["checkpoints"])
def test_a_log_of_the_same_entries_has_the_checkpoints_of_another_implementation(size):
    signer = SeedSigner("example.com/log/testdata", b64decode(TESSERA["seed"].split("+", 4)[4])[1:])
    assert log_verifier(signer).vkey == TESSERA["vkey"]
    leaves = [entry.encode() for entry in TESSERA["entries"][: int(size)]]
    growth = grow(Frontier(), leaves, nowhere)
    note = signed_checkpoint(Checkpoint(signer.name, growth.size, growth.root), signer)
    assert note.render().decode() == TESSERA["checkpoints"][size]
    assert open_checkpoint(note, parse_vkey(TESSERA["vkey"])).size == int(size)


def test_a_cosignature_is_bound_to_its_time():
    note = parse_note(COSIGNED.encode())
    witness = parse_vkey(WITNESS_VKEY)
    mine = next(each for each in note.signatures if each.by(witness))
    later = Signature(mine.name, mine.key_id, (1_795_165_201).to_bytes(8, "big") + mine.value[8:])
    with pytest.raises(ProofError, match=r"witness\.example/w1 is not over this text"):
        note.with_signatures([later]).signed_by([witness])


def test_a_cosignature_is_not_of_a_time_beyond_all_times():
    with pytest.raises(FormatError, match="cannot be of the time"):
        unpacked(b"\x80" + bytes(7 + 64))
    with pytest.raises(FormatError, match="has 72 bytes, not 71"):
        unpacked(bytes(71))
    with pytest.raises(FormatError, match="has 64 bytes, not 63"):
        packed(5, bytes(63))
    assert unpacked(packed(2**63 - 1, bytes(64))) == (2**63 - 1, bytes(64))


def test_a_log_key_cannot_pass_for_a_witness_nor_a_witness_for_a_log():
    text = parse_note(COSIGNED.encode()).text
    both = [log_verifier(LOG), Verifier(LOG.name, 4, LOG.public)]
    assert both[0].id != both[1].id
    assert Note(text, (sign(text, LOG),)).signed_by(both) == (both[0],)
    assert Note(text, (cosign(text, LOG, 5),)).signed_by(both) == (both[1],)


def test_signatures_of_unknown_keys_are_passed_over():
    note = parse_note(COSIGNED.encode())
    strangers = [Signature(LOG.name, b"\0\0\0\0", b"anything"), Signature("else.example", log_verifier(LOG).id, b"x")]
    assert note.with_signatures(strangers).signed_by([log_verifier(LOG)]) == (log_verifier(LOG),)
    with pytest.raises(ProofError, match="is not signed by xop"):
        open_checkpoint(Note(note.text, tuple(strangers)), log_verifier(LOG))


@given(st.data())
def test_a_flipped_bit_anywhere_in_a_note_is_noticed(data):
    content = bytearray(COSIGNED.encode())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    keys = [parse_vkey(LOG_VKEY), parse_vkey(WITNESS_VKEY)]
    try:
        note = parse_note(bytes(content))
        assert len(note.signed_by(keys)) < 2
    except (FormatError, ProofError):
        pass


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no signatures"),
        (b"text\n", "no signatures"),
        (COSIGNED.encode().rstrip(b"\n"), "no signatures"),
        (COSIGNED.encode() + b"\n", "no signatures|signature lines"),
        (COSIGNED.encode() + b"more\n", "not a signature line"),
        (COSIGNED.replace("\N{EM DASH}", "-").encode(), "not a signature line"),
        (COSIGNED.replace("3\n", "3\r\n").encode(), "control character"),
        (COSIGNED.replace("3\n", "3\t\n").encode(), "control character"),
        (COSIGNED.encode("utf-16"), "not UTF-8"),
        (COSIGNED.encode() + b"\xff", "not UTF-8"),
        (b"t\n\n\xe2\x80\x94 a AAAAAA==\n", "too short"),
        (b"t\n\n\xe2\x80\x94 a AAAAAAB=\n", "canonical"),
        (b"t\n\n\xe2\x80\x94 a AAAA AAA\n", "not base 64"),
        (b"t\n\n\xe2\x80\x94 a+b AAAAAAA=\n", "cannot be a key's name"),
        (b"t\n\n\xe2\x80\x94 \xc2\xa0 AAAAAAA=\n", "cannot be a key's name"),
        (b"t\n\n\xe2\x80\x94  AAAAAAA=\n", "cannot be a key's name"),
        (b"t" * 1_000_001, "1000001 bytes"),
        (b"t\n\n" + b"\xe2\x80\x94 a AAAAAAA=\n" * (MOST_SIGNATURES + 1), "101 signature lines"),
    ],
)
def test_what_is_not_strictly_a_note_is_refused(content, problem):
    with pytest.raises(FormatError, match=problem):
        parse_note(content)


def test_a_note_may_bear_a_hundred_signatures():
    lines = b"".join(b"\xe2\x80\x94 key%d AAAAAAA=\n" % place for place in range(MOST_SIGNATURES))
    assert len(parse_note(b"t\n\n" + lines).signatures) == MOST_SIGNATURES


def test_signature_lines_stand_alone_in_the_answer_of_a_witness():
    signature = cosign("text\n", WITNESSES[0], 7)
    assert parse_signatures(signature.line.encode()) == (signature,)
    for wrong in (b"", signature.line.encode().rstrip(), b"\n", b"text\n"):
        with pytest.raises(FormatError):
            parse_signatures(wrong)


def test_a_newer_signature_takes_the_place_of_an_older_one_of_the_same_key():
    note = Note("text\n", (cosign("text\n", WITNESSES[0], 7), sign("text\n", LOG)))
    newer = cosign("text\n", WITNESSES[0], 8)
    assert note.with_signatures([newer]).signatures == (newer, note.signatures[1])


@pytest.mark.parametrize(
    "text",
    [
        "a\n",
        "a\n1\n",
        "a\n1\nAAAA\n",
        "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "a\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "a\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "a\n9223372036854775808\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n",
        "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nx\n",
        "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ],
)
def test_what_is_not_strictly_a_checkpoint_is_refused(text):
    with pytest.raises(FormatError):
        parse_checkpoint(text)


def test_a_checkpoint_may_have_extension_lines():
    checkpoint = Checkpoint("a", 0, EMPTY_ROOT, ("more",))
    assert parse_checkpoint(checkpoint.text) == checkpoint


def test_a_log_signs_in_its_own_name_only():
    with pytest.raises(FormatError, match="cannot sign for the log"):
        signed_checkpoint(Checkpoint("other.example", 0, EMPTY_ROOT), LOG)
    text = Checkpoint("other.example", 0, EMPTY_ROOT).text
    with pytest.raises(ProofError, match=r"is of 'other\.example'"):
        open_checkpoint(Note(text, (sign(text, LOG),)), log_verifier(LOG))


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+3f5414a0",
        LOG_VKEY.replace("3f5414a0", "3f5414a1"),
        LOG_VKEY.replace("3f5414a0", "3F5414A0"),
        LOG_VKEY.replace("xop.example", "xop example"),
        LOG_VKEY + "=",
        "name+00000000+" + b64encode(b"\x06" + bytes(32)).decode(),
        "name+00000000+" + b64encode(b"\x01" + bytes(31)).decode(),
        "name+00000000+",
    ],
)
def test_what_is_not_strictly_a_vkey_is_refused(vkey):
    with pytest.raises(FormatError):
        parse_vkey(vkey)


def test_a_text_to_sign_ends_with_a_newline():
    with pytest.raises(FormatError, match="must end with a newline"):
        sign("text", LOG)
    with pytest.raises(FormatError, match="must end with a newline"):
        cosign("text", WITNESSES[0], 7)
    with pytest.raises(FormatError, match="the time -1"):
        cosign("text\n", WITNESSES[0], -1)
