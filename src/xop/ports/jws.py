"""Signed tokens: compact JSON Web Signatures (RFC 7515) by an Ed25519 key."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from xop.kernel.base.json import canonical
from xop.kernel.log.verifier import Signer


def public_jwk(signer: Signer) -> dict[str, str]:
    """Return a signer's public key as a JWK (RFC 8037), with the thumbprint (RFC 7638) as its id."""
    key = {"crv": "Ed25519", "kty": "OKP", "x": _encoded(signer.public)}
    return {**key, "kid": _encoded(sha256(canonical(key)).digest()), "alg": "EdDSA", "use": "sig"}


def sign_bytes(signer: Signer, payload: bytes, header: Mapping[str, Any]) -> str:
    """Return a compact JWS over a payload; `alg` and `kid` are added to the header."""
    head = canonical({**header, "alg": "EdDSA", "kid": public_jwk(signer)["kid"]})
    signed = f"{_encoded(head)}.{_encoded(payload)}"
    return f"{signed}.{_encoded(signer.sign(signed.encode()))}"


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
