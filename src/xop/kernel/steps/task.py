"""Invocations that the platform itself carries out: taken on by a journey or by people, and finished by their word."""

from typing import Any, Literal

from msgspec import UNSET, ValidationError, convert
from msgspec.structs import replace

from xop.kernel import facts as f
from xop.kernel.actions.invocation import Invocation, Task
from xop.kernel.actions.model import Errand, TaskTerms
from xop.kernel.base.spans import milliseconds
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Completion, Enter, Outcome, Signal
from xop.kernel.context.customer import Customer
from xop.kernel.effects import Schedule, Settle, Unschedule
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.incident import look_into_effect
from xop.kernel.steps.inform import say
from xop.kernel.steps.telling import tell

TASK = "task:"
"""How the keys of the timers begin that end tasks."""

LATE = "nobody carried it out in time"


def task_key(invocation: str) -> str:
    """Return the key of the timer that ends the task of an invocation."""
    return f"{TASK}{invocation}"


def later_outcome(
    invocation: Invocation, result: Literal["done", "failed"], detail: str = "", output: Any = UNSET
) -> Outcome:
    """Return the command that tells what came of an invocation that was taken on; it has one such outcome only."""
    name = f"outcome:{invocation.id}:{invocation.attempt}:later"
    return Outcome(name, invocation.id, invocation.attempt, result, detail, output)


def take(release: Release, draft: Draft, invocation: Invocation, command: Outcome) -> None:
    """Have a journey or people carry an invocation out, as its rendered request asks."""
    try:
        if isinstance(command.output, dict) and "journey" in command.output:
            _send_on(draft, invocation, convert(command.output, Errand))
        else:
            _ask_people(release, draft, invocation, convert(command.output, TaskTerms))
    except ValidationError as error:
        detail = f"the stored request cannot be read: {str(error).partition(' - ')[0]}"
        draft.add(f.InvocationFailed(invocation.id, invocation.action, detail))
        draft.ask(Settle(invocation.id, "failed", draft.moment.at, detail))


def _send_on(draft: Draft, invocation: Invocation, errand: Errand) -> None:
    draft.add(f.InvocationTaken(invocation.id, errand.journey))
    name = f"carry:{invocation.id}:{invocation.attempt}"
    enter = Enter(name, invocation.actor, errand.journey, errand.key, errand.data, caller=invocation.id)
    draft.ask(Schedule(name, draft.moment.at, enter))


def _ask_people(release: Release, draft: Draft, invocation: Invocation, terms: TaskTerms) -> None:
    at = draft.moment.at
    queue = release.queues.get(terms.queue) if terms.queue is not None else None
    roles = queue.roles if queue is not None else tuple(role for role in (terms.role,) if role)
    task = Task(terms.question, roles, at, at + milliseconds(terms.within), terms.queue or "", terms.options)
    draft.add(f.InvocationTaken(invocation.id, task=task))
    draft.ask(Schedule(task_key(invocation.id), task.due, later_outcome(invocation, "failed", LATE)))


def finish(release: Release, draft: Draft, invocation: Invocation, output: Any, detail: str = "") -> tuple[Signal, ...]:
    """Note that an invocation was carried out, and return the signals that it tells."""
    draft.add(f.InvocationDone(invocation.id, invocation.action, output))
    if release.register is not None:
        say(release, draft, invocation)
        look_into_effect(release, draft, invocation, output)
    draft.ask(Settle(invocation.id, "done", draft.moment.at, detail))
    return tell(release, draft, invocation, output)


def complete(release: Release, customer: Customer, command: Completion, moment: Moment) -> Step:
    """Take a person's word on a task: what was done, or that it cannot be."""
    draft = Draft(customer, moment)
    invocation = draft.part.invocations.get(command.invocation)
    if invocation is None or invocation.task is None or invocation.status != "started":
        cause = f"the invocation {command.invocation!r} waits for nobody to carry it out"
        return Step(refusal=Refusal("task-not-open", cause, "list the tasks: it may be done or late already"))
    refusal = _unfit(release, invocation, invocation.task, command)
    if refusal is not None:
        return Step(refusal=refusal)
    draft.ask(Unschedule(task_key(invocation.id)))
    if not command.done:
        detail = command.note or "it could not be done"
        draft.add(f.InvocationFailed(invocation.id, invocation.action, detail))
        draft.ask(Settle(invocation.id, "failed", moment.at, detail))
        return draft.step()
    told = finish(release, draft, invocation, command.output, f"carried out by {command.actor}")
    return replace(draft.step(), told=told)


def _unfit(release: Release, invocation: Invocation, task: Task, command: Completion) -> Refusal | None:
    """Return why a person's word on a task cannot be taken."""
    principal = release.principals.get(command.actor)
    if principal is None or command.actor.kind != "operator" or not set(task.roles) & set(principal.roles):
        needed = " or ".join(task.roles)
        return Refusal("task-role", f"{command.actor} is not {needed}", f"ask somebody with the role {needed}")
    if not command.done:
        return None
    choice = command.output.get("choice") if isinstance(command.output, dict) else None
    if task.options and choice not in task.options:
        cause = f"{choice!r} is no answer" if choice is not None else "the output has no `choice`"
        return Refusal("output-unfit", cause, f"give `choice` as one of: {', '.join(task.options)}")
    compiled = release.actions.get(invocation.action)
    misfit = compiled.output_misfit(command.output) if compiled is not None and compiled.output_misfit else None
    if misfit is None:
        return None
    return Refusal("output-unfit", misfit, f"give the output that the contract of {invocation.action!r} asks for")
