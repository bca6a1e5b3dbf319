"""Checks what a scenario expects against its workspace, and compiles its conditions."""

from collections.abc import Iterator

from xop.kernel.conditions import Condition
from xop.workspace.problem import Path, Place, Problem
from xop.workspace.scenarios.acts import check_moment, kinds_of, needless
from xop.workspace.scenarios.model import KINDS_OF_EXPECTATION, Expectation, NotSentExpected, SentExpected
from xop.workspace.scenarios.names import Names
from xop.workspace.texts import condition_at

Conditions = dict[Path, Condition]
"""Compiled conditions by the place of the expectation in its document."""

_RULED = ("rule", "action", "actor", "stage", "until")
"""What may stand beside a verdict."""


def check_expectation(expected: Expectation, place: Place, names: Names, conditions: Conditions) -> Iterator[Problem]:
    """Yield what is wrong with one expectation; a condition that compiles is added to `conditions`."""
    kinds = kinds_of(expected, KINDS_OF_EXPECTATION)
    if len(kinds) != 1:
        remedy = f"begin each with `- ` and write one of: {', '.join(KINDS_OF_EXPECTATION)}"
        cause = f"{kinds[0]!r} and {kinds[1]!r} are two expectations" if kinds else "nothing is expected here"
        yield place.problem(cause, remedy)
        return
    [kind] = kinds
    beside = (*(("customer",) if kind != "refused" else ()), *(_RULED if kind == "verdict" else ()))
    yield from needless(expected, kind, beside, place)
    if expected.customer is not None or kind in {"context", "journey"}:
        yield from names.customer(expected.customer, place)
    yield from _names(expected, place, names)
    if expected.context is not None:
        problems: list[Problem] = []
        condition = condition_at(expected.context, names.environment, place.at("context"), problems)
        yield from problems
        if condition is not None:
            conditions[place.path] = condition


def _names(expected: Expectation, place: Place, names: Names) -> Iterator[Problem]:
    release = names.release
    if expected.verdict is not None:
        yield from names.missing("rule", expected.rule, names.rules, place.at("rule"))
        yield from names.missing("action", expected.action, release.actions, place.at("action"))
        yield from names.missing("actor", expected.actor, names.actors, place.at("actor"))
        if expected.until is not None and expected.verdict != "hold":
            cause = f"a {expected.verdict} waits for nothing"
            yield place.at("until").problem(cause, "leave `until` out, or expect `verdict: hold`")
    for kind in ("sent", "not_sent"):
        sent = getattr(expected, kind)
        if sent is not None:
            yield from _sent(sent, place.at(kind), names)
    if expected.held is not None:
        where = place.at("held")
        yield from names.missing("action", expected.held.action, release.actions, where.at("action"))
        yield from names.missing("role", expected.held.approver, names.roles, where.at("approver"))
        if expected.held.due is not None:
            yield from check_moment(expected.held.due, where.at("due"), names)
    if expected.outcome is not None:
        where = place.at("outcome")
        yield from names.missing("action", expected.outcome.action, release.actions, where.at("action"))
        yield from names.missing("rule", expected.outcome.rule, names.codes, where.at("rule"))
        if expected.outcome.rule is not None and expected.outcome.status != "cancelled":
            cause = f"no rule makes an invocation {expected.outcome.status}"
            yield where.at("rule").problem(cause, "leave `rule` out, or expect `status: cancelled`")
    yield from _journey(expected, place.at("journey"), names)


def _sent(sent: SentExpected | NotSentExpected, place: Place, names: Names) -> Iterator[Problem]:
    release = names.release
    yield from names.missing("action", sent.action, release.actions, place.at("action"))
    yield from names.missing("connection", sent.connection, release.connections, place.at("connection"))
    yield from names.missing("purpose", sent.purpose, release.purposes, place.at("purpose"))
    compiled = release.actions.get(sent.action or "")
    known = compiled.action.input.get("properties") if compiled is not None else None
    if isinstance(known, dict):
        for name in sent.arguments:
            yield from names.missing(f"argument of {sent.action!r}", name, known, place.at("arguments", name))
    between = sent.between if isinstance(sent, SentExpected) else ()
    if len(between) not in {0, 2}:
        remedy = 'write the first and the last, such as `between: ["09:00", "20:00"]`'
        yield place.at("between").problem(f"`between` holds {len(between)} times, not two", remedy)
    for index, text in enumerate(between):
        yield from check_moment(text, place.at("between", index), names)


def _journey(expected: Expectation, place: Place, names: Names) -> Iterator[Problem]:
    journey = expected.journey
    if journey is None:
        return
    if sum((journey.at is not None, journey.ended is not None, journey.not_entered)) != 1:
        yield place.problem(
            "an expectation of a journey says one thing", "write one of `at`, `ended` and `not_entered`"
        )
    known = names.release.routes.journeys
    yield from names.missing("journey", journey.name, known, place.at("name"))
    if journey.at is not None and journey.name in known:
        steps = known[journey.name].steps
        yield from names.missing(f"step of {journey.name!r}", journey.at, steps, place.at("at"))
