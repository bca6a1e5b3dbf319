"""Reads, checks and compiles Cedar policies: the baseline's and the workspace's own."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from xop.kernel.actions.model import Action
from xop.kernel.arbiter.context import ENUMS, FLAGS, context_type
from xop.kernel.arbiter.duties import DUTIES
from xop.kernel.erasure.model import PURPOSE
from xop.kernel.policy.check import check, lint
from xop.kernel.policy.drop import drop
from xop.kernel.policy.engine import PolicyEngine
from xop.kernel.policy.model import Problem as Mistake
from xop.kernel.policy.model import Rule, Terms
from xop.kernel.policy.parse import parse
from xop.kernel.policy.schema import ActionType, Schema, faults
from xop.kernel.release import CompiledAction
from xop.workspace.principals import STANDING_GROUPS, groups_of, roles_of
from xop.workspace.problem import Problem, nearest, quote
from xop.workspace.sources import Sources

BASELINE = "xop"
"""The pack of the baseline's rules."""


def compile_policies(
    sources: Sources, actions: Mapping[str, CompiledAction], problems: list[Problem]
) -> PolicyEngine | None:
    """Return the engine that judges by all rules, or None after adding every problem."""
    count = len(problems)
    parsed = parse(sources.policies)
    problems.extend(problem_of(mistake) for mistake in parsed.problems)
    problems.extend(_reserved(sources))
    rules = _without_replaced(sources, parsed.rules, problems)
    if len(actions) < len(sources.names("actions")):
        # Without all actions every rule that speaks of a missing one would seem wrong.
        return None
    schema = policy_schema(sources, actions)
    own = [rule for rule in rules if rule.pack != BASELINE]
    faulty = faults(schema)
    if faulty and not problems:
        problems.extend(Problem("actions", 0, fault, "rename what is named") for fault in faulty)
    if faulty or len(problems) > count:
        return None
    problems.extend(problem_of(mistake) for mistake in check(own, schema))
    problems.extend(problem_of(mistake) for mistake in lint(rules, _enums(sources)))
    problems.extend(_approvers(sources, own))
    if len(problems) > count:
        return None
    return PolicyEngine(rules, schema)


def policy_schema(sources: Sources, actions: Mapping[str, CompiledAction]) -> Schema:
    """Return the types that policies are checked against."""
    types = tuple(
        ActionType(
            name,
            groups_of(each.action),
            context_type(each.arguments, _facts(sources, each.action), register=sources.register is not None),
        )
        for name, each in actions.items()
    )
    groups = dict.fromkeys((*STANDING_GROUPS, *(group for each in types for group in each.groups)))
    return Schema(types, tuple(groups))


def _facts(sources: Sources, action: Action) -> dict[str, tuple[str, bool]]:
    known = {name: sources.facts[name].value for name in action.facts if name in sources.facts}
    return {name: (fact.type, fact.required) for name, fact in known.items()}


def _reserved(sources: Sources) -> Iterator[Problem]:
    for source in (*sources.policies, *sources.rights):
        if source.pack == BASELINE and not source.file.startswith("baseline/"):
            cause = f"the pack {BASELINE!r} is the platform's"
            yield Problem(source.file, 0, cause, "give the file another name; its name is the pack of its rules")


def _without_replaced(sources: Sources, rules: Sequence[Rule], problems: list[Problem]) -> tuple[Rule, ...]:
    # Without a register there are no duties to ask about, and so nothing that these rules could read.
    kept = tuple(rule for rule in rules if sources.register is not None or not _of_duties(rule))
    if sources.settings is None:
        return kept
    place = sources.settings.place.at("policy", "replace")
    baseline = {rule.id for rule in rules if rule.pack == BASELINE and rule.default}
    for index, name in enumerate(sources.settings.value.policy.replace):
        dropped = drop(kept, [name])
        if isinstance(dropped, Mistake):
            remedy = nearest(name, baseline, "these may be replaced")
            problems.append(place.at(index).problem(dropped.cause, remedy))
        else:
            kept = dropped
    return kept


def _of_duties(rule: Rule) -> bool:
    return rule.pack == BASELINE and any(path.partition(".")[0] in DUTIES for path in rule.reads)


def _enums(sources: Sources) -> dict[str, frozenset[str]]:
    """Return the values that facts of the context can have in this workspace, so that a misspelt one is found."""
    raised = {
        change.raises.flag
        for item in sources.signals.values()
        for change in item.value.changes
        if change.raises is not None
    }
    roles = roles_of(sources)
    return {
        **ENUMS,
        "purpose": frozenset(sources.names("purposes")) | {PURPOSE},
        "channel": frozenset(sources.names("channels")) | {""},
        "flags": frozenset(raised) | frozenset(FLAGS),
        "actor.roles": roles,
    }


def _approvers(sources: Sources, rules: Sequence[Rule]) -> Iterator[Problem]:
    """Yield what no operators can answer: only people approve, each with the role that is asked for."""
    operators = [item.value for item in sources.principals.values() if item.value.kind == "operator"]
    held = Counter(role for operator in operators for role in set(operator.roles))
    for rule in rules:
        terms = rule.terms or Terms()
        for role in (rule.approver, terms.escalate_to):
            if role and not held[role]:
                cause = f"rule {rule.id}: nobody has the role {quote(role)}"
                yield Problem(rule.file, rule.line, cause, nearest(role, held))
        count = held[rule.approver or ""]
        if 0 < count < terms.people:
            cause = f"rule {rule.id}: {terms.people} people must approve, and only {count} may"
            remedy = f"ask for fewer people, or give more operators the role {quote(rule.approver or '')}"
            yield Problem(rule.file, rule.line, cause, remedy)


def problem_of(mistake: Mistake) -> Problem:
    """Return a mistake in policy text as a problem of the workspace."""
    return Problem(mistake.file, mistake.line, mistake.cause, mistake.remedy)
