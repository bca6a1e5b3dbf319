"""Every fact type; facts are the only source of truth."""

from xop.kernel.actions.invocation import (
    ApprovalEscalated,
    ApprovalReminded,
    AttemptFailed,
    InvocationApproved,
    InvocationCancelled,
    InvocationDone,
    InvocationDropped,
    InvocationFact,
    InvocationFailed,
    InvocationHeld,
    InvocationQueued,
    InvocationStarted,
    InvocationTaken,
    InvocationUncertain,
    ProposalDenied,
)
from xop.kernel.choices.facts import ActionChosen, ChoiceAnswered, ChoiceFact
from xop.kernel.consent.facts import ConsentFact, ConsentGranted, ConsentRefused, ConsentWithdrawn, ObjectionRaised
from xop.kernel.context.facts import (
    ChangeSkipped,
    CounterAdvanced,
    FlagCleared,
    FlagRaised,
    ProfileChanged,
    SignalReceived,
)
from xop.kernel.conversations.model import (
    ConversationClosed,
    ConversationContinued,
    ConversationFact,
    ConversationOpened,
)
from xop.kernel.halts.model import HaltFact, HaltImposed, HaltLifted
from xop.kernel.handovers.facts import (
    HandoverAccepted,
    HandoverDeclined,
    HandoverEscalated,
    HandoverExpired,
    HandoverFact,
    HandoverOpened,
    HandoverReturned,
)
from xop.kernel.identity.facts import (
    CustomerCreated,
    CustomersMerged,
    CustomersUnmerged,
    IdentifierDeclined,
    IdentifierLinked,
    IdentityVerified,
    MergeDeclined,
    VerificationFailed,
)
from xop.kernel.intents.model import (
    IntentAbandoned,
    IntentAttempted,
    IntentConfirmed,
    IntentFact,
    IntentOpened,
    IntentResolved,
    IntentReturned,
)
from xop.kernel.journeys.facts import (
    EntryDeclined,
    JourneyFact,
    PathEnded,
    QuestionAnswered,
    RunEnded,
    RunEntered,
    RunParked,
    RunTransferred,
    StepReached,
    VariablesSet,
)
from xop.kernel.pressure.model import ContactRecorded
from xop.kernel.promises.model import PromiseBroken, PromiseFact, PromiseKept, PromiseMade
from xop.kernel.segments.facts import SegmentEntered, SegmentFact, SegmentLeft

IdentityFact = (
    CustomerCreated
    | IdentifierLinked
    | IdentifierDeclined
    | CustomersMerged
    | MergeDeclined
    | CustomersUnmerged
    | IdentityVerified
    | VerificationFailed
)

ContextFact = SignalReceived | ProfileChanged | CounterAdvanced | FlagRaised | FlagCleared | ChangeSkipped

Fact = (
    IdentityFact
    | ContextFact
    | ConsentFact
    | ContactRecorded
    | ConversationFact
    | IntentFact
    | PromiseFact
    | InvocationFact
    | JourneyFact
    | SegmentFact
    | ChoiceFact
    | HandoverFact
    | HaltFact
)

__all__ = [
    "ActionChosen",
    "ApprovalEscalated",
    "ApprovalReminded",
    "AttemptFailed",
    "ChangeSkipped",
    "ChoiceAnswered",
    "ConsentGranted",
    "ConsentRefused",
    "ConsentWithdrawn",
    "ContactRecorded",
    "ContextFact",
    "ConversationClosed",
    "ConversationContinued",
    "ConversationOpened",
    "CounterAdvanced",
    "CustomerCreated",
    "CustomersMerged",
    "CustomersUnmerged",
    "EntryDeclined",
    "Fact",
    "FlagCleared",
    "FlagRaised",
    "HaltFact",
    "HaltImposed",
    "HaltLifted",
    "HandoverAccepted",
    "HandoverDeclined",
    "HandoverEscalated",
    "HandoverExpired",
    "HandoverFact",
    "HandoverOpened",
    "HandoverReturned",
    "IdentifierDeclined",
    "IdentifierLinked",
    "IdentityFact",
    "IdentityVerified",
    "IntentAbandoned",
    "IntentAttempted",
    "IntentConfirmed",
    "IntentOpened",
    "IntentResolved",
    "IntentReturned",
    "InvocationApproved",
    "InvocationCancelled",
    "InvocationDone",
    "InvocationDropped",
    "InvocationFailed",
    "InvocationHeld",
    "InvocationQueued",
    "InvocationStarted",
    "InvocationTaken",
    "InvocationUncertain",
    "MergeDeclined",
    "ObjectionRaised",
    "PathEnded",
    "ProfileChanged",
    "PromiseBroken",
    "PromiseKept",
    "PromiseMade",
    "ProposalDenied",
    "QuestionAnswered",
    "RunEnded",
    "RunEntered",
    "RunParked",
    "RunTransferred",
    "SegmentEntered",
    "SegmentLeft",
    "SignalReceived",
    "StepReached",
    "VariablesSet",
    "VerificationFailed",
]
