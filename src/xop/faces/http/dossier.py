"""A dossier: all that is known of one customer, as records that they and other programs can read.

It holds what they provided and what was observed of them (GDPR Articles 15 and 20), and why things were decided. It leaves
out who on the staff did something, what others are called by, and the rules themselves.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from msgspec import Struct

from xop.faces.http.explaining import account
from xop.faces.http.operation import Call
from xop.kernel import facts as f
from xop.kernel.base.actor import Actor
from xop.kernel.base.times import iso
from xop.kernel.commands import Signal
from xop.kernel.consent.model import ConsentRecord
from xop.kernel.context.customer import Customer
from xop.kernel.hindsight.customer_explanation import customer_explanation
from xop.kernel.privacy.detect import find
from xop.ports.ledger import Stored

_PAGE = 500

EXPLAINED = ("proposal", "choice", "approval")
"""The stages of decisions that are explained: the others judge the same wish once more."""

_WHO = {"operator": "staff", "agent": "ai_agent", "trigger": "system", "journey": "system", "decision": "system"}


class IdentifierRecord(Struct, frozen=True):
    """By what the customer is known."""

    namespace: str
    value: str
    since: str
    source: str


class FieldRecord(Struct, frozen=True):
    """Something that is known of the customer."""

    name: str
    value: Any
    since: str
    source: str


class NamedRecord(Struct, frozen=True):
    """Something about the customer that has a name and a state."""

    name: str
    state: str
    since: str
    detail: str = ""


class ProfileRecord(Struct, frozen=True):
    """What is known of the customer now."""

    customer: str
    created: str
    last_heard: str
    identifiers: list[IdentifierRecord]
    fields: list[FieldRecord]
    circumstances: list[NamedRecord]
    intents: list[NamedRecord]
    promises: list[NamedRecord]
    groups: list[NamedRecord]
    """The groups that the customer counts among."""


class ConsentLine(Struct, frozen=True):
    """One change of what the customer agrees to."""

    purpose: str
    channel: str
    status: str
    at: str
    until: str
    method: str
    proof: str
    source: str


class ActionRecord(Struct, frozen=True):
    """Something that was done for the customer, or was to be done."""

    invocation: str
    at: str
    action: str
    description: str
    purpose: str
    channel: str
    address: str
    by: str
    """`staff`, `ai_agent`, `partner`, `source` or `system`."""
    state: str
    """`held`, `queued`, `done`, `failed` or `cancelled` as of this line: the last line of an invocation counts."""
    arguments: dict[str, Any]


class ConversationRecord(Struct, frozen=True):
    """Something that became of a conversation, or of its handing over to people."""

    at: str
    conversation: str
    what: str
    """`opened`, `continued`, `closed`, `handed_over` or `handed_back`."""
    channel: str = ""
    topic: str = ""
    summary: str = ""
    transcript: tuple[str, ...] = ()
    """Where what was said can be read or heard."""
    outcome: str = ""


class Dossier:
    """All that is known of one customer."""

    def __init__(self, call: Call, customer: Customer) -> None:
        self._call = call
        self._customer = customer
        identifiers = (link.identifier.value for part in customer.parts for link in part.identifiers.values())
        self._own = frozenset(map(_core, identifiers))

    @property
    def customer(self) -> str:
        """The customer's id."""
        return self._customer.id

    def profile(self) -> ProfileRecord:
        """Return what is known of the customer now."""
        view = self._customer.view
        return ProfileRecord(
            customer=self._customer.id,
            created=iso(view.created_at),
            last_heard=iso(view.seen_at),
            identifiers=[
                IdentifierRecord(link.identifier.namespace, link.identifier.value, iso(link.at), link.source)
                for part in self._customer.parts
                for link in part.identifiers.values()
            ],
            fields=[
                FieldRecord(name, self._own_only(known.value), iso(known.at), _source(known.source))
                for name, known in sorted(view.profile.items())
            ],
            circumstances=[
                NamedRecord(flag, "open", iso(known.at), self._own_only(reference.partition("@")[0]))
                for flag, cases in sorted(view.flags.items())
                for reference, known in cases.items()
            ],
            intents=[
                NamedRecord(self._own_only(each.name), each.status, iso(each.changed_at))
                for each in view.intents.values()
            ],
            promises=[
                NamedRecord(self._own_only(each.what), each.status, iso(each.made_at))
                for each in view.promises.values()
            ],
            groups=[NamedRecord(name, "in", iso(since)) for name, since in sorted(view.segments.items())],
        )

    def consents(self) -> Iterator[ConsentLine]:
        """Yield every change of what the customer agrees to that is remembered, the oldest first."""
        lines = [
            (record.at, each, record)
            for part in self._customer.parts
            for each, records in part.consents.items()
            for record in records
        ]
        for _, name, record in sorted(lines, key=lambda line: line[:2]):
            yield _consent(name, record)

    async def signals(self) -> AsyncIterator[dict[str, Any]]:
        """Yield every signal that came of the customer, as a CloudEvent."""
        async for stored in self._entries():
            command = stored.entry.command
            if isinstance(command, Signal) and not command.type.startswith("xop."):
                yield {
                    "specversion": "1.0",
                    "id": command.id.partition("|")[2] or command.id,
                    "source": command.source,
                    "type": command.type,
                    "time": iso(command.time),
                    "subject": self._customer.id,
                    "xopidentifiers": ",".join(map(str, command.identifiers)),
                    "datacontenttype": "application/json",
                    "data": self._own_only(command.data),
                }

    async def actions(self) -> AsyncIterator[ActionRecord]:
        """Yield everything that was done for the customer or was to be, as it came about."""
        known: dict[str, ActionRecord] = {}
        async for stored in self._entries():
            for fact in stored.entry.facts:
                record = self._action(fact, stored, known)
                if record is not None:
                    known[record.invocation] = record
                    yield record

    def _action(self, fact: f.Fact, stored: Stored, known: dict[str, ActionRecord]) -> ActionRecord | None:
        at = iso(stored.entry.moment.at)
        if isinstance(fact, f.InvocationHeld | f.InvocationQueued):
            one = fact.invocation
            compiled = self._call.platform.engine.release.actions.get(one.action)
            return ActionRecord(
                invocation=one.id,
                at=at,
                action=one.action,
                description=compiled.action.description if compiled is not None else "",
                purpose=one.purpose,
                channel=one.channel or "",
                address=one.address or "",
                by=_party(one.actor),
                state="held" if isinstance(fact, f.InvocationHeld) else "queued",
                arguments=self._own_only(one.arguments),
            )
        state = _STATES.get(type(fact))
        earlier = known.get(str(getattr(fact, "invocation", ""))) if state else None
        if earlier is None or state is None:
            return None
        return ActionRecord(
            earlier.invocation,
            at,
            earlier.action,
            earlier.description,
            earlier.purpose,
            earlier.channel,
            earlier.address,
            earlier.by,
            state,
            {},
        )

    async def decisions(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the explanation of every decision on the customer, as the customer is owed it."""
        async for stored in self._entries():
            decision = stored.entry.decision
            if decision is not None and decision.stage in EXPLAINED:
                yield customer_explanation(await account(self._call, stored, decision))

    async def conversations(self) -> AsyncIterator[ConversationRecord]:
        """Yield what became of conversations, and of handing them over to people."""
        async for stored in self._entries():
            at = iso(stored.entry.moment.at)
            for fact in stored.entry.facts:
                record = self._conversation(fact, at)
                if record is not None:
                    yield record

    def _conversation(self, fact: f.Fact, at: str) -> ConversationRecord | None:
        match fact:
            case f.ConversationOpened():
                topic = self._own_only(fact.topic)
                return ConversationRecord(at, self._own_only(fact.conversation), "opened", fact.channel, topic)
            case f.ConversationContinued():
                return ConversationRecord(at, self._own_only(fact.conversation), "continued")
            case f.ConversationClosed():
                return ConversationRecord(at, self._own_only(fact.conversation), "closed")
            case f.HandoverOpened():
                one = fact.handover
                return ConversationRecord(
                    at,
                    self._own_only(one.conversation),
                    "handed_over",
                    topic=self._own_only(one.intent),
                    summary=self._own_only(one.summary),
                    transcript=tuple(each.uri for each in one.transcript),
                )
            case f.HandoverReturned():
                return ConversationRecord(at, "", "handed_back", outcome=fact.outcome)
            case _:
                return None

    async def _entries(self) -> AsyncIterator[Stored]:
        parts, after = [part.id for part in self._customer.parts], 0
        while page := await self._call.platform.runtime.ledger.page(after, _PAGE, parts):
            after = page[-1].position
            for stored in page:
                yield stored

    def _own_only(self, value: Any) -> Any:
        """Return a value with the identifiers of anybody else replaced by what they are."""
        if isinstance(value, str):
            return self._masked(value)
        if isinstance(value, dict):
            return {name: self._own_only(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._own_only(each) for each in value]
        return value

    def _masked(self, text: str) -> str:
        told, last = "", 0
        for found in find(text):
            said = text[found.start : found.end]
            told += text[last : found.start] + (said if _core(said) in self._own else f"[{found.kind}]")
            last = found.end
        return told + text[last:]


_STATES: dict[type, str] = {
    f.InvocationDone: "done",
    f.InvocationFailed: "failed",
    f.InvocationUncertain: "failed",
    f.InvocationDropped: "cancelled",
    f.InvocationCancelled: "cancelled",
}

SCHEMAS: tuple[type[Struct], ...] = (ProfileRecord, ConsentLine, ActionRecord, ConversationRecord)


def _consent(name: str, record: ConsentRecord) -> ConsentLine:
    purpose, _, channel = name.partition("/")
    until = iso(record.until) if record.until is not None else ""
    method = record.method or ""
    return ConsentLine(
        purpose, channel, record.status, iso(record.at), until, method, record.proof, _source(record.source)
    )


def _party(actor: Actor) -> str:
    return _WHO.get(actor.kind, actor.kind)


def _source(source: str) -> str:
    """Return who said something, without the name of anybody on the staff."""
    return "staff" if "operator:" in source else source


def _core(identifier: str) -> str:
    return "".join(each for each in identifier.lower() if each.isalnum())


def lines(records: Iterable[ConsentLine]) -> Iterator[dict[str, str]]:
    """Yield consents as rows of a table; a text that a spreadsheet would take for a formula is quoted."""
    for record in records:
        yield {name: _cell(getattr(record, name)) for name in ConsentLine.__struct_fields__}


def _cell(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
