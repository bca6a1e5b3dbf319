"""Legal holds and erasures, and what became true of them."""

from collections.abc import Iterable

from msgspec import Struct

ERASURE = "erasing"
"""The circumstance of a customer who is being erased: nothing but telling others of it happens any more."""

PURPOSE = "erasure"
"""The purpose of actions that tell recipients of a customer's data that it is erased (GDPR Article 19)."""


HELD = "held"
"""The name under which a step is given the incidents that keep a customer's data, as legal holds."""

REMOVED = "removed"
"""The name under which a step is given what removing a customer came to."""


class Removed(Struct, frozen=True):
    """What removing a customer came to."""

    counts: dict[str, int]
    told: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    recorded: bool = True
    """Whether this is known: not when the process ended between the removal and its record."""


HOLD_GROUNDS = ("contract", "incident", "legal_claims", "legal_obligation", "public_interest")
"""Grounds of legal holds, in order."""

GROUNDS = frozenset({"request", "retention", *HOLD_GROUNDS})
"""Grounds that the log names; any other is a person's own word, and stays in the ledger."""


class LegalHold(Struct, frozen=True, omit_defaults=True):
    """A ground on which a customer's data must be kept although they would have it erased (GDPR Article 17(3))."""

    name: str
    ground: str
    """One of `HOLD_GROUNDS`."""
    by: str
    at: int
    until: int | None = None
    """When it ends by itself, in milliseconds since the epoch."""
    detail: str = ""
    """What a person adds to the ground; it stays out of the log."""


class LegalHoldImposed(Struct, frozen=True, tag=True, tag_field="fact"):
    """A customer's data must be kept."""

    hold: LegalHold


class LegalHoldLifted(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A ground for keeping a customer's data is gone."""

    name: str
    by: str
    reason: str = ""


class ErasureRequested(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A customer is to be erased: from now on nothing is done for them, and soon nothing is known of them."""

    erasure: str
    by: str
    ground: str
    due: int
    """When they are erased although recipients have not all been told, in milliseconds since the epoch."""
    suppress: bool = True
    """Whether they are not to be contacted should they ever be heard of again."""


class ErasureRefused(Struct, frozen=True, tag=True, tag_field="fact"):
    """A customer is not erased, since their data must be kept."""

    erasure: str
    by: str
    holds: tuple[str, ...]
    grounds: tuple[str, ...]
    """Of each hold."""


class CustomerErased(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A customer was erased; this is told of the platform, since nothing is told of them any more."""

    erasure: str
    ground: str
    counts: dict[str, int]
    """How many rows were removed, by table."""
    told: tuple[str, ...] = ()
    """The actions by which recipients were told."""
    untold: tuple[str, ...] = ()
    """Those that had not succeeded when time was over."""
    recorded: bool = True
    """Whether it is known what was removed and who was told: not when the process ended between the removal and this."""


ErasureFact = LegalHoldImposed | LegalHoldLifted | ErasureRequested | ErasureRefused | CustomerErased


def in_force(holds: Iterable[LegalHold], at: int) -> list[LegalHold]:
    """Return the legal holds that keep data at a moment."""
    return [each for each in holds if each.until is None or at < each.until]
