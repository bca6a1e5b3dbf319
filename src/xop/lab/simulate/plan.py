"""What is to be simulated: everything that a report depends on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from msgspec import structs

from xop.assembly import KINDS
from xop.kernel.release import Release
from xop.lab.simulate.calendar import first_moment
from xop.workspace import Problem, compile_workspace
from xop.workspace.populations import CompiledPopulation, read_population

SHARDS = 4
"""Parts of the population, each with an engine of its own; always so many, whatever the number of processes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A workspace's files, and how many of whom for how long; sent to processes as it is."""

    files: Mapping[str, bytes]
    customers: int
    days: int
    seed: int
    start: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A plan with its workspace compiled."""

    plan: Plan
    release: Release
    population: CompiledPopulation
    begin: int
    """The first moment, in milliseconds since the epoch."""
    end: int
    """The moment after the last."""


def setting(plan: Plan) -> Setting | list[Problem]:
    """Return a plan's setting, or every problem of its files."""
    release, population = compile_workspace(plan.files, KINDS), read_population(plan.files)
    if isinstance(release, list) or isinstance(population, list):
        found = [each for part in (release, population) if isinstance(part, list) for each in part]
        return sorted(set(found))
    begin = first_moment(plan.start, release.zone)
    return Setting(plan, release, population, begin, begin + plan.days * 86_400_000)


def shared(release: Release) -> Release:
    """Return a release with its connections' limits divided by the shards; its rules and its digest stay."""
    connections = {
        name: structs.replace(
            each,
            rate=None if each.rate is None else each.rate / SHARDS,
            concurrency=max(1, each.concurrency // SHARDS),
        )
        for name, each in release.connections.items()
    }
    return replace(release, connections=connections)
