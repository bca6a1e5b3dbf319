"""Reversals: what would undo an invocation, as the ledger tells what came of it."""

from collections.abc import AsyncIterator

from msgspec import Struct

from xop.kernel import facts as f
from xop.kernel.actions.invocation import Invocation, derive_invocation
from xop.kernel.base.actor import Actor
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Proposal
from xop.kernel.conditions import Fault
from xop.kernel.release import Release
from xop.ports.ledger import Stored
from xop.ports.runtime import Runtime

_PAGE = 256
_OVER = (f.ProposalDenied, f.InvocationCancelled, f.InvocationDropped)
"""Facts after which an attempt to undo something has come to nothing, so that another may be made."""


class Wish(Struct, frozen=True):
    """The wish that undoes an invocation, and the part it is about."""

    part: str
    proposal: Proposal


class _Story(Struct):
    """What the ledger tells of an invocation and of the attempts to undo it."""

    invocation: Invocation | None = None
    done: f.InvocationDone | None = None
    by: str = ""
    """The command by which it was done."""
    attempts: list[Proposal] = []
    fates: dict[str, f.Fact] = {}
    """What came last of each attempt, by its invocation."""


async def reversal(
    runtime: Runtime, release: Release, name: str, actor: Actor, conversation: str | None = None
) -> Wish | Refusal:
    """Return the proposal by which somebody would undo an invocation, the same one as long as it is open; or why not."""
    entry = await runtime.outbox.get(name)
    if entry is None:
        return Refusal("invocation-unknown", f"there is no invocation {name[:80]!r}", "list the outbox")
    story = await _story(runtime, name, entry.part)
    if story.invocation is None or story.done is None:
        return Refusal(
            "reversal-not-done", f"{name!r} has not been carried out", "withdraw it, or wait until it is done"
        )
    earlier = _standing(story, name, entry.part, actor)
    if earlier is not None:
        return earlier if isinstance(earlier, Refusal) else Wish(entry.part, earlier)
    return _wish(release, story, story.invocation, (entry.part, actor, conversation))


async def _story(runtime: Runtime, name: str, part: str) -> _Story:
    story = _Story(attempts=[], fates={})
    async for stored in _entries(runtime, part):
        command = stored.entry.command
        if isinstance(command, Proposal) and command.id.startswith(_prefix(name)):
            story.attempts.append(command)
        own = {derive_invocation(each.id, part) for each in story.attempts}
        for fact in stored.entry.facts:
            if isinstance(fact, f.InvocationQueued) and fact.invocation.id == name:
                story.invocation = fact.invocation
            elif isinstance(fact, f.InvocationDone) and fact.invocation == name:
                story.done, story.by = fact, command.id
            if isinstance(fact, (f.InvocationDone, *_OVER)) and fact.invocation in own:
                story.fates[fact.invocation] = fact
    return story


async def _entries(runtime: Runtime, part: str) -> AsyncIterator[Stored]:
    after = 0
    while page := await runtime.ledger.page(after, _PAGE, [part]):
        for stored in page:
            yield stored
        after = page[-1].position


def _prefix(name: str) -> str:
    return f"reversal:{name}:"


def _standing(story: _Story, name: str, part: str, actor: Actor) -> Proposal | Refusal | None:
    """Return the attempt that is open, why there can be no other, or None when nothing stands in the way of one."""
    if not story.attempts:
        return None
    last = story.attempts[-1]
    invocation = derive_invocation(last.id, part)
    fate = story.fates.get(invocation)
    if isinstance(fate, f.InvocationDone):
        return Refusal("reversal-done", f"{name!r} has been reversed by {invocation}", "look at that invocation")
    if isinstance(fate, _OVER):
        return None
    if last.actor == actor:
        return last
    return Refusal("reversal-open", f"{last.actor} is reversing it already, as {invocation}", "wait for its outcome")


def _wish(
    release: Release, story: _Story, invocation: Invocation, about: tuple[str, Actor, str | None]
) -> Wish | Refusal:
    part, actor, conversation = about
    compiled = release.actions.get(invocation.action)
    by = compiled.action.reversible_by if compiled is not None else None
    if compiled is None or by is None or compiled.reversal is None:
        cause = f"nothing undoes {invocation.action!r}"
        return Refusal("reversal-none", cause, "name the action that does as its `reversible_by`")
    told = {"id": invocation.id, "at": invocation.at, "conversation": invocation.conversation or ""}
    output = story.done.output if story.done is not None else None
    arguments = compiled.reversal.render({"arguments": invocation.arguments, "output": output, "invocation": told})
    if isinstance(arguments, Fault):
        cause = f"the arguments of {by!r} cannot be made: {arguments.cause}"
        return Refusal("reversal-impossible", cause, f"propose {by!r} yourself, with arguments of your own")
    proposal = Proposal(
        id=f"{_prefix(invocation.id)}{len(story.attempts) + 1}",
        actor=actor,
        action=by,
        arguments=arguments,
        conversation=conversation,
        cause=story.by,
    )
    return Wish(part, proposal)
