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
from xop.kernel.consent.facts import (
    ConsentExpired,
    ConsentFact,
    ConsentGranted,
    ConsentRefused,
    ConsentWithdrawn,
    ObjectionRaised,
    SoftOptInNoted,
)
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
from xop.kernel.decisions.delivery import ExplanationDelivered
from xop.kernel.erasure.export import CustomerExported
from xop.kernel.erasure.model import (
    CustomerErased,
    ErasureFact,
    ErasureRefused,
    ErasureRequested,
    LegalHoldImposed,
    LegalHoldLifted,
)
from xop.kernel.halts.model import HaltFact, HaltImposed, HaltLifted, ReleaseActivated
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
from xop.kernel.log.succession import LogBegun
from xop.kernel.oversight.incident import (
    EffectDiffered,
    IncidentClassified,
    IncidentClosed,
    IncidentFact,
    IncidentOpened,
    IncidentOverdue,
    IncidentReported,
)
from xop.kernel.oversight.probe import ProbeAnswered
from xop.kernel.oversight.told import DisclosureMade, NoticeGiven, ToldFact
from xop.kernel.pressure.model import ContactRecorded
from xop.kernel.privacy.facts import ContextShown, PrivacyFact
from xop.kernel.privacy.scrubbing import PersonalDataFound
from xop.kernel.promises.model import PromiseBroken, PromiseFact, PromiseKept, PromiseMade
from xop.kernel.retention.model import RetentionAdvanced, RetentionBegun, RetentionFact, RetentionRun
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
    | ReleaseActivated
    | LogBegun
    | PrivacyFact
    | ExplanationDelivered
    | ErasureFact
    | CustomerExported
    | RetentionFact
    | ToldFact
    | EffectDiffered
    | ProbeAnswered
    | IncidentFact
)

__all__ = [
    "ActionChosen",
    "ApprovalEscalated",
    "ApprovalReminded",
    "AttemptFailed",
    "ChangeSkipped",
    "ChoiceAnswered",
    "ConsentExpired",
    "ConsentFact",
    "ConsentGranted",
    "ConsentRefused",
    "ConsentWithdrawn",
    "ContactRecorded",
    "ContextFact",
    "ContextShown",
    "ConversationClosed",
    "ConversationContinued",
    "ConversationOpened",
    "CounterAdvanced",
    "CustomerCreated",
    "CustomerErased",
    "CustomerExported",
    "CustomersMerged",
    "CustomersUnmerged",
    "DisclosureMade",
    "EffectDiffered",
    "EntryDeclined",
    "ErasureFact",
    "ErasureRefused",
    "ErasureRequested",
    "ExplanationDelivered",
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
    "IncidentClassified",
    "IncidentClosed",
    "IncidentFact",
    "IncidentOpened",
    "IncidentOverdue",
    "IncidentReported",
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
    "LegalHoldImposed",
    "LegalHoldLifted",
    "LogBegun",
    "MergeDeclined",
    "NoticeGiven",
    "ObjectionRaised",
    "PathEnded",
    "PersonalDataFound",
    "PrivacyFact",
    "ProbeAnswered",
    "ProfileChanged",
    "PromiseBroken",
    "PromiseKept",
    "PromiseMade",
    "ProposalDenied",
    "QuestionAnswered",
    "ReleaseActivated",
    "RetentionAdvanced",
    "RetentionBegun",
    "RetentionFact",
    "RetentionRun",
    "RunEnded",
    "RunEntered",
    "RunParked",
    "RunTransferred",
    "SegmentEntered",
    "SegmentLeft",
    "SignalReceived",
    "SoftOptInNoted",
    "StepReached",
    "ToldFact",
    "VariablesSet",
    "VerificationFailed",
]
