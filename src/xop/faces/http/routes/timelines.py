"""Timelines: what happened to a customer, newest first, each step of the ledger with all that it made true."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, get_args

from msgspec import Meta, Struct

from xop.faces.http.commanding import ShortText
from xop.faces.http.disclosure import record
from xop.faces.http.disguise import disguised
from xop.faces.http.operation import IN_LANGUAGE, JSON, Call, Content, Operation, Reply
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.routes.facts import SeenFact, Sight, fact_look
from xop.faces.http.targets import customer, elsewhere
from xop.faces.http.telling import ToldFact, told
from xop.kernel.base.phrase import Say, spoken
from xop.kernel.base.times import iso
from xop.kernel.commands import Evaluation, Signal
from xop.kernel.decisions.model import Decision
from xop.kernel.decisions.reasons import reasons_told
from xop.kernel.entry import Entry
from xop.kernel.privacy.screen import Screen
from xop.kernel.release import Release
from xop.ports.ledger import Stored

Kind = Literal[
    "signals",
    "decisions",
    "actions",
    "approvals",
    "conversations",
    "journeys",
    "consents",
    "promises",
    "profile",
    "identity",
    "looks",
    "other",
]
"""What a step of a timeline is about; most are about several things."""

_FACTS: Mapping[Kind, str] = {
    "signals": "SignalReceived ChangeSkipped",
    "decisions": "ProposalDenied ActionChosen ChoiceAnswered",
    "actions": "InvocationQueued InvocationStarted InvocationTaken AttemptFailed InvocationDone InvocationFailed "
    "InvocationUncertain InvocationDropped InvocationCancelled ContactRecorded EffectDiffered",
    "approvals": "InvocationHeld InvocationApproved ApprovalReminded ApprovalEscalated QuestionAnswered",
    "conversations": "ConversationOpened ConversationContinued ConversationClosed HandoverOpened HandoverAccepted "
    "HandoverDeclined HandoverEscalated HandoverReturned HandoverExpired IntentOpened IntentAttempted IntentResolved "
    "IntentConfirmed IntentAbandoned IntentReturned",
    "journeys": "RunEntered EntryDeclined StepReached VariablesSet PathEnded RunParked RunEnded RunTransferred",
    "consents": "ConsentGranted ConsentRefused ConsentWithdrawn ObjectionRaised SoftOptInNoted ConsentExpired",
    "promises": "PromiseMade PromiseKept PromiseBroken",
    "profile": "ProfileChanged CounterAdvanced FlagRaised FlagCleared SegmentEntered SegmentLeft",
    "identity": "CustomerCreated IdentifierLinked IdentifierDeclined CustomersMerged MergeDeclined CustomersUnmerged "
    "IdentityVerified VerificationFailed",
    "looks": "ContextShown CustomerExported ExplanationDelivered",
}

KIND_OF: Mapping[str, Kind] = {name: kind for kind, names in _FACTS.items() for name in names.split()}
"""The kind of each type of fact; any other is `other`."""

_LEAST = 200
"""Steps that are looked at together when only some are asked for."""

_MOST_PAGES = 20
"""Pages of steps that are looked through for one page of those that were asked for."""


class TimelineQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of a timeline is wanted."""

    before: Annotated[int, Meta(ge=1, le=2**62)] | None = None
    """The position to go on before, as `next` of the page before says."""
    kind: Kind | None = None
    """Only steps of which something is of this kind."""
    conversation: ShortText | None = None
    """Only steps that belong to this conversation."""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    purpose: ShortText | None = None
    """What for, which says how much of each step is shown; the usual purpose when left out."""


class RulingTold(Struct, frozen=True):
    """The decision of a step in short."""

    decision: str
    action: str
    verdict: str
    code: str
    stage: str
    purpose: str
    channel: str | None
    reasons: list[str]
    shadow: bool
    asked: bool
    """Whether it was only asked what the verdict would be."""


class TimelineStep(Struct, frozen=True):
    """One step of the ledger: what was told or asked, and all that became true of it."""

    position: int
    at: str
    origin: str
    """The part of the customer it belongs to, whatever is merged."""
    cause: str
    """The command that led to it."""
    actor: str
    release: str
    kinds: list[Kind]
    conversation: str
    """The conversation it belongs to; empty for none."""
    about: str
    """What the workspace says the signal or the action is."""
    said: dict[str, Any]
    """What the signal tells, as much of it as may be seen; empty for any other step."""
    ruling: RulingTold | None
    """The decision, for those who may read decisions."""
    facts: list[SeenFact]


class Timeline(Struct, frozen=True):
    """Steps, newest first; a page may be short of its limit and yet not the last."""

    customer: str
    steps: list[TimelineStep]
    left_out: list[str]
    """The names of what this purpose may not see."""
    next: int | None
    """What to ask for as `before` to see more; null at the end."""


