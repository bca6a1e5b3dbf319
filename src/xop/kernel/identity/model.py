"""Identifiers and how strongly the person behind the present interaction is known."""

from typing import Self

from msgspec import Struct


class Identifier(Struct, frozen=True, array_like=True, order=True):
    """One value in one namespace, in normal form, such as an e-mail address."""

    namespace: str
    value: str

    def __str__(self) -> str:
        return f"{self.namespace}:{self.value}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read `namespace:value`; None when `text` has no namespace."""
        namespace, colon, value = text.partition(":")
        return cls(namespace, value) if colon and namespace and value else None


class Link(Struct, frozen=True, array_like=True):
    """An identifier known to belong to a customer since `at`, and who said so."""

    identifier: Identifier
    at: int
    source: str


class Assurance(Struct, frozen=True, omit_defaults=True):
    """How strongly the customer's identity is verified in one interaction."""

    level: int
    """0 unverified, 1 claimed, 2 verified, 3 verified with two factors or in person."""
    method: str
    by: str
    at: int
    until: int
    """When it lapses, in milliseconds since the epoch."""
    interaction: str = ""
    """The conversation it holds for; empty for every interaction of the customer."""
