"""What goes wrong with a text, and what goes wrong with the data it is asked about; both are values."""

from msgspec import Struct


class Problem(Struct, frozen=True):
    """Why a text cannot be used, and what to write instead."""

    cause: str
    remedy: str


class Fault(Struct, frozen=True):
    """Why a text has no answer for the data at hand; a fault is neither true nor false."""

    cause: str

    def __bool__(self) -> bool:
        # A caller that forgets to ask for faults then permits nothing because of one.
        return False
