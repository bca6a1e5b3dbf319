"""Proof files and receipts: that a leaf is in a log, told to someone who asks nobody else.

The first proof file is our own worked example, of the log seed 00..1f.
"""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.logbook import COSIGNED, LOG, WITNESSES, Logbook, SeedSigner, leaves_of, nowhere
from xop.kernel.log.cbor import Item, dumps, loads
from xop.kernel.log.errors import FormatError, LogError, ProofError
from xop.kernel.log.growth import grow
from xop.kernel.log.merkle import Frontier
from xop.kernel.log.proof import LogProof, parse_proof
from xop.kernel.log.receipt import (
    inclusion_receipt,
    verify_inclusion_receipt,
)
from xop.kernel.log.tile import TileReader
from xop.kernel.log.trust import Party, Trust
from xop.kernel.log.verifier import log_verifier, witness_verifier

EXAMPLE = f"""\
c2sp.org/tlog-proof@v1
index 1
JtoVIZI0gBq2FnuysB724GjMeeSKJzCpTxOgstXKAAI=
qUYB9vSujYE0A3ZZSSFxL8R5ocxkphB6j33LsLaThks=

{COSIGNED}"""
TRUST = Trust((Party(log_verifier(LOG)),), {"W1": Party(witness_verifier(WITNESSES[0]))}, quorum="W1")
LEAVES = leaves_of(600)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    book = Logbook(tmp_path_factory.mktemp("log"))
    book.add(LEAVES, WITNESSES[:1])
    return book


def test_the_worked_example_is_read_and_written_back_byte_for_byte():
    proof = parse_proof(EXAMPLE.encode())
    assert (proof.index, len(proof.hashes), proof.extra) == (1, 2, None)
    assert TRUST.opened(proof.checkpoint).size == 3
    assert proof.render() == EXAMPLE.encode()


@pytest.mark.parametrize("index", [0, 1, 255, 256, 300, 599])
def test_a_leaf_is_proven_to_someone_with_the_policy_alone(book, index):
    proof = parse_proof(book.proof(index).render())
    assert proof.verify(LEAVES[index], TRUST).size == 600
    with pytest.raises(ProofError, match="does not lead from this leaf"):
        proof.verify(LEAVES[index] + b" ", TRUST)


def test_a_proof_needs_the_witnesses_of_the_policy(book):
    strict = Trust(TRUST.logs, {"W2": Party(witness_verifier(WITNESSES[1]))}, quorum="W2")
    with pytest.raises(ProofError, match="quorum 'W2' is not met"):
        book.proof(0).verify(LEAVES[0], strict)


@given(st.data())
def test_a_flipped_bit_anywhere_in_a_proof_is_noticed(book, data):
    content = bytearray(book.proof(300).render())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(LogError):
        parse_proof(bytes(content)).verify(LEAVES[300], TRUST)


def test_what_travels_along_with_a_proof_is_kept(book):
    proof = LogProof(5, book.proof(5).hashes, book.checkpoint, b"anything")
    assert parse_proof(proof.render()) == proof


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"c2sp.org/tlog-proof@v2\nindex 0\n\n" + COSIGNED.encode(),
        EXAMPLE.encode().replace(b"index 1\n", b""),
        EXAMPLE.encode().replace(b"index 1\n", b"index 01\n"),
        EXAMPLE.encode().replace(b"index 1\n", b"extra !\nindex 1\n"),
        EXAMPLE.encode().replace(b"AAI=\n", b"AAJ=\n"),
        EXAMPLE.encode().replace(b"AAI=\n", b"AAI=\nAAAA\n"),
        EXAMPLE.encode().replace(b"index 1\n", b"index 1\n" + b"A" * 43 + b"=\n\xff"),
        EXAMPLE.encode().replace(b"index 1\n", b"index 1\n" + (b"A" * 43 + b"=\n") * 62),
        EXAMPLE.encode().partition(b"\n\n")[0],
        EXAMPLE.encode().replace(b"\n\n", b"\n", 1),
        bytes(2_000_001),
    ],
)
def test_what_is_not_strictly_a_proof_is_refused(content):
    with pytest.raises(FormatError):
        parse_proof(content)


def test_a_receipt_of_inclusion_has_the_bytes_of_rfc_9942(book):
    small = grow(Frontier(), LEAVES[:3], nowhere)
    path = TileReader(3, small.files.get).inclusion_proof(1)
    receipt = inclusion_receipt(LOG, 1, 3, path, small.root)
    assert len(receipt) == 198
    match loads(receipt, tag=18):
        case [bytes(protected), {396: {-1: [bytes(proof)]}}, None, bytes(signature)]:
            assert protected.hex().startswith("a301270fa10178")
            assert loads(protected) == {1: -8, 15: {1: "https://xop.example/decisions/2026"}, 395: 1}
            assert loads(proof) == [3, 1, list(path)]
            assert len(signature) == 64
        case other:
            pytest.fail(f"not a receipt: {other!r}")


