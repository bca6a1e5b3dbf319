"""Shadows: releases that are only observed, and how what they would decide compares with what was decided."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from xop.kernel.decisions.model import Reason

KEPT = 100_000
"""Contrasts that are kept; the oldest make room for new ones."""

Kind = Literal["release", "agent", "rule"]
"""What is in shadow: a whole release, the agent that asked, or a rule."""

Aspect = Literal["", "verdict", "reason", "terms", "choice"]
"""In what two decisions differ first: verdict, reason, what is waited for or owed, or what was chosen; empty for nothing."""


class Shadow(Struct, frozen=True):
    """A release that is observed, or was."""

    digest: str
    name: str
    at: int
    """When it was set."""
    by: str
    ended: int = 0
    """When it was stopped or made room for another; 0 while it is observed."""


class Side(Struct, frozen=True, omit_defaults=True):
    """What one release, agent or rule decided, or would have."""

    verdict: str
    """`permit`, `hold` or `deny`; `observed` when nothing follows, `refused` when there was nothing to judge, `fault`."""
    code: str = ""
    reasons: tuple[Reason, ...] = ()
    until: str = ""
    choice: str = ""
    """What was chosen, for a choice."""
    cause: str = ""
    """Why there is no verdict."""


class Contrast(Struct, frozen=True, omit_defaults=True):
    """One decision as it was, beside what it would have been."""

    kind: Kind
    subject: str
    """The digest of the release in shadow, the agent, or the rule."""
    decision: str
    at: int
    stage: str
    action: str
    actor: str
    aspect: Aspect
    live: Side
    shadow: Side
    unread: tuple[str, ...] = ()
    """Reads that the release in shadow asks for and that were not made: unknown to it."""


class Shadows(Protocol):
    """Keeps which release is in shadow, and the newest contrasts."""

    async def begin(self, digest: str, name: str, files: Mapping[str, bytes], at: int, by: str) -> None:
        """Keep a release's files if they are new, and observe it in place of the one before; durable when this returns."""
        ...

    async def end(self, at: int) -> None:
        """Observe no release any more; what was found out stays."""
        ...

    async def latest(self) -> Shadow | None:
        """Return the release observed now, or else the last one that was."""
        ...

    async def files(self, digest: str) -> dict[str, bytes] | None:
        """Return the files of a release that is or was in shadow, by relative path."""
        ...

    async def note(self, contrasts: Sequence[Contrast]) -> None:
        """Keep contrasts, and forget the oldest beyond `KEPT`; durable when this returns."""
        ...

    async def page(self, before: int | None, limit: int) -> Sequence[tuple[int, Contrast]]:
        """Return contrasts with their numbers, newest first, beginning before a number."""
        ...

    async def drop(self, numbers: Sequence[int]) -> int:
        """Erase contrasts by their numbers for good; return how many there were. Durable when this returns."""
        ...
