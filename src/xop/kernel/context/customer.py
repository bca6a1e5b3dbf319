"""A customer as the kernel sees one: parts, each with its own facts, and the view that joins them."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from xop.kernel.actions.invocation import Invocation
from xop.kernel.base.values import Known
from xop.kernel.budgets.model import Act
from xop.kernel.choices.facts import Chosen
from xop.kernel.consent.model import ConsentRecord
from xop.kernel.conversations.model import Conversation
from xop.kernel.erasure.model import LegalHold
from xop.kernel.halts.model import Halted
from xop.kernel.handovers.model import Handover
from xop.kernel.identity.model import Assurance, Link
from xop.kernel.intents.model import Intent
from xop.kernel.journeys.run import Entered, Run
from xop.kernel.oversight.incident import Incident
from xop.kernel.oversight.told import Told
from xop.kernel.pressure.model import Contact
from xop.kernel.promises.model import Promise
from xop.kernel.retention.model import RetentionStanding


class Part(Struct, frozen=True, omit_defaults=True):
    """Everything that is true about one customer by its own facts; a merged customer has several."""

    id: str
    seq: int = 0
    """The number of ledger entries folded in."""
    created_at: int = 0
    seen_at: int = 0
    identifiers: dict[str, Link] = {}
    """By `namespace:value`."""
    profile: dict[str, Known] = {}
    counters: dict[str, tuple[int, ...]] = {}
    """Times in milliseconds since the epoch, oldest first."""
    flags: dict[str, dict[str, Known]] = {}
    """Open circumstances: flag, then reference."""
    consents: dict[str, tuple[ConsentRecord, ...]] = {}
    contacts: tuple[Contact, ...] = ()
    assurance: dict[str, Assurance] = {}
    """By interaction; the empty one holds for all."""
    conversations: dict[str, Conversation] = {}
    intents: dict[str, Intent] = {}
    promises: dict[str, Promise] = {}
    invocations: dict[str, Invocation] = {}
    """Those held, queued or started, and those that wait for a person to reconcile them."""
    runs: dict[str, Run] = {}
    """Runs that are not over, by id."""
    entered: dict[str, Entered] = {}
    """The last entries that re-entry rules must remember, by `journey` or `journey/key`."""
    segments: dict[str, int] = {}
    """When the customer came to be in each segment, in milliseconds since the epoch."""
    choices: dict[str, Chosen] = {}
    """Choices whose results are waited for, by id."""
    acts: tuple[Act, ...] = ()
    """What actors with budgets did, oldest first."""
    halts: dict[str, Halted] = {}
    """What is halted, by scope; of the platform's own part only."""
    release: str = ""
    """The release that rules; of the platform's own part only."""
    legal_holds: dict[str, LegalHold] = {}
    """Why their data must be kept, by name."""
    handovers: dict[str, Handover] = {}
    """Those that are not over, and the last ones that are, by id."""
    disclosures: dict[str, Told] = {}
    """When they were last told that they deal with an AI, by system, conversation and channel."""
    notices: dict[str, Told] = {}
    """When they were last told that a high-risk AI system takes part in decisions about them, by system."""
    incidents: dict[str, Incident] = {}
    """What went wrong with AI systems, by id; of the platform's own part only."""
    retention: RetentionStanding | None = None
    """How the last letting go of what is past its time stands; of the platform's own part only."""
    merged: tuple[str, ...] = ()
    """Customers merged into this one, each with its own parts; the links of the tree that an unmerge cuts."""


class Customer(Struct, frozen=True):
    """One person: the part that gave the id, then the parts merged into it."""

    id: str
    parts: tuple[Part, ...]

    @property
    def view(self) -> Part:
        """The parts joined into one picture; of a single part, that part."""
        return self.parts[0] if len(self.parts) == 1 else join(self.id, self.parts)

    def part(self, origin: str) -> Part:
        """Return one part; the first when `origin` is not among them."""
        for each in self.parts:
            if each.id == origin:
                return each
        return self.parts[0]

    def with_part(self, part: Part) -> "Customer":
        """Return the customer with one part replaced."""
        if len(self.parts) == 1:
            return Customer(self.id, (part,))
        return Customer(self.id, tuple(part if each.id == part.id else each for each in self.parts))


def heard_last(customer: Customer) -> str:
    """Return the part heard of last: the side that a proposal about a merged customer as a whole concerns."""
    return max(customer.parts, key=lambda each: (each.seen_at, each.id == customer.id)).id


