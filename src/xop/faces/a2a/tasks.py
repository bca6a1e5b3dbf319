"""Tasks: what agents' messages become, and what has become of them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from a2a.types.a2a_pb2 import SendMessageRequest, Task
from a2a.utils.errors import (
    InvalidParamsError,
    TaskNotCancelableError,
    TaskNotFoundError,
    UnsupportedOperationError,
)

from xop.assembly import Platform
from xop.engine.engine import Engine, Target
from xop.engine.ticket import Answer
from xop.faces.a2a.lack import OUT_OF_REACH, UNGRANTED, Lack, lacking
from xop.faces.a2a.names import MOST_ATTEMPTS, cause, command_ids, context_fits, context_of, task_id
from xop.faces.a2a.notes import Draft, Notes
from xop.faces.a2a.story import Story, read_story, with_purposes
from xop.faces.a2a.task import OVER, askable, told, told_draft
from xop.faces.a2a.watch import Watch
from xop.faces.a2a.wish import Wish, read_wish
from xop.faces.http.keys import Caller
from xop.faces.http.problems import ProblemError
from xop.faces.http.reach import note_attempt
from xop.faces.http.targets import target
from xop.kernel.base.actor import Actor
from xop.kernel.base.principal import Scope
from xop.kernel.commands import Evaluation, Proposal, Withdrawal
from xop.kernel.decisions.model import Decision
from xop.ports.line import Line

SCOPES: tuple[Scope, ...] = ("proposals:write",)
"""What whoever has tasks may ask of the platform."""

_LONGEST_ID = 200
_NO_TASK = "there is no such task of yours"


StepUpHere = Callable[[Decision, str, str | None], Awaitable[str]]
"""Returns where a customer can confirm who they are, on this server."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A proposal that a message makes, ready to be judged."""

    task: str
    proposal: Proposal
    target: Target


