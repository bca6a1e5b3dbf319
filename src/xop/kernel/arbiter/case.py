"""A case: one invocation to rule on, with everything the rules may read gathered from the customer and the moment."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from xop.kernel.actions.cost import cost_of
from xop.kernel.actions.invocation import Invocation
from xop.kernel.arbiter.address import contact_address
from xop.kernel.arbiter.engagement import engaged
from xop.kernel.base.principal import Budget
from xop.kernel.base.values import Known
from xop.kernel.budgets.model import Act, within_budget
from xop.kernel.conditions import Fault
from xop.kernel.consent.answer import answer
from xop.kernel.consent.model import Cap, ConsentAnswer, Purpose
from xop.kernel.context.customer import Customer, Part
from xop.kernel.halts.model import halting, scopes_of
from xop.kernel.identity.model import Assurance
from xop.kernel.moment import Moment
from xop.kernel.picture import instant, picture, sections_read
from xop.kernel.pressure.measure import quiet_until, reached
from xop.kernel.pressure.model import release_contact
from xop.kernel.release import CompiledAction, CompiledFact, Release

_PROFILE = "customer.profile."

_FACT_TYPES: dict[str, type | tuple[type, ...]] = {"bool": bool, "int": int, "string": str, "strings": list}


class Case(Struct, frozen=True):
    """What is known about an invocation when it is judged."""

    release: Release
    action: CompiledAction
    invocation: Invocation
    view: Part
    moment: Moment
    purpose: Purpose | None
    consent: ConsentAnswer
    cap: Cap | None
    """The cap that leaves no room, if any."""
    quiet_until: int | None
    zone: str
    assurance: Assurance | None
    address: str | None
    """Where a contact would go; None when there is nowhere."""
    facts: dict[str, Known]
    unknown: tuple[str, ...]
    """Required facts that could not be had."""
    causes: dict[str, str]
    """Why facts are unknown, by fact."""
    halted: str
    """What is halted and stops this; empty when nothing is."""
    engaged: bool
    """Whether the actor may touch this customer: everybody's, or in a conversation or task with them."""
    within_budget: bool
    """Whether the budgets of whoever acts leave room for it."""


def build_case(
    release: Release, customer: Customer, action: CompiledAction, invocation: Invocation, moment: Moment
) -> Case:
    """Gather everything the rules may read about one invocation."""
    view = customer.view
    purpose = release.purposes.get(invocation.purpose)
    contact = action.action.kind == "contact"
    consent = answer(
        [(part.id, part.consents) for part in customer.parts],
        release.purposes,
        invocation.purpose,
        invocation.channel if contact else None,
        moment.at,
    )
    if (
        consent.permitted
        and moment.origin not in consent.origins
        and not _goes_to_an_address(release, invocation, contact=contact)
    ):
        # Another side of a merge agreed, and that is nothing this side has said.
        consent = replace(consent, permitted=False, code="unknown")
    facts, unknown, causes = _facts(release, view, action, invocation, moment)
    zone = _zone(release, view)
    return Case(
        release=release,
        action=action,
        invocation=invocation,
        view=view,
        moment=moment,
        purpose=purpose,
        consent=consent,
        cap=_cap(release, view, purpose, invocation, moment.at) if contact else None,
        quiet_until=quiet_until(purpose.quiet_hours, zone, moment.at) if contact and purpose else None,
        zone=zone,
        assurance=assurance_in_force(customer.part(moment.origin), invocation.conversation, moment.at),
        address=contact_address(release, customer, consent, invocation, moment.origin) if contact else None,
        facts=facts,
        unknown=unknown,
        causes=causes,
        halted=_halted(action, invocation, moment),
        engaged=engaged(release, view, invocation),
        within_budget=_within_budget(release, view, action, invocation, moment),
    )


def _halted(action: CompiledAction, invocation: Invocation, moment: Moment) -> str:
    if not moment.halts:
        return ""
    actors = (invocation.actor, invocation.asked_by)
    return halting(moment.halts, scopes_of(actors, invocation.action, action.action.binding.connection))


def _within_budget(
    release: Release, view: Part, action: CompiledAction, invocation: Invocation, moment: Moment
) -> bool:
    actor = invocation.asked_by or invocation.actor
    principal = release.principals.get(actor)
    if principal is None or not principal.budgets:
        return True
    act = Act(moment.at, str(actor), invocation.action, cost_of(action.action, invocation.arguments), invocation.id)
    return within_budget(principal.budgets, view.acts, act, lambda budget, name: counts(release, budget, name))


def counts(release: Release, budget: Budget, name: str) -> bool:
    """Say whether a budget counts an action; without actions of its own it counts all that are no reads."""
    compiled = release.actions.get(name)
    if compiled is None or not budget.actions:
        return compiled is None or compiled.action.kind != "read"
    return any(each in budget.actions for each in ("*", name, *compiled.action.groups))


def _goes_to_an_address(release: Release, invocation: Invocation, *, contact: bool) -> bool:
    """A contact by address goes only to an address of a side that permits it; anything else is about its own side."""
    channel = release.channels.get(invocation.channel or "")
    return contact and channel is not None and channel.namespace is not None


