"""Witnesses: strangers who cosign a log's checkpoints after they have seen that it only grew."""

from collections.abc import Callable, Sequence
from typing import Protocol

from xop.ports.errors import XopError


class WitnessBehind(XopError):  # noqa: N818 - names what is the case
    """A witness knows the log at another size than it was told: it goes on from there, or the log was set back."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the witness knows {size} leaves")
        self.size = size


class WitnessRefused(XopError):  # noqa: N818 - names what happened
    """A witness does not cosign, and asking it again helps only once somebody mends what it says."""


class WitnessConflict(WitnessRefused):
    """A witness has seen another log under the same name: the checkpoint does not go on from the one it cosigned."""


class WitnessUnreachable(XopError):  # noqa: N818 - names what is the case
    """A witness does not answer, or not as the protocol has it."""


class Witness(Protocol):
    """Speaks to one witness (C2SP tlog-witness)."""

    async def add(self, old: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
        """Return the witness's signature lines on a checkpoint that goes on from one of `old` leaves.

        Raises `WitnessBehind` when the witness knows another size, `WitnessConflict` when the proof does not hold for
        it, `WitnessRefused` when it will not cosign for another reason and `WitnessUnreachable`.
        """
        ...

    async def latest(self, origin: str) -> bytes | None:
        """Return the last checkpoint of a log that the witness cosigned, None when it knows none; `WitnessUnreachable`."""
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...


OpenWitness = Callable[[str], Witness]
"""Returns a witness by its address."""
