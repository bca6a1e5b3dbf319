"""The log: where it stands, its leaves, and proofs that decisions are in it."""

from base64 import b64encode
from typing import Annotated, Literal

from msgspec import Meta, Struct

from xop.engine.head import LeafState
from xop.engine.log import LogState
from xop.engine.proofs import Bundle, Proven
from xop.engine.witnessing import WitnessView
from xop.faces.http.commanding import IDEMPOTENCY_KEY, ShortText, Text, command_name, submit
from xop.faces.http.operation import JSON, Call, Content, Header, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.sights import whole_shown
from xop.kernel.base.times import iso
from xop.kernel.halts.model import PLATFORM
from xop.kernel.log.errors import LogError
from xop.kernel.log.succession import BeginLog, Followed
from xop.kernel.log.trust import render_trust
from xop.kernel.log.verifier import ED25519, Verifier

PROOF = "text/plain"

_LONGEST_WAIT = 30


class WitnessStanding(Struct, frozen=True):
    """How it stands with one witness."""

    name: str
    key: str
    state: Literal["waiting", "cosigned", "failing", "conflict"]
    size: int
    """Leaves under the last checkpoint it cosigned."""
    at: str | None
    fault: str


class LogHead(Struct, frozen=True):
    """Where the log stands."""

    origin: str
    key: str
    """The public key that checkpoints are verified with."""
    state: LogState
    fault: str
    """Why it does not do what it should; empty when it does."""
    leaves: int
    """Durable ones, with and without a checkpoint."""
    size: int
    """Leaves under the published checkpoint."""
    root: str
    """The root over them, in base 64."""
    witnessed_size: int
    """Leaves under the latest checkpoint that enough witnesses cosigned."""
    lag_seconds: float
    """How long a leaf has waited for its checkpoint."""
    quorum: int
    witnesses: list[WitnessStanding]
    policy: str
    """A trust policy file (C2SP tlog-policy) for readers of the log."""
    checkpoint: str
    """The published checkpoint as it is signed; empty before there is one."""


class ProofQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """How long to wait, and for what."""

    wait: Annotated[float, Meta(ge=0, le=_LONGEST_WAIT)] = 0
    """Seconds to wait at most."""
    until: Literal["integrated", "witnessed"] = "integrated"
    evidence: bool = False
    """Whether to answer with what the leaf is bound to as well; needs the scope `facts:read`."""


class DecisionProof(Struct, frozen=True):
    """The proof that a decision is in the log."""

    decision: str
    index: int
    state: LeafState
    leaf: str
    """The bytes that are in the log."""
    proof: str | None
    """A proof file (C2SP tlog-proof); null until the leaf is under a checkpoint."""
    receipt: str | None
    """The same as a COSE receipt (RFC 9942), in base 64."""
    key: str
    policy: str
    bundle: Bundle | None = None
    """With `evidence`: what verifies offline, with the entry and the evidence themselves."""


class LogSuccession(Struct, frozen=True, forbid_unknown_fields=True):
    """What the log is to be called from the next start on, and why."""

    origin: ShortText
    reason: Text


class LogFollowing(Struct, frozen=True):
    """The log that follows another one from the next start on."""

    origin: str
    key: str
    """Its public key, for witnesses and verifiers."""
    follows: Followed
    """The log that is closed."""


async def _begin(call: Call) -> Reply:
    asked: LogSuccession = call.body
    log = call.platform.engine.log
    if log.successor:
        raise ProblemError("log-closed", log.fault)
    await _require_readable(call)
    if log.head.latest is None:
        raise ProblemError("log-empty", "the log has no checkpoint yet")
    before = log.head.latest.checkpoint
    follows = Followed(before.origin, before.size, before.root.hex())
    command = BeginLog(command_name(call, "log"), call.actor, asked.origin, follows, asked.reason)
    await submit(call, command, PLATFORM)
    await log.retire(asked.origin)
    return Reply(LogFollowing(asked.origin, Verifier(asked.origin, ED25519, log.head.verifier.public).vkey, follows))


async def _require_readable(call: Call) -> None:
    try:
        await call.platform.engine.log.head.ready()
    except LogError as error:
        raise ProblemError("log-unreadable", f"the checkpoint cannot be read: {error}") from error


async def _head(call: Call) -> Reply:
    log = call.platform.engine.log
    await _require_readable(call)
    signed = log.head.latest
    return Reply(
        LogHead(
            origin=call.platform.runtime.origin,
            key=log.head.verifier.vkey,
            state=log.state,
            fault=log.fault,
            leaves=await call.platform.runtime.leaves.count(),
            size=log.head.size,
            root=b64encode(signed.checkpoint.root).decode() if signed else "",
            witnessed_size=log.head.witnessed_size,
            lag_seconds=log.sequencer.lag / 1000,
            quorum=log.rules().quorum,
            witnesses=[_standing(each) for each in log.witnessing.contacts],
            policy=render_trust(log.head.trust).decode(),
            checkpoint=signed.note.render().decode() if signed else "",
        )
    )