async def _look(call: Call) -> Reply:
    reference = call.path["customer"]
    found = await customer(call, reference)
    redirect = elsewhere(call, reference, found, "/timeline")
    if redirect is not None:
        return redirect
    engine, look = call.platform.engine, fact_look(call)
    sight = Sight(engine.release, look)
    steps, following = await _steps(call, [part.id for part in found.parts])
    told_steps = [_step(call, stored, await disguised(engine, call.actor, told(stored)), sight) for stored in steps]
    if told_steps:
        await record(engine, look, found, sight.whole)
    return Reply(Timeline(found.id, told_steps, sight.whole.left_out, following))


async def _steps(call: Call, parts: list[str]) -> tuple[list[Stored], int | None]:
    """Return one page of steps that were asked for, and where the next one begins."""
    asked: TimelineQuery = call.query
    ledger, before, found = call.platform.runtime.ledger, asked.before, list[Stored]()
    size = max(asked.limit, _LEAST) if asked.kind or asked.conversation else asked.limit
    for _ in range(_MOST_PAGES):
        page = await ledger.latest(before, size, parts)
        for stored in page:
            if _wanted(asked, stored):
                found.append(stored)
            if len(found) == asked.limit:
                return found, stored.position if stored.entry.seq > 1 or len(parts) > 1 else None
        if len(page) < size:
            return found, None
        before = page[-1].position
        await asyncio.sleep(0)
    return found, before


def _wanted(asked: TimelineQuery, stored: Stored) -> bool:
    if asked.kind is not None and asked.kind not in _kinds(stored):
        return False
    return asked.conversation in {None, _conversation(stored)}


def _kinds(stored: Stored) -> list[Kind]:
    names: set[Kind] = {KIND_OF.get(type(fact).__name__, "other") for fact in stored.entry.facts}
    if stored.entry.decision is not None:
        names.add("decisions")
    return [kind for kind in get_args(Kind) if kind in names]


def _conversation(stored: Stored) -> str:
    """Return the conversation that a step belongs to: as its command says, or as what became true of it does."""
    named = [getattr(stored.entry.command, "conversation", None)]
    for fact in stored.entry.facts:
        named.append(getattr(fact, "conversation", None))
        named += [getattr(getattr(fact, each, None), "conversation", None) for each in ("invocation", "handover")]
    return next((each for each in named if isinstance(each, str) and each), "")


def _step(call: Call, stored: Stored, facts: Iterable[ToldFact], sight: Sight) -> TimelineStep:
    entry, seen = stored.entry, [sight.see(fact) for fact in facts]
    decision = entry.decision if "decisions:read" in call.caller.scopes else None
    asked = isinstance(entry.command, Evaluation)
    actor = seen[0].actor if seen else str(decision.actor) if decision is not None else ""
    return TimelineStep(
        position=stored.position,
        at=iso(entry.moment.at),
        origin=entry.origin,
        cause=entry.command.id,
        actor=actor,
        release=entry.release,
        kinds=_kinds(stored),
        conversation=_conversation(stored),
        about=_about(call.platform.engine.release, entry),
        said=_said(call.platform.engine.release, entry, sight.whole),
        ruling=_ruling(decision, call.speech.say, asked=asked) if decision is not None else None,
        facts=seen,
    )


def _about(release: Release, entry: Entry) -> str:
    if entry.decision is not None:
        action = release.actions.get(entry.decision.action)
        return action.action.description if action is not None else ""
    signal = release.signals.get(entry.command.type) if isinstance(entry.command, Signal) else None
    return signal.type.description if signal is not None else ""


def _said(release: Release, entry: Entry, screen: Screen) -> dict[str, Any]:
    if not isinstance(entry.command, Signal):
        return {}
    signal = release.signals.get(entry.command.type)
    return screen.signal(signal.type.schema if signal is not None else {}, entry.command.data)


def _ruling(decision: Decision, say: Say, *, asked: bool) -> RulingTold:
    return RulingTold(
        decision=decision.id,
        action=decision.action,
        verdict=decision.verdict,
        code=decision.code,
        stage=decision.stage,
        purpose=decision.purpose,
        channel=decision.channel,
        reasons=spoken(reasons_told(decision), say),
        shadow=bool(decision.shadow),
        asked=asked,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/customers/{customer}/timeline",
        summary="Look at what happened to a customer",
        description=(
            "Newest first: every step of the ledger with what was told or asked, what was decided, and all that became "
            "true of it, as far as the purpose may see it. That it was looked at is recorded."
        ),
        handler=_look,
        scope="facts:read",
        parameters={"customer": REFERENCE},
        query=TimelineQuery,
        reads=(IN_LANGUAGE,),
        answers=(Content(JSON, Timeline),),
        answered="One page of the timeline",
        problems=("customer-unknown", "identifier-refused", "purpose-unknown"),
        redirects=True,
    ),
)
