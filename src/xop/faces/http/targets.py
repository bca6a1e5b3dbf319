"""Whom a request is about: a customer's id, or one of their identifiers."""

from urllib.parse import quote

from xop.engine.engine import Target
from xop.faces.http.operation import Call, Reply
from xop.faces.http.problems import Detail, ProblemError
from xop.faces.http.reach import CAUSE, REMEDY, is_bounded, is_engaged
from xop.kernel.base.values import Refusal
from xop.kernel.context.customer import Customer
from xop.kernel.identity.model import Identifier
from xop.kernel.identity.namespaces import normalise
from xop.kernel.release import Release

LONGEST = 400
"""Characters of a reference to a customer."""


def target(release: Release, reference: str) -> Target:
    """Return a customer id as it is, and `namespace:value` as an identifier in normal form; raises ProblemError (422)."""
    if ":" not in reference:
        return reference
    found = identifier(release, reference)
    if isinstance(found, Refusal):
        error = Detail(found.cause, found.code, found.remedy)
        raise ProblemError("identifier-refused", found.cause, found.remedy, (error,))
    return found


def identifier(release: Release, text: str) -> Identifier | Refusal:
    """Return `namespace:value` in normal form, or why it identifies nobody."""
    parsed = Identifier.parse(text)
    if parsed is None:
        return Refusal("identifier-malformed", f"{text[:80]!r} is not of the form namespace:value", "send both parts")
    return normalised(release, parsed)


def normalised(release: Release, raw: Identifier) -> Identifier | Refusal:
    """Return an identifier in normal form, or why it identifies nobody."""
    namespace = release.namespaces.get(raw.namespace)
    if namespace is None:
        known = ", ".join(sorted(release.namespaces)) or "none"
        cause = f"no namespace {raw.namespace[:80]!r} is declared"
        return Refusal("namespace-unknown", cause, f"use one of: {known}")
    value = normalise(namespace, raw.value)
    return value if isinstance(value, Refusal) else Identifier(raw.namespace, value)


async def customer(call: Call, reference: str, conversation: str | None = None) -> Customer:
    """Return the customer a reference leads to; raises ProblemError (404, 422), or 403 for one out of the caller's reach.

    Whoever reaches only customers it is engaged with is told no more of anybody else than of nobody: `conversation`, or
    what the request names as such, says by what it is.
    """
    engine, principal = call.platform.engine, call.caller.principal
    found = await engine.customer(target(engine.release, reference))
    if is_bounded(principal):
        named = conversation or conversation_of(call)
        if found is None or not is_engaged(engine, principal, found, named):
            raise out_of_reach()
    if found is None:
        raise ProblemError("customer-unknown", f"no customer is known by {reference[:80]!r}")
    return found


def conversation_of(call: Call) -> str | None:
    """Return the conversation that a request names: by its query, or by the header that all faces know."""
    header = call.headers.get(b"xop-conversation", b"").decode("latin-1").strip()
    named: str | None = getattr(call.query, "conversation", None)
    return named or header or None


def out_of_reach() -> ProblemError:
    """Return the problem of a customer whom the caller may not touch, whether there is one or not."""
    return ProblemError("scope-missing", CAUSE, REMEDY)


def require_unbounded(call: Call, remedy: str) -> None:
    """Let those look at customers in general who reach all of them; raises ProblemError (403) for any other."""
    if is_bounded(call.caller.principal):
        raise ProblemError("scope-missing", "you reach no customers but those you are engaged with", remedy)


def elsewhere(call: Call, reference: str, found: Customer, suffix: str = "") -> Reply | None:
    """Return the redirect to (`suffix` of) a customer's present id when the reference is a former one."""
    if ":" in reference or reference == found.id:
        return None
    search = f"?{call.search}" if call.search else ""
    place = f"/v1/customers/{quote(found.id)}{suffix}{search}"
    headers = ((b"location", place.encode()),)
    return Reply({"customer": found.id}, 308, headers=headers)
