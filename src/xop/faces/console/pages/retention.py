"""Retention: what is past its time and would go, letting it go, and what went before."""

from xop.faces.console.governance.lasting import lasting
from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Shown
from xop.faces.console.pages.compliance import RETENTION, RUNS, tabs
from xop.faces.console.visit import Visit

RUN = "POST /v1/retention/runs"

_HISTORY = 20

_PATIENCE = 2
"""Seconds to wait for a run that was just begun: most are over by then."""


async def _plan(visit: Visit) -> Answer:
    plan = await visit.ask(RETENTION)
    runs = await visit.ask(RUNS, query={"history": _HISTORY})
    past = [each for each in (runs.last, *runs.earlier) if each is not None]
    model = {
        "plan": plan,
        "tabs": tabs(visit, "retention"),
        "classes": [(each, lasting(each.period, visit.words)) for each in plan.classes],
        "going": sum(each.count for each in plan.classes),
        "runs": [(each, sum(each.counts.values())) for each in past],
        "under_way": runs.last is not None and runs.last.over is None,
        "may_run": visit.may(RUN),
    }
    return Shown("retention", model)


async def _run(visit: Visit) -> Answer:
    """Let go of what is past its time, for whoever said that they looked at it."""
    if visit.field("confirmed") != "yes":
        said = visit.words.text("Nothing has gone: say first that you looked at what would go.")
        return Moved(f"{PREFIX}/retention", said, "problem")
    await visit.ask(RUN, body={})
    found = await visit.ask(RUNS, query={"wait": _PATIENCE})
    if found.last is None or found.last.over is None:
        return Moved(f"{PREFIX}/retention", visit.words.text("It is under way. Look again in a while."), "note")
    gone = visit.words.number(sum(found.last.counts.values()))
    return Moved(f"{PREFIX}/retention", visit.words.text("It is over: {count} have gone.").format(count=gone))


PAGES = (Page(path="/retention", title="Retention", view=_plan, within="/compliance", asks=(RETENTION, RUNS)),)

ACTS = (Act(path="/retention", view=_run, asks=(RUN,)),)
