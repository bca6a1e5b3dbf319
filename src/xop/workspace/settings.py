"""The settings of a workspace as a whole: `workspace.toml`."""

from typing import Annotated

from msgspec import Meta, Struct


class PolicySettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a workspace does with the baseline's policies."""

    replace: tuple[str, ...] = ()
    """Baseline rules marked `@default` that this workspace does without, or replaces by rules of its own."""


class JourneySettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How much goes on in journeys at a time."""

    concurrent: Annotated[int, Meta(ge=0, le=1000)] = 0
    """Most counted runs of one customer at a time; 0 for any number."""
    wakeups_per_second: Annotated[float, Meta(gt=0)] | None = None
    """Most timers a second that wake runs, so that many due at once reach other systems evenly; any when not given."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The settings of a workspace as a whole."""

    name: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$",
            description="Letters, digits, spaces, `.`, `_` and `-`, beginning with a letter or digit.",
        ),
    ]
    description: str = ""
    time_zone: str = "UTC"
    """The time zone of customers whose own is not known."""
    time_zone_field: str = "time_zone"
    """The profile field that holds a customer's time zone."""
    policy: PolicySettings = PolicySettings()
    journeys: JourneySettings = JourneySettings()
