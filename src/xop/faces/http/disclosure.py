"""Disclosure: what of a customer is shown to whoever asks, for which purpose, and the record of it in the ledger."""

import logging
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from xop.engine.engine import Engine
from xop.faces.http.problems import UNAVAILABLE, ProblemError
from xop.kernel.base.actor import Actor
from xop.kernel.base.ids import derive
from xop.kernel.base.json import canonical
from xop.kernel.base.principal import Principal
from xop.kernel.commands import Show
from xop.kernel.context.customer import Customer
from xop.kernel.handovers.packet import IdentityTold, Packet
from xop.kernel.privacy.classes import Access, access
from xop.kernel.privacy.screen import Screen
from xop.kernel.release import Release

LOG = logging.getLogger("xop.privacy")

WINDOW = 600_000
"""Milliseconds in which the same look of the same actor for the same purpose is recorded once."""

LINK = Actor("system", "link")
"""Whoever has a link: it says what may be read, and not who reads it."""

USUAL = "service"
"""The purpose of those who name none, where the workspace has it and says nothing else."""


class Look(Struct, frozen=True):
    """One look at a customer: by whom, what for, and how much may be seen."""

    actor: Actor
    purpose: str
    access: Access

    @property
    def by_person(self) -> bool:
        """Whether a person looks."""
        return self.actor.kind == "operator"


def look_of(release: Release, principal: Principal, purpose: str | None) -> Look:
    """Return the look of a principal for a purpose, or for its usual one; raises ProblemError for one it may not pursue."""
    own = principal.purposes
    if purpose is not None and purpose not in release.purposes:
        raise ProblemError("purpose-unknown", f"there is no purpose {purpose[:80]!r}")
    if purpose is not None and own and purpose not in own:
        cause = f"you pursue none but these purposes: {', '.join(sorted(own))}"
        raise ProblemError("scope-missing", cause, "name one of them as `purpose`")
    person = principal.kind == "operator"
    usual = _usual(release)
    stated = purpose or (usual if not own or usual in own else own[0])
    return Look(principal.actor, stated, access(release.privacy, stated, principal.roles if person else None))


def look_by_link(release: Release) -> Look:
    """Return the look of whoever has a link: nobody knows who that is, so it is for the usual purpose and no more."""
    purpose = _usual(release)
    return Look(LINK, purpose, access(release.privacy, purpose, None))


async def record(engine: Engine, look: Look, customer: Customer, screen: Screen) -> bool:
    """Have the ledger tell what is about to be shown; False when that cannot be, and it may be shown all the same.

    Raises `Overloaded`, `Stopping` or `StorageError` when it cannot be and nobody but a person may look unrecorded.
    """
    fields, left_out = screen.shown, len(screen.left_out)
    name = _name(look, customer.id, fields, engine.runtime.clock.now() // WINDOW)
    try:
        await engine.submit(Show(name, look.actor, look.purpose, fields, left_out), customer.id)
    except UNAVAILABLE:
        if not look.by_person:
            raise
        if engine.running:
            LOG.warning("a look of %s could not be recorded", look.actor)
        return False
    return True


def packet_seen(packet: Packet, screen: Screen) -> Packet:
    """Return as much of a handover's packet as a look may see: of who the customer is, and of what to bear in mind.

    What was said in the conversation is what the packet is for, and stays.
    """
    identity = packet.identity
    if identity.level and not screen.passes("assurance"):
        # How far somebody is verified says what may be done for them; how and by whom does not.
        identity = IdentityTold(identity.known, identity.level)
    seen = replace(
        packet,
        identity=identity,
        identifiers=tuple(each for each in packet.identifiers if screen.passes("identifiers", each.partition(":")[0])),
        circumstances=tuple(each for each in packet.circumstances if screen.passes("flags", each)),
    )
    return replace(seen, left_out=tuple(screen.left_out))


def _usual(release: Release) -> str:
    told = release.privacy.default_purpose if release.privacy is not None else ""
    return told or (USUAL if USUAL in release.purposes else "")


def _name(look: Look, customer: str, fields: Mapping[str, tuple[str, ...]], window: int) -> str:
    """The name counts once, so that looking again soon changes nothing."""
    return derive("show", str(look.actor), look.purpose, customer, str(window), canonical(fields).decode())
