"""Sentences: what each type of fact says in plain words, and whether that is good news."""

from collections.abc import Mapping

from xop.faces.console.words import marked

SENTENCES: Mapping[str, str] = marked(
    {
        "SignalReceived": "{type}, told by {source}",
        "ChangeSkipped": "{change} was left undone: {cause}",
        "ProfileChanged": "{field} is {value}",
        "CounterAdvanced": "{counter} counted once more",
        "FlagRaised": "{flag} began",
        "FlagCleared": "{flag} ended",
        "SegmentEntered": "Now in the segment {segment}",
        "SegmentLeft": "No longer in the segment {segment}",
        "CustomerCreated": "Heard of for the first time",
        "IdentifierLinked": "Known by {identifier}",
        "IdentifierDeclined": "{identifier} was not taken as theirs: {code}",
        "CustomersMerged": "{other} was found to be the same person. {reason}",
        "MergeDeclined": "{other} was kept apart: {code}",
        "CustomersUnmerged": "{other} is another person after all. {reason}",
        "IdentityVerified": "Verified at level {level} by {method}",
        "VerificationFailed": "The verification by {method} failed",
        "ConsentGranted": "Agreed to {purpose} on {channel}",
        "ConsentRefused": "Said no to {purpose} on {channel}",
        "ConsentWithdrawn": "Took back the agreement to {purpose} on {channel}",
        "ObjectionRaised": "Objected to {purpose} on {channel}",
        "SoftOptInNoted": "A soft opt-in to {purpose} on {channel} was noted",
        "ConsentExpired": "The agreement to {purpose} on {channel} came to its end",
        "ContactRecorded": "{sender} made contact on {channel} for {purpose}",
        "ConversationOpened": "A conversation began on {channel}. {topic}",
        "ConversationContinued": "The conversation went on",
        "ConversationClosed": "The conversation ended",
        "HandoverOpened": "Handed over to people in {queue}. {summary}",
        "HandoverAccepted": "{by} took the conversation over",
        "HandoverDeclined": "{by} did not take it; it waits in {queue}. {reason}",
        "HandoverEscalated": "Nobody had finished it in time: it went on to {queue}",
        "HandoverReturned": "{by} handed it back: {outcome}. {notes}",
        "HandoverExpired": "Nobody took it over: {reason}",
        "IntentOpened": "Wants {intent}",
        "IntentAttempted": "{intent} was tried",
        "IntentResolved": "{intent} was done, as far as is known",
        "IntentConfirmed": "{intent} is done, says the customer",
        "IntentAbandoned": "Gave {intent} up",
        "IntentReturned": "Came back with {intent}",
        "PromiseMade": "Promised: {what}, due {due}",
        "PromiseKept": "The promise {promise} was kept",
        "PromiseBroken": "The promise {promise} was not kept",
        "InvocationHeld": "{action} waits for {until}",
        "InvocationQueued": "{action} is on its way",
        "ProposalDenied": "{action} was refused: {code}",
        "InvocationApproved": "{by} approved it",
        "ApprovalReminded": "Those who may approve were reminded",
        "ApprovalEscalated": "Nobody had answered: {role} was asked as well",
        "InvocationStarted": "Sent, attempt {attempt}",
        "InvocationTaken": "Somebody is at it",
        "AttemptFailed": "Attempt {attempt} failed: {detail}",
        "InvocationDone": "{action} was carried out",
        "InvocationFailed": "{action} failed: {detail}",
        "InvocationUncertain": "Nobody knows whether {action} was carried out: {detail}",
        "InvocationDropped": "{by} gave {action} up",
        "InvocationCancelled": "{action} was stopped: {code}",
        "EffectDiffered": "The effect was another than expected",
        "ActionChosen": "{candidate} was chosen from {decision_set}",
        "ChoiceAnswered": "What was chosen came to: {outcome}",
        "RunEntered": "Entered the journey {journey}",
        "EntryDeclined": "Did not enter the journey {journey}: {code}",
        "StepReached": "Reached {step} in {journey}",
        "VariablesSet": "Variables of the journey were set",
        "PathEnded": "One path of the journey ended",
        "RunParked": "Stands still while {by} has the right of way",
        "RunEnded": "The journey {journey} is over: {outcome}",
        "RunTransferred": "The journey {journey} goes on in version {version}",
        "QuestionAnswered": "{by} answered: {choice}. {note}",
        "ContextShown": "{by} looked at the customer for {purpose}",
        "ExplanationDelivered": "A decision was explained to the customer",
        "CustomerExported": "All that is known was handed out",
        "PersonalDataFound": "Personal data was found and taken out",
        "DisclosureMade": "Told that they deal with an AI",
        "NoticeGiven": "Told that an AI takes part in decisions",
        "LegalHoldImposed": "Data must be kept: {ground}",
        "LegalHoldLifted": "The legal hold {name} was lifted",
        "ErasureRequested": "Erasure was asked for, by {due} at the latest",
        "ErasureRefused": "Erasure was refused: {grounds}",
        "ProbeAnswered": "A probe was answered",
    }
)
"""A sentence for each type of fact; `{names}` are what the fact is made of."""

MOMENTS = frozenset({"time", "at", "since", "until_at", "due", "expires_at", "not_before", "answer_by"})
"""Parts of facts that are moments, in milliseconds since the epoch."""

_GOOD = """
    InvocationDone PromiseKept ConsentGranted IntentResolved IntentConfirmed InvocationApproved HandoverReturned
    IdentityVerified
"""

_WAIT = "InvocationHeld PromiseMade HandoverOpened ApprovalEscalated FlagRaised IntentReturned InvocationUncertain RunParked"

_BAD = """
    ProposalDenied InvocationFailed InvocationCancelled PromiseBroken ConsentRefused ConsentWithdrawn ObjectionRaised
    VerificationFailed AttemptFailed HandoverExpired EntryDeclined IntentAbandoned IdentifierDeclined MergeDeclined
    ErasureRefused ErasureRequested
"""

TONES: Mapping[str, str] = {
    name: tone for tone, names in (("good", _GOOD), ("wait", _WAIT), ("bad", _BAD)) for name in names.split()
}
"""Whether a fact is good news, waits for something, or is bad news; the others are neither."""
