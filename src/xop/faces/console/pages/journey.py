"""One journey: drawn with live counts, who stands where, the way of one customer, its versions, and its scenarios."""

from collections.abc import Mapping
from typing import Any

from xop.faces.console.asking import Elsewhere
from xop.faces.console.examinations import BEGIN, LOOK, Progress, begin, progress
from xop.faces.console.journey.drawing import KINDS, Looks, drawing_of, least_width
from xop.faces.console.journey.story import WAITS, WAYS, Address, differences, said_of
from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Shown
from xop.faces.console.pages.drafts import editing
from xop.faces.console.pages.workspace import HOME, UNDO
from xop.faces.console.visit import Visit
from xop.faces.http.problems import Problem, ProblemError

GRAPH = "GET /v1/journeys/{journey}/graph"
ONE = "GET /v1/journeys/{journey}"
HISTORY = "GET /v1/journeys/{journey}/history"
RUNS = "GET /v1/runs"
PASSAGES = "GET /v1/customers/{customer}/passages"

_ASKED = ("version", "against", "customer", "run", "step", "after", "releases")

_ROWS = 25

_FURTHEST = "1000"
"""Publications that are looked through for former versions when somebody looks further back."""


async def _journey(visit: Visit) -> Answer:
    """Show a journey; the chart, its figures and the table of steps follow what happens."""
    name = visit.path["journey"]
    asked = {key: visit.query.get(key, "").strip() for key in _ASKED}
    address = Address(f"{PREFIX}/journeys/{name}", {key: value for key, value in asked.items() if key != "after"})
    look = await visit.ask(ONE, path={"journey": name})
    versions, earlier, bounded = await _versions(visit, look, asked["releases"])
    way, lost, earlier_runs = await _way(visit, name, asked)
    passage = way[0] if way else None
    graph = await _graph(visit, name, asked, passage.version if passage is not None else "")
    sentences = {each.step: said_of(each, visit.words) for each in graph.chart.steps}
    now = [] if passage is None or passage.ended else [stage.step for stage in passage.stages[-1:]]
    looks = Looks(
        place=address.open,
        chosen=asked["step"],
        way=tuple(stage.step for stage in passage.stages) if passage is not None else (),
        now=now,
        changes={each.step: each.change for each in graph.changes},
    )
    drawing = drawing_of(graph.chart, looks, sentences)
    model: dict[str, Any] = {
        "graph": graph,
        "heading": name.replace("_", " "),
        "asked": asked,
        "address": address,
        "drawing": drawing,
        "least": least_width(drawing.width),
        "change": editing(visit, f"journeys/{name}.yaml") if any(each.entered for each in look.versions) else "",
        "undo": f"{HOME}/undo" if visit.may(UNDO) else "",
        "kinds": KINDS,
        "ways": WAYS,
        "waits": WAITS,
        "changes": looks.changes,
        "differences": differences(graph.changes),
        "versions": versions,
        "earlier": earlier,
        "bounded": bounded,
        "further": address.of(releases=_FURTHEST) if bounded and asked["releases"] != _FURTHEST else "",
        "others": _others(look, graph.version),
        "standing": await _standing(visit, name, asked, graph.version),
        "passages": way,
        "earlier_runs": earlier_runs,
        "passage": passage,
        "not_found": lost,
        "scenarios": _of_journey(await progress(visit, "scenarios"), name),
    }
    return Shown("journey", model, title=name.replace("_", " "))


async def _graph(visit: Visit, name: str, asked: Mapping[str, str], walked: str) -> Any:
    """Return the version that is asked for, or else the one that the customer who is followed went through."""
    for version in dict.fromkeys((asked["version"] or walked, asked["version"])):
        try:
            return await visit.ask(
                GRAPH, path={"journey": name}, query={"version": version, "against": asked["against"]}
            )
        except ProblemError:
            # Of a run that is over, the version may be gone.
            if version == asked["version"]:
                raise
    return None


async def _way(visit: Visit, name: str, asked: Mapping[str, str]) -> tuple[list[Any], Problem | None, bool]:
    """Return the ways of a customer through the journey, the one that is looked at first, or why there are none.

    The last value says whether there may be earlier ones.
    """
    reference = asked["customer"]
    if not reference:
        return [], None, False
    query = {"journey": name}
    try:
        try:
            found = await visit.ask(PASSAGES, path={"customer": reference}, query=query)
        except Elsewhere as elsewhere:
            found = await visit.ask(PASSAGES, path={"customer": elsewhere.customer}, query=query)
    except ProblemError as problem:
        return [], problem.document(""), False
    ordered = sorted(found.passages, key=lambda each: each.run != asked["run"])
    return ordered, None, found.more


async def _standing(visit: Visit, name: str, asked: Mapping[str, str], version: str) -> Any:
    """Return the runs at the chosen step; None where no step is chosen."""
    if not asked["step"]:
        return None
    query = {"journey": name, "version": version, "step": asked["step"], "after": asked["after"], "limit": _ROWS}
    try:
        return await visit.ask(RUNS, query=query)
    except ProblemError as problem:
        if problem.code != "parameter-invalid":
            raise
        return None


def _others(look: Any, shown: str) -> list[tuple[str, bool, int]]:
    """Return the versions beside the one shown in which somebody is: whether customers enter it, and how many are in it."""
    counted = [(each.version, each.entered, sum(step.tokens for step in each.steps)) for each in look.versions]
    return [each for each in counted if each[0] != shown and each[2]]


async def _versions(
    visit: Visit, look: Any, releases: str
) -> tuple[list[tuple[str, str]], list[tuple[str, str]], bool]:
    """Return the versions to look at, and those to compare with: ones that have runs, and each that was published.

    The last value says whether earlier publications were not looked through.
    """
    text, found = visit.words.text, [("", visit.words.text("the one that customers enter"))]
    for each in look.versions:
        if not each.entered:
            tokens = sum(step.tokens + step.aside for step in each.steps)
            found.append(
                (each.version, text("%(version)s, %(runs)s in it") % {"version": each.version[:12], "runs": tokens})
            )
    try:
        history = await visit.ask(HISTORY, path={"journey": look.name}, query={"releases": releases})
    except ProblemError:
        return found, found[1:], False
    entered = [(each.release, found[0][1]) for each in history.definitions if each.rules]
    for each in history.definitions:
        if not each.rules:
            told = text("as published %(at)s by %(by)s") % {"at": visit.words.moment(each.at), "by": each.by}
            found.append((each.release, told))
    return found, [*entered, *found[1:]], history.bounded


def _of_journey(known: Progress | None, name: str) -> tuple[Progress, list[dict[str, Any]]] | None:
    """Return how far the scenarios are, with the results of those that came to a step of the journey."""
    if known is None:
        return None
    results = known.report["scenarios"] if known.report is not None else []
    mine = [each for each in results if any(step.startswith(f"{name}/") for step in each["touched"]["steps"])]
    return known, sorted(mine, key=lambda each: each["passed"])


async def _try(visit: Visit) -> Answer:
    """Have the scenarios run."""
    await begin(visit, "scenarios")
    return Moved(
        f"{PREFIX}/journeys/{visit.path['journey']}#scenarios", visit.words.text("The scenarios are being run.")
    )


PAGES = (
    Page(
        path="/journeys/{journey}",
        title="Journey",
        view=_journey,
        asks=(GRAPH, ONE, RUNS),
        live=("figures", "chart", "steps", "tried"),
    ),
)

ACTS = (Act(path="/journeys/{journey}/tried", view=_try, asks=(LOOK, BEGIN)),)
