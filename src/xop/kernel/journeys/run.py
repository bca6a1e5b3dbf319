"""A run as it stands: its version, where its tokens are and what they wait for."""

from typing import Any, Literal

from msgspec import Struct

from xop.kernel.base.actor import Actor

Waiting = Literal["", "time", "signal", "invocation", "choice", "person", "run", "paths", "handover"]

NOT_REMEMBERED = -1
FOR_EVER = 0


class Token(Struct, frozen=True, array_like=True):
    """One place in a run; a run that goes several ways at once has several."""

    id: int
    step: str
    since: int
    """When it came to the step, in milliseconds since the epoch."""
    waits: Waiting = ""
    due: int = 0
    """When the wait is over at the latest, in milliseconds since the epoch; 0 for no such moment."""
    on: str = ""
    """The invocation, choice or run waited for."""
    parent: int = -1
    """The token whose parallel step it is one path of."""
    tries: int = 0
    """How often the step has proposed."""
    parked: str = ""
    """How it would go on if it could: its run stands still while another run of the customer has the right of way."""


class Run(Struct, frozen=True, omit_defaults=True):
    """One customer's passage through one version of a journey."""

    id: str
    journey: str
    version: str
    """The digest of the definition it is pinned to."""
    at: int
    """When it began, in milliseconds since the epoch."""
    tokens: tuple[Token, ...]
    key: str = ""
    vars: dict[str, Any] = {}
    moves: int = 0
    """How often a token has come to a step."""
    caller: str = ""
    """The run that called it, with the token that waits for it; or the invocation that it carries out."""
    caller_token: int = -1
    asked_by: Actor | None = None
    """Whoever asked for the entry, when somebody did."""
    conversation: str | None = None
    """The interaction in which the entry was asked for."""
    aside: str = ""
    """The release whose publication set it aside; such a run stands still and can be put back."""
    aside_at: int = 0
    was: tuple["Former", ...] = ()
    """Where it stood before publications moved it, the newest last."""


class Former(Struct, frozen=True, array_like=True):
    """Where a run stood before a publication moved it."""

    release: str
    """The release that was published."""
    version: str
    moves: int
    """The run's moves at that time: when they are the same still, it can be put back exactly."""
    tokens: tuple[Token, ...]
    begun: int = 0
    """The moves that the publication itself made."""


class Entered(Struct, frozen=True, array_like=True):
    """The last entry into a journey that its re-entry rule must remember."""

    at: int
    until: int
    """When it may be forgotten, in milliseconds since the epoch; 0 for never."""
    run: str = ""


def entered_key(journey: str, key: str) -> str:
    """Return the name under which an entry is remembered."""
    return f"{journey}/{key}" if key else journey


def token_of(run: Run, token: int) -> Token | None:
    """Return one token of a run."""
    return next((each for each in run.tokens if each.id == token), None)


def live(run: Run) -> bool:
    """Say whether a run goes on: it is not set aside."""
    return not run.aside


def carries_out(run: Run) -> bool:
    """Say whether a run carries out an invocation: it was called, and by no token of a run."""
    return bool(run.caller) and run.caller_token < 0