@pytest.mark.parametrize("index", [0, 255, 599])
def test_a_receipt_proves_a_leaf(book, index):
    receipt = inclusion_receipt(LOG, index, 600, book.reader.inclusion_proof(index), book.frontier.root)
    assert verify_inclusion_receipt(receipt, LEAVES[index], log_verifier(LOG)) == (index, 600)
    with pytest.raises(ProofError, match="not signed by"):
        verify_inclusion_receipt(receipt, LEAVES[1], log_verifier(LOG))


def test_a_receipt_is_of_one_log_and_one_kind(book):
    receipt = inclusion_receipt(LOG, 0, 600, book.reader.inclusion_proof(0), book.frontier.root)
    other = log_verifier(SeedSigner("other.example", bytes(32)))
    with pytest.raises(ProofError, match=r"not of the log 'other\.example'"):
        verify_inclusion_receipt(receipt, LEAVES[0], other)
    of_another_kind = receipt.replace(bytes.fromhex("a119018ca120"), bytes.fromhex("a119018ca121"))
    assert of_another_kind != receipt
    with pytest.raises(FormatError, match="one proof of inclusion"):
        verify_inclusion_receipt(of_another_kind, LEAVES[0], log_verifier(LOG))


@given(st.data())
def test_a_flipped_bit_in_a_receipt_is_noticed_unless_the_leaf_leads_to_the_same_root_all_the_same(book, data):
    content = bytearray(inclusion_receipt(LOG, 300, 600, book.reader.inclusion_proof(300), book.frontier.root))
    numbers = content.index(bytes.fromhex("190258" + "19012c"))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(LogError):
        verify_inclusion_receipt(bytes(content), LEAVES[300], log_verifier(LOG))
        assert numbers <= place < numbers + 6


@pytest.mark.parametrize("where", ["protected", "claims", "unprotected", "proofs", "payload", "kind of tree"])
def test_a_receipt_holds_nothing_but_what_it_must(book, where):
    root, path = book.frontier.root, list[Item](book.reader.inclusion_proof(0))
    claims: Item = {1: f"https://{LOG.name}", **({2: "more"} if where == "claims" else {})}
    tree = 2 if where == "kind of tree" else 1
    protected = dumps({1: -8, 15: claims, 395: tree, **({4: b"more"} if where == "protected" else {})})
    proofs: Item = {-1: [dumps([600, 0, path])], **({-2: []} if where == "proofs" else {})}
    signature = LOG.sign(dumps(["Signature1", protected, b"", root]))
    unprotected: Item = {396: proofs, **({4: b"more"} if where == "unprotected" else {})}
    payload = root if where == "payload" else None
    with pytest.raises(FormatError):
        verify_inclusion_receipt(dumps([protected, unprotected, payload, signature], 18), LEAVES[0], log_verifier(LOG))


FLAT = st.none() | st.integers(-(2**64), 2**64 - 1) | st.binary() | st.text()
NESTED = st.lists(FLAT, max_size=5) | st.dictionaries(st.integers(-1000, 1000), FLAT, max_size=5)
ITEMS = (
    FLAT | NESTED | st.lists(NESTED, max_size=5) | st.dictionaries(st.integers(-(2**64), 2**64 - 1), NESTED, max_size=5)
)


@given(ITEMS)
def test_an_item_of_cbor_comes_back(item):
    assert loads(dumps(item)) == item


@given(st.binary(max_size=40))
def test_any_bytes_are_an_item_in_its_one_spelling_or_refused(content):
    with suppress(FormatError):
        assert dumps(loads(content)) == content


@pytest.mark.parametrize(
    "content",
    [
        "",
        "1801",  # a small number in two bytes
        "1f",
        "41",
        "5f4100ff",  # of no definite length
        "61ff",
        "8201",
        "a2010001 00",
        "a20200 0100",  # keys out of order
        "a1610000",
        "c100",
        "f4",
        "fb3ff0000000000000",
        "0000",
        "81" * 9 + "00",
        "9bffffffffffffffff",
    ],
)
def test_cbor_that_receipts_do_not_use_is_refused(content):
    with pytest.raises(FormatError):
        loads(bytes.fromhex(content))
