"""A promise as it stands, and what became true of it."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

PromiseChange = Literal["make", "keep", "break"]


class Promise(Struct, frozen=True, omit_defaults=True):
    """Something a customer was told to expect."""

    id: str
    what: str
    status: Literal["open", "kept", "broken"]
    made_at: int
    due: int | None = None
    """When it must be kept, in milliseconds since the epoch."""
    closed_at: int | None = None


class PromiseMade(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A customer was told that something will happen."""

    promise: str
    what: str
    due: int | None = None


class PromiseKept(Struct, frozen=True, tag=True, tag_field="fact"):
    """What was promised happened."""

    promise: str


class PromiseBroken(Struct, frozen=True, tag=True, tag_field="fact"):
    """What was promised did not happen, or not in time."""

    promise: str


PromiseFact = PromiseMade | PromiseKept | PromiseBroken


def fold_promise(promises: dict[str, Promise], fact: PromiseFact, at: int) -> dict[str, Promise]:
    """Return the promises with the fact applied; closing an unknown promise changes nothing."""
    match fact:
        case PromiseMade():
            after = Promise(fact.promise, fact.what, "open", at, fact.due)
        case PromiseKept() | PromiseBroken():
            known = promises.get(fact.promise)
            if known is None or known.status != "open":
                return promises
            after = replace(known, status="kept" if isinstance(fact, PromiseKept) else "broken", closed_at=at)
    return {**promises, fact.promise: after}
