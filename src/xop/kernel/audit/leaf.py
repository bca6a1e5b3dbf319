"""A leaf: one entry of the log, as canonical JSON of a closed schema (RFC 8785; text and whole numbers only)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from msgspec import Struct

from xop.kernel.audit.commitment import commitment, pseudonym, salt, subject_ref
from xop.kernel.base.json import canonical
from xop.kernel.base.times import iso

VERSION = "xop.log/1"

LeafType = Literal[
    "decision",
    "action.started",
    "effect",
    "oversight.requested",
    "oversight.approved",
    "oversight.rejected",
    "oversight.modified",
    "oversight.escalated",
    "oversight.expired",
    "oversight.override",
    "handover.opened",
    "handover.accepted",
    "handover.returned",
    "handover.expired",
    "system.halt",
    "system.resume",
    "consent.given",
    "consent.refused",
    "consent.withdrawn",
    "consent.objected",
    "consent.expired",
    "consent.soft_opt_in",
    "disclosure.ai",
    "notice.art26_11",
    "incident.opened",
    "incident.classified",
    "incident.reported",
    "incident.overdue",
    "incident.closed",
    "evaluation",
    "erasure.requested",
    "erasure.refused",
    "erasure.executed",
    "access.export",
    "retention.run",
    "log.begun",
    "legal_hold.imposed",
    "legal_hold.lifted",
    "access.shown",
    "policy.activated",
    "identity.merged",
    "explanation.delivered",
    "identity.unmerged",
]


class Leaf(Struct, frozen=True, omit_defaults=True):
    """What a step tells the log, before the store completes it with what hangs on the customer's secret."""

    type: LeafType
    name: str
    """What tells it from every other leaf of the part; its id is made from it and does not show it."""
    at: int
    """In milliseconds since the epoch."""
    release: str
    members: Mapping[str, Any] = {}
    """What leaves of its type say besides."""
    invocation: str = ""
    """The invocation it is about, which the log calls by a pseudonym."""
    evidence: str = ""
    """The decision to whose evidence it is bound."""


class Subject(Struct, frozen=True):
    """Whom a leaf is about, and what keeps that from being known."""

    secret: bytes
    ref: str = ""
    """How the log calls a part of a customer; the platform itself needs no reference."""


def subject_of(secret: bytes, origin: str, *, person: bool) -> Subject:
    """Return the subject that a part is in the log of some origin: a part is called otherwise in every log."""
    return Subject(secret, subject_ref(secret, origin) if person else "")


def completed(leaf: Leaf, subject: Subject, entry: bytes, evidence: bytes | None) -> bytes:
    """Return the bytes of a leaf, bound to its ledger entry and to the evidence of its decision."""
    salted = salt(subject.secret, leaf.name)
    commit = {"entry": commitment(salted, entry)}
    if evidence is not None:
        commit["evidence"] = commitment(salted, evidence)
    told: dict[str, Any] = {
        "v": VERSION,
        "type": leaf.type,
        "id": pseudonym(subject.secret, leaf.name),
        "time": _time(leaf.at),
        "release": leaf.release,
        "commit": commit,
        **leaf.members,
    }
    if subject.ref:
        told["subject_ref"] = subject.ref
    if leaf.invocation:
        told["invocation"] = pseudonym(subject.secret, leaf.invocation)
    return canonical(told)


_time = lru_cache(maxsize=64)(iso)
"""The leaves of one group of steps are of one moment."""
