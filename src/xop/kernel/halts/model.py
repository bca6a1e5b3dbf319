"""What is halted, and what became true of it; halts are facts of the platform itself, about no customer."""

from collections.abc import Iterable

from msgspec import Struct

from xop.kernel.base.actor import Actor

PLATFORM = "xop"
"""The part of the ledger that holds what is true of the platform itself; no customer has this id."""

EVERYTHING = "all"

KINDS = ("agent", "action", "connection")
"""What can be halted by name, as `kind:name`."""


class Halted(Struct, frozen=True, omit_defaults=True):
    """Something that may do nothing more for now."""

    scope: str
    """`all`, or `agent:`, `action:` or `connection:` and a name."""
    by: str
    """The actor who halted it."""
    at: int
    reason: str = ""


class ReleaseActivated(Struct, frozen=True, tag=True, tag_field="fact"):
    """Another release rules from now on."""

    release: str
    by: str


class HaltImposed(Struct, frozen=True, tag=True, tag_field="fact"):
    """Something was halted."""

    halted: Halted


class HaltLifted(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """Something may go on again."""

    scope: str
    by: str
    reason: str = ""


HaltFact = HaltImposed | HaltLifted


def fold_halts(halts: dict[str, Halted], fact: HaltFact) -> dict[str, Halted]:
    """Return what is halted after a fact."""
    if isinstance(fact, HaltImposed):
        return {**halts, fact.halted.scope: fact.halted}
    return {scope: halted for scope, halted in halts.items() if scope != fact.scope}


def halting(halts: Iterable[str], scopes: Iterable[str]) -> str:
    """Return the first of the scopes that is halted; empty when none is."""
    known = frozenset(halts)
    return next((scope for scope in (EVERYTHING, *scopes) if scope in known), "") if known else ""


def scopes_of(actors: Iterable[Actor | None], action: str, connection: str) -> tuple[str, ...]:
    """Return the scopes that stop an action of some actors when they are halted."""
    agents = tuple(str(actor) for actor in actors if actor is not None and actor.kind == "agent")
    return (*agents, f"action:{action}", f"connection:{connection}")
