"""The context of a customer: everything that is true about one now."""

from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from xop.engine.past import past
from xop.faces.http.arrival import Time, moment_named
from xop.faces.http.commanding import ShortText
from xop.faces.http.disclosure import Look, look_of, record
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.pressure import CapStanding, cap_standings
from xop.faces.http.problems import ProblemError
from xop.faces.http.reach import is_engaged
from xop.faces.http.targets import conversation_of, customer, elsewhere, out_of_reach
from xop.kernel.base.times import iso
from xop.kernel.base.values import Known
from xop.kernel.context.customer import Customer, Part
from xop.kernel.picture import count
from xop.kernel.privacy.screen import Screen
from xop.kernel.release import Release

REFERENCE = "A customer's id, or one of their identifiers as `namespace:value`, percent-encoded."


class LookQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """What a look at a customer is for."""

    purpose: ShortText | None = None
    """The purpose, which says what is shown; the usual one when left out."""
    conversation: ShortText | None = None
    """The conversation in which an agent looks."""
    at: Time | None = None
    """A moment of the past as an RFC 3339 time: the customer is shown as they were; as they are now when left out."""
    position: Annotated[int, Meta(ge=1, le=2**62)] | None = None
    """In place of a moment, an entry of the ledger: the customer is shown as they were right after it."""


class KnownValue(Struct, frozen=True):
    """A value, since when it is true, and who said so."""

    value: Any
    at: str
    source: str


class KnownIdentifier(Struct, frozen=True):
    """An identifier of the customer, since when, and who said so."""

    namespace: str
    value: str
    at: str
    source: str


class Circumstance(Struct, frozen=True):
    """An open circumstance, such as a support case."""

    flag: str
    reference: str
    at: str
    source: str


class KnownIntent(Struct, frozen=True):
    """Something the customer wants."""

    name: str
    status: str
    opened_at: str
    changed_at: str
    attempts: int
    returns: int
    conversation: str


class KnownPromise(Struct, frozen=True):
    """Something the customer was told to expect."""

    id: str
    what: str
    status: str
    made_at: str
    due: str | None


class KnownConversation(Struct, frozen=True):
    """An open exchange."""

    id: str
    channel: str
    topic: str
    opened_at: str
    turns: int


class KnownAssurance(Struct, frozen=True):
    """How strongly the customer is verified in one interaction."""

    part: str
    interaction: str
    level: int
    method: str
    by: str
    at: str
    until: str


class OpenInvocation(Struct, frozen=True):
    """A run of an action that is not over, or waits for a person to reconcile it."""

    id: str
    action: str
    actor: str
    status: str
    until: str
    at: str
    purpose: str
    channel: str | None


class Context(Struct, frozen=True):
    """Everything that is true about a customer now."""

    id: str
    parts: list[str]
    """The customer's own part and those merged into it."""
    created_at: str
    seen_at: str
    identifiers: list[KnownIdentifier]
    profile: dict[str, KnownValue]
    counters: dict[str, int]
    circumstances: list[Circumstance]
    assurance: list[KnownAssurance]
    conversations: list[KnownConversation]
    intents: list[KnownIntent]
    promises: list[KnownPromise]
    invocations: list[OpenInvocation]
    contacts: int
    """How many contacts the longest window of any cap holds."""
    caps: list[CapStanding]
    """Every cap, and how much of it is used."""
    purpose: str
    """What it was shown for."""
    left_out: list[str]
    """The names of what this purpose may not see."""
    at: str | None = None
    """The moment of the past that is shown; null for now."""
    apart: list[str] = []
    """Who counted as the same person then and does not any more: nothing of theirs is in it."""


async def _look(call: Call) -> Reply:
    reference = call.path["customer"]
    found = await customer(call, reference)
    redirect = elsewhere(call, reference, found)
    if redirect is not None:
        return redirect
    engine, asked = call.platform.engine, call.query
    look = look_of(engine.release, call.caller.principal, asked.purpose)
    if not look.by_person and not is_engaged(engine, call.caller.principal, found, conversation_of(call)):
        raise out_of_reach()
    screen = Screen(engine.release.privacy, look.access)
    if asked.at is not None or asked.position is not None:
        shown = await _as_it_was(call, found, (look, screen))
    else:
        shown = context(engine.release, found, call.platform.runtime.clock.now(), (look, screen))
    await record(engine, look, found, screen)
    return Reply(shown)


