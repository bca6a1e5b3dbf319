"""A device that makes and uses passkeys, in software: it does as a browser asks it to, or as it is told."""

import json
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, MADE = 0x01, 0x04, 0x40


class Authenticator:
    """One device with one passkey."""

    def __init__(self, origin: str, flags: int = PRESENT | VERIFIED) -> None:
        self.origin = origin
        """Where the browser has the page open."""
        self.flags = flags
        self.count = 0
        self.handle = b""
        self.id = token_bytes(16)
        self._key = generate_private_key(SECP256R1())

    def made(self, options: str) -> str:
        """Return the answer to options of `navigator.credentials.create`, as JSON."""
        asked = json.loads(options)
        self.handle = base64url_to_bytes(asked["user"]["id"])
        point = self._key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(key)
        data = self._data(asked["rp"]["id"], MADE) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        told = {"attestationObject": bytes_to_base64url(statement)}
        return self._answer({**told, "clientDataJSON": self._client("webauthn.create", asked["challenge"])})

    def used(self, options: str) -> str:
        """Return the answer to options of `navigator.credentials.get`, as JSON."""
        asked = json.loads(options)
        self.count += 1
        data, client = self._data(asked["rpId"]), self._client("webauthn.get", asked["challenge"])
        signed = data + sha256(base64url_to_bytes(client)).digest()
        told = {
            "authenticatorData": bytes_to_base64url(data),
            "signature": bytes_to_base64url(self._key.sign(signed, ECDSA(SHA256()))),
            "userHandle": bytes_to_base64url(self.handle),
        }
        return self._answer({**told, "clientDataJSON": client})

    def _data(self, name: str, more: int = 0) -> bytes:
        return sha256(name.encode()).digest() + bytes([self.flags | more]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> str:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return bytes_to_base64url(json.dumps(told).encode())

    def _answer(self, response: dict[str, Any]) -> str:
        id = bytes_to_base64url(self.id)
        return json.dumps({"id": id, "rawId": id, "type": "public-key", "response": response})
