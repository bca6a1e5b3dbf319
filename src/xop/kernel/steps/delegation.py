"""Delegation: what of a customer goes to another agent with a task, no more than its purpose may see, and the fact of it."""

from collections.abc import Collection, Mapping
from typing import Any

from xop.kernel.actions.invocation import Invocation
from xop.kernel.actions.model import Connection
from xop.kernel.context.customer import Customer
from xop.kernel.facts import ContextShown
from xop.kernel.moment import Moment
from xop.kernel.picture import picture, sections_read
from xop.kernel.privacy.classes import Access, access
from xop.kernel.privacy.extract import note_read
from xop.kernel.privacy.screen import Screen
from xop.kernel.release import CompiledAction, Release

_PERSONAL = frozenset({"customer", "arguments", "address"})
"""What a request reads that tells of the customer."""


def recipient(connection: Connection) -> str:
    """Return the agent that a connection leads to as the ledger names it; empty for what is no agent."""
    if connection.agent:
        return f"agent:{connection.agent}"
    return f"connection:{connection.name}" if connection.adapter == "a2a" else ""


def told_of(
    release: Release, customer: Customer, moment: Moment, compiled: CompiledAction, invocation: Invocation
) -> dict[str, Any]:
    """Return what the text of a request sees of a customer, the arguments and the address.

    For another agent that is no more than the purpose may see; `address` is the value alone, without its namespace. The
    id and identifiers are those of the part it is about: what was verified, agreed and asked for on one side of a
    merge is done to that side, also when the merge is undone before it is sent.
    """
    drawn = _drawn(release, customer, moment, compiled)
    namespace, _, value = (invocation.address or "").partition(":")
    connection = release.connections[compiled.action.binding.connection]
    if release.privacy is None or not recipient(connection):
        return {"customer": drawn, "arguments": invocation.arguments, "address": value}
    screen = Screen(release.privacy, access(release.privacy, invocation.purpose, None))
    arguments = screen.arguments(compiled.action.input, invocation.arguments)
    told = {"customer": screen.picture(drawn), "arguments": arguments}
    return told | {"address": value} if not value or screen.passes("identifiers", namespace) else told


def delegated(release: Release, customer: Customer, moment: Moment, queued: Invocation) -> ContextShown | None:
    """Return what an invocation shows another agent of the customer; None when it goes to none, or shows nothing."""
    compiled = release.actions[queued.action]
    by = recipient(release.connections[compiled.action.binding.connection])
    paths = compiled.request.paths
    if not by or not any(path.partition(".")[0] in _PERSONAL for path in paths):
        return None
    declared = release.privacy is not None
    sight = access(release.privacy, queued.purpose, None) if declared else Access(everything=True)
    screen = Screen(release.privacy, sight)
    note_read(screen, _drawn(release, customer, moment, compiled), paths)
    screen.arguments(compiled.action.input, _read_of(queued.arguments, paths))
    if "address" in paths and queued.address:
        screen.passes("identifiers", queued.address.partition(":")[0])
    return ContextShown(by, queued.purpose, screen.shown, len(screen.left_out))


def _read_of(arguments: Mapping[str, Any], paths: Collection[str]) -> Mapping[str, Any]:
    """Return the arguments that paths lead into."""
    if "arguments" in paths:
        return arguments
    named = {rest.partition(".")[0] for root, _, rest in (path.partition(".") for path in paths) if root == "arguments"}
    return {name: value for name, value in arguments.items() if name in named}


def _drawn(release: Release, customer: Customer, moment: Moment, compiled: CompiledAction) -> dict[str, Any]:
    sections = sections_read(compiled.request.paths)
    seen = picture(release, customer.view, moment.at, sections)
    own = picture(release, customer.part(moment.origin), moment.at, sections)
    return seen | {name: own[name] for name in ("id", "identifiers") if name in own}
