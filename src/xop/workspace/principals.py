"""Checks who is let in: keys, purposes, and the actions and groups each may propose."""

import re
from collections.abc import Iterator

from xop.kernel.actions.model import Action
from xop.kernel.base.principal import Principal
from xop.kernel.base.spans import milliseconds
from xop.workspace.problem import Place, Problem, nearest, quote
from xop.workspace.sources import Item, Sources

STANDING_GROUPS = ("contact", "write", "read", "low_risk", "medium_risk", "high_risk")
"""Groups that exist in every workspace: an action's kind and its risk."""

APPROVER = "supervisor"
"""The role that the baseline asks when an agent may not act on its own."""

_ENVIRONMENT = re.compile(r"\$\{env:[A-Za-z_][A-Za-z0-9_]*\}")
_WAITING = ("suggest", "act_with_approval")
_PEOPLE = ("sources", "agents", "operators", "partners")


def groups_of(action: Action) -> tuple[str, ...]:
    """Return every group of an action: its own, its kind and its risk."""
    return tuple(dict.fromkeys((*action.groups, action.kind, f"{action.risk}_risk")))


def check_principals(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong with sources, agents, operators and partners."""
    keys: dict[str, str] = {}
    actions = _proposable(sources)
    approvers = APPROVER in roles_of_people(sources)
    for name, item in sources.principals.items():
        yield from _key(name, item, keys)
        yield from _rights(sources, item, actions)
        if item.value.kind == "agent" and _waits(item.value) and not approvers:
            cause = f"what {name} proposes waits for the role {APPROVER!r}, which nobody has"
            remedy = f"give an operator `roles: [{APPROVER}]`, or the agent another autonomy"
            yield item.place.problem(cause, remedy)


def _waits(principal: Principal) -> bool:
    """Say whether something that an agent proposes waits for a person."""
    autonomy = principal.autonomy
    return any(
        level in _WAITING for level in (autonomy.values() if isinstance(autonomy, dict) else (autonomy or "suggest",))
    )


def people_known(sources: Sources) -> bool:
    """Say whether everybody who is declared could be read."""
    declared = sum(len(sources.names(section)) for section in _PEOPLE)
    return not sources.unread & {*_PEOPLE} and declared == len(sources.principals)


def roles_of(sources: Sources) -> frozenset[str]:
    """Return every role that somebody has."""
    return frozenset(role for item in sources.principals.values() for role in item.value.roles)


def roles_of_people(sources: Sources) -> frozenset[str]:
    """Return every role that some operator has: whoever else has it approves, answers and carries out nothing in it."""
    operators = (item.value for item in sources.principals.values() if item.value.kind == "operator")
    return frozenset(role for each in operators for role in each.roles)


def _proposable(sources: Sources) -> set[str]:
    groups = {group for item in sources.actions.values() for group in groups_of(item.value)}
    return sources.names("actions") | groups | {*STANDING_GROUPS, "*"}


def _key(name: str, item: Item[Principal], keys: dict[str, str]) -> Iterator[Problem]:
    signing = item.value.signing_secret
    if signing and not _ENVIRONMENT.fullmatch(signing):
        remedy = "put it in an environment variable and write `${env:NAME}`"
        yield item.place.at("signing_secret").problem("the signing secret is written out", remedy)
    key = item.value.key
    if not key:
        return
    place = item.place.at("key")
    if not _ENVIRONMENT.fullmatch(key):
        yield place.problem("the key is written out", "put it in an environment variable and write `${env:NAME}`")
    elif key in keys:
        yield place.problem(f"{keys[key]} has the same key", "give each its own, so that it is known who asks")
    else:
        keys[key] = name


def _rights(sources: Sources, item: Item[Principal], actions: set[str]) -> Iterator[Problem]:
    principal, place = item.value, item.place
    yield from _actions(principal.actions, place.at("actions"), actions)
    if isinstance(principal.autonomy, dict):
        for name in principal.autonomy.keys() - actions:
            cause = f"there is no action or group {quote(name)}"
            yield place.at("autonomy", name).problem(cause, nearest(name, actions))
    yield from _limits(principal, place, actions)
    for index, purpose in enumerate(principal.purposes):
        yield from sources.missing("purposes", purpose, place.at("purposes", index))
    for index, journey in enumerate(principal.journeys):
        if journey != "*":
            yield from sources.missing("journeys", journey, place.at("journeys", index))
    for index, decision in enumerate(principal.decisions):
        if decision != "*":
            yield from sources.missing("decisions", decision, place.at("decisions", index), "decision set")


def _limits(principal: Principal, place: Place, actions: set[str]) -> Iterator[Problem]:
    for index, budget in enumerate(principal.budgets):
        yield from _actions(budget.actions, place.at("budgets", index, "actions"), actions)
        if budget.most is None and budget.cost is None:
            yield place.at("budgets", index).problem("the budget limits nothing", "give it `most`, `cost` or both")
        yield from _within(budget.within, place.at("budgets", index, "within"))
    if principal.breaker is not None:
        yield from _within(principal.breaker.within, place.at("breaker", "within"))


def _within(span: str, place: Place) -> Iterator[Problem]:
    if not milliseconds(span):
        yield place.problem(
            "within no time nothing is ever counted, so nothing is limited", "write a span such as `1d`"
        )


def _actions(named: tuple[str, ...], place: Place, actions: set[str]) -> Iterator[Problem]:
    for index, name in enumerate(named):
        if name not in actions:
            cause = f"there is no action or group {quote(name)}"
            yield place.at(index).problem(cause, nearest(name, actions))
