"""References to secrets: written `${env:NAME}`, resolved when a request leaves, never kept."""

import re
from typing import Annotated

from msgspec import Meta

from xop.ports.adapter import Secrets

REFERENCE_PATTERN = r"^\$\{env:[A-Z_][A-Z0-9_]*\}$"

REFERENCE_REMEDY = "write `${env:NAME}` and put the secret into the environment variable NAME"

Secret = Annotated[str, Meta(pattern=REFERENCE_PATTERN, description=REFERENCE_REMEDY)]
"""A reference to a whole secret."""

_REFERENCE = re.compile(r"\$\{env:([A-Z_][A-Z0-9_]*)\}")


class MissingSecretError(Exception):
    """A secret that a request needs has no value, or one that cannot be sent; the message is fit for an operator."""


def names_secret(text: str) -> bool:
    """Return whether a text refers to a secret."""
    return _REFERENCE.search(text) is not None


def without_secrets(text: str) -> str:
    """Return a text apart from its references to secrets."""
    return _REFERENCE.sub("", text)


def resolve(text: str, secrets: Secrets) -> str:
    """Return a text with its secrets in place; raises MissingSecretError for one that is absent or unprintable."""

    def value(found: re.Match[str]) -> str:
        secret = secrets(found[1])
        if not secret or secret.isspace():
            raise MissingSecretError(f"the secret {found[1]} is not set: set the environment variable {found[1]}")
        if not (secret.isascii() and secret.isprintable()):
            raise MissingSecretError(f"the secret {found[1]} holds more than printable ASCII: write it anew")
        return secret

    return _REFERENCE.sub(value, text)
