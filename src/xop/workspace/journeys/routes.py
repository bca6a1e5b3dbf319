"""Compiles journeys and segments into the routes of a release."""

from collections.abc import Iterable, Mapping
from itertools import chain
from types import MappingProxyType

from xop.kernel.compiled.journeys import CompiledEntry, CompiledJourney, CompiledSegment
from xop.kernel.journeys.model import Journey
from xop.kernel.passage.membership import ENTERED
from xop.kernel.picture import sections_read
from xop.kernel.release import Move, Routes
from xop.workspace.environments import customer_shape
from xop.workspace.journeys.checks import check_journeys
from xop.workspace.journeys.retained import read_retained
from xop.workspace.journeys.texts import Readings, compile_ending, compile_entry, compile_steps
from xop.workspace.journeys.variables import check_variables
from xop.workspace.journeys.version import journey_version
from xop.workspace.problem import Problem
from xop.workspace.segments import compile_segments
from xop.workspace.sources import Item, Sources


def compile_routes(
    sources: Sources,
    counters: Mapping[str, int],
    problems: list[Problem],
    retained: Mapping[str, bytes] = MappingProxyType({}),
    moves: tuple[Move, ...] = (),
) -> Routes:
    """Return a workspace's journeys and segments; whatever is wrong is left out and added to `problems`.

    `retained` are the files of former versions that runs are pinned to; nobody enters those, but their runs go on.
    `sources` must hold the baseline's signal types already.
    """
    former = read_retained(retained, problems)
    problems.extend(check_journeys(sources, former))
    readings = Readings(sources, customer_shape(counters), problems)
    current = {name: _journey(readings, item) for name, item in sources.journeys.items()}
    kept = [_journey(readings, item, enters=False) for item in former]
    versions = {each.version: each for each in (*kept, *current.values())}
    problems.extend(check_variables(sources, current))
    segments = compile_segments(sources, counters, problems)
    ranked = sorted(current.values(), key=lambda each: (-each.journey.priority, each.journey.name))
    settings = sources.settings.value.journeys if sources.settings is not None else None
    return Routes(
        journeys=MappingProxyType(current),
        versions=MappingProxyType(versions),
        entries=_by_name((_heard_by(entry), entry) for each in ranked for entry in each.entries),
        schedules=_by_name((_scheduled_for(entry), entry) for each in ranked for entry in each.entries),
        segments=MappingProxyType(segments),
        watched=_watched(chain(segments.values(), versions.values())),
        heard=frozenset(chain.from_iterable(map(signals_heard, versions.values()))),
        limit=settings.concurrent if settings is not None else 0,
        moves=moves,
    )


def _watched(readers: Iterable[CompiledSegment | CompiledJourney]) -> Mapping[str, frozenset[str]]:
    """Return what segments and the endings of journeys read, by section of the customer's picture."""
    found: dict[str, frozenset[str]] = {}
    for reader in readers:
        paths = reader.condition.paths if isinstance(reader, CompiledSegment) else reader.ending_paths
        for section, name in sections_read(paths):
            found[section] = found.get(section, frozenset()) | {name}
    return MappingProxyType(found)


def signals_heard(compiled: CompiledJourney) -> frozenset[str]:
    """Return the signal types that a version of a journey listens to."""
    entries = {heard for entry in compiled.entries if (heard := _heard_by(entry))}
    awaited = {
        each.signal
        for step in compiled.steps.values()
        if step.step.wait_for is not None
        for each in step.step.wait_for.signals
    }
    return frozenset(entries | awaited | compiled.ending_signals)


def _journey(readings: Readings, item: Item[Journey], *, enters: bool = True) -> CompiledJourney:
    journey, place = item.value, item.place
    entries = tuple(
        compile_entry(readings, journey.name, number, rule, place.at("entries", number))
        for number, rule in enumerate(journey.entries if enters else ())
    )
    endings = [compile_ending(readings, "goal", journey.goal, place.at("goal"))] if journey.goal is not None else []
    endings += [compile_ending(readings, name, each, place.at("exits", name)) for name, each in journey.exits.items()]
    silent = [each.condition for each in endings if each.ending.signal is None]
    return CompiledJourney(
        journey=journey,
        version=journey_version(journey),
        steps=MappingProxyType(compile_steps(readings, journey, place)),
        first=next(iter(journey.steps)),
        entries=entries,
        endings=tuple(endings),
        ending_paths=tuple(sorted({path for condition in silent if condition is not None for path in condition.paths})),
        ending_signals=frozenset(each.ending.signal for each in endings if each.ending.signal is not None),
    )


def _heard_by(entry: CompiledEntry) -> str:
    return ENTERED if entry.rule.segment is not None else entry.rule.signal or ""


def _scheduled_for(entry: CompiledEntry) -> str:
    return entry.rule.schedule.segment if entry.rule.schedule is not None else ""


def _by_name(pairs: Iterable[tuple[str, CompiledEntry]]) -> Mapping[str, tuple[CompiledEntry, ...]]:
    """Return entries by a name, in their order; those without the name are left out."""
    found: dict[str, tuple[CompiledEntry, ...]] = {}
    for name, entry in pairs:
        if name:
            found[name] = (*found.get(name, ()), entry)
    return MappingProxyType(found)
