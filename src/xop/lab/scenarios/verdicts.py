"""Holds verdicts, holds and endings against what a scenario expects of them."""

from msgspec import Struct

from xop.kernel.decisions.explain import tell
from xop.kernel.decisions.model import Decision
from xop.kernel.facts import ChangeSkipped, InvocationCancelled
from xop.lab.scenarios.record import ending
from xop.lab.scenarios.stage import Stage
from xop.workspace.scenarios.model import Expectation, HeldExpected, OutcomeExpected
from xop.workspace.scenarios.times import clock_time, local_time, moment


class Finding(Struct, frozen=True):
    """Why an expectation was not met."""

    expected: str
    happened: str
    remedy: str
    explanation: str = ""


async def verdict(stage: Stage, expected: Expectation) -> Finding | None:
    """Hold the last verdict that is meant against the one expected."""
    parts = await stage.parts(expected.customer)
    found = [each for entry, each in stage.record.decisions() if parts is None or entry.origin in parts]
    meant = [each for each in found if _is_meant(each, expected)]
    wanted = _wanted(expected)
    if not meant:
        return Finding(
            wanted, await _others(stage, found), "see whether the `when` leads to a proposal, and whose it is"
        )
    last = meant[0]
    rules = {last.code, *(each.rule for each in last.reasons if not each.lost)}
    if (
        last.verdict == expected.verdict
        and (expected.rule is None or expected.rule in rules)
        and expected.until in {None, last.until}
    ):
        return None
    return Finding(wanted, await described(stage, last), _remedy(stage, last), await explained(stage, last))


def _is_meant(decision: Decision, expected: Expectation) -> bool:
    return (
        expected.action in {None, decision.action}
        and expected.actor in {None, str(decision.actor)}
        and expected.stage in {None, decision.stage}
    )


def _wanted(expected: Expectation) -> str:
    told = f"the verdict {expected.verdict}"
    if expected.action is not None:
        told += f" on {expected.action}"
    if expected.actor is not None:
        told += f" asked for by {expected.actor}"
    if expected.stage is not None:
        told += f" (stage {expected.stage})"
    if expected.rule is not None:
        told += f" by the rule {expected.rule}"
    return told + (f" until {expected.until}" if expected.until is not None else "")


async def _others(stage: Stage, found: list[Decision]) -> str:
    if found:
        told = [await described(stage, each) for each in found[:5]]
        return f"no such decision was made, but {len(found)} other{'s' if len(found) > 1 else ''}: {'; '.join(told)}"
    skipped = [fact for entry in stage.record.recent for fact in entry.facts if isinstance(fact, ChangeSkipped)]
    told = [f"{each.change} was skipped: {each.cause}" for each in skipped[:5]]
    return "; ".join(["nothing was judged since the last `when` began", *told])


async def described(stage: Stage, decision: Decision) -> str:
    """Return a decision on one line."""
    until = f" until {decision.until}" if decision.until else ""
    at = await stage.told(decision.at, decision.customer)
    return f"{decision.verdict}{until} by {decision.code} on {decision.action} asked for by {decision.actor} at {at}"


async def explained(stage: Stage, decision: Decision) -> str:
    """Return the reasoning path of a decision, with the values it read."""
    return tell(decision, await stage.runtime.evidence.get(decision.id))


def _remedy(stage: Stage, decision: Decision) -> str:
    rule = stage.release.policies.rules.get(decision.code)
    own = rule is not None and not rule.file.startswith("baseline/")
    where = f"the rule {decision.code} ({rule.file}:{rule.line}), " if rule is not None and own else ""
    return f"correct {where}what is given, or expect `verdict: {decision.verdict}` with `rule: {decision.code}`"


async def held(stage: Stage, expected: Expectation, wanted: HeldExpected) -> Finding | None:
    """Look for an invocation that is held now as expected."""
    parts = await stage.parts(expected.customer)
    told: list[str] = []
    last: Decision | None = None
    for each in stage.record.in_state("held"):
        decision = stage.record.hold(each.id)
        if decision is None or (parts is not None and stage.record.origins[each.id] not in parts):
            continue
        zone = await stage.zone(stage.record.origins[each.id])
        if (
            wanted.action in {None, each.action}
            and wanted.until in {None, each.until}
            and (wanted.approver is None or wanted.approver in each.approvers)
            and (wanted.due is None or is_at(decision.due, wanted.due, zone))
        ):
            return None
        due = await stage.told(decision.due, stage.record.origins[each.id])
        approvers = f" of {' or '.join(each.approvers)}" if each.approvers else ""
        told.append(f"{each.action} is held until {each.until}{approvers}, {due} at the latest")
        last = decision
    if last is None:
        last = next((each for entry, each in stage.record.decisions() if parts is None or entry.origin in parts), None)
    happened = "; ".join(told) or "nothing is held now"
    if not told and last is not None:
        happened += f"; the last decision was {await described(stage, last)}"
    return Finding(
        f"an invocation that is held{fields(wanted)}",
        happened,
        "correct what is given, the rule that holds, or the expectation",
        await explained(stage, last) if last is not None else "",
    )


def is_at(at: int, text: str, zone: str) -> bool:
    """Say whether a moment is the one written, to the second, or shows the clock time written in a zone, to the minute."""
    clock = clock_time(text)
    if clock is None:
        written = moment(text, zone)
        return written is not None and at // 1000 == written // 1000
    local = local_time(at, zone)
    return (local.hour, local.minute) == clock


async def outcome(stage: Stage, expected: Expectation, wanted: OutcomeExpected) -> Finding | None:
    """Hold how the last invocation that is meant ended against what is expected."""
    parts = await stage.parts(expected.customer)
    found = [
        fact
        for entry, fact in stage.record.endings()
        if (parts is None or entry.origin in parts) and wanted.action in {None, fact.action}
    ]
    told = f"an invocation that ended{fields(wanted)}"
    if not found:
        going = [f"{each.action} is {stage.record.states[each.id]}" for each in stage.record.in_state(*_GOING)]
        happened = "; ".join(["no such invocation ended since the last `when` began", *going])
        return Finding(told, happened, "let more time pass with `after`, or see why it does not leave")
    last = found[0]
    code = last.code if isinstance(last, InvocationCancelled) else ""
    if ending(last) == wanted.status and wanted.rule in {None, code}:
        return None
    detail = code or getattr(last, "detail", "")
    decision = stage.record.hold(last.invocation)
    return Finding(
        told,
        f"{last.action} was {ending(last)}" + (f": {detail}" if detail else ""),
        "correct what is given, the scripted answer (`respond`), or the expectation",
        await explained(stage, decision) if decision is not None else "",
    )


_GOING = ("held", "queued", "started")


def fields(wanted: Struct) -> str:
    """Return the fields that an expectation gives, on one line."""
    given = [
        f"{name}: {getattr(wanted, name)}"
        for name in wanted.__struct_fields__
        if getattr(wanted, name) not in (None, {}, ())
    ]
    return f" ({', '.join(given)})" if given else ""
