"""What became true about a customer's identity."""

from msgspec import Struct

from xop.kernel.identity.model import Assurance, Identifier


class CustomerCreated(Struct, frozen=True, tag=True, tag_field="fact"):
    """A customer was heard of for the first time."""


class IdentifierLinked(Struct, frozen=True, tag=True, tag_field="fact"):
    """An identifier was seen to belong to the customer."""

    identifier: Identifier
    source: str


class IdentifierDeclined(Struct, frozen=True, tag=True, tag_field="fact"):
    """An identifier was not linked; `code` says which guard declined it."""

    identifier: Identifier
    code: str


class CustomersMerged(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """Another customer was found to be the same person; its facts keep their origin."""

    other: str
    evidence: Identifier | None = None
    reason: str = ""


class MergeDeclined(Struct, frozen=True, tag=True, tag_field="fact"):
    """Two customers were not merged; `code` says which guard declined it."""

    other: str
    code: str


class CustomersUnmerged(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A merge was undone: each side has its own facts again."""

    other: str
    reason: str = ""


class IdentityVerified(Struct, frozen=True, tag=True, tag_field="fact"):
    """Someone verified who the customer is."""

    assurance: Assurance


class VerificationFailed(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A verification was refused; what an interaction had been verified before no longer counts."""

    method: str
    by: str
    time: int
    """When it was refused, in milliseconds since the epoch."""
    interaction: str = ""
