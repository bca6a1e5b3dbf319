"""The stepper: finds whom a command is about, decides, and adds what follows to the batch."""

from collections.abc import Collection, Sequence

from xop.engine.connections import Connections
from xop.engine.customers import Customers
from xop.engine.draft_batch import DraftBatch
from xop.engine.ticket import Answer, Ticket
from xop.kernel.base.actor import SYSTEM
from xop.kernel.base.ids import time_ordered
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Activate, Command, Halt, Merge, Proposal, Resume, Signal, Unmerge
from xop.kernel.context.customer import Customer, new_customer, side
from xop.kernel.decide import decide
from xop.kernel.effects import Invoke
from xop.kernel.entry import Entry
from xop.kernel.erasure.commands import Removal
from xop.kernel.facts import CustomersMerged, CustomersUnmerged, IdentifierLinked
from xop.kernel.fold import counted
from xop.kernel.halts.model import PLATFORM
from xop.kernel.identity.model import Identifier
from xop.kernel.log.succession import BeginLog
from xop.kernel.moment import Moment
from xop.kernel.oversight.commands import INCIDENT_COMMANDS
from xop.kernel.release import Release
from xop.kernel.resolution import resolve
from xop.kernel.retention.commands import Retain, Retained
from xop.kernel.steps.announcement import is_own
from xop.kernel.steps.identity import joined, parted
from xop.kernel.steps.signal import unfit
from xop.ports.runtime import Runtime

_UNKNOWN = "customer-unknown"

OF_THE_PLATFORM = (Activate, BeginLog, Halt, Resume, Removal, Retain, Retained, *INCIDENT_COMMANDS)
"""Commands about the platform itself."""


def halts_of(platform: Customer | None) -> tuple[str, ...]:
    """Return what is halted."""
    return tuple(sorted(platform.parts[0].halts)) if platform is not None else ()


def _announced(command: Command, platform: Customer) -> bool:
    """Say whether a command is one of the platform's announcements about itself, or comes of one."""
    if isinstance(command, Signal):
        return command.actor == SYSTEM
    if isinstance(command, Proposal):
        return is_own(command.actor)
    return getattr(command, "invocation", None) in platform.view.invocations


