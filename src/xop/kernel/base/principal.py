"""Principals: the sources, agents, operators and partners a workspace lets in."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from xop.kernel.base.actor import Actor
from xop.kernel.base.days import Day
from xop.kernel.base.spans import Span

PrincipalKind = Literal["source", "agent", "operator", "partner"]

Scope = Literal[
    "signals:write",
    "proposals:write",
    "approvals:write",
    "customers:read",
    "consents:write",
    "identity:write",
    "decisions:read",
    "facts:read",
    "outbox:read",
    "outbox:write",
    "releases:write",
    "metrics:read",
    "evaluations:write",
    "handovers:write",
    "halts:write",
    "privacy:write",
    "exports:read",
]

Autonomy = Literal["observe", "suggest", "act_with_approval", "act"]

LEVELS: tuple[Autonomy, ...] = ("observe", "suggest", "act_with_approval", "act")
"""The strictest first."""

DEFAULT_SCOPES: dict[PrincipalKind, tuple[Scope, ...]] = {
    "source": ("signals:write",),
    "agent": ("proposals:write", "customers:read", "decisions:read", "handovers:write"),
    "partner": ("proposals:write", "signals:write"),
    "operator": (
        "signals:write",
        "proposals:write",
        "approvals:write",
        "customers:read",
        "consents:write",
        "identity:write",
        "decisions:read",
        "facts:read",
        "outbox:read",
        "outbox:write",
        "metrics:read",
        "evaluations:write",
        "handovers:write",
        "halts:write",
    ),
}


class Budget(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How much an agent may do for one customer in a span of time; what it had others do counts as well."""

    within: Span
    most: Annotated[int, Meta(ge=0)] | None = None
    """Most acts: everything but reads, unless `actions` say otherwise."""
    cost: Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})? [A-Z]{3}$")] | None = None
    """Most that the acts may cost together, as an amount and a currency; an act that states no cost costs nothing."""
    actions: tuple[str, ...] = ()
    """The actions and groups it counts."""


class Breaker(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """When an agent that runs away is halted; each limit holds for all customers together."""

    within: Span = "1m"
    rate: Annotated[int, Meta(ge=1)] | None = 6000
    """Most requests."""
    cost: Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})? [A-Z]{3}$")] | None = None
    """Most that its acts may cost together."""
    denials: Annotated[float, Meta(gt=0, le=1)] | None = 0.8
    """Most of its requests that may be refused, as a share."""
    errors: Annotated[float, Meta(gt=0, le=1)] | None = 0.8
    """Most of its acts that may fail, as a share."""
    least: Annotated[int, Meta(ge=1)] = 20
    """Shares are looked at from this many requests or acts on."""


class Training(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a person was trained for who oversees AI systems."""

    record: Annotated[str, Meta(min_length=1, max_length=200)]
    """The id of the training's record."""
    valid_until: Day
    """The last day on which it counts."""
    systems: Annotated[tuple[str, ...], Meta(min_length=1)]
    """The systems of systems.yaml that it is about, or `*`."""


class Principal(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who may use the platform, by which key, and for what."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    kind: PrincipalKind
    key: str = ""
    """The API key, as `${env:NAME}`; without one the principal cannot sign in."""
    signing_secret: str = ""
    """A Standard Webhooks secret, as `${env:NAME}`; with one, every body it sends must be signed with it."""
    description: str = ""
    scopes: tuple[Scope, ...] | None = None
    """What it may ask of the API; by default what its kind needs."""
    actions: tuple[str, ...] = ()
    """Actions and action groups it may propose; `*` for all."""
    autonomy: Autonomy | dict[str, Autonomy] | None = None
    """How far it acts on its own, or how far by action and group, with `*` for the rest; agents suggest, everybody else
    acts, when not given. An action's own entry stands before its groups', and of several groups the strictest holds."""
    customers: Literal["engaged", "all"] | None = None
    """Whom it may touch: customers it is in a conversation or task with, or all; agents those, everybody else all."""
    client: str = ""
    """The OAuth client it is."""
    owner: str = ""
    """Who answers for it."""
    maker: str = ""
    model: str = ""
    risk_class: Literal["minimal", "limited", "high"] | None = None
    """Its class under the AI Act."""
    budgets: tuple[Budget, ...] = ()
    breaker: Breaker | None = None
    """When it is halted by itself; every agent has one with the values that are the default."""
    shadow: bool = False
    """Whether it is only observed: verdicts are recorded as if it acted, and nothing is done."""
    roles: tuple[str, ...] = ()
    """Roles that policies and approvals speak of."""
    training: Training | None = None
    """What a person was trained for who approves what AI systems propose."""
    journeys: tuple[str, ...] = ()
    """The journeys it may have customers enter, or `*`."""
    decisions: tuple[str, ...] = ()
    """The decision sets it may ask, or `*`."""
    purposes: tuple[str, ...] = ()
    """Purposes it may pursue; all when empty."""

    @property
    def actor(self) -> Actor:
        """The actor it is in commands."""
        return Actor(self.kind, self.name)

    @property
    def reach(self) -> Literal["engaged", "all"]:
        """Whom it may touch."""
        return self.customers or ("engaged" if self.kind == "agent" else "all")

    def may_propose(self, action: str, groups: Sequence[str]) -> bool:
        """Say whether its grants name an action of some groups."""
        return "*" in self.actions or action in self.actions or any(group in self.actions for group in groups)

    def autonomy_in(self, action: str, groups: tuple[str, ...]) -> Autonomy:
        """Return how far it acts on its own in an action of some groups."""
        default: Autonomy = "suggest" if self.kind == "agent" else "act"
        if not isinstance(self.autonomy, dict):
            return self.autonomy or default
        named = self.autonomy.get(action)
        if named is not None:
            return named
        levels = [self.autonomy[group] for group in groups if group in self.autonomy]
        return min(levels, key=LEVELS.index) if levels else self.autonomy.get("*", "observe")

    @property
    def granted_scopes(self) -> tuple[Scope, ...]:
        """Its own scopes, or those of its kind."""
        return DEFAULT_SCOPES[self.kind] if self.scopes is None else self.scopes