def _zone(release: Release, view: Part) -> str:
    known = view.profile.get(release.zone_field)
    return known.value if known is not None and isinstance(known.value, str) else release.zone


def _cap(release: Release, view: Part, purpose: Purpose | None, invocation: Invocation, at: int) -> Cap | None:
    contacts = release_contact(view.contacts, invocation.id)
    if purpose is not None and (cap := reached(purpose.caps, contacts, purpose.name, invocation.channel, at)):
        return cap
    return reached(release.caps, contacts, None, invocation.channel, at)


def assurance_in_force(part: Part, conversation: str | None, at: int) -> Assurance | None:
    """Only the part the command came in by counts: being verified as one side of a merge says nothing about the other.

    A refusal, kept as level 0, ends whatever was verified before it.
    """
    records = [record for name in (conversation or "", "") if (record := part.assurance.get(name)) is not None]
    refused = max((record.at for record in records if record.level == 0), default=-1)
    valid = [record for record in records if record.at <= at < record.until and record.at > refused]
    return max(valid, key=lambda record: record.level, default=None)


def _facts(
    release: Release, view: Part, action: CompiledAction, invocation: Invocation, moment: Moment
) -> tuple[dict[str, Known], tuple[str, ...], dict[str, str]]:
    """Return the facts that are known, the required ones that are not, and why each unknown one is."""
    if not action.facts:
        return {}, (), {}
    data = {
        "customer": picture(release, view, moment.at, sections_read(action.paths)),
        "arguments": invocation.arguments,
        "now": instant(moment.at),
    }
    computed: dict[str, Known | Fault] = {}
    for fact in action.computed:
        computed[fact.source.name] = _fact(fact, data, computed, view, moment)
    wanted = {fact.source.name: computed[fact.source.name] for fact in action.facts}
    known = {name: told for name, told in wanted.items() if isinstance(told, Known)}
    unknown = tuple(fact.source.name for fact in action.facts if fact.source.required and fact.source.name not in known)
    return known, unknown, {name: told.cause for name, told in computed.items() if isinstance(told, Fault)}


def _fact(
    fact: CompiledFact, data: dict[str, Any], computed: Mapping[str, Known | Fault], view: Part, moment: Moment
) -> Known | Fault:
    """Return a fact, or why it is unknown; what it is made from must all be known, whatever the expression does with it."""
    inputs: list[tuple[str, str, Known]] = []
    for section, name in fact.inputs:
        told = moment.reads.get(name) if section == "reads" else computed.get(name)
        if not isinstance(told, Known):
            return Fault(f"{section}.{name} is unknown")
        inputs.append((section, name, told))
    value = fact.expression.value(_seen(fact, data, inputs) if inputs else data)
    if isinstance(value, Fault):
        return value
    if not _fits(value, fact.source.type):
        return Fault(f"the value is not of the type {fact.source.type}")
    return _made(value, [known for *_, known in inputs]) if inputs else _dated(fact, value, view, moment)


def _seen(fact: CompiledFact, data: dict[str, Any], inputs: list[tuple[str, str, Known]]) -> dict[str, Any]:
    seen = {**data, "reads": {}, "facts": {}}
    for section, name, known in inputs:
        seen[section][name] = known.value
    return {**seen, "read": seen["reads"][fact.source.read]} if fact.source.read else seen


def _fits(value: Any, kind: str) -> bool:
    if not isinstance(value, _FACT_TYPES[kind]) or (kind == "int" and isinstance(value, bool)):
        return False
    return not isinstance(value, list) or all(isinstance(item, str) for item in value)


def _made(value: Any, inputs: list[Known]) -> Known:
    """A fact made from reads and other facts is as old as the oldest of them, and comes from where they all came from."""
    sources = dict.fromkeys(known.source for known in inputs)
    return Known(value, min(known.at for known in inputs), ", ".join(sources))


def _dated(fact: CompiledFact, value: Any, view: Part, moment: Moment) -> Known:
    """A fact computed from the profile is as old as the newest field it read, and comes from where that came from."""
    newest: Known | None = None
    for holding, below in _profile_paths(fact.expression.paths):
        for field, known in view.profile.items():
            if (newest is None or known.at > newest.at) and (field in holding or field.startswith(below)):
                newest = known
    return Known(value, moment.at, "customer context") if newest is None else Known(value, newest.at, newest.source)


@lru_cache(maxsize=1024)
def _profile_paths(paths: tuple[str, ...]) -> tuple[tuple[frozenset[str], str], ...]:
    """Return of each path into the profile the fields that it leads into, and how those begin that lie below it."""
    read = [path.removeprefix(_PROFILE) for path in paths if path.startswith(_PROFILE)]
    return tuple((frozenset(_prefixes(path)), f"{path}.") for path in read)


def _prefixes(path: str) -> Iterator[str]:
    names = path.split(".")
    return (".".join(names[:count]) for count in range(1, len(names) + 1))
