"""The line: the way back to whoever waits while an invocation is carried out."""

from collections.abc import Mapping
from typing import Any, Protocol


class Line(Protocol):
    """Connects an adapter, for the length of one call, with the caller that waits for it.

    What goes over a line is not durable and decides nothing: the outcome is. A caller that is gone hears nothing more,
    and nothing is asked of anybody then.
    """

    along: Mapping[str, Any]
    """What the caller sends along beside the arguments, such as its trace context or answers to earlier questions."""

    def tell(self, method: str, params: Mapping[str, Any]) -> None:
        """Pass on what the other side says meanwhile, such as its progress; never waits and never raises."""
        ...

    async def ask(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the caller's answer to a question of the other side, or None when it cannot or will not answer."""
        ...

    def give(self, result: Mapping[str, Any]) -> None:
        """Hand over the other side's whole answer, of which the outcome keeps only what the contract names."""
        ...
