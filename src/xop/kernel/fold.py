"""`fold`: the state of a customer after a fact."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from xop.kernel import facts as f
from xop.kernel.actions.invocation import fold_invocation
from xop.kernel.base.values import Known
from xop.kernel.budgets.model import Act, add_act, release_act
from xop.kernel.choices.facts import fold_choices
from xop.kernel.consent.fold import fold_consent
from xop.kernel.context.customer import Customer, Part
from xop.kernel.conversations.model import fold_conversation, forget_tried, note_tried
from xop.kernel.entry import Entry
from xop.kernel.erasure.model import ERASURE
from xop.kernel.halts.model import fold_halts
from xop.kernel.handovers.fold import fold_handovers, fold_held, keep_held
from xop.kernel.handovers.tried import feigned_in, tried_in
from xop.kernel.identity.model import Assurance, Link
from xop.kernel.intents.change import fold_intent
from xop.kernel.journeys.fold import fold_entered, fold_runs
from xop.kernel.oversight.incident import fold_incidents
from xop.kernel.oversight.told import fold_disclosures, fold_notices, forget_conversation
from xop.kernel.pressure.model import Contact, add_contact, release_contact
from xop.kernel.promises.model import fold_promise
from xop.kernel.retention.model import fold_retention

_Fold = Callable[[Part, Any, int], Part]


def fold(customer: Customer, fact: f.Fact, origin: str, at: int) -> Customer:
    """Return the customer after a fact of one part; a fact that tells nothing about context changes nothing."""
    part = customer.part(origin)
    after = fold_part(part, fact, at)
    return customer if after is part else customer.with_part(after)


def fold_entry(customer: Customer, entry: Entry) -> Customer:
    """Return the customer after a whole ledger entry."""
    for fact in entry.facts:
        customer = fold(customer, fact, entry.origin, entry.moment.at)
    return counted(customer, entry.origin, entry.seq)


def counted(customer: Customer, origin: str, seq: int) -> Customer:
    """Return the customer with the number of a part's entries brought up to date."""
    return customer.with_part(replace(customer.part(origin), seq=seq))


def fold_part(part: Part, fact: f.Fact, at: int) -> Part:
    """Return one part after a fact."""
    folding = _FOLDS.get(type(fact))
    after = part if folding is None else folding(part, fact, at)
    if not part.conversations:
        return after
    tried = tried_in(part.invocations, fact, at)
    if tried is not None:
        return replace(after, conversations=note_tried(after.conversations, *tried))
    feigned = feigned_in(part.invocations, fact)
    return after if feigned is None else replace(after, conversations=forget_tried(after.conversations, *feigned))


def _created(part: Part, _fact: f.CustomerCreated, at: int) -> Part:
    return replace(part, created_at=at)


def _linked(part: Part, fact: f.IdentifierLinked, at: int) -> Part:
    link = Link(fact.identifier, at, fact.source)
    return replace(part, identifiers={**part.identifiers, str(fact.identifier): link})


def _verified(part: Part, fact: f.IdentityVerified, _at: int) -> Part:
    return _assured(part, fact.assurance)


def _verification_failed(part: Part, fact: f.VerificationFailed, _at: int) -> Part:
    return _assured(part, Assurance(0, fact.method, fact.by, fact.time, fact.time, fact.interaction))


def _assured(part: Part, assurance: Assurance) -> Part:
    """What was found out last counts; of a verification and a refusal at the same moment the refusal does."""
    known = part.assurance.get(assurance.interaction)
    if known is not None and (known.at, known.level == 0) > (assurance.at, assurance.level == 0):
        return part
    return replace(part, assurance={**part.assurance, assurance.interaction: assurance})


def _merged(part: Part, fact: f.CustomersMerged, _at: int) -> Part:
    return replace(part, merged=(*part.merged, fact.other))


def _unmerged(part: Part, fact: f.CustomersUnmerged, _at: int) -> Part:
    return replace(part, merged=tuple(each for each in part.merged if each != fact.other))


def _received(part: Part, fact: f.SignalReceived, at: int) -> Part:
    # What the platform tells itself, such as that a consent has expired, is no word of the customer.
    own = fact.source == "xop" and fact.type.startswith("xop.")
    return part if own else replace(part, seen_at=at)


def _profile(part: Part, fact: f.ProfileChanged, _at: int) -> Part:
    known = part.profile.get(fact.field)
    if known is not None and known.at > fact.time:
        return part
    return replace(part, profile={**part.profile, fact.field: Known(fact.value, fact.time, fact.source)})


