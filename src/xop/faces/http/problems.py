"""Problems: every way a request can be refused, as RFC 9457 documents with what to do next."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from xop.engine.ticket import Overloaded, Stopping
from xop.kernel.base.values import Refusal
from xop.ports.errors import StorageError

TYPE_PREFIX = "urn:xop:problem:"

MEDIA_TYPE = "application/problem+json"


class Kind(NamedTuple):
    """One kind of problem: its HTTP status, its title, and the remedy when the cause brings none."""

    status: int
    title: str
    remedy: str


KINDS: dict[str, Kind] = {
    # the request itself
    "json-malformed": Kind(400, "The body is not JSON", "send one JSON value in UTF-8"),
    "json-too-deep": Kind(400, "The body is nested too deeply", "nest objects and lists at most 64 deep"),
    "number-too-large": Kind(400, "A number is too large", "write numbers beyond 64 bits as text"),
    "encoding-malformed": Kind(400, "The body cannot be unpacked", "send one complete gzip stream, or none"),
    "parameter-invalid": Kind(400, "A parameter is not valid", "look the parameter up in /openapi.json"),
    "key-missing": Kind(401, "An API key is needed", "send `Authorization: Bearer <key>`"),
    "key-unknown": Kind(
        401,
        "The API key is not known",
        "use the key of a principal that agents.yaml declares; the server's log names those whose key it does not have",
    ),
    "token-invalid": Kind(401, "The access token is not accepted", "get a token as `WWW-Authenticate` says"),
    "signature-invalid": Kind(401, "The signature does not fit the body", "sign with the Standard Webhooks secret"),
    "scope-missing": Kind(403, "The key may not do this", "give the principal the scope in agents.yaml"),
    "path-unknown": Kind(404, "There is nothing at this path", "look the path up in /openapi.json"),
    "method-not-allowed": Kind(405, "The path does not take this method", "use a method that `Allow` names"),
    "too-large": Kind(413, "The request is too large", "send less at once"),
    "media-type-unsupported": Kind(
        415, "The media type is not understood", "send what `Accept-Post` or /openapi.json names"
    ),
    "encoding-unsupported": Kind(415, "The encoding is not understood", "send gzip, or no Content-Encoding"),
    "evaluation-invalid": Kind(400, "The body is no evaluation", "look the body up in /openapi.json"),
    "body-invalid": Kind(422, "The body does not fit", "look the body up in /openapi.json"),
    # what the request names
    "customer-unknown": Kind(
        404,
        "No such customer",
        "look them up by another identifier: whoever sent no signal yet, or was erased, is not known",
    ),
    "consent-unknown": Kind(404, "Nothing was said about it", "look at what the customer agrees to first"),
    "decision-unknown": Kind(404, "No such decision", "list /v1/decisions"),
    "decision-not-logged": Kind(404, "No such decision in the log", "list /v1/decisions"),
    "leaf-unknown": Kind(404, "No such leaf", "look at the size that /v1/log tells"),
    "proof-pending": Kind(409, "There is no proof yet", "ask again with `wait`, or look at /v1/log"),
    "log-person": Kind(403, "Only a person begins another log", "ask an operator"),
    "log-reason": Kind(422, "The reason is missing", "say why another log begins"),
    "log-origin": Kind(422, "The log cannot be called so", "give another name"),
    "log-empty": Kind(409, "There is no log to follow", "wait until the log has a checkpoint"),
    "log-closed": Kind(409, "The log is closed", "start the platform again: another log follows"),
    "log-shorter": Kind(409, "The log has fewer leaves", "a checkpoint over more is another log's, or the log was cut"),
    "log-unreadable": Kind(503, "The log cannot be read", "look at the server's log, and put the files back"),
    "invocation-unknown": Kind(404, "No such invocation", "list /v1/outbox, or look at the customer's invocations"),
    "agent-unknown": Kind(404, "No such agent", "list /v1/agents"),
    "connection-unknown": Kind(404, "No such connection", "list /v1/connections"),
    "operations-none": Kind(409, "It has no operations", "name a connection of the kind mcp or a2a"),
    "upstream-unreachable": Kind(502, "The other side cannot be asked", "check its settings and the server"),
    "rule-unknown": Kind(404, "No such rule", "list /v1/policies"),
    "release-unknown": Kind(404, "No such release", "list /v1/releases"),
    "file-unknown": Kind(404, "No such file", "list the files of the release"),
    "publication-outdated": Kind(
        409, "Another workspace was published meanwhile", "look once more at what it would do, then publish"
    ),
    "release-lost": Kind(409, "The release cannot be had any more", "compare with another one of /v1/releases"),
    "scenario-untrue": Kind(409, "No scenario tells this truly", "write one that gives what the verdict rests on"),
    "inputs-erased": Kind(409, "The inputs were erased", "what was erased cannot be decided again"),
    "command-conflict": Kind(409, "The key was used for something else", "use a new Idempotency-Key"),
    "identifier-refused": Kind(422, "The identifier identifies nobody", "send `namespace:value`"),
    "identifier-missing": Kind(422, "Nobody is identified", "send `subject` as `namespace:value`"),
    "event-invalid": Kind(422, "The event is not valid", "send a CloudEvents 1.0 event with JSON data"),
    "message-invalid": Kind(400, "The message is not valid", "send messages as the Segment specification says"),
    "workspace-refused": Kind(422, "The workspace has problems", "correct the files and publish again"),
    "choice-impossible": Kind(422, "The choices do not fit the journeys", "look at the impact without choices first"),
    "nothing-before": Kind(409, "There is nothing to undo", "publish the workspace that is to rule"),
    "token-missing": Kind(422, "Several questions are open", "send `token`, as the list of questions names it"),
    # what the kernel refuses
    "action-unknown": Kind(422, "No such action", "propose an action of the active release"),
    "arguments-unfit": Kind(422, "The arguments do not fit", "give what the action's contract asks for"),
    "decision-set-unknown": Kind(422, "No such decision set", "ask a decision set of the active release"),
    "decision-set-not-granted": Kind(403, "The decision set is not granted", "name it in `decisions` in agents.yaml"),
    "purpose-unfit": Kind(422, "The purpose does not fit", "name a purpose of the action"),
    "signal-unknown": Kind(422, "No such signal type", "declare the type in signals.yaml"),
    "signal-reserved": Kind(422, "Signals of this type are the platform's own", "send what happened instead"),
    "signal-unfit": Kind(422, "The signal's data does not fit", "send what signals.yaml declares"),
    "purpose-unknown": Kind(422, "No such purpose", "name a purpose of purposes.yaml"),
    "channel-unknown": Kind(422, "No such channel", "name a channel of purposes.yaml"),
    "channel-missing": Kind(422, "A channel is needed", "name the channel the customer agreed to"),
    "soft-opt-in-unfit": Kind(422, "No soft opt-in is possible here", "ask the customer for consent"),
    "details-unfit": Kind(422, "The details of the consent do not fit", "look the body up in /openapi.json"),
    "time-unreadable": Kind(422, "The time cannot be read", "write it as 2027-01-31T12:00:00Z"),
    "time-without-zone": Kind(422, "The time names no zone", "write an RFC 3339 time"),
    "approval-not-open": Kind(409, "Nothing waits for this approval", "look at the invocation's decision"),
    "approval-own": Kind(403, "Nobody approves their own proposal", "ask another person"),
    "approval-conflict": Kind(403, "The agent is their own", "ask another person"),
    "approval-untrained": Kind(403, "The training is missing", "ask somebody with a valid training for the system"),
    "approval-role": Kind(403, "The role is missing", "ask somebody with the role"),
    "approval-twice": Kind(409, "It was approved already", "wait for another person"),
    "approval-outdated": Kind(409, "It is no longer what was shown", "look at the request again"),
    "invocation-not-open": Kind(409, "It waits for nothing", "look at the invocation's decision"),
    "invocation-not-own": Kind(403, "It is somebody else's proposal", "ask whoever made it"),
    "task-not-open": Kind(409, "Nobody is asked to carry it out", "list /v1/tasks"),
    "task-role": Kind(403, "The role is missing", "ask somebody with the role"),
    "output-unfit": Kind(422, "The output does not fit", "give what the action's contract asks for"),
    "reversal-not-done": Kind(409, "It has not been carried out", "wait until it is done, or withdraw it"),
    "reversal-done": Kind(409, "It has been reversed already", "look at the reversing invocation"),
    "reversal-open": Kind(409, "It is being reversed already", "wait for the outcome"),
    "reversal-none": Kind(409, "Nothing undoes it", "name the action that does as its `reversible_by`"),
    "reversal-impossible": Kind(409, "Its reversal cannot be made", "propose the reversing action yourself"),
    "actor-observed": Kind(403, "The actor is only observed", "drop `shadow` in agents.yaml"),
    "actor-halted": Kind(409, "The actor is halted", "wait until it is resumed: list /v1/halts"),
    "halt-scope": Kind(422, "Nothing of that name can be halted", "name `all`, or agent:, action: or connection:"),
    "halt-unknown": Kind(409, "It is not halted", "list /v1/halts"),
    "halt-own": Kind(403, "Nobody resumes what they halted", "ask a second person"),
    "halt-person": Kind(403, "Only a person resumes", "ask an operator"),
    "text-unknown": Kind(422, "No such text", "name a text and a language of systems.yaml"),
    "system-unknown": Kind(404, "No such AI system", "list /v1/systems"),
    "erasure-unknown": Kind(404, "No such erasure", "list /v1/erasures"),
    "erasure-refused": Kind(409, "The customer's data must be kept", "wait until no legal hold is left, or lift them"),
    "erasure-under-way": Kind(409, "The customer is being erased", "wait until it is done"),
    "erasure-person": Kind(403, "Only a person may ask for this", "ask an operator"),
    "legal-hold-ground": Kind(422, "There is no such ground of a legal hold", "name one of those listed"),
    "legal-hold-over": Kind(422, "The legal hold would be over already", "name a later end, or none"),
    "legal-hold-shorter": Kind(409, "A legal hold of that name lasts longer", "lift it first, or name another"),
    "legal-hold-unknown": Kind(409, "There is no such legal hold", "look at the customer's legal holds"),
    "retention-under-way": Kind(409, "Retention is under way", "wait until it is over"),
    "retention-none": Kind(409, "Nothing says how long data is kept", "add retention.yaml and publish"),
    "incident-unknown": Kind(404, "No such incident", "list /v1/incidents"),
    "incident-closed": Kind(409, "The incident is closed", "open another one if it happened again"),
    "incident-person": Kind(403, "Only a person may say this", "ask an operator"),
    "incident-agent": Kind(422, "No such agent", "name an agent of agents.yaml as `agent:name`"),
    "incident-time": Kind(422, "The moment is yet to come", "give the moment at which you became aware"),
    "incident-unreported": Kind(409, "It has not been reported in full", "report it first"),
    "probe-unknown": Kind(422, "No such probe", "name one of `probes` in systems.yaml"),
    "probe-person": Kind(403, "Only a person puts probes among requests", "ask an operator"),
    "probe-not-held": Kind(422, "Nobody would be asked", "make the probe something that waits for an approval"),
    "merge-nothing": Kind(422, "There is nothing to merge", "name two different customers"),
    "merge-declined": Kind(409, "A guard keeps them apart", "look at the namespace's limit in identity.yaml"),
    "unmerge-nothing": Kind(409, "There is nothing to take apart", "name a part other than the customer's own id"),
    "dead-letter-unknown": Kind(409, "The invocation is no dead letter", "list /v1/dead-letters"),
    "journey-unknown": Kind(404, "No such journey", "list /v1/journeys"),
    "journey-closed": Kind(409, "Nobody is entered by asking", "add an entry with `api: true` to the journey"),
    "journey-not-granted": Kind(
        403, "The journey is not granted", "name it in the principal's `journeys` in agents.yaml"
    ),
    "entry-condition": Kind(409, "The entry's condition does not hold", "look at the journey's entry rules"),
    "entry-fault": Kind(422, "The entry rule has no answer", "send the `data` that the journey's entry reads"),
    "entry-reentry": Kind(409, "The customer may not enter again now", "look at the customer's runs and at `reentry`"),
    "entry-limit": Kind(409, "The customer is in too many journeys", "wait until a run is over"),
    "question-not-open": Kind(409, "Nothing is asked there", "list /v1/questions"),
    "question-role": Kind(403, "The role is missing", "ask somebody with the role"),
    "queue-unknown": Kind(422, "No such queue", "list /v1/queues"),
    "conversation-missing": Kind(422, "A conversation is needed", "name the `conversation` to hand over"),
    "conversation-unknown": Kind(422, "No such conversation", "send the signal that opens it first"),
    "conversation-held": Kind(409, "Somebody else holds the conversation", "wait until they hand it back"),
    "handover-incomplete": Kind(422, "People would miss something", "send what `errors` names, or `anyway`"),
    "handover-too-large": Kind(422, "Too much was said", "summarise, and refer to the rest"),
    "handover-stranger": Kind(403, "Nobody knows the actor", "declare it in agents.yaml"),
    "handover-open": Kind(409, "The conversation is handed over already", "wait until it is handed back"),
    "handover-bounded": Kind(
        409, "It was passed back and forth too often", "keep it with a person, or ask a supervisor"
    ),
    "handover-unknown": Kind(404, "No such handover", "list /v1/handovers"),
    "handover-over": Kind(409, "The handover is over", "look at its outcome"),
    "handover-role": Kind(403, "The role is missing", "ask somebody who works in the queue"),
    "handover-taken": Kind(409, "Somebody else has accepted it", "look for another one: list /v1/handovers"),
    "handover-not-accepted": Kind(409, "Nobody has accepted it", "accept it first"),
    "continues-unfit": Kind(422, "Nobody of that kind can go on", "name somebody else in `continues`"),
    "outcome-unfit": Kind(422, "The outcome looks misspelt", "send the word that is meant"),
    "link-invalid": Kind(403, "The link is not good", "ask for a projection of the handover again"),
    "answer-unknown": Kind(422, "No such answer", "give one of the question's options"),
    # what the platform cannot do now
    "overloaded": Kind(503, "Too many commands wait", "try again in a second"),
    "stopping": Kind(503, "The platform is stopping", "try again when it is back"),
    "token-unchecked": Kind(503, "Access tokens cannot be checked now", "try again in a few seconds"),
    "storage-unavailable": Kind(503, "The store cannot be reached", "try again, and look at the server's log"),
    "form-foreign": Kind(403, "The form came from elsewhere", "open the page in this console, and send it from there"),
    "streams-exceeded": Kind(429, "Too many pages are followed at once", "close some of them"),
    "sign-in-busy": Kind(503, "Too many people sign in", "try again in a few seconds"),
    "sign-in-closed": Kind(403, "Nobody signs in that way here", "sign in at your organisation's provider"),
    "form-outdated": Kind(403, "The form is out of date", "open the page again, and send it once more"),
    "internal": Kind(500, "Something went wrong here", "look at the server's log and report it"),
}
"""Every problem code; the codes of kernel refusals are the kernel's own."""