async def _as_it_was(call: Call, found: Customer, sight: tuple[Look, Screen]) -> Context:
    """Return the context of a moment of the past, under the present rules of what may be seen."""
    asked, ledger, now = call.query, call.platform.runtime.ledger, call.platform.runtime.clock.now()
    if asked.at is not None and asked.position is not None:
        raise ProblemError("parameter-invalid", "`at` and `position` are given", "give one of them")
    at = min(moment_named(asked.at), now) if asked.at is not None else None
    was = await past(ledger, found, at, asked.position)
    if was is None:
        raise ProblemError("customer-unknown", "nothing was known of this customer by then", "ask for a later moment")
    if at is None:
        entry = await ledger.latest(asked.position + 1, 1, [part.id for part in found.parts])
        at = entry[0].entry.moment.at
    shown = context(call.platform.engine.release, was.customer, at, sight)
    return replace(shown, at=iso(at), apart=list(was.apart))


def context(release: Release, found: Customer, at: int, sight: tuple[Look, Screen]) -> Context:
    """Return as much of a customer's context at a moment (milliseconds since the epoch) as a look may see."""
    view, (look, screen) = found.view, sight
    profile = screen.entries("profile", {name: known.value for name, known in view.profile.items()})
    return Context(
        id=found.id,
        parts=[part.id for part in found.parts],
        created_at=iso(view.created_at),
        seen_at=iso(view.seen_at),
        identifiers=[
            KnownIdentifier(link.identifier.namespace, link.identifier.value, iso(link.at), link.source)
            for link in view.identifiers.values()
            if screen.passes("identifiers", link.identifier.namespace)
        ],
        profile={name: _known(view.profile[name], value) for name, value in profile.items()},
        counters={name: count(release, view, name, at) for name in release.counters if screen.passes("counters", name)},
        circumstances=[
            Circumstance(flag, reference, iso(known.at), known.source)
            for flag, cases in view.flags.items()
            for reference, known in cases.items()
            if screen.passes("flags", flag)
        ],
        assurance=_assurance(found, at, screen),
        **_open(view, screen),
        contacts=len(view.contacts),
        caps=cap_standings(release, view.contacts, at),
        purpose=look.purpose,
        left_out=screen.left_out,
    )


def _open(view: Part, screen: Screen) -> dict[str, Any]:
    """Return what is still open about a customer."""
    return {
        "conversations": [
            KnownConversation(each.id, each.channel, each.topic, iso(each.opened_at), each.turns)
            for each in view.conversations.values()
        ],
        "intents": [
            KnownIntent(
                name=each.name,
                status=each.status,
                opened_at=iso(each.opened_at),
                changed_at=iso(each.changed_at),
                attempts=each.attempts,
                returns=each.returns,
                conversation=each.conversation,
            )
            for each in view.intents.values()
        ],
        "promises": [
            KnownPromise(
                each.id, each.what, each.status, iso(each.made_at), iso(each.due) if each.due is not None else None
            )
            for each in view.promises.values()
        ],
        "invocations": [
            OpenInvocation(
                id=each.id,
                action=each.action,
                actor=str(each.actor),
                status=each.status,
                until=each.until,
                at=iso(each.at),
                purpose=each.purpose,
                channel=each.channel,
            )
            for each in view.invocations.values()
            if screen.passes("invocations")
        ],
    }


def _assurance(found: Customer, at: int, screen: Screen) -> list[KnownAssurance]:
    """Each part's own: being verified as one side of a merge says nothing about the other."""
    return [
        KnownAssurance(
            part=part.id,
            interaction=each.interaction,
            level=each.level,
            method=each.method,
            by=each.by,
            at=iso(each.at),
            until=iso(each.until),
        )
        for part in found.parts
        for each in part.assurance.values()
        if at < each.until and screen.passes("assurance")
    ]


def _known(known: Known, value: Any) -> KnownValue:
    return KnownValue(value, iso(known.at), known.source)


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/customers/{customer}",
        summary="Look at a customer's context",
        description=(
            "Shows what the purpose may see, names what it may not, and is recorded: the same look again within ten "
            "minutes counts once. An agent sees only customers it is engaged with, and only fields of declared classes. "
            "With `at` or `position` it is the context of the past, folded from the ledger as far as that."
        ),
        handler=_look,
        scope="customers:read",
        parameters={"customer": REFERENCE},
        query=LookQuery,
        answers=(Content(JSON, Context),),
        answered="The context",
        problems=("customer-unknown", "identifier-refused", "purpose-unknown", "time-unreadable"),
        redirects=True,
    ),
)
