"""Connections in use: an adapter for each, opened when first needed and kept while its settings stay."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from xop.engine.draft_batch import Rendered
from xop.kernel.actions.invocation import Invocation
from xop.kernel.actions.model import Connection
from xop.kernel.arbiter.context import ACTING
from xop.kernel.base.actor import Actor
from xop.kernel.base.values import Refusal
from xop.kernel.context.customer import Customer
from xop.kernel.moment import Moment
from xop.kernel.picture import instant
from xop.kernel.release import CompiledAction, Release
from xop.kernel.steps.delegation import told_of
from xop.ports.adapter import Adapter, AdapterKind, Secrets
from xop.ports.catalogue import Catalogue, Offered, Seen, Watching

Links = Callable[[str, int], str]
"""Returns the path of a page that lets its holder do one thing, by the subject of its token and a moment."""


class Connections:
    """Opens adapters and renders requests with them."""

    def __init__(self, kinds: Mapping[str, AdapterKind], secrets: Secrets, links: "Links | None" = None) -> None:
        self._kinds = kinds
        self._links = links
        self._secrets = secrets
        self._open: dict[str, tuple[Connection, Adapter]] = {}
        self._retired: list[Adapter] = []
        """Adapters whose settings changed; requests may still be on their way through them."""

    def adapter(self, connection: Connection) -> Adapter:
        """Return the adapter of a connection; changed settings give a new one."""
        known = self._open.get(connection.name)
        if known is not None and (known[0] is connection or known[0] == connection):
            return known[1]
        if known is not None:
            self._retired.append(known[1])
        adapter = self._kinds[connection.adapter].open(connection, self._secrets)
        self._open[connection.name] = (connection, adapter)
        return adapter

    async def offered(self, connection: Connection) -> Offered | None:
        """Ask a connection's other side what it offers; None where it has no catalogue; raises CatalogueError."""
        kind = self._kinds[connection.adapter]
        return await kind.offered(connection, self._secrets) if isinstance(kind, Catalogue) else None

    def unusable(self, connection: Connection, kind: str, definition: Mapping[str, Any]) -> str:
        """Return why a definition of a connection's other side must not be accepted; empty when it may be."""
        offering = self._kinds[connection.adapter]
        return (offering.unusable(kind, definition) or "") if isinstance(offering, Catalogue) else ""

    def has_catalogue(self, connection: Connection) -> bool:
        """Say whether a connection's other side offers operations that a person accepts."""
        return isinstance(self._kinds[connection.adapter], Catalogue)

    def seen(self, connection: Connection) -> Seen | None:
        """Return what a connection's other side offered when it was looked at last; None when it never was."""
        adapter = self.adapter(connection)
        return adapter.seen() if isinstance(adapter, Watching) else None

    def open(self, release: Release) -> None:
        """Open the adapters of all of a release's connections, so that no command waits for the first use of one."""
        for connection in release.connections.values():
            self.adapter(connection)

    def render(self, release: Release, customer: Customer, origin: str, invocation: Invocation, at: int) -> Rendered:
        """Return the request of an invocation about one part of a customer, or why there is none."""
        compiled = release.actions[invocation.action]
        connection = release.connections[compiled.action.binding.connection]
        data = request_data(release, customer, origin, compiled, invocation, at)
        if self._links is not None and "link" in compiled.request.paths:
            link = link_data(release, invocation, self._links, at)
            if isinstance(link, Refusal):
                return Rendered(connection.name, release.digest, at, refusal=link)
            data |= link
        if self._links is not None and compiled.action.kind == "contact":
            data |= own_links(compiled.request.paths, origin, invocation, self._links, at)
        request = self.adapter(connection).render(compiled.request, data)
        if isinstance(request, Refusal):
            return Rendered(connection.name, release.digest, at, refusal=request)
        return Rendered(connection.name, release.digest, at, request)

    async def close(self) -> None:
        """Close every adapter."""
        for adapter in (*self._retired, *(adapter for _, adapter in self._open.values())):
            await adapter.close()
        self._retired.clear()
        self._open.clear()


def request_data(
    release: Release, customer: Customer, origin: str, compiled: CompiledAction, invocation: Invocation, at: int
) -> dict[str, Any]:
    """Return what a binding's template sees."""
    return {
        **told_of(release, customer, Moment(at, 0, origin), compiled, invocation),
        "invocation": {"id": invocation.id, "at": invocation.at},
        "action": {"name": compiled.action.name, "version": compiled.action.version},
        "purpose": invocation.purpose,
        "now": instant(at),
    }


def own_links(paths: Collection[str], origin: str, invocation: Invocation, links: Links, at: int) -> dict[str, str]:
    """Return the links that a contact gives its customer: to the page of what they agree to, and to end this very thing."""
    found = {}
    if "preferences" in paths:
        found["preferences"] = links(f"preference:{origin}", at)
    if "unsubscribe" in paths:
        found["unsubscribe"] = links(f"unsubscription:{origin}:{invocation.purpose}:{invocation.channel}", at)
    return found


def link_data(release: Release, invocation: Invocation, links: Links, at: int) -> dict[str, Any] | Refusal:
    """Return the link by which a person answers a request for approval, for what the release itself sends.

    Nobody else is given one: whoever could send it to an address of their own would approve what they asked for.
    """
    request, operator = invocation.arguments.get("invocation"), invocation.arguments.get("operator")
    if invocation.actor.kind not in ACTING or invocation.asked_by is not None:
        return {}
    if not (isinstance(request, str) and isinstance(operator, str) and ":" not in request):
        return {}
    if Actor("operator", operator) not in release.principals:
        cause = f"there is no operator {operator[:80]!r} whom a link could let answer"
        return Refusal("link-operator", cause, "name an operator of agents.yaml in the argument `operator`")
    return {"link": links(f"approval:{request}:{operator}", at)}