def side(customer: Customer, root: str) -> tuple[str, ...]:
    """Return the parts that came with one side of a merge: the root and everything merged into it before."""
    below = (
        [name for child in customer.part(root).merged for name in side(customer, child)]
        if has_part(customer, root)
        else []
    )
    return (root, *below)


def has_part(customer: Customer, origin: str) -> bool:
    """Say whether a part belongs to the customer."""
    return any(part.id == origin for part in customer.parts)


def new_customer(origin: str) -> Customer:
    """Return a customer nothing is known about yet."""
    return Customer(origin, (Part(origin),))


def join(customer: str, parts: tuple[Part, ...]) -> Part:
    """Return one picture of several parts: the newest value of each field, the union of everything else.

    Consents and assurance are not joined here: their rules ask each part (see `consent.answer` and `arbiter.request`).
    """
    profile: dict[str, Known] = {}
    for part in parts:
        for field, known in part.profile.items():
            if field not in profile or known.at > profile[field].at:
                profile[field] = known
    return Part(
        id=customer,
        seq=sum(part.seq for part in parts),
        created_at=min(part.created_at for part in parts),
        seen_at=max(part.seen_at for part in parts),
        identifiers=_union(part.identifiers for part in parts),
        profile=profile,
        counters=_join_counters(parts),
        flags=_join_flags(parts),
        contacts=tuple(sorted((each for part in parts for each in part.contacts), key=lambda contact: contact.at)),
        conversations=_join_conversations(parts),
        intents=_join_intents(parts),
        promises=_union(part.promises for part in parts),
        invocations=_union(part.invocations for part in parts),
        runs=_union(part.runs for part in parts),
        entered=_join_entered(parts),
        segments=_union(part.segments for part in parts),
        choices=_union(part.choices for part in parts),
        handovers=_union(part.handovers for part in parts),
        disclosures=_join_told(part.disclosures for part in parts),
        notices=_join_told(part.notices for part in parts),
        acts=tuple(sorted((each for part in parts for each in part.acts), key=lambda act: act.at)),
    )


def _join_intents(parts: tuple[Part, ...]) -> dict[str, Intent]:
    """An intent that is open on any side is open; else the side that changed it last says how it stands."""
    joined: dict[str, Intent] = {}
    for part in parts:
        for name, intent in part.intents.items():
            known = joined.get(name)
            if known is None or _liveliness(intent) > _liveliness(known):
                joined[name] = intent
    return joined


def _join_conversations(parts: tuple[Part, ...]) -> dict[str, Conversation]:
    """A conversation known by the same id on several sides is held by all who hold it on any, people first."""
    joined: dict[str, Conversation] = {}
    for part in parts:
        for name, each in part.conversations.items():
            known = joined.get(name)
            if known is None or not known.held_by:
                joined[name] = each
            elif each.held_by and each.held_by != known.held_by:
                holders = sorted((known.held_by, each.held_by), key=lambda holder: holder.startswith("agent:"))
                joined[name] = replace(known, held_by=" and ".join(holders))
    return joined


def _liveliness(intent: Intent) -> tuple[bool, int]:
    return intent.status in {"open", "attempted"}, intent.changed_at


def _join_entered(parts: tuple[Part, ...]) -> dict[str, Entered]:
    """The last entry on any side is the one to remember."""
    joined: dict[str, Entered] = {}
    for part in parts:
        for name, entered in part.entered.items():
            if name not in joined or entered.at > joined[name].at:
                joined[name] = entered
    return joined


def _join_told(maps: Iterable[dict[str, Told]]) -> dict[str, Told]:
    """What the person was told on any side, they were told: the last time counts."""
    joined: dict[str, Told] = {}
    for each in maps:
        for name, told in each.items():
            if name not in joined or told.at > joined[name].at:
                joined[name] = told
    return joined


def _union(maps: Iterable[dict[str, Any]]) -> dict[str, Any]:
    joined: dict[str, Any] = {}
    for each in maps:
        for name, value in each.items():
            joined.setdefault(name, value)
    return joined


def _join_counters(parts: tuple[Part, ...]) -> dict[str, tuple[int, ...]]:
    names = {name for part in parts for name in part.counters}
    return {
        name: tuple(sorted(time for part in parts for time in part.counters.get(name, ()))) for name in sorted(names)
    }


def _join_flags(parts: tuple[Part, ...]) -> dict[str, dict[str, Known]]:
    joined: dict[str, dict[str, Known]] = {}
    for part in parts:
        for flag, references in part.flags.items():
            for reference, known in references.items():
                joined.setdefault(flag, {})[f"{reference}@{part.id}"] = known
    return joined