class Stepper:
    """Steps the commands of one group in order, each on the state the one before left."""

    def __init__(
        self,
        release: Release,
        customers: Customers,
        connections: Connections,
        runtime: Runtime,
        draft: DraftBatch,
        suppressed: Collection[Identifier] = (),
    ) -> None:
        self._release = release
        self._customers = customers
        self._connections = connections
        self._runtime = runtime
        self._draft = draft
        self._suppressed = suppressed
        """Identifiers of this group's signals by which nobody is to be contacted."""
        self._at = runtime.clock.now()
        self._halts = halts_of(customers.customer_of(PLATFORM))
        self._answered: dict[str, Answer] = {}
        self._index: dict[str, int] = {}

    def take(self, ticket: Ticket) -> Answer:
        """Step one command; the same id twice in a group gets the first answer again."""
        command = ticket.command
        first = self._answered.get(command.id)
        if first is not None:
            return Answer(
                first.command, first.customer, first.position, first.entry, duplicate=True, refusal=first.refusal
            )
        if ticket.timer is not None:
            self._draft.forget_timer(ticket.timer)
        addressed = ticket.part is not None or ticket.identifier is not None
        if isinstance(command, OF_THE_PLATFORM):
            customer = self._customers.customer_of(PLATFORM) or new_customer(PLATFORM)
            return self._remember_answer(self._step(command, customer, PLATFORM, ticket))
        answer = self._signal(command) if isinstance(command, Signal) and not addressed else self._addressed(ticket)
        return self._remember_answer(answer)

    def _remember_answer(self, answer: Answer) -> Answer:
        if answer.refusal is None:
            self._answered[answer.command] = answer
        return answer

    def placed(self, answer: Answer, positions: Sequence[int]) -> Answer:
        """Return an answer with its entry's place in the ledger, once that is known."""
        index = self._index.get(answer.command)
        if index is None or answer.position:
            return answer
        return Answer(answer.command, answer.customer, positions[index], answer.entry, answer.duplicate, answer.refusal)

    def _signal(self, signal: Signal) -> Answer:
        refusal = unfit(self._release, signal)
        if refusal is not None:
            # Before any merge: a signal that is refused changes nothing.
            return Answer(signal.id, refusal=refusal)
        hits: dict[Identifier, tuple[str, Customer]] = {}
        for identifier in signal.identifiers:
            part = self._customers.part_of(identifier)
            customer = self._customers.customer_of(part) if part is not None else None
            if part is not None and customer is not None:
                hits[identifier] = (part, customer)
        found = resolve(self._release, signal.identifiers, hits)
        if found.home is None:
            origin = time_ordered("cus", self._at, self._runtime.entropy.draw(6))
            return self._step(signal, new_customer(origin), origin, elsewhere=found.elsewhere)
        declined = list(found.elsewhere)
        for other, evidence in found.merges:
            if not self._merge_by_rule(signal, found.home, other, evidence):
                declined += [each for each, (_, owner) in hits.items() if owner.id == other]
        home = self._customers.customer_of(found.home) or new_customer(found.home)
        return self._step(signal, home, found.home, elsewhere=tuple(dict.fromkeys(declined)))

    def _merge_by_rule(self, signal: Signal, home: str, other: str, evidence: Identifier) -> bool:
        keeper, taken = self._customers.customer_of(home), self._customers.customer_of(other)
        if keeper is None or taken is None:
            return False
        if keeper.id == taken.id:
            return True
        if self._customers.apart(keeper, taken):
            return False
        command = Merge(f"merge:{signal.id}:{taken.id}", SYSTEM, taken.id, "a shared identifier", evidence)
        answer = self._step(command, keeper, keeper.id, other=taken)
        return answer.entry is not None and isinstance(answer.entry.facts[0], CustomersMerged)

    def _addressed(self, ticket: Ticket) -> Answer:
        command = ticket.command
        part = ticket.part if ticket.identifier is None else self._customers.part_of(ticket.identifier)
        customer = self._customers.customer_of(part) if part is not None else None
        if part is None or customer is None or (part == PLATFORM and not _announced(command, customer)):
            named = ticket.identifier or ticket.part
            remedy = "send a signal with the identifier first, or look the customer up by another one"
            return Answer(command.id, refusal=Refusal(_UNKNOWN, f"no customer is known by {named}", remedy))
        if isinstance(command, Merge):
            other = self._customers.customer_of(command.other) if command.other != PLATFORM else None
            return self._step(command, customer, customer.id, other=other)
        if isinstance(command, Unmerge):
            holder = next((each.id for each in customer.parts if command.other in each.merged), customer.id)
            return self._step(command, customer, holder)
        return self._step(command, customer, part, ticket)

    def _step(
        self,
        command: Command,
        customer: Customer,
        origin: str,
        ticket: Ticket | None = None,
        *,
        other: Customer | None = None,
        elsewhere: tuple[Identifier, ...] = (),
    ) -> Answer:
        seed = int.from_bytes(self._runtime.entropy.draw(7), "big")
        reads, scores = (ticket.reads, ticket.scores) if ticket else ({}, None)
        suppressed = self._suppressed_of(command) if self._suppressed else ()
        moment = Moment(self._at, seed, origin, reads, elsewhere, self._halts, scores, suppressed)
        step = decide(self._release, customer, command, moment, other)
        if step.refusal is not None:
            return Answer(command.id, customer.id, refusal=step.refusal)
        after = step.after or customer
        for effect in step.effects:
            request = (
                self._connections.render(self._release, after, origin, effect.invocation, self._at)
                if isinstance(effect, Invoke)
                else None
            )
            self._draft.carry_out(effect, origin, self._at, request)
        if not step.facts and step.decision is None:
            return Answer(command.id, customer.id)
        seq = customer.part(origin).seq + 1
        entry = Entry(
            origin=origin,
            seq=seq,
            customer=customer.id,
            release=self._release.digest,
            moment=moment,
            command=command,
            facts=step.facts,
            decision=step.decision,
            other=other.id if other else "",
        )
        after = counted(after, origin, seq)
        self._index[command.id] = len(self._draft.batch.entries)
        self._draft.enter(entry, after, step, customer)
        self._draft.tell_log(entry, self._release)
        self._remember(entry, after, other)
        return Answer(command.id, customer.id, entry=entry)

    def _suppressed_of(self, command: Command) -> tuple[Identifier, ...]:
        if not isinstance(command, Signal):
            return ()
        return tuple(each for each in command.identifiers if each in self._suppressed)

    def _remember(self, entry: Entry, after: Customer, other: Customer | None) -> None:
        """Bring the states in memory and the directory up to date with an entry."""
        for fact in entry.facts:
            if isinstance(fact, IdentifierLinked):
                self._customers.link(fact.identifier, entry.origin)
            elif isinstance(fact, CustomersMerged) and other is not None:
                after = joined(after, other)
                self._draft.move(tuple(part.id for part in other.parts), after.id)
                self._draft.keep_apart(entry.origin, other.id, apart=False)
                self._customers.reunite(entry.origin, other.id)
                self._customers.forget(other.id)
            elif isinstance(fact, CustomersUnmerged):
                given = side(after, fact.other)
                after, gone = parted(after, fact.other)
                self._draft.move(given, gone.id)
                self._draft.keep_apart(entry.origin, fact.other, apart=True)
                self._customers.separate(entry.origin, fact.other)
                self._customers.keep(gone)
        self._customers.keep(after)
        if after.id == PLATFORM:
            self._halts = halts_of(after)
