"""Handles: what tells customers apart in a list without showing who they are.

A list is no look at each of the customers in it, and so no record of one: it has one identifier of each, masked, and only
where the purpose may see that kind of identifier at all. Who they are is on their own page, where every look is recorded.
"""

from xop.faces.http.disclosure import look_of
from xop.faces.http.operation import Call
from xop.kernel.context.customer import Customer
from xop.kernel.identity.model import Identifier
from xop.kernel.privacy.screen import Screen

_SHOWN, _LEAST = 4, 8
"""Characters at the end of an identifier that are shown of one that has at least so many; of a shorter one half of them."""


class Handles:
    """Gives handles for one caller and purpose; raises ProblemError for a purpose that is not the caller's."""

    def __init__(self, call: Call) -> None:
        self._release = call.platform.engine.release
        access = look_of(self._release, call.caller.principal, getattr(call.query, "purpose", None)).access
        self._screen = Screen(self._release.privacy, access)
        self._may = "customers:read" in call.caller.scopes
        """A handle is of a customer, whatever list it stands in."""

    def handle(self, customer: Customer) -> str:
        """Return the customer's first identifier that may be seen, masked, such as `account …4711`; empty for none."""
        if not self._may:
            return ""
        known = (link.identifier for link in customer.view.identifiers.values())
        seen = [each for each in known if self._screen.passes("identifiers", each.namespace)]
        first = min(seen, key=self._rank, default=None)
        return f"{first.namespace} {masked(first.value)}" if first is not None else ""

    def _rank(self, identifier: Identifier) -> tuple[int, str, str]:
        """What the workspace trusts most comes first."""
        namespace = self._release.namespaces.get(identifier.namespace)
        priority = namespace.priority if namespace is not None else -1
        return (-priority, identifier.namespace, identifier.value)


def masked(value: str) -> str:
    """Return a value with so much of it hidden that it tells apart, and identifies nobody: `a…@example.com`, `…4711`."""
    name, at, domain = value.rpartition("@")
    if at and name and domain:
        return f"{name[0] if len(name) > 1 else ''}…@{domain}"
    return f"…{value[-_SHOWN:] if len(value) >= _LEAST else value[len(value) - len(value) // 2 :]}"