def _counted(part: Part, fact: f.CounterAdvanced, _at: int) -> Part:
    times = [time for time in part.counters.get(fact.counter, ()) if time >= fact.since]
    if fact.time >= fact.since:
        times.append(fact.time)
        if len(times) > 1 and times[-2] > fact.time:
            times.sort()
    return replace(part, counters={**part.counters, fact.counter: tuple(times)})


def _raised(part: Part, fact: f.FlagRaised, at: int) -> Part:
    references = {**part.flags.get(fact.flag, {}), fact.reference: Known(value=True, at=at, source=fact.source)}
    return replace(part, flags={**part.flags, fact.flag: references})


def _cleared(part: Part, fact: f.FlagCleared, _at: int) -> Part:
    open_cases = part.flags.get(fact.flag)
    if open_cases is None:
        return part
    kept = {name: each for name, each in open_cases.items() if fact.reference and name != fact.reference}
    flags = {name: each for name, each in part.flags.items() if name != fact.flag}
    return replace(part, flags={**flags, fact.flag: kept} if kept else flags)


def _consent(part: Part, fact: Any, _at: int) -> Part:
    return replace(part, consents=fold_consent(part.consents, fact))


def _contact(part: Part, fact: f.ContactRecorded, at: int) -> Part:
    contact = Contact(at, fact.purpose, fact.channel, fact.sender)
    return replace(part, contacts=add_contact(part.contacts, contact, fact.since))


def _conversation(part: Part, fact: Any, at: int) -> Part:
    conversations = fold_conversation(part.conversations, fact, at)
    return replace(part, conversations=keep_held(conversations, part.handovers) if part.handovers else conversations)


def _conversation_closed(part: Part, fact: f.ConversationClosed, at: int) -> Part:
    after = _conversation(part, fact, at)
    if not part.disclosures:
        return after
    return replace(after, disclosures=forget_conversation(part.disclosures, fact.conversation))


def _intent(part: Part, fact: Any, at: int) -> Part:
    return replace(part, intents=fold_intent(part.intents, fact, at))


def _promise(part: Part, fact: Any, at: int) -> Part:
    return replace(part, promises=fold_promise(part.promises, fact, at))


def _invocation(part: Part, fact: Any, _at: int) -> Part:
    invocations = fold_invocation(part.invocations, fact)
    return part if invocations is part.invocations else replace(part, invocations=invocations)


def _queued(part: Part, fact: f.InvocationQueued, at: int) -> Part:
    after, one = _invocation(part, fact, at), fact.invocation
    if fact.act_since is not None:
        act = Act(at, str(one.asked_by or one.actor), one.action, fact.cost, one.id)
        after = replace(after, acts=add_act(after.acts, act, fact.act_since))
    if fact.contact_since is None:
        return after
    contact = Contact(at, one.purpose, one.channel or "", str(one.actor), one.id)
    return replace(after, contacts=add_contact(release_contact(part.contacts, one.id), contact, fact.contact_since))


def _never_left(part: Part, fact: Any, at: int) -> Part:
    return _released(_invocation(part, fact, at), fact.invocation)


def _released(part: Part, invocation: str) -> Part:
    """What never left is no contact and no act."""
    acts = release_act(part.acts, invocation) if part.acts else part.acts
    return replace(part, contacts=release_contact(part.contacts, invocation), acts=acts)


def _failed(part: Part, fact: f.InvocationFailed, at: int) -> Part:
    """What failed reached nobody, and yet was tried: it is no contact, but an act."""
    return replace(_invocation(part, fact, at), contacts=release_contact(part.contacts, fact.invocation))


def _halt(part: Part, fact: Any, _at: int) -> Part:
    return replace(part, halts=fold_halts(part.halts, fact))


def _activated(part: Part, fact: f.ReleaseActivated, _at: int) -> Part:
    return replace(part, release=fact.release)


def _retained(part: Part, fact: Any, at: int) -> Part:
    return replace(part, retention=fold_retention(part.retention, fact, at))


def _held_by_law(part: Part, fact: f.LegalHoldImposed, _at: int) -> Part:
    return replace(part, legal_holds={**part.legal_holds, fact.hold.name: fact.hold})


def _freed_by_law(part: Part, fact: f.LegalHoldLifted, _at: int) -> Part:
    return replace(part, legal_holds={name: each for name, each in part.legal_holds.items() if name != fact.name})


def _erasing(part: Part, fact: f.ErasureRequested, at: int) -> Part:
    return replace(part, flags={**part.flags, ERASURE: {fact.erasure: Known(value=True, at=at, source=fact.by)}})


def _held(part: Part, fact: f.InvocationHeld, at: int) -> Part:
    return _released(_invocation(part, fact, at), fact.invocation.id)


