"""What became true about a customer's context."""

from typing import Any

from msgspec import Struct


class SignalReceived(Struct, frozen=True, tag=True, tag_field="fact"):
    """Something happened, as a source told it."""

    type: str
    source: str
    time: int
    """When it happened, in milliseconds since the epoch."""


class ProfileChanged(Struct, frozen=True, tag=True, tag_field="fact"):
    """A value about the customer was learned."""

    field: str
    value: Any
    source: str
    time: int


class CounterAdvanced(Struct, frozen=True, tag=True, tag_field="fact"):
    """Something counted happened once more."""

    counter: str
    time: int
    since: int
    """Counts before this moment (milliseconds since the epoch) have left the window."""


class FlagRaised(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A circumstance began, such as a complaint, an open support case or vulnerability."""

    flag: str
    source: str
    reference: str = ""
    """Which case, so that two open cases are told apart."""


class FlagCleared(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A circumstance ended."""

    flag: str
    reference: str = ""


class ChangeSkipped(Struct, frozen=True, tag=True, tag_field="fact"):
    """Something the workspace declares had no answer for the data at hand and was not done; `cause` says why."""

    change: str
    cause: str
