"""Comparisons: what another release would have decided, found by deciding the recorded request again."""

import logging
from typing import Annotated

from msgspec import Meta, Struct

from xop.engine.contrast import Judged, beside, broken
from xop.engine.hindsight import recorded
from xop.faces.http.explaining import decided
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.sights import evidence_shown
from xop.kernel.base.times import iso
from xop.kernel.hindsight.recorded import Recorded
from xop.kernel.release import Release
from xop.ports.ledger import Stored
from xop.ports.shadows import Aspect, Contrast, Side

LOG = logging.getLogger("xop.explanations")


class ComparisonQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The release to compare with."""

    release: Annotated[str, Meta(min_length=1, max_length=100)]
    """A digest of `GET /v1/releases`."""


class Comparison(Struct, frozen=True):
    """A decision as it was, beside what another release makes of the same request, customer and moment."""

    decision: str
    at: str
    recorded_release: str
    """The release that ruled."""
    release: str
    """The release it is compared with."""
    name: str
    differs_in: Aspect
    """The first of `verdict`, `choice`, `reason` and `terms` that differs; empty when nothing does."""
    recorded: Side
    """What was decided; `reasons` are told where something differs."""
    other: Side
    """What the other release decides; `refused` where it has nothing to judge, `fault` where it cannot decide."""
    unread: tuple[str, ...]
    """Reads that the other release asks for and that were not made: unknown to it."""


async def _compare(call: Call) -> Reply:
    stored, decision = await decided(call, call.path["decision"])
    await _require_inputs(call, stored)
    other = await _release(call, call.query.release)
    before = await recorded(call.platform.runtime.ledger, stored, call.platform.release)
    if before is None:
        cause = f"the release {decision.release}, which ruled, cannot be compiled any more"
        raise ProblemError("release-lost", cause)
    contrast = _contrast(before, other, stored)
    return Reply(
        Comparison(
            decision=decision.id,
            at=iso(decision.at),
            recorded_release=decision.release,
            release=other.digest,
            name=other.name,
            differs_in=contrast.aspect,
            recorded=contrast.live,
            other=contrast.shadow,
            unread=contrast.unread,
        )
    )


async def _require_inputs(call: Call, stored: Stored) -> None:
    """What was erased is not found out again by deciding again."""
    decision = stored.entry.decision
    if decision is None or await evidence_shown(call, stored, decision) is None:
        raise ProblemError("inputs-erased", "the values that the decision rested on were erased")


async def _release(call: Call, digest: str) -> Release:
    if digest not in {each.digest for each in await call.platform.history()}:
        raise ProblemError("release-unknown", f"no release {digest[:80]!r} was ever published here")
    release = await call.platform.release(digest)
    if release is None:
        raise ProblemError("release-lost", f"the release {digest[:80]!r} cannot be compiled any more")
    return release


def _contrast(before: Recorded, other: Release, stored: Stored) -> Contrast:
    """Decide again, about the customer as they were; nothing of it is kept."""
    decision = stored.entry.decision
    assert decision is not None  # noqa: S101 - only decisions come here
    judged = Judged(stored.entry, decision, before.customer)
    try:
        return beside(before.release, other, judged, before.customer)
    except Exception as error:
        LOG.exception("the release %s could not decide on %s again", other.digest, decision.id)
        return broken(other, judged, error)


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/decisions/{decision}/comparison",
        summary="See what another release would have decided",
        description=(
            "Decides the recorded request again under another release: the same customer as they were, the same moment and "
            "the same reads. Nothing follows from it and nothing is kept."
        ),
        handler=_compare,
        scope="decisions:read",
        parameters={"decision": "The decision's id, or that of an invocation for its latest decision."},
        query=ComparisonQuery,
        answers=(Content(JSON, Comparison),),
        problems=("decision-unknown", "release-unknown", "release-lost", "inputs-erased"),
    ),
)