def _run(part: Part, fact: Any, at: int) -> Part:
    return replace(part, runs=fold_runs(part.runs, fact, at))


def _entered(part: Part, fact: f.RunEntered, at: int) -> Part:
    return replace(part, runs=fold_runs(part.runs, fact, at), entered=fold_entered(part.entered, fact, at))


def _segment_entered(part: Part, fact: f.SegmentEntered, at: int) -> Part:
    return replace(part, segments={**part.segments, fact.segment: at})


def _segment_left(part: Part, fact: f.SegmentLeft, _at: int) -> Part:
    return replace(part, segments={name: since for name, since in part.segments.items() if name != fact.segment})


def _choice(part: Part, fact: Any, _at: int) -> Part:
    return replace(part, choices=fold_choices(part.choices, fact))


def _handover(part: Part, fact: Any, at: int) -> Part:
    conversations = fold_held(part.conversations, fact)
    return replace(part, handovers=fold_handovers(part.handovers, fact, at), conversations=conversations)


def _disclosed(part: Part, fact: f.DisclosureMade, at: int) -> Part:
    return replace(part, disclosures=fold_disclosures(part.disclosures, fact, at))


def _noticed(part: Part, fact: f.NoticeGiven, at: int) -> Part:
    return replace(part, notices=fold_notices(part.notices, fact, at))


def _incident(part: Part, fact: Any, at: int) -> Part:
    return replace(part, incidents=fold_incidents(part.incidents, fact, at))


_FOLDS: dict[type, _Fold] = {
    f.CustomerCreated: _created,
    f.IdentifierLinked: _linked,
    f.IdentityVerified: _verified,
    f.VerificationFailed: _verification_failed,
    f.CustomersMerged: _merged,
    f.CustomersUnmerged: _unmerged,
    f.SignalReceived: _received,
    f.ProfileChanged: _profile,
    f.CounterAdvanced: _counted,
    f.FlagRaised: _raised,
    f.FlagCleared: _cleared,
    f.ConsentGranted: _consent,
    f.ConsentRefused: _consent,
    f.ConsentWithdrawn: _consent,
    f.ObjectionRaised: _consent,
    f.SoftOptInNoted: _consent,
    f.ContactRecorded: _contact,
    f.ConversationOpened: _conversation,
    f.ConversationContinued: _conversation,
    f.ConversationClosed: _conversation_closed,
    f.IntentOpened: _intent,
    f.IntentAttempted: _intent,
    f.IntentResolved: _intent,
    f.IntentConfirmed: _intent,
    f.IntentAbandoned: _intent,
    f.IntentReturned: _intent,
    f.PromiseMade: _promise,
    f.PromiseKept: _promise,
    f.PromiseBroken: _promise,
    f.InvocationHeld: _held,
    f.InvocationQueued: _queued,
    f.InvocationApproved: _invocation,
    f.ApprovalEscalated: _invocation,
    f.InvocationStarted: _invocation,
    f.InvocationTaken: _invocation,
    f.AttemptFailed: _invocation,
    f.InvocationDone: _invocation,
    f.InvocationFailed: _failed,
    f.InvocationUncertain: _invocation,
    f.InvocationDropped: _invocation,
    f.InvocationCancelled: _never_left,
    f.RunEntered: _entered,
    f.StepReached: _run,
    f.VariablesSet: _run,
    f.PathEnded: _run,
    f.RunParked: _run,
    f.RunEnded: _run,
    f.RunTransferred: _run,
    f.SegmentEntered: _segment_entered,
    f.SegmentLeft: _segment_left,
    f.ActionChosen: _choice,
    f.ChoiceAnswered: _choice,
    f.HandoverOpened: _handover,
    f.HandoverAccepted: _handover,
    f.HandoverDeclined: _handover,
    f.HandoverEscalated: _handover,
    f.HandoverReturned: _handover,
    f.HandoverExpired: _handover,
    f.HaltImposed: _halt,
    f.HaltLifted: _halt,
    f.ReleaseActivated: _activated,
    f.DisclosureMade: _disclosed,
    f.NoticeGiven: _noticed,
    f.IncidentOpened: _incident,
    f.IncidentClassified: _incident,
    f.IncidentReported: _incident,
    f.IncidentOverdue: _incident,
    f.IncidentClosed: _incident,
    f.LegalHoldImposed: _held_by_law,
    f.LegalHoldLifted: _freed_by_law,
    f.ErasureRequested: _erasing,
    f.RetentionBegun: _retained,
    f.RetentionAdvanced: _retained,
    f.RetentionRun: _retained,
}
