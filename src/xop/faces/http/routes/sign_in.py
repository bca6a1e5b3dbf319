"""What clients are told before they sign in: where tokens come from, and where evaluations are asked."""

from msgspec import Struct

from xop.faces.http.operation import JSON, Call, Content, Header, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.evaluations import BATCH_PATH, PATH
from xop.faces.sign_in.metadata import RESOURCES, WELL_KNOWN, ProtectedResource

_CACHED = ((b"cache-control", b"public, max-age=300"),)
_CACHING = Header("Cache-Control", "How long it may be kept.")


class DecisionPoint(Struct, frozen=True):
    """Where evaluations are asked (AuthZEN Authorization API 1.0)."""

    policy_decision_point: str
    access_evaluation_endpoint: str
    access_evaluations_endpoint: str


async def _protected_resource(call: Call) -> Reply:
    face = call.path.get("face")
    resource = "" if face is None else f"/{face}"
    metadata = None
    if resource in RESOURCES:
        metadata = await call.face.sign_in.metadata(call.platform.engine.release, resource)
    if metadata is None:
        cause = "there is no such resource that access tokens are accepted for"
        raise ProblemError("path-unknown", cause, "use an API key, or declare `[oauth]` in workspace.toml")
    return Reply(metadata, headers=_CACHED)


async def _decision_point(call: Call) -> Reply:
    address = await call.face.sign_in.address(call.platform.engine.release)
    if not address:
        cause = "the server does not know at which address others reach it"
        raise ProblemError("path-unknown", cause, f"write `address` in workspace.toml, or ask {PATH} right away")
    return Reply(DecisionPoint(address, address + PATH, address + BATCH_PATH), headers=_CACHED)


OPERATIONS = (
    Operation(
        method="GET",
        path=WELL_KNOWN,
        summary="Read where access tokens for the API come from",
        description="The metadata of a protected resource (RFC 9728).",
        handler=_protected_resource,
        open=True,
        sends=(_CACHING,),
        answers=(Content(JSON, ProtectedResource),),
        problems=("path-unknown",),
    ),
    Operation(
        method="GET",
        path=WELL_KNOWN + "/{face}",
        summary="Read where access tokens for a face come from",
        description="The metadata of a protected resource (RFC 9728).",
        handler=_protected_resource,
        open=True,
        parameters={"face": "`mcp` or `a2a`."},
        sends=(_CACHING,),
        answers=(Content(JSON, ProtectedResource),),
        problems=("path-unknown",),
    ),
    Operation(
        method="GET",
        path="/.well-known/authzen-configuration",
        summary="Read where evaluations are asked",
        description="The metadata of a policy decision point (AuthZEN Authorization API 1.0).",
        handler=_decision_point,
        open=True,
        sends=(_CACHING,),
        answers=(Content(JSON, DecisionPoint),),
        problems=("path-unknown",),
    ),
)
