"""What making, keeping and missing a promise make true."""

from xop.kernel.commands import Deadline
from xop.kernel.context.customer import Customer
from xop.kernel.effects import Schedule, Unschedule
from xop.kernel.moment import Moment
from xop.kernel.promises.model import PromiseBroken, PromiseKept, PromiseMade
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft


def make_promise(draft: Draft, cause: str, name: str, what: str, due: int | None) -> None:
    """Note a promise, and have its deadline watched (`due` in milliseconds since the epoch); the same one counts once."""
    if name in draft.part.promises:
        return
    draft.add(PromiseMade(name, what, due))
    if due is not None:
        draft.ask(Schedule(_key(name), max(due, draft.moment.at), Deadline(f"deadline:{cause}:{name}", name)))


def close_promise(draft: Draft, name: str, *, kept: bool) -> None:
    """Note that an open promise was kept or broken."""
    promise = draft.part.promises.get(name)
    if promise is None or promise.status != "open":
        return
    draft.add(PromiseKept(name) if kept else PromiseBroken(name))
    if promise.due is not None:
        draft.ask(Unschedule(_key(name)))


def meet_deadline(_release: Release, customer: Customer, command: Deadline, moment: Moment) -> Step:
    """A promise that is still open at its deadline is broken."""
    draft = Draft(customer, moment)
    promise = draft.part.promises.get(command.promise)
    if promise is not None and promise.status == "open":
        draft.add(PromiseBroken(command.promise))
    return draft.step()


def _key(name: str) -> str:
    return f"promise:{name}"
