"""Trials: a small part of the made-up population lives under a release, so that people see within seconds what it does."""

from collections.abc import Callable, Mapping
from typing import Any

from xop.lab.simulate import Plan, PopulationUnfit, WorkerFailed, report, run, setting
from xop.workspace import Problem
from xop.workspace.populations import read_population

MOST_CUSTOMERS, MOST_DAYS, SEED = 200, 30, 1

_TOLD = ("customers", "days", "seed", "from", "journeys")


class Unfit(Exception):  # noqa: N818 - names what is the case
    """No population can live under the release."""

    def __init__(self, cause: str, problems: list[Problem] | None = None) -> None:
        super().__init__(cause)
        self.problems = problems or []


def tried(files: Mapping[str, bytes], progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Return the main figures of a trial, the same for the same files; raises Unfit."""
    population = read_population(files)
    if isinstance(population, list):
        raise Unfit("population.yaml cannot be used", population)
    told = population.population
    plan = Plan(files, min(told.customers, MOST_CUSTOMERS), min(told.days, MOST_DAYS), SEED, told.start)
    found = setting(plan)
    if isinstance(found, list):
        raise Unfit("the workspace cannot be used", found)
    try:
        document = report(found, run(found, 1, progress))
    except (PopulationUnfit, WorkerFailed) as error:
        raise Unfit(str(error)) from error
    carried = {row["action"]: 0 for row in document["carried_out"]}
    for row in document["carried_out"]:
        carried[row["action"]] += row["count"]
    ruled = [{name: row[name] for name in ("rule", "verdict", "count")} for row in document["not_permitted"]]
    return {**{name: document[name] for name in _TOLD}, "carried_out": carried, "not_permitted": ruled}
