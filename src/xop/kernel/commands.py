"""Commands: everything that can enter the kernel, each about one customer and each with an id that counts once."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from xop.kernel.actions.invocation import Takeover
from xop.kernel.base.actor import Actor
from xop.kernel.conversations.model import Tried
from xop.kernel.erasure.commands import Erase, Export, ImposeLegalHold, LiftLegalHold, Removal
from xop.kernel.handovers.model import Continues, Suggestion, TranscriptReference
from xop.kernel.identity.model import Identifier
from xop.kernel.log.succession import BeginLog
from xop.kernel.oversight.commands import (
    ClassifyIncident,
    CloseIncident,
    Inform,
    OpenIncident,
    RemindIncident,
    ReportIncident,
    SeedProbe,
)
from xop.kernel.retention.commands import Retain, Retained


class Signal(Struct, frozen=True, tag="signal", tag_field="command", omit_defaults=True):
    """Something that happened, as a CloudEvent tells it."""

    id: str
    """The command id: `signal:` and the CloudEvents source and id."""
    type: str
    source: str
    time: int
    """When it happened, in milliseconds since the epoch."""
    actor: Actor
    identifiers: tuple[Identifier, ...] = ()
    data: dict[str, Any] = {}
    asked_by: Actor | None = None
    """Of what an action tells: whoever had the action carried out, whose limits hold for what follows."""


class Proposal(Struct, frozen=True, tag="proposal", tag_field="command", omit_defaults=True):
    """A wish to perform an action for a customer."""

    id: str
    actor: Actor
    action: str
    arguments: dict[str, Any] = {}
    purpose: str | None = None
    """Why; the action's own purpose when not given."""
    conversation: str | None = None
    """The interaction in which it is made: assurance counts per interaction."""
    cause: str | None = None
    """The command that led to it."""
    asked_by: Actor | None = None
    """Whoever had a journey or decision set propose it: their own limits hold for it too."""
    at_once: bool = False
    """Whether somebody waits for the outcome: permitted, it is started in the same step and tried once."""


class Evaluation(Struct, frozen=True, tag="evaluation", tag_field="command", omit_defaults=True):
    """The question what the verdict on a proposal would be: it is recorded, and nothing is done."""

    id: str
    actor: Actor
    action: str
    arguments: dict[str, Any] = {}
    purpose: str | None = None
    conversation: str | None = None
    asked_by: Actor | None = None
    """Whoever asks, when it is about somebody else."""


class Reconsideration(Struct, frozen=True, tag="reconsideration", tag_field="command", omit_defaults=True):
    """The moment to judge a held or queued invocation again: a time has come, a circumstance changed or it has expired."""

    id: str
    invocation: str
    cause: str | None = None
    published: bool = False
    """Whether a publication asks for it: nothing is decided then, only whoever may answer now and was not asked is."""


class Approval(Struct, frozen=True, tag="approval", tag_field="command", omit_defaults=True):
    """A person's answer to an invocation held for approval."""

    id: str
    actor: Actor
    invocation: str
    approved: bool
    note: str = ""
    binding: str = ""
    """The binding of what the person saw; that of the request as it was opened when empty."""
    arguments: dict[str, Any] | None = None
    """Other arguments to approve instead: they become the person's own proposal."""


class Reminder(Struct, frozen=True, tag="reminder", tag_field="command", omit_defaults=True):
    """The moment at which an open request for approval is brought to mind, or to somebody else's attention."""

    id: str
    invocation: str
    role: str = ""
    """The role that may answer from now on; only a reminder when empty."""
    after: int = 0
    """Where rules name several escalations: the milliseconds of those whose time this is."""
    opened: int = 0
    """When the request was opened, as long as other escalations are to come; milliseconds since the epoch."""
    later: tuple[Takeover, ...] = ()
    """The escalations to come, the next one first."""


class Execution(Struct, frozen=True, tag="execution", tag_field="command"):
    """The moment at which a queued invocation is about to leave: judged once more before anything is sent."""

    id: str
    invocation: str
    attempt: int


class Outcome(Struct, frozen=True, tag="outcome", tag_field="command", omit_defaults=True):
    """What came of one attempt to carry out an invocation."""

    id: str
    invocation: str
    attempt: int
    result: Literal["done", "retry", "failed", "uncertain", "accepted"]
    """`accepted`: a journey or a person carries it out, and `output` is what they are asked to do."""
    detail: str = ""
    output: Any | UnsetType = UNSET
    retry_after: int = 0
    """Milliseconds the other side asked to wait."""
    unsure: bool = False
    """Whether the attempt may have been carried out, so that only the receiver, asked again, can tell."""


