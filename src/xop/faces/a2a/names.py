"""Names: the ids of tasks, and of the commands that their messages become."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from xop.kernel.base.actor import Actor
from xop.kernel.base.ids import derive

MOST_ATTEMPTS = 9
"""Proposals that one task can lead to: the first, and one more whenever what was missing has been had."""

_LONGEST_CONTEXT = 128
_TASK = re.compile(r"task_[0-9a-f]{24}(\.[A-Za-z0-9_-]{1,180})?")


def context_fits(context: str) -> bool:
    """Return whether a context's name is one that can be kept."""
    return len(context) <= _LONGEST_CONTEXT and context.isascii() and context.isprintable()


def task_id(actor: Actor, message: str, context: str) -> str:
    """Return the id of the task that a message of somebody begins: the same message always begins the same task.

    A context that the client named is part of the id, so that nothing else need be kept to know it again.
    """
    name = derive("task", str(actor), message)
    return f"{name}.{urlsafe_b64encode(context.encode()).decode().rstrip('=')}" if context else name


def context_of(task: str) -> str:
    """Return the context a task belongs to."""
    _, _, written = task.partition(".")
    if not written:
        return derive("context", task)
    return urlsafe_b64decode(written + "=" * (-len(written) % 4)).decode("ascii", errors="replace")


def command_ids(actor: Actor, task: str) -> list[str]:
    """Return the ids of every proposal that a task of somebody can have led to; none for what is no task's id."""
    if not _TASK.fullmatch(task):
        return []
    first = f"{prefix(actor)}{task}"
    return [first, *(f"{first}/{number}" for number in range(2, MOST_ATTEMPTS + 1))]


def task_of(actor: Actor, command: str) -> str | None:
    """Return the task whose first proposal a command is, if it is one of this actor's."""
    task = command.removeprefix(prefix(actor))
    return task if task != command and _TASK.fullmatch(task) else None


def prefix(actor: Actor) -> str:
    """Return what the ids of all commands begin with that an actor's tasks led to; actors' names have no colon."""
    return f"a2a:{actor.kind}:{actor.id}:"


def cause(actor: Actor, message: str) -> str:
    """Return the name of a message as the cause of what it led to."""
    return derive("message", str(actor), message)
