"""Signal types as a workspace declares them.

Text values are templates: `{{expression}}` is replaced by the value of a CEL expression over `signal`, `customer` and
`now`; a text that is one placeholder keeps the value's type.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from xop.kernel.actions.model import Name
from xop.kernel.base.spans import Span
from xop.kernel.intents.model import IntentChange
from xop.kernel.promises.model import PromiseChange


class Count(Struct, frozen=True, forbid_unknown_fields=True):
    """Count the signal in a sliding window."""

    counter: Name
    window: Span


class Flag(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A circumstance that begins or ends; `support`, `complaint`, `vulnerable` and `do_not_contact` bear on contacts."""

    flag: Name
    reference: str = ""
    """Which case, as a template; clearing without one ends every case of the flag."""


class IntentStep(Struct, frozen=True, forbid_unknown_fields=True):
    """A change to one of the customer's intents."""

    change: IntentChange
    name: str


class PromiseStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A change to one of our promises."""

    change: PromiseChange
    id: str
    what: str = ""
    due_in: Span | None = None


class ConversationStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A conversation that opens, goes on or closes."""

    change: Literal["open", "continue", "close"]
    id: str
    channel: str = ""
    topic: str = ""
    held_by: str = ""
    """Of one that opens: the agent who holds it, as a template of its name; anybody engaged when empty."""


class ConsentStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A change of consent."""

    change: Literal["grant", "refuse", "withdraw", "object", "soft_opt_in", "expire"]
    """`soft_opt_in` notes how its four conditions stand; `expire` notes a grant that has come to its end."""
    purpose: str
    """One purpose, or `gpc` for every purpose that a Global Privacy Control signal objects to, or `promotional`."""
    channel: str = "*"
    proof: str = ""
    until: str = ""
    """When a grant ends, as an RFC 3339 time; the purpose's own length when empty."""
    details: dict[str, Any] | str = {}
    """What more is known, as templates: `method`, `indicated_by`, `notice`, `since` and `conditions`."""


class Verification(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An answer about who the customer is."""

    result: Literal["verified", "refused"]
    method: str
    level: Annotated[int, Meta(ge=0, le=3)] = 0
    valid_for: Span = "30m"
    by: str = "{{signal.source}}"


class ContactStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Another sender's contact with the customer, so that caps count it."""

    purpose: str
    channel: str
    sender: str = "{{signal.source}}"


class Propose(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A proposal that the signal leads to."""

    action: Name
    arguments: dict[str, Any] = {}
    purpose: str | None = None
    once_per: Span | None = None
    """At most one proposal of this trigger within the span."""


class HandOverStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The signal's conversation is handed over to people."""

    queue: Name
    summary: str
    """What people must know; a template, as the next two."""
    intent: str = ""
    """What the customer wants; what the conversation opened last when empty."""
    transcript: str = ""
    """Where the conversation can be read or heard."""
    urgent: bool = False


class Change(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"raises": "raise", "sets": "set"}
):
    """What a signal changes, if its condition holds."""

    when: str | None = None
    """A CEL condition over `signal`, `customer` and `now`; always when not given."""
    sets: dict[str, Any] | str | None = None
    """Profile fields and the templates of their values, or one template of such a map; a value of null sets nothing."""
    count: Count | None = None
    raises: Flag | None = None
    clear: Flag | None = None
    conversation: ConversationStep | None = None
    intent: IntentStep | None = None
    promise: PromiseStep | None = None
    consent: ConsentStep | None = None
    verify: Verification | None = None
    contact: ContactStep | None = None
    propose: Propose | None = None
    hand_over: HandOverStep | None = None


class SignalType(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One kind of signal."""

    type: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/ -]{0,199}$")]
    """The CloudEvents type."""
    description: str = ""
    schema: dict[str, Any] = {}
    """JSON Schema of the signal's data; data that does not fit is refused."""
    identifiers: dict[Name, str] = {}
    """Namespaces and the templates of their values, added to the identifiers the signal itself names."""
    conversation: str = ""
    """The interaction it belongs to, as a template: verifications hold within it."""
    changes: tuple[Change, ...] = ()
