"""Which run goes on when a merge has brought together what a re-entry rule would have kept apart."""

from xop.kernel.base.spans import milliseconds
from xop.kernel.context.customer import Customer
from xop.kernel.journeys.run import Run, carries_out, entered_key, live
from xop.kernel.release import Release


def gives_way(release: Release, customer: Customer, part: str, run: Run) -> bool:
    """Say whether a run stands still because of an earlier entry on another side of a merged customer.

    It is so as long as the journey's re-entry rule, asked over all sides, would not have let the run in. A run that
    another called gives way when its caller does.
    """
    if len(customer.parts) == 1:
        return False
    if run.caller and not carries_out(run):
        caller = customer.part(part).runs.get(run.caller)
        return caller is not None and gives_way(release, customer, part, caller)
    compiled = release.routes.journeys.get(run.journey) or release.routes.versions.get(run.version)
    if compiled is None:
        return False
    rule = compiled.journey.reentry
    if rule == "always":
        return False
    if rule == "after_end":
        return any(
            live(other) and other.journey == run.journey and other.key == run.key and _before(other, run)
            for side in customer.parts
            if side.id != part
            for other in side.runs.values()
        )
    name = entered_key(run.journey, run.key)
    reach = run.at if rule == "once" else milliseconds(rule)
    earlier = [side.entered[name] for side in customer.parts if side.id != part and name in side.entered]
    return any(run.at - reach <= each.at and (each.at, each.run) < (run.at, run.id) for each in earlier)


def _before(one: Run, other: Run) -> bool:
    return (one.at, one.id) < (other.at, other.id)
