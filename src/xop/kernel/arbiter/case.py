"""A case: one invocation to rule on, with everything the rules may read gathered from the customer and the moment."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from xop.kernel.actions.invocation import Invocation
from xop.kernel.arbiter.address import contact_address
from xop.kernel.base.values import Known
from xop.kernel.conditions import Fault
from xop.kernel.consent.answer import answer
from xop.kernel.consent.model import Cap, ConsentAnswer, Purpose
from xop.kernel.context.customer import Customer, Part
from xop.kernel.identity.model import Assurance
from xop.kernel.moment import Moment
from xop.kernel.picture import instant, picture, sections_read
from xop.kernel.pressure.measure import quiet_until, reached
from xop.kernel.pressure.model import release_contact
from xop.kernel.release import CompiledAction, CompiledFact, Release

_PROFILE = "customer.profile."

_FACT_TYPES: dict[str, type | tuple[type, ...]] = {"bool": bool, "int": int, "string": str, "strings": list}


@dataclass(frozen=True, slots=True)
class Case:
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


def build_case(
    release: Release, customer: Customer, action: CompiledAction, invocation: Invocation, moment: Moment
) -> Case:
    """Gather everything the rules may read about one invocation."""
    view = customer.view
    purpose = release.purposes.get(invocation.purpose)
    contact = action.action.kind == "contact"
    consent = answer(
        [(part.id, part.consents) for part in customer.parts],
        purpose,
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
    facts, unknown = _facts(release, view, action, invocation, moment)
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
        assurance=_assurance(customer.part(moment.origin), invocation.conversation, moment.at),
        address=contact_address(release, customer, consent, invocation, moment.origin) if contact else None,
        facts=facts,
        unknown=unknown,
    )


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


def _assurance(part: Part, conversation: str | None, at: int) -> Assurance | None:
    """Only the part the command came in by counts: being verified as one side of a merge says nothing about the other.

    A refusal, kept as level 0, ends whatever was verified before it.
    """
    records = [record for name in (conversation or "", "") if (record := part.assurance.get(name)) is not None]
    refused = max((record.at for record in records if record.level == 0), default=-1)
    valid = [record for record in records if record.at <= at < record.until and record.at > refused]
    return max(valid, key=lambda record: record.level, default=None)


def _facts(
    release: Release, view: Part, action: CompiledAction, invocation: Invocation, moment: Moment
) -> tuple[dict[str, Known], tuple[str, ...]]:
    if not action.facts:
        return {}, ()
    sections = sections_read(tuple(path for fact in action.facts for path in fact.expression.paths))
    data = {
        "customer": picture(release, view, moment.at, sections),
        "arguments": invocation.arguments,
        "now": instant(moment.at),
    }
    known: dict[str, Known] = {}
    unknown: list[str] = []
    for fact in action.facts:
        value = _fact(fact, data, view, moment)
        if value is not None:
            known[fact.source.name] = value
        elif fact.source.required:
            unknown.append(fact.source.name)
    return known, tuple(unknown)


def _fact(fact: CompiledFact, data: dict[str, Any], view: Part, moment: Moment) -> Known | None:
    read = moment.reads.get(fact.source.read) if fact.source.read else None
    if fact.source.read and read is None:
        return None
    value = fact.expression.value(data if read is None else {**data, "read": read.value})
    wanted = _FACT_TYPES[fact.source.type]
    if isinstance(value, Fault) or not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        return None
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        return None
    return Known(value, read.at, read.source) if read is not None else _dated(fact, value, view, moment)


def _dated(fact: CompiledFact, value: Any, view: Part, moment: Moment) -> Known:
    """A fact computed from the profile is as old as the newest field it read, and comes from where that came from."""
    newest: Known | None = None
    for path in _profile_paths(fact.expression.paths):
        for field, known in view.profile.items():
            if (newest is None or known.at > newest.at) and _overlap(path, field):
                newest = known
    return Known(value, moment.at, "customer context") if newest is None else Known(value, newest.at, newest.source)


@lru_cache(maxsize=1024)
def _profile_paths(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(path.removeprefix(_PROFILE) for path in paths if path.startswith(_PROFILE))


def _overlap(path: str, field: str) -> bool:
    return path == field or path.startswith(f"{field}.") or field.startswith(f"{path}.")
