"""Pairwise ids: each receiver knows a customer by an id that no other receiver knows."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

SHORTEST = 32
"""Characters of the secret that ids are made with."""

_PURPOSE = b"xop/pairwise/v1\0"


def pairwise_id(secret: str, audience: str, subject: str) -> str:
    """Return a receiver's id of a subject: an HMAC-SHA256, which tells nothing without the secret."""
    message = _PURPOSE + audience.encode() + b"\0" + subject.encode("utf-8", "surrogatepass")
    return urlsafe_b64encode(hmac.digest(secret.encode(), message, sha256)).rstrip(b"=").decode()
