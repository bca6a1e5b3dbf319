"""Retellings: decisions as scenarios for a workspace's tests."""

from msgspec import Struct

from xop.engine.hindsight import recorded
from xop.faces.http.explaining import decided
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.sights import whole_shown
from xop.lab.scenarios.retelling import NotRetold, retell


class Retelling(Struct, frozen=True):
    """A decision as a scenario that was run, and came to the same verdict by the same rule."""

    decision: str
    release: str
    """The release under which it did."""
    scenario: str
    """The text of a file below `scenarios/`, in YAML."""


async def _retell(call: Call) -> Reply:
    stored, decision = await decided(call, call.path["decision"])
    if await call.platform.runtime.evidence.get(decision.id) is None:
        raise ProblemError("inputs-erased", "the values that the decision rested on were erased")
    before = await recorded(call.platform.runtime.ledger, stored, call.platform.release)
    if before is None:
        cause = f"the release {decision.release}, which ruled, cannot be compiled any more"
        raise ProblemError("release-lost", cause)
    try:
        text = await retell(before, decision)
    except NotRetold as untold:
        raise ProblemError("scenario-untrue", str(untold)) from untold
    await whole_shown(call, stored.entry.customer, "request")
    return Reply(Retelling(decision.id, decision.release, text))


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/decisions/{decision}/scenario",
        summary="Retell a decision as a scenario for a workspace's tests",
        description=(
            "The request as it was, about somebody made up who agrees to the same. It is run first, and given only if it comes "
            "to the same verdict by the same rule; what rests on more than that is not told as a scenario."
        ),
        handler=_retell,
        scope="facts:read",
        parameters={"decision": "The decision's id, or that of an invocation for its latest decision."},
        answers=(Content(JSON, Retelling),),
        problems=("decision-unknown", "inputs-erased", "release-lost", "scenario-untrue"),
    ),
)
