"""The verifier's own Ed25519: the vectors of RFC 8032, section 7.1, the library's signatures, and what is to be refused."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from xop.standalone.verify_log import ORDER, P, ed25519_verified, point_of

RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
PUBLIC, MESSAGE, SIGNATURE = (bytes.fromhex(text) for text in RFC_8032[2])


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_signatures_of_the_rfc_verify(public, message, signature):
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), bytes.fromhex(message))
    assert ed25519_verified(bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))


@settings(deadline=None, max_examples=60)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.data())
def test_it_judges_as_the_library_does(seed, message, data):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert ed25519_verified(public, message, signature)
    parts = [bytearray(public), bytearray(message), bytearray(signature)]
    part = data.draw(st.sampled_from([each for each in parts if each]))
    part[data.draw(st.integers(0, len(part) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    changed = tuple(map(bytes, parts))
    assert ed25519_verified(*changed) is library_verified(*changed) is False


def library_verified(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def test_a_second_spelling_of_a_signature_is_refused():
    scalar = int.from_bytes(SIGNATURE[32:], "little")
    again = SIGNATURE[:32] + (scalar + ORDER).to_bytes(32, "little")
    assert not ed25519_verified(PUBLIC, MESSAGE, again)


@pytest.mark.parametrize(
    "number",
    [P, P + 1, 2**255 - 1, 1 | 1 << 255, 2],
    ids=["zero as p", "one as p + 1", "all ones", "minus zero", "not on the curve"],
)
def test_a_second_spelling_of_a_point_or_no_point_is_refused(number):
    data = number.to_bytes(32, "little")
    assert point_of(data) is None
    assert not ed25519_verified(data, MESSAGE, SIGNATURE)
    assert not ed25519_verified(PUBLIC, MESSAGE, data + SIGNATURE[32:])


@pytest.mark.parametrize(("public", "signature"), [(PUBLIC[:31], SIGNATURE), (PUBLIC, SIGNATURE[:63]), (b"", b"")])
def test_keys_and_signatures_of_another_length_are_refused(public, signature):
    assert not ed25519_verified(public, MESSAGE, signature)
