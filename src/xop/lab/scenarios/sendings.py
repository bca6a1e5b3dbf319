"""Holds what left for the outside against what a scenario expects of it."""

from xop.kernel.actions.invocation import Invocation
from xop.lab.scenarios.outside import Attempt
from xop.lab.scenarios.stage import Stage
from xop.lab.scenarios.verdicts import Finding, described, explained, fields
from xop.workspace.scenarios.model import Expectation, NotSentExpected, SentExpected
from xop.workspace.scenarios.times import clock_time, local_time, moment

_SHOWN = 5


async def sent(stage: Stage, expected: Expectation, wanted: SentExpected) -> Finding | None:
    """Count the invocations that left as expected, each once however often it was tried."""
    found, others = await _left(stage, expected, wanted)
    outside = [each for each in found if wanted.between and not await _within(stage, each, wanted.between)]
    names = {each.invocation for each in found}
    right = len(names) == wanted.count if wanted.count is not None else bool(names)
    if right and not outside:
        return None
    if outside:
        happened = f"at another time: {await _listed(stage, outside)}"
    elif found:
        happened = f"{len(names)} left: {await _listed(stage, found)}"
    elif others:
        happened = f"no such one left, but: {await _listed(stage, others)}"
    else:
        happened = "nothing left since the last `when` began"
    count = "at least one invocation" if wanted.count is None else f"{wanted.count} of the invocations"
    told = f"that {count} left{fields(wanted)}"
    return await _finding(stage, expected, wanted, told, happened)


async def not_sent(stage: Stage, expected: Expectation, wanted: NotSentExpected) -> Finding | None:
    """Look for an invocation that should not have left."""
    found, _ = await _left(stage, expected, wanted)
    if not found:
        return None
    happened = f"{len({each.invocation for each in found})} left: {await _listed(stage, found)}"
    return await _finding(stage, expected, wanted, f"that no invocation left{fields(wanted)}", happened)


async def _left(
    stage: Stage, expected: Expectation, wanted: SentExpected | NotSentExpected
) -> tuple[list[Attempt], list[Attempt]]:
    """Return the attempts since the mark that are meant, and those that are not."""
    parts = await stage.parts(expected.customer)
    found: list[Attempt] = []
    others: list[Attempt] = []
    for each in stage.outside.attempts[stage.attempts_before :]:
        about = parts is None or stage.record.origins[each.invocation] in parts
        meant = about and _fits(stage.record.invocations[each.invocation], each, wanted)
        (found if meant else others).append(each)
    return found, others


def _fits(invocation: Invocation, attempt: Attempt, wanted: SentExpected | NotSentExpected) -> bool:
    address = invocation.address or ""
    return (
        wanted.action in {None, invocation.action}
        and wanted.connection in {None, attempt.connection}
        and wanted.purpose in {None, invocation.purpose}
        and wanted.to in {None, address, address.partition(":")[2]}
        and all(
            name in invocation.arguments and invocation.arguments[name] == value
            for name, value in wanted.arguments.items()
        )
    )


async def _within(stage: Stage, attempt: Attempt, between: tuple[str, ...]) -> bool:
    zone = await stage.zone(stage.record.origins[attempt.invocation])
    begin, end = (clock_time(text) for text in between)
    if begin is not None and end is not None:
        local = local_time(attempt.at, zone)
        clock = (local.hour, local.minute)
        return begin <= clock < end if begin <= end else clock >= begin or clock < end
    since, until = (moment(text, stage.release.zone) for text in between)
    return since is not None and until is not None and since <= attempt.at < until


async def _listed(stage: Stage, attempts: list[Attempt]) -> str:
    told = []
    for each in attempts[:_SHOWN]:
        invocation = stage.record.invocations[each.invocation]
        at = await stage.told(each.at, stage.record.origins[each.invocation])
        to = f" to {invocation.address}" if invocation.address else ""
        told.append(f"{invocation.action}{to} with {invocation.arguments} at {at}")
    more = f" and {len(attempts) - _SHOWN} more" if len(attempts) > _SHOWN else ""
    return "; ".join(told) + more


async def _finding(
    stage: Stage, expected: Expectation, wanted: SentExpected | NotSentExpected, told: str, happened: str
) -> Finding:
    """Explain by the last decision on the action meant, which is why it left or did not."""
    parts = await stage.parts(expected.customer)
    decision = next(
        (
            each
            for entry, each in stage.record.decisions()
            if wanted.action in {None, each.action} and (parts is None or entry.origin in parts)
        ),
        None,
    )
    if decision is not None:
        happened += f"; the last decision was {await described(stage, decision)}"
    waiting = [each.action for each in stage.record.in_state("held", "queued") if wanted.action in {None, each.action}]
    if waiting:
        remedy = f"{waiting[-1]} still waits: let time pass with `after` or `until`, or correct the expectation"
    else:
        remedy = "correct what is given, the rules, or the expectation"
    return Finding(told, happened, remedy, await explained(stage, decision) if decision is not None else "")
