"""Whom a request is about: a customer's id, or one of their identifiers."""

from urllib.parse import quote

from xop.engine.engine import Target
from xop.faces.http.operation import Call, Reply
from xop.faces.http.problems import Detail, ProblemError
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


async def customer(call: Call, reference: str) -> Customer:
    """Return the customer a reference leads to; raises ProblemError (404, 422)."""
    found = await call.platform.engine.customer(target(call.platform.engine.release, reference))
    if found is None:
        raise ProblemError("customer-unknown", f"no customer is known by {reference[:80]!r}")
    return found


def elsewhere(call: Call, reference: str, found: Customer, suffix: str = "") -> Reply | None:
    """Return the redirect to (`suffix` of) a customer's present id when the reference is a former one."""
    if ":" in reference or reference == found.id:
        return None
    search = f"?{call.search}" if call.search else ""
    place = f"/v1/customers/{quote(found.id)}{suffix}{search}"
    headers = ((b"location", place.encode()),)
    return Reply({"customer": found.id}, 308, headers=headers)
