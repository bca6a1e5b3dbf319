"""The settings of a workspace as a whole: `workspace.toml`."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from xop.kernel.consent.model import Controller
from xop.ports.secret import Secret

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]
"""Signatures that a public key checks; those that need a shared secret are never accepted."""


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


class Issuer(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An authorization server whose access tokens are accepted, and where its public keys are."""

    issuer: str
    """Its identifier, exactly as tokens name it in `iss`; may refer to `${env:NAME}`."""
    jwks_uri: str = ""
    """Where its public keys are fetched from; may refer to `${env:NAME}`."""
    jwks: dict[str, Any] = {}
    """Its public keys themselves as a JWK Set, where nothing can be fetched."""


class OAuthSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which access tokens agents and others may sign in with."""

    issuers: dict[str, Issuer]
    """The authorization servers by a name of your own; with several, an agent's `client` is written `name/client`."""
    audience: str = ""
    """What tokens are issued for, where the authorization server cannot be told the `address`; may refer to `${env:NAME}`."""
    algorithms: tuple[Algorithm, ...] = ("RS256", "PS256", "ES256", "Ed25519")
    """The signatures accepted."""
    leeway: Annotated[int, Meta(ge=0, le=300)] = 30
    """Seconds by which the clocks of others may differ."""


class ProviderSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The OpenID provider at which people sign in to the console."""

    issuer: str
    """Its identifier, exactly as its tokens say in `iss`, such as `https://login.example.com`; may refer to `${env:NAME}`."""
    client: str
    """The client that the console is there; may refer to `${env:NAME}`."""
    secret: Secret | None = None
    """The client's secret; none for a public client, which PKCE alone protects."""
    name: str = ""
    """What people call it; the host of the issuer when not given."""
    claim: str = "sub"
    """The claim of the ID token that names the operator; of `email` only a verified one counts."""
    operators: dict[str, str] = {}
    """The operator that each value of the claim is; where none are given, the value is the operator's own name."""
    required: dict[str, tuple[str, ...]] = {}
    """Claims that must have one of these values besides, such as `groups`."""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    sign_out: bool = True
    """Whether who signs out of the console signs out there too, where the provider offers it."""
    algorithms: tuple[Algorithm, ...] = ("RS256", "PS256", "ES256", "Ed25519")
    """The signatures accepted."""


class ConsoleSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How people sign in to the console in a browser."""

    local_accounts: bool = True
    """Whether passwords and passkeys that are kept here count."""
    oidc: ProviderSettings | None = None
    proxies: tuple[str, ...] = ()
    """Networks, such as `10.0.0.0/8`, of proxies that are believed which address a request came from."""


class StepUpSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a customer confirms who they are when an agent's call needs it: a page asks for a code and an action checks it."""

    action: str
    """The action that checks the code."""
    argument: str = "code"
    """Its argument that takes the code."""
    confirmed_by: str = "verified"
    """The field of its output that is true for the right code."""
    level: Annotated[int, Meta(ge=1, le=3)] = 2
    """How strongly the customer is verified then."""
    method: str = "code"


class HandoverSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How conversations are handed over to people."""

    most: Annotated[int, Meta(ge=1, le=100)] = 5
    """Passings of one conversation to people after which it comes back to an agent only by a supervisor's word."""


class WitnessSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A witness that cosigns the checkpoints of the log, so that nobody can be shown another log than everybody else."""

    key: str
    """Its verifier key, as `xop witness init` prints it."""
    url: str
    """The address it listens at, such as `https://witness.example`; may refer to `${env:NAME}`."""


class LogSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How the log of decisions is published."""

    interval: Annotated[int, Meta(ge=50, le=60_000)] = 500
    """Milliseconds between two checkpoints at the least, unless very much waits."""
    public: bool = False
    """Whether anybody may read the files of the log; by default whoever may read decisions."""
    quorum: Annotated[int, Meta(ge=0, le=100)] = 0
    """How many witnesses must cosign before a decision counts as witnessed; 0 for all of them."""
    witnesses: dict[str, WitnessSettings] = {}
    """The witnesses by a name of your own."""


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
    address: str = ""
    """The address at which others reach the server, such as `https://xop.example.com`; may refer to `${env:NAME}`."""
    controller: Controller | None = None
    """Who answers for the use of customers' data, as receipts and customers' pages name them."""
    oauth: OAuthSettings | None = None
    step_up: StepUpSettings | None = None
    console: ConsoleSettings = ConsoleSettings()
    policy: PolicySettings = PolicySettings()
    journeys: JourneySettings = JourneySettings()
    handovers: HandoverSettings = HandoverSettings()
    log: LogSettings = LogSettings()