class Completion(Struct, frozen=True, tag="completion", tag_field="command", omit_defaults=True):
    """A person's word on a task: it is done, with what came of it, or it cannot be done."""

    id: str
    actor: Actor
    invocation: str
    done: bool
    output: Any = None
    note: str = ""


class Deadline(Struct, frozen=True, tag="deadline", tag_field="command"):
    """The moment by which a promise had to be kept."""

    id: str
    promise: str


class Reconciliation(Struct, frozen=True, tag="reconciliation", tag_field="command", omit_defaults=True):
    """A person's answer to a failed or uncertain invocation: send it again, take it as done, or give it up."""

    id: str
    actor: Actor
    invocation: str
    choice: Literal["resend", "done", "drop"]
    note: str = ""


class Withdrawal(Struct, frozen=True, tag="withdrawal", tag_field="command", omit_defaults=True):
    """The taking back of a proposal that is held, by whoever made it."""

    id: str
    actor: Actor
    invocation: str


class Activate(Struct, frozen=True, tag="activate", tag_field="command"):
    """The word that a release rules; about the platform itself."""

    id: str
    actor: Actor
    release: str


class Halt(Struct, frozen=True, tag="halt", tag_field="command", omit_defaults=True):
    """The wish that an agent, an action, a connection or everything stops at once; about the platform itself."""

    id: str
    actor: Actor
    scope: str
    """`all`, or `agent:`, `action:` or `connection:` and a name."""
    reason: str = ""


class Resume(Struct, frozen=True, tag="resume", tag_field="command", omit_defaults=True):
    """The wish that what was halted goes on, by another person than halted it."""

    id: str
    actor: Actor
    scope: str
    reason: str = ""


class Show(Struct, frozen=True, tag="show", tag_field="command", omit_defaults=True):
    """The word that somebody is about to be shown something of a customer: names of fields, never values."""

    id: str
    actor: Actor
    purpose: str = ""
    fields: dict[str, tuple[str, ...]] = {}
    """The names of what is shown, by data class."""
    left_out: int = 0


class Explain(Struct, frozen=True, tag="explain", tag_field="command", omit_defaults=True):
    """The word that a customer is given the explanation of a decision on them."""

    id: str
    actor: Actor
    decision: str
    language: str
    invocation: str = ""


class Merge(Struct, frozen=True, tag="merge", tag_field="command", omit_defaults=True):
    """The wish to treat another customer as the same person."""

    id: str
    actor: Actor
    other: str
    """The customer to take in."""
    reason: str = ""
    evidence: Identifier | None = None
    """The shared strong identifier, when one is the reason."""


class Unmerge(Struct, frozen=True, tag="unmerge", tag_field="command", omit_defaults=True):
    """The wish to give a merged customer back everything that was theirs."""

    id: str
    actor: Actor
    other: str
    reason: str = ""


class Enter(Struct, frozen=True, tag="enter", tag_field="command", omit_defaults=True):
    """The wish to have a customer enter a journey: asked for, scheduled, or called by another run."""

    id: str
    actor: Actor
    journey: str
    key: str | None = None
    """What the run is about; what the journey's entry says when not given."""
    data: dict[str, Any] = {}
    """What the entry's templates see as `signal.data`; of a call, the variables themselves."""
    schedule: int | None = None
    """The number of the entry rule whose time has come."""
    conversation: str | None = None
    """The interaction in which it is asked for: what the run proposes is proposed in it."""
    caller: str = ""
    """The run that calls, and the token that waits for it; or the invocation that the run is to carry out."""
    caller_token: int = -1


class Advance(Struct, frozen=True, tag="advance", tag_field="command", omit_defaults=True):
    """The moment at which a run's wait is over."""

    id: str
    run: str
    token: int
    """One of its tokens, or -1 for the run as a whole, which is over then."""
    step: str = ""
    """The step at which the token waits, and until when: another wait is not meant."""
    due: int = 0


class Reply(Struct, frozen=True, tag="reply", tag_field="command", omit_defaults=True):
    """A person's answer to what a run asked, or the handing back of a customer handed over (`handed_back`)."""

    id: str
    actor: Actor
    run: str
    token: int
    choice: str
    note: str = ""


