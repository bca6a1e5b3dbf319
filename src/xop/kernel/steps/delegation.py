"""Delegation: what of a customer goes to another agent with a task, no more than its purpose may see, and the fact of it."""

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


def recipient(connection: Connection) -> str:
    """Return the agent that a connection leads to as the ledger names it; empty for what is no agent."""
    if connection.agent:
        return f"agent:{connection.agent}"
    return f"connection:{connection.name}" if connection.adapter == "a2a" else ""


def told_of(
    release: Release, customer: Customer, moment: Moment, compiled: CompiledAction, purpose: str
) -> dict[str, Any]:
    """Return what the text of a request sees of a customer; for another agent no more than the purpose may see.

    The id and identifiers are those of the part it is about: what was verified, agreed and asked for on one side of a
    merge is done to that side, also when the merge is undone before it is sent.
    """
    drawn = _drawn(release, customer, moment, compiled)
    connection = release.connections[compiled.action.binding.connection]
    if release.privacy is None or not recipient(connection):
        return drawn
    return Screen(release.privacy, access(release.privacy, purpose, None)).picture(drawn)


def delegated(release: Release, customer: Customer, moment: Moment, queued: Invocation) -> ContextShown | None:
    """Return what an invocation shows another agent of the customer; None when it goes to none, or shows nothing."""
    compiled = release.actions[queued.action]
    by = recipient(release.connections[compiled.action.binding.connection])
    if not by or not sections_read(compiled.request.paths):
        return None
    declared = release.privacy is not None
    sight = access(release.privacy, queued.purpose, None) if declared else Access(everything=True)
    screen = Screen(release.privacy, sight)
    note_read(screen, _drawn(release, customer, moment, compiled), compiled.request.paths)
    return ContextShown(by, queued.purpose, screen.shown, len(screen.left_out))


def _drawn(release: Release, customer: Customer, moment: Moment, compiled: CompiledAction) -> dict[str, Any]:
    sections = sections_read(compiled.request.paths)
    seen = picture(release, customer.view, moment.at, sections)
    own = picture(release, customer.part(moment.origin), moment.at, sections)
    return seen | {name: own[name] for name in ("id", "identifiers") if name in own}
