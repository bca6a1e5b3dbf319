"""Decisions, each with its explanation."""

from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from xop.faces.http.aftermath import follow, halt_behind
from xop.faces.http.commanding import Reference, ShortText
from xop.faces.http.explaining import decided
from xop.faces.http.handles import Handles
from xop.faces.http.operation import IN_LANGUAGE, JSON, Call, Content, Header, Operation, Reply
from xop.faces.http.sights import evidence_shown
from xop.faces.http.spans import When, moment
from xop.faces.http.targets import customer, require_unbounded
from xop.kernel.base.phrase import Say
from xop.kernel.base.times import iso
from xop.kernel.decisions.explain import explain, tell
from xop.kernel.decisions.model import Outcome
from xop.kernel.decisions.reasons import reason_told
from xop.ports.insight import Ruled, Wanted, fits
from xop.ports.ledger import Stored

PLAIN = "text/plain"

_MOST_PAGES = 20
"""Pages of decisions that are looked through for one page of those that were asked for."""

_LEAST = 200
"""Decisions that are looked at together when only some are asked for."""

Name = Annotated[str, Meta(min_length=1, max_length=400)]


class DecisionQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which decisions to list."""

    customer: Reference | None = None
    before: Annotated[int, Meta(ge=1, le=2**62)] | None = None
    """The `position` to go on before, as `next` of the page before says."""
    verdict: Outcome | None = None
    actor: Name | None = None
    """Who asked, as `kind:name`, such as `agent:concierge`."""
    action: Name | None = None
    code: Name | None = None
    """What decided, as `code` of a decision says."""
    since: When | None = None
    until: When | None = None
    """The first moment that is not asked for any more."""
    handles: bool = False
    """Whether to tell customers apart by an identifier, which takes reading each of them."""
    purpose: ShortText | None = None
    """The purpose, which says what customers are told apart by; the usual one when left out."""
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


class DecisionSummary(Struct, frozen=True):
    """One decision in short."""

    decision: str
    position: int
    at: str
    customer: str
    actor: str
    action: str
    purpose: str
    channel: str | None
    stage: str
    verdict: Outcome
    code: str
    invocation: str
    reason: str = ""
    """What the rule said that decided; empty when no rule was asked."""
    handle: str = ""
    """What tells the customer apart, if that was asked for: an identifier that the purpose may see, masked."""


class DecisionPage(Struct, frozen=True):
    """Decisions, newest first; a page may be short of its limit and yet not the last."""

    decisions: list[DecisionSummary]
    next: int | None
    """What to ask for as `before` to see more; null at the end."""


async def _list(call: Call) -> Reply:
    page = await _page(call)
    if not call.query.handles:
        return Reply(page)
    handles, engine = Handles(call), call.platform.engine
    told = {each: await engine.customer(each) for each in {each.customer for each in page.decisions}}
    known = {each: handles.handle(owner) if owner is not None else "" for each, owner in told.items()}
    return Reply(replace(page, decisions=[replace(each, handle=known[each.customer]) for each in page.decisions]))


async def _page(call: Call) -> DecisionPage:
    asked: DecisionQuery = call.query
    parts = None
    if asked.customer is None:
        require_unbounded(call, "name one as `customer`")
    else:
        parts = [part.id for part in (await customer(call, asked.customer)).parts]
    wanted = _wanted(asked, call.platform.runtime.clock.now())
    chosen = wanted != Wanted()
    if chosen and parts is None:
        return await _found(call, wanted, asked)
    ledger, before, found = call.platform.runtime.ledger, asked.before, list[DecisionSummary]()
    size = max(asked.limit, _LEAST) if chosen else asked.limit
    for _ in range(_MOST_PAGES):
        page = await ledger.decisions(before, size, parts)
        for stored in page:
            summary = _summary(stored, call.speech.say)
            if summary is not None and _fits(wanted, stored, summary):
                found.append(summary)
            if len(found) == asked.limit:
                return DecisionPage(found, stored.position)
        if len(page) < size:
            return DecisionPage(found, None)
        before = page[-1].position
    return DecisionPage(found, before)


async def _found(call: Call, wanted: Wanted, asked: DecisionQuery) -> DecisionPage:
    """Return a page of those that are found by an index, however rare they are."""
    insight, ledger = call.platform.engine.insight, call.platform.runtime.ledger
    await insight.settled()
    positions = await insight.ruled(wanted, asked.before, asked.limit)
    stored = await ledger.at(positions)
    summaries = (_summary(each, call.speech.say) for each in reversed(stored))
    following = positions[-1] if len(positions) == asked.limit else None
    return DecisionPage([each for each in summaries if each is not None], following)


def _wanted(asked: DecisionQuery, now: int) -> Wanted:
    return Wanted(
        verdict=asked.verdict or "",
        code=asked.code or "",
        action=asked.action or "",
        actor=asked.actor or "",
        since=moment(asked.since, now, "since") if asked.since else Wanted().since,
        until=moment(asked.until, now, "until") if asked.until else Wanted().until,
    )


def _fits(wanted: Wanted, stored: Stored, summary: DecisionSummary) -> bool:
    found = (summary.verdict, summary.code, summary.action, summary.actor)
    return fits(Ruled(stored.position, stored.entry.moment.at, *found), wanted)


def _summary(stored: Stored, say: Say) -> DecisionSummary | None:
    decision = stored.entry.decision
    if decision is None:
        return None
    return DecisionSummary(
        decision=decision.id,
        position=stored.position,
        at=iso(decision.at),
        customer=stored.entry.customer,
        actor=str(decision.actor),
        action=decision.action,
        purpose=decision.purpose,
        channel=decision.channel,
        stage=decision.stage,
        verdict=decision.verdict,
        code=decision.code,
        invocation=decision.invocation,
        reason=next(
            (reason_told(each, decision).said(say) for each in decision.reasons if each.rule == decision.code), ""
        ),
    )


async def _explain(call: Call) -> Reply:
    stored, decision = await decided(call, call.path["decision"])
    evidence = await evidence_shown(call, stored, decision)
    after, halt = await follow(call, stored, decision), await halt_behind(call, stored, decision)
    vary, say = ((b"vary", b"accept, accept-language"),), call.speech.say
    if PLAIN.encode() in call.headers.get(b"accept", b"").lower():
        text = tell(decision, evidence, after, halt, say)
        return Reply(text.encode(), media_type=f"{PLAIN}; charset=utf-8", headers=vary)
    return Reply(explain(decision, evidence, after, halt, say), headers=vary)


_EXPLANATION: dict[str, Any] = {
    "type": "object",
    "description": "The reasoning path: what was asked, which rules spoke, what they read and how old it was, what lost.",
    "required": ["decision", "at", "asked", "release", "verdict", "code", "determined_by", "facts_read", "story"],
    "properties": {
        "decision": {"type": "string"},
        "at": {"type": "string", "format": "date-time"},
        "asked": {"type": "object"},
        "release": {"type": "string"},
        "verdict": {"enum": ["permit", "deny", "hold"]},
        "code": {"type": "string"},
        "determined_by": {"type": "array", "items": {"type": "object"}},
        "overruled": {"type": "array", "items": {"type": "object"}},
        "facts_read": {"type": "array", "items": {"type": "object"}},
        "halt": {"type": ["object", "null"], "description": "What was halted and stopped it: by whom, when and why."},
        "after": {
            "type": "array",
            "items": {"type": "object"},
            "description": "What became of it: approved, refused, edited, carried out …, by whom, when, with which remark.",
        },
        "evidence": {"enum": ["kept", "erased"]},
        "story": {"type": "string", "description": "All of it in plain language."},
    },
}

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/decisions",
        summary="List decisions",
        handler=_list,
        scope="decisions:read",
        query=DecisionQuery,
        reads=(IN_LANGUAGE,),
        answers=(Content(JSON, DecisionPage),),
        problems=("customer-unknown", "identifier-refused", "purpose-unknown"),
    ),
    Operation(
        method="GET",
        path="/v1/decisions/{decision}",
        summary="Explain a decision",
        description="In JSON, or in plain language for `Accept: text/plain`; by an invocation's id its latest decision.",
        handler=_explain,
        scope="decisions:read",
        parameters={"decision": "The decision's id, or that of an invocation."},
        reads=(Header("Accept", "`application/json` or `text/plain`."), IN_LANGUAGE),
        answers=(Content(JSON, _EXPLANATION), Content(PLAIN, {"type": "string"})),
        problems=("decision-unknown",),
    ),
)
