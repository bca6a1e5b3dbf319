"""Links to a customer's own page of preferences, and to ending one purpose on one channel by a single request."""

from msgspec import Struct

from xop.assembly import LINK_LASTING
from xop.faces.http.operation import Call
from xop.faces.http.problems import ProblemError
from xop.runtimes.links import sign, subject_of

PREFERENCE, UNSUBSCRIPTION = "preference", "unsubscription"


class Unsubscription(Struct, frozen=True):
    """What a link ends."""

    customer: str
    purpose: str
    channel: str


def preference_link(key: bytes, customer: str, now: int) -> tuple[str, int]:
    """Return the path of a customer's page, and until when it is good, in milliseconds since the epoch."""
    return _link(key, PREFERENCE, customer, customer, now)


def unsubscription_link(key: bytes, ended: Unsubscription, now: int) -> tuple[str, int]:
    """Return the path that ends a purpose on a channel, and until when it is good."""
    return _link(key, UNSUBSCRIPTION, f"{ended.customer}:{ended.purpose}:{ended.channel}", ended.customer, now)


def require_preference(key: bytes, customer: str, token: str, now: int) -> None:
    """Let a request pass whose token is for this customer and still good; raises ProblemError (403) for any other."""
    if subject_of(key, token, now) != f"{PREFERENCE}:{customer}":
        raise _refused()


def require_unsubscription(key: bytes, customer: str, token: str, now: int) -> Unsubscription:
    """Return what a token ends; raises ProblemError (403) for one that is not good or for another customer."""
    match (subject_of(key, token, now) or "").split(":"):
        case [kind, whose, purpose, channel] if (kind, whose) == (UNSUBSCRIPTION, customer):
            return Unsubscription(whose, purpose, channel)
    raise _refused()


def pursues_all(call: Call) -> bool:
    """Say whether a caller may have customers choose about every purpose there is, as their page has them do."""
    return not call.caller.principal.purposes


async def preference_address(call: Call, customer: str, now: int) -> str | None:
    """Return the address of a customer's page for a caller who may change consent; None for any other.

    Whoever holds it can change what the customer agrees to, so that a right to read is not enough.
    """
    if "consents:write" not in call.caller.scopes or not pursues_all(call):
        return None
    address = await call.face.sign_in.address(call.platform.engine.release)
    return address + preference_link(call.platform.link_key, customer, now)[0]


def _link(key: bytes, kind: str, subject: str, customer: str, now: int) -> tuple[str, int]:
    until = now + LINK_LASTING[kind]
    return f"/v1/{kind}s/{customer}/page?token={sign(key, f'{kind}:{subject}', until)}", until


def _refused() -> ProblemError:
    cause = "the link is no longer good, or is somebody else's"
    return ProblemError("link-invalid", cause, "ask whoever sent it for a new one")
