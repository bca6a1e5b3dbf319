"""Action contracts, their bindings, and the connections and facts they name."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from xop.kernel.base.spans import Span

Name = Annotated[
    str,
    Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="Lower-case letters, digits and `_`, beginning with a letter."),
]

FactType = Literal["bool", "int", "string", "strings"]


class FactSource(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A fact that policies may read beyond the customer's standing context."""

    name: Name
    type: FactType
    value: str
    """A CEL expression over `customer`, `arguments`, `read` and `now`."""
    description: str = ""
    read: Name | None = None
    """A read action to call first; its output is `read` in the expression."""
    max_age: Span | None = None
    """How old the read may be before it is made again."""
    required: bool = True
    """Whether an unknown value denies the action; when false, policies must ask `context.facts has name`."""


class Attempts(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How persistently an action is carried out."""

    most: Annotated[int, Meta(ge=1, le=100)] = 6
    first_delay: Span = "2s"
    """Doubled after every failed attempt, up to `longest_delay`."""
    longest_delay: Span = "1h"
    timeout: Span = "15s"


class Binding(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How an action is carried out: a connection and a template that its adapter reads."""

    connection: Name
    request: dict[str, Any] = {}
    """The adapter's own template, such as method, path and body; `{{path}}` is replaced by a value."""


class Action(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A stable contract for something that can be done to or for a customer."""

    name: Name
    version: Annotated[int, Meta(ge=1)]
    description: str
    kind: Literal["contact", "write", "read"]
    """`contact` reaches the customer and counts as contact pressure; `write` changes something; `read` changes nothing."""
    purpose: str
    binding: Binding
    other_purposes: tuple[str, ...] = ()
    """Purposes a proposal may name instead."""
    channel: str | None = None
    """The channel of a contact."""
    groups: tuple[Name, ...] = ()
    """Action groups that policies may speak of."""
    input: dict[str, Any] = field(default_factory=lambda: {"type": "object", "additionalProperties": False})
    """JSON Schema of the arguments; policies see its flat properties of type boolean, integer, string and list of strings."""
    output: dict[str, Any] = {}
    risk: Literal["low", "medium", "high"] = "low"
    reversible_by: Name | None = None
    data_categories: tuple[str, ...] = ()
    cost: str = ""
    """The cost of one run, as an amount and a currency."""
    assurance: Annotated[int, Meta(ge=0, le=3)] = 0
    """How strongly the customer must be verified: 0 not at all, 1 claimed, 2 verified, 3 by two factors or in person."""
    facts: tuple[Name, ...] = ()
    attempts: Attempts = Attempts()
    delay: Span = "0s"
    """How long a permitted invocation waits before it starts; it is judged again when it does."""
    valid_for: Span = "3d"
    """After this time an invocation that has not started is given up."""


class Connection(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An outside system, reached by one adapter."""

    name: Name
    adapter: Literal["http", "smtp", "webhook", "console", "simulated"]
    settings: dict[str, Any] = {}
    """The adapter's own settings; secrets are written `${env:NAME}`."""
    rate: Annotated[float, Meta(gt=0)] | None = None
    """Most invocations a second."""
    concurrency: Annotated[int, Meta(ge=1, le=1000)] = 8
    breaker_failures: Annotated[int, Meta(ge=1)] = 5
    """Failures in a row that open the circuit."""
    breaker_pause: Span = "30s"
    description: str = ""