def _standing(view: WitnessView) -> WitnessStanding:
    at = iso(view.at) if view.at is not None else None
    return WitnessStanding(view.name, view.key, view.state, view.size, at, view.fault)


async def _leaf(call: Call) -> Reply:
    text = call.path["index"]
    index = int(text) if text.isascii() and text.isdecimal() and len(text) < _DIGITS else -1
    page = await call.platform.runtime.leaves.page(index, 1) if index >= 0 else ()
    if not page:
        raise ProblemError("leaf-unknown", f"there is no leaf {text[:40]!r}")
    return Reply(bytes(page[0]), headers=_UNCHANGING)


_DIGITS = 19
_UNCHANGING = ((b"cache-control", b"private, max-age=31536000, immutable"),)


async def _proof(call: Call) -> Reply:
    name, asked, proofs = call.path["decision"], call.query, call.platform.engine.log.proofs
    if asked.evidence:
        call.caller.require("facts:read")
    proven = await proofs.decision(name, asked.wait, asked.until)
    if proven is None:
        raise ProblemError("decision-not-logged", f"there is no decision {name[:80]!r} in the log, or it was erased")
    vary = ((b"vary", b"accept"),)
    if PROOF.encode() in call.headers.get(b"accept", b"").lower():
        if proven.proof is None:
            raise ProblemError("proof-pending", "the leaf is durable, and not under a checkpoint yet")
        return Reply(proven.proof.render(), media_type=f"{PROOF}; charset=utf-8", headers=vary)
    bundle = await proofs.bundle(name, proven) if asked.evidence else None
    stored = await call.platform.runtime.ledger.decided(name) if bundle is not None else None
    if stored is not None:
        await whole_shown(call, stored.entry.customer, "evidence")
    return Reply(_document(call, name, proven, bundle), headers=vary)


def _document(call: Call, name: str, proven: Proven, bundle: Bundle | None) -> DecisionProof:
    head = call.platform.engine.log.head
    return DecisionProof(
        decision=name,
        index=proven.index,
        state=proven.state,
        leaf=proven.leaf.decode(),
        proof=proven.proof.render().decode() if proven.proof is not None else None,
        receipt=b64encode(proven.receipt).decode() if proven.receipt is not None else None,
        key=head.verifier.vkey,
        policy=render_trust(head.trust).decode(),
        bundle=bundle,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/log",
        summary="Say where the log stands",
        description="Its files are at `/log/`, as C2SP tlog-tiles has them: `/log/checkpoint`, `/log/tile/…`.",
        handler=_head,
        scope="decisions:read",
        answers=(Content(JSON, LogHead),),
        problems=("log-unreadable",),
    ),
    Operation(
        method="POST",
        path="/v1/log",
        summary="Close the log, and let another follow",
        description=(
            "For a log that cannot go on, such as one put back from a backup. The log that follows has another origin and "
            "every leaf of this one, and says in a leaf whom it follows; it begins when the platform is started again. "
            "The closed one stays, at `/log/closed/<number>/`."
        ),
        handler=_begin,
        scope="releases:write",
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, LogSuccession),),
        answers=(Content(JSON, LogFollowing),),
        problems=(
            "log-person",
            "log-reason",
            "log-origin",
            "log-empty",
            "log-closed",
            "log-unreadable",
            "command-conflict",
        ),
    ),
    Operation(
        method="GET",
        path="/v1/log/leaves/{index}",
        summary="Read a leaf of the log",
        description="The body is exactly what was hashed.",
        handler=_leaf,
        scope="decisions:read",
        parameters={"index": "Its index, from 0."},
        answers=(Content(JSON, {"type": "object", "description": "A leaf: canonical JSON (RFC 8785)."}),),
        problems=("leaf-unknown",),
    ),
    Operation(
        method="GET",
        path="/v1/decisions/{decision}/proof",
        summary="Prove that a decision is in the log",
        description="In JSON with the leaf, or as the proof file alone for `Accept: text/plain`.",
        handler=_proof,
        scope="decisions:read",
        parameters={"decision": "The decision's id."},
        query=ProofQuery,
        reads=(Header("Accept", "`application/json` or `text/plain`."),),
        answers=(Content(JSON, DecisionProof), Content(PROOF, {"type": "string"})),
        problems=("decision-not-logged", "proof-pending", "log-unreadable"),
    ),
)
