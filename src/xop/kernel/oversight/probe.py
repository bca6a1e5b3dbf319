"""What people said to a known-wrong proposal."""

from msgspec import Struct


class ProbeAnswered(Struct, frozen=True, tag=True, tag_field="fact"):
    """A person answered a known-wrong proposal that was put among their requests."""

    invocation: str
    probe: str
    by: str
    caught: bool
    """Whether they did not approve it as it was."""
