"""Principals: the sources, agents, operators and partners a workspace lets in."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from xop.kernel.base.actor import Actor

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
]

Autonomy = Literal["observe", "suggest", "act_with_approval", "act"]

DEFAULT_SCOPES: dict[PrincipalKind, tuple[Scope, ...]] = {
    "source": ("signals:write",),
    "agent": ("proposals:write", "customers:read", "decisions:read"),
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
    ),
}


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
    autonomy: Autonomy | None = None
    """How far it acts on its own; agents suggest, everybody else acts, when not given."""
    roles: tuple[str, ...] = ()
    """Roles that policies and approvals speak of."""
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
    def granted_scopes(self) -> tuple[Scope, ...]:
        """Its own scopes, or those of its kind."""
        return DEFAULT_SCOPES[self.kind] if self.scopes is None else self.scopes
