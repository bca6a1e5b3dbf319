"""What a Thompson model has learned, as values."""

import msgspec

from xop.kernel.base.json import canonical


class State(msgspec.Struct, frozen=True):
    """What a Thompson model has learned."""

    propensity: float
    """What is taken for likely before anything is learned."""
    arms: dict[str, tuple[float, float]] = {}
    """The parameters of the Beta distribution of each treatment, by `candidate/treatment` and perhaps the key's bucket."""


def encoded(state: State) -> bytes:
    """Return a state as canonical JSON."""
    return canonical(state)


def decoded(state: bytes) -> State:
    """Return the state that bytes hold."""
    return msgspec.json.decode(state, type=State)
