"""Contact pressure: what each cap counts for a customer, and how much room it leaves."""

from collections.abc import Sequence

from msgspec import Struct

from xop.kernel.consent.model import Cap
from xop.kernel.pressure.measure import count
from xop.kernel.pressure.model import Contact
from xop.kernel.release import Release


class CapStanding(Struct, frozen=True):
    """One cap, and how much of it is used."""

    purpose: str | None
    """Whose contacts it counts; null for those of all purposes."""
    channel: str | None
    """Where it counts them; null for every channel."""
    window: str
    """How far back it counts, such as `7d`."""
    most: int
    used: int


def cap_standings(release: Release, contacts: Sequence[Contact], at: int) -> list[CapStanding]:
    """Return every cap with what it counts at a moment, in milliseconds since the epoch."""
    caps: list[tuple[str | None, Cap]] = [(None, cap) for cap in release.caps]
    caps += [(purpose.name, cap) for purpose in release.purposes.values() for cap in purpose.caps]
    return [
        CapStanding(name, cap.channel, str(cap.window), cap.most, count(cap, contacts, name, at)) for name, cap in caps
    ]
