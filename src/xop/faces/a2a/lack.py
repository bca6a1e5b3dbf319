"""The lack: what a wish is missing before it can be proposed."""

from typing import Any

from msgspec import Struct, field

from xop.engine.engine import Engine, Target
from xop.faces.a2a.wish import Wish
from xop.faces.http.problems import ProblemError
from xop.faces.http.reach import CAUSE, REMEDY, is_hidden
from xop.faces.http.targets import target
from xop.kernel.actions.model import Action
from xop.kernel.base.principal import Principal
from xop.kernel.release import CompiledAction, Release

UNGRANTED = "action-unknown"
"""The code of an action that is not granted, be there one or not."""

OUT_OF_REACH = "customer-out-of-reach"
"""The code of a customer whom an agent may not touch, be there one or not."""


class Lack(Struct, frozen=True):
    """What is missing or does not fit, for whoever is to bring it."""

    code: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)


def granted_actions(release: Release, principal: Principal) -> list[Action]:
    """Return the actions granted to a principal, by name."""
    actions = [compiled.action for compiled in release.actions.values()]
    granted = [action for action in actions if principal.may_propose(action.name, action.groups)]
    return sorted(granted, key=lambda action: action.name)


async def lacking(engine: Engine, principal: Principal, wish: Wish) -> Lack | Target:
    """Return what a wish is missing, or whom it is about when nothing is.

    What is not granted is answered like what does not exist, before anything is looked up: neither what an action takes,
    nor who is a customer, is the business of those it is not granted to.
    """
    release = engine.release
    compiled = release.actions.get(wish.action)
    if compiled is None or not principal.may_propose(wish.action, compiled.action.groups):
        return _no_action(release, principal, wish)
    return _unfit(compiled, wish) or await _whom(engine, principal, wish)


def _no_action(release: Release, principal: Principal, wish: Wish) -> Lack:
    actions = granted_actions(release, principal)
    names = ", ".join(action.name for action in actions) or "none"
    said = f"there is no action {wish.action[:80]!r} for you" if wish.action else "the message asks for no action"
    return Lack(
        UNGRANTED if wish.action else "action-missing",
        f'{said}: send a data part {{"action": ..., "arguments": {{...}}, "customer": ...}}; granted are: {names}',
        {"granted": [{"action": action.name, "description": action.description} for action in actions]},
    )


def _unfit(compiled: CompiledAction, wish: Wish) -> Lack | None:
    action = compiled.action
    misfit = compiled.misfit(wish.arguments or {})
    if misfit is not None:
        return Lack("arguments-unfit", f"the arguments do not fit: {misfit}", {"input": action.input})
    purposes = (action.purpose, *action.other_purposes)
    if wish.purpose and wish.purpose not in purposes:
        message = f"the action does not serve the purpose {wish.purpose[:80]!r}: name one of {', '.join(purposes)}"
        return Lack("purpose-unfit", message, {"purposes": list(purposes)})
    return None


async def _whom(engine: Engine, principal: Principal, wish: Wish) -> Lack | Target:
    if not wish.customer:
        return Lack("customer-missing", "say for whom: send `customer` as an id or `namespace:value`")
    try:
        whom = target(engine.release, wish.customer)
    except ProblemError as problem:
        return Lack(problem.code, f"{problem.detail}: {problem.remedy}")
    if await is_hidden(engine, principal, whom, wish.conversation or None):
        return Lack(OUT_OF_REACH, f"{CAUSE}: {REMEDY}")
    if await engine.customer(whom) is None:
        return Lack("customer-unknown", "nobody is known by this reference: check it, and send `customer` again")
    return whom
