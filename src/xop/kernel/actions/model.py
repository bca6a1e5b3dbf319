"""Action contracts, their bindings, and the connections and facts they name."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, field, to_builtins
from msgspec.structs import force_setattr

from xop.kernel.base.days import Day
from xop.kernel.base.risks import RiskClass
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
    """A CEL expression over `customer`, `arguments`, `reads`, other `facts`, `read` and `now`."""
    description: str = ""
    read: Name | None = None
    """A read action to call first, with the proposal's own arguments; its output is `read` in the expression."""
    max_age: Span | None = None
    """How old the read may be before it is made again."""
    required: bool = True
    """Whether an unknown value denies the action; when false, policies must ask `context.facts has name`."""


class Read(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"arguments": "with"}):
    """A named read that facts are made from: a read action, and what it is called with.

    The platform makes it for a verdict, as the system: what the read action's own permission says is not asked.
    """

    name: Name
    action: Name
    """The read action to call."""
    arguments: dict[str, Any] = {}
    """Its arguments: templates over `arguments`, `customer`, `now`, other `reads` and `each`."""
    each: str | None = None
    """A CEL list over the same, but for `each`: the read is made once for each element, and gives a list in its order."""
    max_age: Span | None = None
    """How old an answer may be before the read is made again; by default it is made for every verdict."""
    absent: Any = UNSET
    """What it gives when the other side says that there is no such thing; left out, that is unknown."""
    description: str = ""


class Attempts(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How persistently an action is carried out."""

    most: Annotated[int, Meta(ge=1, le=100)] = 6
    first_delay: Span = "2s"
    """Doubled after every failed attempt, up to `longest_delay`."""
    longest_delay: Span = "1h"
    timeout: Span = "15s"


JOURNEYS = "journeys"
"""The platform's own connection, over which journeys carry actions out."""

TASKS = "tasks"
"""The platform's own connection, over which people carry actions out."""


class Errand(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a journey is asked to carry out."""

    journey: Name
    key: str = ""
    """What its run is about."""
    data: dict[str, Any] = {}
    """The run's variables."""


class TaskTerms(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a person is asked to carry out, and who may do it."""

    question: Annotated[str, Meta(min_length=1, max_length=2000)]
    """What is to be done, as a template."""
    role: Name | None = None
    """The role of those who may."""
    queue: Name | None = None
    """The queue whose people may, in place of a role."""
    options: tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...] = ()
    """The answers there are, given as `choice` of the output; whatever fits the contract's `output` when empty."""
    within: Span = "1d"
    """After this time without an answer the invocation has failed."""


class Binding(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How an action is carried out: by a connection's other side, by a journey, or by a person."""

    connection: Name = ""
    """The connection whose other side carries it out; of a journey or task the platform's own."""
    request: dict[str, Any] = {}
    """The adapter's own template, such as method, path and body; `{{path}}` is replaced by a value."""
    journey: Name | None = None
    """The journey that carries it out: it has been when the run ends."""
    key: str = ""
    """What the journey's run is about, as a template."""
    data: dict[str, Any] = {}
    """The run's variables, as templates."""
    task: TaskTerms | None = None
    """What a person is asked to do, who carries it out."""

    def __post_init__(self) -> None:
        """Name the platform's own connection, so that halts and limits need know of one thing only."""
        if not self.connection and (self.journey is not None or self.task is not None):
            force_setattr(self, "connection", JOURNEYS if self.journey is not None else TASKS)

    @property
    def template(self) -> dict[str, Any]:
        """The request as a template, whoever carries it out."""
        if self.journey is not None:
            return {"journey": self.journey, "key": self.key, "data": self.data}
        return to_builtins(self.task) if self.task is not None else self.request


class Spending(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An argument that says how much money a run moves."""

    argument: Name
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    units: Literal[1, 100] = 100
    """How many of the argument's units make one of the currency: 100 for cents."""


class Told(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A signal that the platform takes in when an action was carried out, in the same step."""

    signal: str
    when: str | None = None
    """A CEL condition over `arguments`, `output`, `invocation`, `customer` and `now`."""
    data: dict[str, Any] = {}
    """Templates over the same."""


class Deprecation(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Why an action should not be used any more; it still works."""

    since: Day
    use: Name | None = None
    """The action to use instead."""
    until: Day | None = None
    """The last day on which it is to be relied on."""


class Action(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A stable contract for something that can be done to or for a customer."""

    name: Name
    version: Annotated[int, Meta(ge=1, lt=2**53)]
    """Raised whenever a caller that fitted the contract before might not any more."""
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
    risk_class: RiskClass = "none"
    """Its class under the AI Act where an AI decides it, or helps to; systems.yaml says what is done about it."""
    informs: Name | None = None
    """The text of systems.yaml that its request holds word for word, so that its being carried out tells it."""
    reversible_by: Name | None = None
    """The action that undoes it."""
    reversal: dict[str, Any] = {}
    """Its arguments, as templates over `arguments`, `output` and `invocation` of what is undone."""
    deprecated: Deprecation | None = None
    data_categories: tuple[str, ...] = ()
    cost: Annotated[str, Meta(pattern=r"^$|^[0-9]{1,9}(\.[0-9]{1,4})? [A-Z]{3}$")] = ""
    """The cost of one run, as an amount and a currency, such as `2.50 EUR`."""
    spends: Spending | None = None
    """Where the arguments say what a run costs; budgets count it."""
    assurance: Annotated[int, Meta(ge=0, le=3)] = 0
    """How strongly the customer must be verified: 0 not at all, 1 claimed, 2 verified, 3 by two factors or in person."""
    facts: tuple[Name, ...] = ()
    tells: tuple[Told, ...] = ()
    """What its being carried out means for the customer's context."""
    attempts: Attempts = Attempts()
    delay: Span = "0s"
    """How long a permitted invocation waits before it starts; it is judged again when it does."""
    valid_for: Span = "3d"
    """After this time an invocation that has not started is given up."""


class Connection(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An outside system, reached by one adapter."""

    name: Name
    adapter: Literal[
        "http", "smtp", "webhook", "shared_signals", "console", "simulated", "mcp", "a2a", "python", "journey", "task"
    ]
    settings: dict[str, Any] = {}
    """The adapter's own settings; secrets are written `${env:NAME}`."""
    agent: str = ""
    """The agent of this workspace that it leads to: in a task it was given, that agent may touch the customer."""
    rate: Annotated[float, Meta(gt=0)] | None = None
    """Most invocations a second."""
    concurrency: Annotated[int, Meta(ge=1, le=1000)] = 8
    breaker_failures: Annotated[int, Meta(ge=1)] = 5
    """Failures in a row that open the circuit."""
    breaker_pause: Span = "30s"
    description: str = ""