class Detail(Struct, frozen=True, omit_defaults=True):
    """One of several things that are wrong."""

    detail: str
    code: str = ""
    remedy: str = ""
    where: str = ""
    """The place in the body, such as `/2/userId` or `signals.yaml:7`."""


class Problem(Struct, frozen=True, omit_defaults=True):
    """Why a request was refused, and what to do next (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    remedy: str
    instance: str = ""
    errors: tuple[Detail, ...] = ()
    message: str = ""
    """The detail again, for Segment clients, which read no other field."""


class ProblemError(Exception):
    """A request that is refused; the endpoint turns it into its document."""

    def __init__(self, code: str, detail: str, remedy: str = "", errors: Sequence[Detail] = ()) -> None:
        super().__init__(detail)
        kind = KINDS[code]
        self.code = code
        self.status = kind.status
        self.detail = detail
        self.remedy = remedy or kind.remedy
        self.errors = tuple(errors)

    def document(self, instance: str = "", *, message: bool = False) -> Problem:
        """Return the problem as a document about the path `instance`."""
        return Problem(
            type=TYPE_PREFIX + self.code,
            title=KINDS[self.code].title,
            status=self.status,
            detail=self.detail,
            code=self.code,
            remedy=self.remedy,
            instance=instance,
            errors=self.errors,
            message=self.detail if message else "",
        )

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What the answer's headers say besides."""
        if self.status == 401:  # noqa: PLR2004 - the status of a missing key
            return [(b"www-authenticate", b'Bearer realm="xop", Basic realm="xop"')]
        if self.status == 503:  # noqa: PLR2004 - the status of what passes
            return [(b"retry-after", b"1")]
        return [(b"connection", b"close")] if self.code == "too-large" else []


def refused(refusal: Refusal) -> ProblemError:
    """Return a refusal of the kernel or the engine as a problem."""
    code = refusal.code if refusal.code in KINDS else "body-invalid"
    return ProblemError(code, refusal.cause, refusal.remedy)


def unavailable(error: Exception) -> ProblemError:
    """Return why the engine took nothing as a problem; raises the error again if it says something else."""
    match error:
        case Overloaded():
            return ProblemError("overloaded", "so many commands wait that this one was not taken")
        case Stopping():
            return ProblemError("stopping", "the platform takes no more commands because it is stopping")
        case StorageError():
            return ProblemError("storage-unavailable", "the store cannot be read or written now; nothing changed")
        case _:
            raise error


UNAVAILABLE = (Overloaded, Stopping, StorageError)
"""What the engine raises when it takes nothing; trying again later helps."""


def details(refusals: Sequence[tuple[str, Refusal]]) -> tuple[Detail, ...]:
    """Return refusals with their places as parts of one problem."""
    return tuple(Detail(each.cause, each.code, each.remedy, where) for where, each in refusals)
