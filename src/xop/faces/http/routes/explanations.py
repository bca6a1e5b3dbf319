"""Explanations of decisions, for customers and for auditors, and exports that verify offline."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from xop.engine.decision_export import DecisionExport, Exporter
from xop.faces.http.commanding import ShortText
from xop.faces.http.explaining import account, decided, delivered, speech_in
from xop.faces.http.operation import IN_LANGUAGE, JSON, Call, Content, Header, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.sights import may_see, whole_shown
from xop.kernel.hindsight.customer_explanation import customer_explanation
from xop.kernel.hindsight.explanation import explanation
from xop.workspace.parts import digest_parts

PLAIN = "text/plain"

LanguageName = Annotated[str, Meta(pattern=r"^[a-zA-Z]{2,3}([_-][a-zA-Z0-9]{2,8}){0,2}$")]

_LONGEST_WAIT = 30


class ExplanationQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom it is for, and in which language."""

    audience: Literal["customer", "auditor"] = "auditor"
    """`customer`: plain language, without values and names; that it was given is recorded. `auditor`: in full."""
    language: LanguageName | None = None
    """The one to be told in, which must have a catalogue; as `Accept-Language` says when left out, and else English."""
    purpose: ShortText | None = None
    """What for, which says which values are shown; the usual purpose when left out."""
    given: bool = True
    """For a customer: whether it is given to them now, which is recorded. A person may look at it first with `false`."""


class BundleQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the leaf is, and how long to wait for its proof."""

    index: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    """The leaf's index, as an earlier export says: the log finds no decision whose customer was erased."""
    wait: Annotated[float, Meta(ge=0, le=_LONGEST_WAIT)] = 0
    """Seconds to wait at most."""


async def _explanation(call: Call) -> Reply:
    asked: ExplanationQuery = call.query
    stored, decision = await decided(call, call.path["decision"])
    made, speech = await account(call, stored, decision), speech_in(call, asked.language)
    if asked.audience == "customer":
        told = customer_explanation(made, speech)
        look_first = not asked.given and call.actor.kind == "operator"
        told["delivered"] = not look_first and await delivered(call, stored, decision, speech.language)
    else:
        # What would have changed it is told with the values that it had.
        found = [each for each in made.found if all(may_see(call, change.path) for change in each.changes)]
        told = explanation(replace(made, found=tuple(found)), speech)
    headers = ((b"vary", b"accept, accept-language"), (b"content-language", speech.language.encode()))
    if PLAIN.encode() in call.headers.get(b"accept", b"").lower():
        return Reply(told["text"].encode(), media_type=f"{PLAIN}; charset=utf-8", headers=headers)
    return Reply(told, headers=headers)


async def _bundle(call: Call) -> Reply:
    asked: BundleQuery = call.query
    name, exporter = call.path["decision"], Exporter(call.platform.runtime, call.platform.engine.log)
    index = await exporter.place(name)
    if index is None and asked.index is not None and await exporter.logged(asked.index):
        index = asked.index
    if index is None:
        cause = f"there is no decision {name[:80]!r} in the log, or its customer was erased"
        remedy = "give the `index` of an earlier export: of what was erased there is still the leaf with its proof"
        raise ProblemError("decision-not-logged", cause, remedy)
    export = await exporter.export(name, index, digest_parts, asked.wait)
    if export is None:
        raise ProblemError("proof-pending", "the leaf is not under a checkpoint yet, or there is none")
    stored = await call.platform.runtime.ledger.decided(name)
    if stored is not None:
        await whole_shown(call, stored.entry.customer, "evidence")
    return Reply(export)


_EXPLANATION: dict[str, Any] = {
    "type": "object",
    "description": "What AI Act Art. 86 and GDPR Art. 15(1)(h) and 22(3) ask for.",
    "required": [
        "decision",
        "at",
        "audience",
        "language",
        "decided",
        "effect",
        "ai",
        "deployer",
        "rules",
        "inputs",
        "decisive",
        "counterfactuals",
        "people",
        "rights",
        "verify",
        "evidence",
        "text",
    ],
    "properties": {
        "decision": {"type": "string"},
        "at": {"type": "string", "format": "date-time"},
        "audience": {"enum": ["customer", "auditor"]},
        "language": {"type": "string", "description": "The language of its sentences."},
        "decided": {"type": "object", "description": "What was decided."},
        "effect": {"type": "array", "description": "What came of it."},
        "ai": {
            "type": "object",
            "description": "The part of AI: `role`, and each system with its provider, model and version.",
            "required": ["role", "text", "systems"],
            "properties": {
                "role": {"enum": ["automated", "ai_recommended_human_decided", "human_decided_ai_informed", "none"]},
                "text": {"type": "string"},
                "systems": {"type": "array", "items": {"type": "object"}},
            },
        },
        "deployer": {"type": "object", "description": "Who answers for it, and how they are reached."},
        "rules": {"type": "array", "items": {"type": "object"}, "description": "The rules that spoke, in order."},
        "inputs": {
            "type": "array",
            "items": {"type": "object"},
            "description": "What was read, by category and source.",
        },
        "decisive": {"type": "array", "items": {"type": "string"}},
        "counterfactuals": {
            "type": "array",
            "description": "What would have been decided otherwise; each was found by deciding again.",
        },
        "people": {"type": "object", "description": "The part of people."},
        "rights": {"type": "array", "items": {"type": "object"}},
        "verify": {"type": "object", "description": "How to verify it in the log."},
        "evidence": {"enum": ["kept", "erased"]},
        "delivered": {
            "type": "boolean",
            "description": "For a customer: whether it was recorded that they are given it.",
        },
        "text": {"type": "string", "description": "All of it in plain language."},
    },
}

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/decisions/{decision}/explanation",
        summary="Explain a decision to a customer or an auditor",
        description="In JSON, or in plain language alone for `Accept: text/plain`.",
        handler=_explanation,
        scope="decisions:read",
        parameters={"decision": "The decision's id, or that of an invocation for its latest decision."},
        query=ExplanationQuery,
        reads=(Header("Accept", "`application/json` or `text/plain`."), IN_LANGUAGE),
        sends=(Header("Content-Language", "The language of its sentences."),),
        answers=(Content(JSON, _EXPLANATION), Content(PLAIN, {"type": "string"})),
        problems=("decision-unknown", "purpose-unknown"),
    ),
    Operation(
        method="GET",
        path="/v1/decisions/{decision}/bundle",
        summary="Export a decision so that it verifies offline",
        description="It holds personal data: the ledger entry and the evidence, exactly as the leaf committed to them.",
        handler=_bundle,
        scope="facts:read",
        parameters={"decision": "The decision's id."},
        query=BundleQuery,
        answers=(Content(JSON, DecisionExport),),
        problems=("decision-not-logged", "proof-pending", "log-unreadable"),
    ),
)