class Transfer(Struct, frozen=True, tag="transfer", tag_field="command", omit_defaults=True):
    """The moving of a run as a publication asks: to another version, aside, or back."""

    id: str
    run: str
    release: str
    """The release whose publication asks for it."""
    change: Literal["migrate", "leave", "restore"]
    version: str = ""
    steps: dict[str, str] = {}
    """For `migrate`: the new step of each step that has another name now."""
    only: tuple[str, ...] = ()
    """The steps concerned: a run of which a token stands elsewhere by then stays."""


class Relay(Struct, frozen=True, tag="relay", tag_field="command"):
    """A signal that another side of the same customer received: only its runs and choices hear of it."""

    id: str
    signal: Signal
    origin: str
    """The side that received it; it is nothing to a customer who is somebody else by then."""


class Review(Struct, frozen=True, tag="review", tag_field="command", omit_defaults=True):
    """The moment to ask again which segments a customer is in and which runs can go on."""

    id: str
    published: bool = False
    """Whether a release was published, so that schedules are set anew too."""


class Choice(Struct, frozen=True, tag="choice", tag_field="command", omit_defaults=True):
    """The question what to do next for a customer."""

    id: str
    actor: Actor
    decision_set: str
    propose: bool = True
    """Whether the winner is proposed at once."""
    request: dict[str, Any] = {}
    """What the asker knows, for conditions, templates and features."""
    conversation: str | None = None
    cause: str | None = None
    asked_by: Actor | None = None
    """Whoever had a journey ask."""


class Lapse(Struct, frozen=True, tag="lapse", tag_field="command"):
    """The moment at which the result of a choice is waited for no longer."""

    id: str
    choice: str


class HandOver(Struct, frozen=True, tag="hand_over", tag_field="command", omit_defaults=True):
    """The wish to hand a conversation over to people."""

    id: str
    actor: Actor
    conversation: str = ""
    queue: str = ""
    """Where it is to wait; the queue that fits its skills and language best when empty."""
    intent: str = ""
    """What the customer wants; what the conversation opened last when empty."""
    summary: str = ""
    transcript: tuple[TranscriptReference, ...] = ()
    tried: tuple[Tried, ...] = ()
    """What was tried besides what the conversation remembers."""
    suggested: tuple[Suggestion, ...] = ()
    skills: tuple[str, ...] = ()
    language: str = ""
    urgent: bool = False
    anyway: bool = False
    """Whether to hand over although something is missing; an urgent one is in any case."""
    asked_by: Actor | None = None
    cause: str | None = None
    run: str = ""
    """The run that hands over, and the token that waits for it."""
    token: int = -1


class Accept(Struct, frozen=True, tag="accept", tag_field="command"):
    """A person's wish to take a handover."""

    id: str
    actor: Actor
    handover: str


class Decline(Struct, frozen=True, tag="decline", tag_field="command", omit_defaults=True):
    """A person's wish not to take a handover, or to give back to a queue what they had accepted."""

    id: str
    actor: Actor
    handover: str
    reason: str = ""


class HandBack(Struct, frozen=True, tag="hand_back", tag_field="command", omit_defaults=True):
    """A person's wish to end a handover: what came of it, what was learned, and who goes on."""

    id: str
    actor: Actor
    handover: str
    outcome: str
    continues: Continues
    notes: str = ""
    facts: dict[str, Any] = {}
    """What was learned, as profile fields."""


class Escalate(Struct, frozen=True, tag="escalate", tag_field="command"):
    """The moment by which a handover had to be accepted, or be over."""

    id: str
    handover: str
    due: int
    """Another wait, which is over at another moment, is not meant."""


Command = (
    Signal
    | Proposal
    | Evaluation
    | Reconsideration
    | Approval
    | Execution
    | Outcome
    | Completion
    | Deadline
    | Reconciliation
    | Reminder
    | Withdrawal
    | Activate
    | Halt
    | Resume
    | BeginLog
    | Erase
    | Removal
    | ImposeLegalHold
    | LiftLegalHold
    | Retain
    | Retained
    | Export
    | Show
    | Explain
    | Merge
    | Unmerge
    | Enter
    | Advance
    | Reply
    | Transfer
    | Relay
    | Review
    | Choice
    | Lapse
    | HandOver
    | Accept
    | Decline
    | HandBack
    | Escalate
    | Inform
    | SeedProbe
    | OpenIncident
    | ClassifyIncident
    | ReportIncident
    | RemindIncident
    | CloseIncident
)
