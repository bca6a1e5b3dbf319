"""The listing of a principal's tasks, in pages, newest first."""

from collections.abc import Callable

from a2a.types.a2a_pb2 import ListTasksRequest, ListTasksResponse, Task
from a2a.utils.constants import DEFAULT_LIST_TASKS_PAGE_SIZE, MAX_LIST_TASKS_PAGE_SIZE
from a2a.utils.errors import InvalidParamsError

from xop.faces.a2a.names import context_of, task_of
from xop.faces.a2a.tasks import Tasks
from xop.faces.http.keys import Caller
from xop.ports.ledger import Ledger

_AT_ONCE = 500

_FARTHEST = 20_000
"""Decisions that are looked at for one page; the next page goes on from there."""


async def list_tasks(ledger: Ledger, tasks: Tasks, caller: Caller, asked: ListTasksRequest) -> ListTasksResponse:
    """Return a page of the caller's tasks; raises InvalidParamsError.

    Pages follow each other by when the proposals were made, and are sorted by when the tasks last changed. Drafts are on
    the first page. `total_size` counts what this page holds: counting all would read the whole ledger.
    """
    size = _size(asked)
    before = _position(asked.page_token)
    fits = _filter(asked)
    found = [] if before is not None else [task for task in await tasks.drafts(caller) if fits(task)]
    looked = 0
    while len(found) < size and looked < _FARTHEST:
        page = await ledger.decisions(before, _AT_ONCE)
        if not page:
            before = None
            break
        for stored in page:
            before, looked = stored.position, looked + 1
            name = task_of(caller.actor, stored.entry.command.id)
            if name is None or (asked.context_id and context_of(name) != asked.context_id):
                continue
            story = await tasks.story(caller.actor, name)
            if story is not None and fits(known := await tasks.told(story)):
                found.append(known)
                if len(found) >= size:
                    break
    found.sort(key=lambda task: task.status.timestamp.ToNanoseconds(), reverse=True)
    for task in found:
        if not asked.include_artifacts:
            del task.artifacts[:]
    token = "" if before is None else str(before)
    return ListTasksResponse(tasks=found, next_page_token=token, page_size=size, total_size=len(found))


def _filter(asked: ListTasksRequest) -> Callable[[Task], bool]:
    after = asked.status_timestamp_after.ToMilliseconds() if asked.HasField("status_timestamp_after") else None

    def fits(task: Task) -> bool:
        return (
            (not asked.context_id or task.context_id == asked.context_id)
            and (not asked.status or task.status.state == asked.status)
            and (after is None or task.status.timestamp.ToMilliseconds() > after)
        )

    return fits


def _size(asked: ListTasksRequest) -> int:
    if not asked.HasField("page_size"):
        return DEFAULT_LIST_TASKS_PAGE_SIZE
    if not 0 < asked.page_size <= MAX_LIST_TASKS_PAGE_SIZE:
        raise InvalidParamsError(f"`pageSize` is not a number from 1 to {MAX_LIST_TASKS_PAGE_SIZE}")
    return int(asked.page_size)


def _position(token: str) -> int | None:
    if not token:
        return None
    if not token.isdigit() or len(token) > 18:  # noqa: PLR2004 - what 64 bits hold
        raise InvalidParamsError("`pageToken` is not one that a page named")
    return int(token)
