"""The signature of agent cards: the key, kept in the data folder or given as a secret, and what it signs."""

import os
from pathlib import Path
from typing import Any

import msgspec
from a2a.types.a2a_pb2 import AgentCard
from a2a.utils.signing import ProtectedHeader, create_agent_card_signer
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey

from xop.ports.adapter import Secrets
from xop.ports.errors import XopError
from xop.ports.secret import resolve

KEY_FILE = "a2a-key.json"
"""The key's place in the data folder, as a JSON Web Key that its owner alone may read."""

_ALGORITHMS = {("OKP", "Ed25519"): "EdDSA", ("EC", "P-256"): "ES256"}


class CardKeyUnusable(XopError):  # noqa: N818 - names what is the case
    """The key that is to sign agent cards cannot be used."""


class CardKey:
    """Signs agent cards."""

    def __init__(self, jwk: dict[str, Any]) -> None:
        try:
            key = JWKRegistry.import_key(jwk)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise CardKeyUnusable(
                "the key for agent cards is no JSON Web Key: write an Ed25519 or P-256 key as one line of JSON"
            ) from error
        algorithm = _ALGORITHMS.get((str(jwk.get("kty")), str(jwk.get("crv"))))
        if not isinstance(key, OKPKey | ECKey) or algorithm is None or not key.is_private:
            raise CardKeyUnusable("the key for agent cards is neither a private Ed25519 nor a private P-256 key")
        name = key.thumbprint()
        self.public: dict[str, Any] = {
            **key.as_dict(private=False),
            "kid": name,
            "alg": algorithm,
            "use": "sig",
        }
        """What verifies its signatures, as a JSON Web Key named by its thumbprint (RFC 7638)."""
        self._key: Any = key.private_key
        self._algorithm = algorithm

    def sign(self, card: AgentCard, keys_url: str) -> AgentCard:
        """Return a card with its signature (RFC 7515 over RFC 8785); `keys_url` is where the public key can be had."""
        header: ProtectedHeader = {"alg": self._algorithm, "kid": self.public["kid"], "jku": keys_url, "typ": "JOSE"}
        return create_agent_card_signer(self._key, header)(card)


def card_key(folder: Path, secrets: Secrets, reference: str = "") -> CardKey:
    """Return the key a secret holds, or the data folder's, made when missing.

    `reference` is written `${env:NAME}`. Raises `CardKeyUnusable`, MissingSecretError or OSError.
    """
    text = resolve(reference, secrets).encode() if reference else _kept(folder / KEY_FILE)
    try:
        return CardKey(msgspec.json.decode(text, type=dict[str, Any]))
    except msgspec.MsgspecError as error:
        raise CardKeyUnusable("the key for agent cards is not JSON") from error


def _kept(path: Path) -> bytes:
    """Return the key file's text; of several processes that make it at once, the first one's counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        key = OKPKey.generate_key("Ed25519", private=True)
        fresh.touch(mode=0o600)
        fresh.write_bytes(msgspec.json.encode(key.as_dict(private=True)))
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_bytes()