class Tasks:
    """The tasks of all principals; each sees its own alone, since a task's name leads to nothing for anybody else."""

    def __init__(self, platform: Platform, notes: Notes, watch: Watch, step_up: StepUpHere) -> None:
        self._platform = platform
        self._notes = notes
        self._watch = watch
        self._step_up = step_up

    @property
    def _engine(self) -> Engine:
        return self._platform.engine

    def hears(self, actor: Actor) -> bool:
        """Return whether somebody is still to be told of their tasks: whoever was dismissed is not."""
        principal = self._engine.release.principals.get(actor)
        return principal is not None and set(SCOPES) <= set(principal.granted_scopes)

    async def find(self, caller: Caller, task: str) -> Task:
        """Return a task of the caller; raises TaskNotFoundError."""
        story = await self.story(caller.actor, task)
        if story is not None:
            return await self.told(story)
        draft = self._notes.draft(caller.actor, task)
        if draft is None:
            raise TaskNotFoundError(_NO_TASK)
        return await self._told_draft(caller, draft)

    async def story(self, actor: Actor, task: str) -> Story | None:
        """Return what the ledger tells of a task of somebody."""
        story = await read_story(self._platform.runtime.ledger, actor, task)
        return story if story is None else with_purposes(story, self._engine.release)

    async def told(self, story: Story) -> Task:
        """Return a story as a task."""
        link = ""
        if story.ending is None and story.decision.verdict == "hold" and story.decision.until == "verification":
            link = await self._step_up(story.decision, story.part, story.proposal.conversation)
        return told(story, link)

    async def follow(self, actor: Actor, task: str) -> AsyncGenerator[Task]:
        """Yield a task as it stands and whenever it changes, until nothing can follow, or nobody hears it any more.

        That is so when its owner was dismissed, or the server stops.
        """
        first, *_ = command_ids(actor, task)
        last: Story | None = None
        while True:
            story = await self.story(actor, task)
            names = frozenset({first, *(story.invocations if story else ())})
            async with self._watch.on(names) as moved:
                while True:
                    story = await self.story(actor, task)
                    known = await self.told(story) if story is not None and story != last else None
                    if not self.hears(actor):
                        return
                    if known is not None:
                        last = story
                        yield known
                        if known.status.state in OVER:
                            return
                    if story is not None and not names.issuperset(story.invocations):
                        break
                    if not await self._watch.next(moved):
                        return

    async def take(self, caller: Caller, request: SendMessageRequest, besides: Mapping[str, str]) -> Asked | Task:
        """Take a message: it makes a proposal, or is answered by its task as it stands.

        Raises InvalidParamsError, TaskNotFoundError, or UnsupportedOperationError for a task that is over.
        """
        message = request.message
        _check_names(message.message_id, message.context_id)
        wish = read_wish(request, besides)
        if message.task_id:
            return await self._take_more(caller, request, wish)
        task = task_id(caller.actor, message.message_id, message.context_id)
        story = await self.story(caller.actor, task)
        if story is not None and cause(caller.actor, message.message_id) not in story.causes:
            return await self.told(story)  # later messages of the task have brought it further
        draft = self._notes.draft(caller.actor, task)
        if draft is not None and draft.cancelled:
            return told_draft(draft, None)
        known = wish if draft is None else wish.with_more(draft.wish)
        return await self._weigh(caller, task, known, 1, message.message_id)

    async def perform(self, asked: Asked, seconds: float, line: Line | None = None) -> Task:
        """Have a proposal judged and, permitted, carried out; wait for the outcome at most some seconds.

        Raises InvalidParamsError when its message had been used for something else.
        """
        performed = await self._engine.perform(asked.proposal, asked.target, seconds, line)
        answer, actor = performed.answer, asked.proposal.actor
        if answer.refusal is not None:
            raise InvalidParamsError(f"{answer.refusal.cause}: {answer.refusal.remedy}")
        if answer.duplicate and not await self._same(asked, answer):
            raise InvalidParamsError("this `messageId` was used before with other content: use a new one")
        await self._notes.forget(actor, asked.task)
        story = await self.story(actor, asked.task)
        if story is None:
            raise TaskNotFoundError(_NO_TASK)
        return await self.told(story)

    async def _same(self, asked: Asked, answer: Answer) -> bool:
        """Return whether a proposal that was made before is the one that is asked for now."""
        if answer.entry is None or answer.entry.command != asked.proposal:
            return False
        customer = await self._engine.customer(asked.target)
        return customer is not None and any(part.id == answer.entry.origin for part in customer.parts)

    async def cancel(self, caller: Caller, task: str, at: int) -> Task:
        """Stop a task that has not begun; raises TaskNotFoundError, TaskNotCancelableError."""
        story = await self.story(caller.actor, task)
        if story is None:
            return await self._cancel_draft(caller.actor, task, at)
        if (await self.told(story)).status.state in OVER:
            raise TaskNotCancelableError("the task is over")
        invocation = story.decision.invocation
        name = f"{story.proposal.id}:cancel"
        answer = await self._engine.submit(Withdrawal(name, caller.actor, invocation), story.part)
        if answer.refusal is not None:
            raise TaskNotCancelableError(f"{answer.refusal.cause}: only what still waits can be cancelled")
        return await self.find(caller, task)

    async def drafts(self, caller: Caller) -> list[Task]:
        """Return the caller's tasks from which no proposal has come."""
        return [await self._told_draft(caller, draft) for draft in self._notes.drafts(caller.actor)]

    async def _cancel_draft(self, actor: Actor, task: str, at: int) -> Task:
        draft = self._notes.draft(actor, task)
        if draft is None:
            raise TaskNotFoundError(_NO_TASK)
        if draft.cancelled:
            raise TaskNotCancelableError("the task is cancelled already")
        cancelled = Draft(task, draft.wish, at, cancelled=True)
        await self._notes.keep(actor, cancelled)
        return told_draft(cancelled, None)

    async def _told_draft(self, caller: Caller, draft: Draft) -> Task:
        found = await lacking(self._engine, caller.principal, draft.wish)
        return told_draft(draft, found if isinstance(found, Lack) else None)

    async def _take_more(self, caller: Caller, request: SendMessageRequest, wish: Wish) -> Asked | Task:
        """Take a further message of a task."""
        message = request.message
        task = message.task_id
        story, draft = await self.story(caller.actor, task), self._notes.draft(caller.actor, task)
        if story is None and draft is None:
            raise TaskNotFoundError(_NO_TASK)
        if message.context_id and message.context_id != context_of(task):
            raise InvalidParamsError("the task belongs to another context: leave `contextId` out")
        if story is not None:
            return await self._take_on(caller, story, wish, message.message_id)
        if draft is None or draft.cancelled:
            raise UnsupportedOperationError("the task was cancelled: begin another one")
        return await self._weigh(caller, task, draft.wish.with_more(wish), 1, message.message_id)

    async def _take_on(self, caller: Caller, story: Story, wish: Wish, message: str) -> Asked | Task:
        """Take a further message of a task that has led to a proposal: another one follows if something was missing."""
        known = await self.told(story)
        if cause(caller.actor, message) in story.causes:
            return known
        if known.status.state in OVER:
            raise UnsupportedOperationError("the task is over: begin another one")
        if not _may_ask_again(story):
            return known
        return await self._weigh(caller, story.task, _wish_of(story).with_more(wish), story.attempt + 1, message)

    async def _weigh(self, caller: Caller, task: str, wish: Wish, attempt: int, message: str) -> Asked | Task:
        """Turn a wish into a proposal, or keep it until what is missing has been said."""
        found = await lacking(self._engine, caller.principal, wish)
        if isinstance(found, Lack):
            if found.code in {OUT_OF_REACH, UNGRANTED}:
                await self._note_attempt(caller, wish, f"{task}:{message}")
            draft = Draft(task, wish, self._platform.runtime.clock.now())
            story = await self.story(caller.actor, task)
            if story is not None:
                return await self.told(story)
            await self._notes.keep(caller.actor, draft)
            return told_draft(draft, found)
        proposal = Proposal(
            id=command_ids(caller.actor, task)[attempt - 1],
            actor=caller.actor,
            action=wish.action,
            arguments=wish.arguments or {},
            purpose=wish.purpose or None,
            conversation=wish.conversation or None,
            cause=cause(caller.actor, message),
            at_once=True,
        )
        return Asked(task, proposal, found)

    async def _note_attempt(self, caller: Caller, wish: Wish, message: str) -> None:
        """Have the ledger tell who asked for what was not granted, or about whom they may not touch."""
        actor = caller.actor
        try:
            whom = target(self._engine.release, wish.customer)
        except ProblemError:
            return
        attempt = Evaluation(
            id=f"evaluation:{actor.kind}:{actor.id}:{message}",
            actor=actor,
            action=wish.action,
            arguments=wish.arguments or {},
            purpose=wish.purpose or None,
            conversation=wish.conversation or None,
        )
        await note_attempt(self._engine, attempt, whom)


def _may_ask_again(story: Story) -> bool:
    return askable(story) and story.attempt < MOST_ATTEMPTS


def _wish_of(story: Story) -> Wish:
    """Return what the latest proposal asked for, of the same side of the customer."""
    asked = story.proposal
    more: dict[str, Any] = {"purpose": asked.purpose or "", "conversation": asked.conversation or ""}
    return Wish(asked.action, asked.arguments, story.part, **more)


def _check_names(message: str, context: str) -> None:
    if not 0 < len(message) <= _LONGEST_ID:
        raise InvalidParamsError(f"`messageId` is not a text of 1 to {_LONGEST_ID} characters: it names the message")
    if not context_fits(context):
        raise InvalidParamsError("`contextId` is not a text of at most 128 printable ASCII characters")
