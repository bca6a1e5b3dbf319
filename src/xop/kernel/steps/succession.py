"""Succession: closing a log, and beginning another that follows it."""

from xop.kernel.base.values import Refusal
from xop.kernel.context.customer import Customer
from xop.kernel.facts import LogBegun
from xop.kernel.log.succession import LONGEST_ORIGIN, BeginLog, is_origin
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft


def begin_log(_release: Release, platform: Customer, command: BeginLog, moment: Moment) -> Step:
    """Note that another log follows; only a person says so, and why."""
    if command.actor.kind != "operator":
        return Step(refusal=Refusal("log-person", "only a person begins another log", "ask an operator"))
    if not command.reason.strip():
        return Step(refusal=Refusal("log-reason", "another log needs a reason", "say why"))
    if not is_origin(command.origin):
        cause = f"{command.origin[:LONGEST_ORIGIN]!r} cannot be the origin of a log"
        remedy = f"give a name of at most {LONGEST_ORIGIN} characters, without spaces and without a plus sign"
        return Step(refusal=Refusal("log-origin", cause, remedy))
    if command.origin == command.follows.origin:
        cause = f"the log is called {command.origin!r} already: witnesses hold what was signed under that name"
        return Step(refusal=Refusal("log-origin", cause, "give another name"))
    draft = Draft(platform, moment)
    draft.add(LogBegun(command.origin, command.follows, str(command.actor), command.reason))
    return draft.step()
