"""Purposes, channels and consent records.

Statuses follow ISO/IEC TS 27560 and the W3C Data Privacy Vocabulary; legal bases are GDPR Article 6(1)(a) to (f), and
the soft opt-in is Article 13(2) of the ePrivacy Directive.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from xop.kernel.base.spans import Span

Basis = Literal["consent", "contract", "legal_obligation", "vital_interest", "public_task", "legitimate_interest"]

Status = Literal["granted", "refused", "withdrawn", "objected", "soft_opt_in"]

Suppression = Literal["support", "complaint", "vulnerable"]

Medium = Literal["electronic_mail", "automated_call", "live_call", "post", "screen"]

Method = Literal["web_form", "double_opt_in", "verbal", "api", "paper", "sms_keyword"]

IndicatedBy = Annotated[
    str,
    Meta(
        pattern=r"^(subject|guardian|legal_representative|(agent|operator):[A-Za-z0-9][A-Za-z0-9._-]{0,63})$",
        description="`subject`, `guardian`, `legal_representative`, or `agent:` or `operator:` and a name.",
    ),
]


class Channel(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A way to reach a customer."""

    name: str
    namespace: str | None = None
    """The identifier namespace that holds the address; none for channels without one."""
    description: str = ""
    medium: Medium | None = None
    """What it is in law: electronic mail is e-mail, text and other messages. A soft opt-in is for electronic mail only."""


class Cap(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """At most `most` contacts within a sliding `window`, whoever sends them."""

    most: Annotated[int, Meta(ge=0, le=100_000)]
    window: Span
    channel: str | None = None
    """Only contacts on this channel; all channels when not given."""


class QuietHours(Struct, frozen=True, forbid_unknown_fields=True, rename={"begin": "from", "end": "to"}):
    """The local hours in which a customer is left alone, such as from 21:00 to 08:00."""

    begin: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    end: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Controller(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who answers for the use of customers' data, as receipts and pages name them."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    address: Annotated[str, Meta(max_length=400)] = ""
    contact: Annotated[str, Meta(max_length=200)] = ""
    """Where to write about privacy, such as an e-mail address."""
    authority: Annotated[str, Meta(max_length=200)] = ""
    """The supervisory authority that takes complaints."""
    jurisdiction: Annotated[str, Meta(pattern=r"^$|^[A-Z]{2}$", description="A country such as `DE`.")] = ""


class Purpose(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Why a customer's data is used or a customer contacted, and what that takes."""

    name: str
    basis: Basis
    channels: tuple[str, ...] = ()
    """Channels the purpose may use; consent for one never covers another."""
    promotional: bool = False
    """Whether it is direct marketing, which any objection ends (GDPR Article 21(2) and (3))."""
    description: str = ""
    gpc: bool = False
    """Whether a Global Privacy Control signal objects to it."""
    valid_for: Span | None = None
    """How long a grant lasts when it names no end."""
    caps: tuple[Cap, ...] = ()
    quiet_hours: QuietHours | None = None
    suppressed_during: tuple[Suppression, ...] = ()
    title: Annotated[str, Meta(max_length=120)] = ""
    """What it is called where customers read of it."""
    dpv: Annotated[
        str, Meta(pattern=r"^$|^dpv:[A-Za-z0-9]{1,100}$", description="A purpose such as `dpv:DirectMarketing`.")
    ] = ""
    """Its term in the Data Privacy Vocabulary, by which others ask for it and receipts name it."""
    broader: str | None = None
    """The purpose it is part of: consent to that one covers this one, and never the other way round."""
    soft_opt_in: bool = False
    """Whether customers may be written to about similar products without consent (ePrivacy Directive Article 13(2))."""
    refresh_after: Span | None = None
    """How long after a grant the customer should be asked anew."""
    scopes: tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...] = ()
    """Scopes of others' APIs that it covers, by which they ask for it beside its channels."""
    data: tuple[Annotated[str, Meta(pattern=r"^(pd|dpv):[A-Za-z0-9]{1,100}$")], ...] = ()
    """The personal data it uses, as terms such as `pd:EmailAddress`."""
    recipients: tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...] = ()
    """Who receives the data besides ourselves."""


class Notice(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The text that the customer was shown or read."""

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    version: Annotated[str, Meta(max_length=100)] = ""
    language: Annotated[str, Meta(pattern=r"^$|^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")] = ""
    """A language tag such as `de` or `pt-BR`."""
    sha256: Annotated[str, Meta(pattern=r"^$|^[0-9a-f]{64}$")] = ""
    """Of the very bytes that were shown."""


class SoftOptIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The four conditions of a soft opt-in; each must be stated, and one that is not met is none at all."""

    sale_context: bool
    """We had the address from the customer in the context of a sale."""
    similar_products: bool
    """What is written about are our own products, similar to those."""
    optout_at_collection: bool
    """They could say no, free of charge, when they gave the address."""
    optout_each_message: bool
    """They can say no in each message."""

    @property
    def holds(self) -> bool:
        """Whether all four are met."""
        return self.sale_context and self.similar_products and self.optout_at_collection and self.optout_each_message


class ConsentRecord(Struct, frozen=True, omit_defaults=True):
    """One change of consent: what, since when, until when, by what proof."""

    status: Status
    at: int
    source: str
    """Who recorded it."""
    proof: str = ""
    """A reference to the evidence, such as a form version or a call recording."""
    until: int | None = None
    """When a grant lapses, in milliseconds since the epoch."""
    since: int | None = None
    """When a grant begins, where that is later than when it was given."""
    refresh: int | None = None
    """When the customer should be asked anew."""
    method: Method | None = None
    """How it was proven."""
    indicated_by: IndicatedBy | None = None
    """Who said it; the customer when not given."""
    notice: Notice | None = None
    conditions: SoftOptIn | None = None
    """Of a soft opt-in."""


class ConsentAnswer(Struct, frozen=True):
    """Whether a purpose may be pursued on a channel at one moment, and why."""

    permitted: bool
    code: str
    """`granted`, `soft_opt_in`, `not_needed`, `unknown`, `refused`, `withdrawn`, `objected`, `expired`, `channel` or
    `purpose`."""
    basis: str
    origins: tuple[str, ...] = ()
    """The parts of the customer that permit it: an address of another part may not be used."""
    record: ConsentRecord | None = None
