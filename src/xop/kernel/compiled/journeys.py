"""Journeys and segments with their conditions and templates ready to ask."""

from collections.abc import Mapping
from dataclasses import dataclass

from xop.kernel.conditions import Condition
from xop.kernel.journeys.model import Ending, EntryRule, Journey, JourneyStep
from xop.kernel.segments.model import Segment
from xop.kernel.templates import Template


@dataclass(frozen=True, slots=True)
class CompiledEntry:
    """One way into a journey."""

    journey: str
    number: int
    """Its place among the journey's entry rules, from 0."""
    rule: EntryRule
    condition: Condition | None
    key: Template | None
    variables: Template | None


@dataclass(frozen=True, slots=True)
class CompiledEnding:
    """A goal or an exit."""

    name: str
    """`goal`, or the exit's name."""
    ending: Ending
    condition: Condition | None


@dataclass(frozen=True, slots=True)
class CompiledStep:
    """One step, with where it goes on when nothing else is said."""

    name: str
    kind: str
    """The field of `JourneyStep` that it is."""
    step: JourneyStep
    next: str
    templates: Mapping[str, Template]
    """By the field they stand in; those of awaited signals by `set.` and their number."""
    conditions: tuple[Condition | None, ...] = ()
    """Of a branch's cases or of awaited signals, in their order."""


@dataclass(frozen=True, slots=True)
class CompiledJourney:
    """One version of a journey."""

    journey: Journey
    version: str
    """`jny_` and the digest of the definition."""
    steps: Mapping[str, CompiledStep]
    first: str
    entries: tuple[CompiledEntry, ...]
    endings: tuple[CompiledEnding, ...]
    """The goal first."""
    ending_paths: tuple[str, ...]
    """What the conditions of endings without a signal read."""
    ending_signals: frozenset[str]


@dataclass(frozen=True, slots=True)
class CompiledSegment:
    """A segment with its condition."""

    segment: Segment
    condition: Condition
    counters: tuple[str, ...]
    """The counters it reads: it may change when one leaves its window."""
