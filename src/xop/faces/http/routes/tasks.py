"""Tasks: what people carry out, and their word on it."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from xop.faces.http.commanding import IDEMPOTENCY_KEY, Receipt, ShortText, Text, command_name, receipt, submit
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.sights import invocation_shown
from xop.kernel.actions.invocation import Invocation, Task
from xop.kernel.base.times import iso
from xop.kernel.commands import Completion
from xop.kernel.steps.task import TASK, task_key

_PAGE = 200
"""Timers looked at together."""


class TaskQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which tasks to list."""

    all: bool = False
    """Also those that are for somebody else."""
    queue: ShortText | None = None
    """Only those of a queue."""
    after: Annotated[str, Meta(max_length=100)] | None = None
    """The task to go on behind, as `next` of the page before says."""
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


class TaskView(Struct, frozen=True, omit_defaults=True):
    """One open task."""

    invocation: str
    customer: str
    """The part of the customer it is about."""
    action: str
    question: str
    """What is to be done."""
    arguments: dict[str, Any]
    options: tuple[str, ...]
    """The answers there are, if they are given."""
    output: dict[str, Any]
    """The JSON Schema that the output must fit."""
    roles: tuple[str, ...]
    queue: str
    actor: str
    """Who asked for it."""
    since: str
    due: str
    """When it has failed for want of an answer."""
    mine: bool
    """Whether the caller may carry it out."""


class TaskPage(Struct, frozen=True):
    """Open tasks; a page may be short of its limit and yet not the last."""

    tasks: list[TaskView]
    next: str | None
    """What to ask for as `after` to see more; null at the end."""


class CompletionRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's word on a task."""

    done: bool = True
    """Whether it was carried out; when it was not, the invocation has failed."""
    output: Any | UnsetType = UNSET
    """What came of it, as the contract's output; with options `{"choice": …}`."""
    note: Text = ""


async def _list(call: Call) -> Reply:
    asked: TaskQuery = call.query
    found: list[TaskView] = []
    async for key, view in _open(call, task_key(asked.after) if asked.after else None):
        if (view.mine or asked.all) and asked.queue in (None, view.queue):
            found.append(view)
        if len(found) == asked.limit:
            return Reply(TaskPage(found, key.removeprefix(TASK)))
    return Reply(TaskPage(found, None))


async def _open(call: Call, after: str | None) -> AsyncIterator[tuple[str, TaskView]]:
    """Yield every open task with the key of its timer."""
    while timers := await call.platform.runtime.timers.page(TASK, after, _PAGE):
        for timer in timers:
            invocation = await _invocation(call, timer.part, timer.key.removeprefix(TASK))
            if invocation is not None and invocation.task is not None:
                yield timer.key, _view(call, timer.part, invocation, invocation.task)
        after = timers[-1].key


async def _invocation(call: Call, part: str, name: str) -> Invocation | None:
    customer = await call.platform.engine.customer(part)
    return customer.part(part).invocations.get(name) if customer is not None else None


async def _show(call: Call) -> Reply:
    name = call.path["invocation"]
    timers = await call.platform.runtime.timers.find(task_key(name))
    invocation = await _invocation(call, timers[0].part, name) if timers else None
    if invocation is None or invocation.task is None:
        raise ProblemError("invocation-unknown", f"nobody is asked to carry {name[:80]!r} out")
    await invocation_shown(call, timers[0].part, invocation)
    return Reply(_view(call, timers[0].part, invocation, invocation.task))


def _view(call: Call, part: str, invocation: Invocation, task: Task) -> TaskView:
    release = call.platform.engine.release
    compiled, principal = release.actions.get(invocation.action), release.principals.get(call.actor)
    return TaskView(
        invocation=invocation.id,
        customer=part,
        action=invocation.action,
        question=task.question,
        arguments=invocation.arguments,
        options=task.options,
        output=compiled.action.output if compiled is not None else {},
        roles=task.roles,
        queue=task.queue,
        actor=str(invocation.actor),
        since=iso(task.since),
        due=iso(task.due),
        mine=principal is not None and bool(set(task.roles) & set(principal.roles)),
    )


async def _complete(call: Call) -> Reply:
    name, asked = call.path["invocation"], call.body
    entry = await call.platform.runtime.outbox.get(name)
    if entry is None:
        raise ProblemError("invocation-unknown", f"there is no invocation {name[:80]!r}")
    output = None if asked.output is UNSET else asked.output
    command = Completion(command_name(call, "completion", name), call.actor, name, asked.done, output, asked.note)
    return Reply(receipt(await submit(call, command, entry.part)))


_NAME = {"invocation": "The invocation's id."}

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/tasks",
        summary="List what people are to carry out",
        description="What the caller may carry out, and on asking everything that is open.",
        handler=_list,
        scope="approvals:write",
        query=TaskQuery,
        answers=(Content(JSON, TaskPage),),
    ),
    Operation(
        method="GET",
        path="/v1/tasks/{invocation}",
        summary="Look at a task",
        handler=_show,
        scope="approvals:write",
        parameters=_NAME,
        answers=(Content(JSON, TaskView),),
        problems=("invocation-unknown",),
    ),
    Operation(
        method="POST",
        path="/v1/tasks/{invocation}/completion",
        summary="Say what came of a task",
        description="The caller says it, who must have one of the task's roles. The output must fit the contract.",
        handler=_complete,
        scope="approvals:write",
        parameters=_NAME,
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, CompletionRequest),),
        answers=(Content(JSON, Receipt),),
        problems=(
            "invocation-unknown",
            "customer-unknown",
            "task-not-open",
            "task-role",
            "output-unfit",
            "command-conflict",
        ),
    ),
)
