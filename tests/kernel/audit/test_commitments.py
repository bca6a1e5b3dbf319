"""Commitments: the worked values of the format, and what they keep from whoever lacks the secret."""

from base64 import urlsafe_b64decode
from hashlib import sha256
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from xop.kernel.audit.commitment import commitment, pseudonym, salt, subject_ref

SECRETS = st.binary(min_size=32, max_size=32)


def test_a_subject_is_called_as_the_worked_value_of_the_format_has_it():
    told = subject_ref(bytes([0x11]) * 32, "xop.example/decisions/2026")
    assert told == "wFgTJZDlVhVNZ9AU4x-eLDV_qphwHR0r-wWdezMOkV8"


def test_a_commitment_is_the_hash_of_a_label_the_salt_and_the_evidence():
    digest = sha256(b"xop/commit/v1\0" + b"\xa5" * 32 + b'{"a":1}').digest()
    assert int.from_bytes(digest, "big") == int.from_bytes(_bytes(commitment(b"\xa5" * 32, b'{"a":1}')), "big")


@given(SECRETS, st.text(max_size=40))
def test_a_pseudonym_is_a_uuid_of_version_8(secret, name):
    told = UUID(pseudonym(secret, name))
    assert (told.version, told.variant) == (8, "specified in RFC 4122")


@given(SECRETS, SECRETS, st.text(max_size=40))
def test_whoever_has_another_secret_finds_nothing(secret, other, name):
    if secret != other:
        assert pseudonym(secret, name) != pseudonym(other, name)
        assert subject_ref(secret, name) != subject_ref(other, name)
        assert salt(secret, name) != salt(other, name)


def test_a_part_is_called_otherwise_in_every_log_and_by_every_name():
    secret = b"s" * 32
    assert len({subject_ref(secret, "one"), subject_ref(secret, "two"), pseudonym(secret, "one")}) == 3


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=")
