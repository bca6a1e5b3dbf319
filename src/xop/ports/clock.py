"""The clock: the only source of time."""

from typing import Protocol


class Clock(Protocol):
    """Tells and awaits time."""

    def now(self) -> int:
        """Return the present moment in milliseconds since the epoch; never earlier than told before."""
        ...

    async def until(self, moment: int) -> None:
        """Return when a moment has come."""
        ...
