"""The story of a task: what the ledger tells of the proposal it led to."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from xop.faces.a2a.names import command_ids
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Approval, Proposal
from xop.kernel.decisions.model import Decision
from xop.kernel.facts import (
    Fact,
    InvocationCancelled,
    InvocationDone,
    InvocationDropped,
    InvocationFailed,
    InvocationUncertain,
)
from xop.kernel.release import Release
from xop.ports.ledger import Ledger, Stored

_OVER = (InvocationDone, InvocationFailed, InvocationUncertain, InvocationCancelled, InvocationDropped)

_FINAL = (InvocationDone, InvocationCancelled, InvocationDropped)
"""Endings that nothing follows: what has failed or is uncertain, a person may still bring to another end."""

_FIRST_PAGE = 16
"""Most tasks are over soon after they began."""

_PAGE = 256
_PURPOSE_NOT_ALLOWED = "xop.purpose_not_allowed"


class Story(Struct, frozen=True):
    """What became of one task so far."""

    task: str
    proposal: Proposal
    """The latest one."""
    attempt: int
    """Which of the task's proposals it is, from 1."""
    part: str
    """The part of the customer it is about."""
    decision: Decision
    """The last one about it."""
    ending: Fact | None
    began: int
    at: int
    """When the last of it happened, in milliseconds since the epoch."""
    causes: tuple[str, ...]
    """The messages that led to its proposals."""
    invocations: tuple[str, ...]
    """Its proposal's, and those that people put in its place."""
    instead: dict[str, Any] | None = None
    """The arguments that a person approved in place of those that were asked."""
    purposes: tuple[str, ...] = ()
    """Of a proposal refused for want of one: the purposes that its actor may name."""


async def read_story(ledger: Ledger, actor: Actor, task: str) -> Story | None:
    """Return what became of a task of somebody; None when no proposal came of it, or the task is not theirs."""
    names = command_ids(actor, task)
    answered = await ledger.answered(names) if names else {}
    proposed = [(number, answered[name]) for number, name in enumerate(names, 1) if name in answered]
    if not proposed:
        return None
    attempt, stored = proposed[-1]
    proposal, decision = stored.entry.command, stored.entry.decision
    if not isinstance(proposal, Proposal) or decision is None:
        return None
    causes = tuple(_cause(each) for _, each in proposed)
    began = proposed[0][1].entry.moment.at
    first = (decision.invocation,)
    at = stored.entry.moment.at
    story = Story(task, proposal, attempt, stored.entry.origin, decision, None, began, at, causes, first)
    return story if decision.verdict == "deny" else await _continued(ledger, story, stored)


def with_purposes(story: Story, release: Release) -> Story:
    """Return a story with the purposes that may be named, where the refusal only means that none was."""
    decision, principal = story.decision, release.principals.get(story.proposal.actor)
    compiled = release.actions.get(story.proposal.action)
    lacks = decision.verdict == "deny" and decision.code == _PURPOSE_NOT_ALLOWED and story.proposal.purpose is None
    if not lacks or principal is None or compiled is None:
        return story
    served = (compiled.action.purpose, *compiled.action.other_purposes)
    return replace(story, purposes=tuple(name for name in served if name in principal.purposes))


async def _continued(ledger: Ledger, story: Story, stored: Stored) -> Story:
    """Read on where the proposal was made: the same side of the customer heard everything about it."""
    story = _after(story, stored)
    after, size = stored.position, _FIRST_PAGE
    while not isinstance(story.ending, _FINAL) and (page := await ledger.page(after, size, [story.part])):
        for each in page:
            story = _after(story, each)
            if isinstance(story.ending, _FINAL):
                break
        after, size = page[-1].position, _PAGE
    return story


def _after(story: Story, stored: Stored) -> Story:
    """Return a story with one more entry of the ledger."""
    entry, command = stored.entry, stored.entry.command
    for fact in entry.facts:
        if isinstance(fact, _OVER) and fact.invocation in story.invocations:
            successor = fact.successor if isinstance(fact, InvocationCancelled) else ""
            more = (*story.invocations, successor) if successor else story.invocations
            story = replace(story, ending=None if successor else fact, at=entry.moment.at, invocations=more)
            if successor and isinstance(command, Approval):
                story = replace(story, instead=command.arguments)
    ruled = entry.decision
    if ruled is None or ruled.invocation not in story.invocations or ruled.id == story.decision.id:
        return story
    over = any(isinstance(fact, _OVER) and fact.invocation == ruled.invocation for fact in entry.facts)
    return replace(story, decision=ruled, at=entry.moment.at, ending=story.ending if over else None)


def _cause(stored: Stored) -> str:
    command = stored.entry.command
    return (command.cause or "") if isinstance(command, Proposal) else ""
