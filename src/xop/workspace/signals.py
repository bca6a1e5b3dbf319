"""Compiles signal types: their schemas, identifiers, conditions and the templates of their changes."""

from collections.abc import Mapping

from xop.kernel.base.spans import milliseconds
from xop.kernel.conditions import Environment, Shape
from xop.kernel.release import CompiledChange, CompiledSignal
from xop.kernel.signals.model import Change, SignalType
from xop.kernel.steps.changes import kinds_of
from xop.kernel.templates import Template
from xop.workspace.environments import identifier_environment, signal_environment
from xop.workspace.jsonschemas import compile_schema
from xop.workspace.privacy import marked_fields
from xop.workspace.problem import Place, Problem, quote
from xop.workspace.sources import Item, Sources
from xop.workspace.texts import condition_at, template_at

_TEMPLATES = {
    "raises": ("reference",),
    "clear": ("reference",),
    "conversation": ("id", "channel", "topic", "held_by"),
    "intent": ("name",),
    "promise": ("id", "what"),
    "consent": ("purpose", "channel", "proof", "until", "details"),
    "verify": ("by", "method"),
    "contact": ("purpose", "channel", "sender"),
    "hand_over": ("summary", "intent", "transcript"),
}
"""The fields of a change that are templates, each kept under `<change>.<field>`."""

WRITTEN = {"raises": "raise", "sets": "set"}
"""Changes whose name in a file is a word that Python keeps to itself or that means something else in it."""


def count_windows(sources: Sources, problems: list[Problem]) -> dict[str, int]:
    """Return the window of every counter in milliseconds; a counter with two windows is a problem."""
    windows: dict[str, int] = {}
    first: dict[str, Place] = {}
    for item in sources.signals.values():
        for index, change in enumerate(item.value.changes):
            if change.count is None:
                continue
            name, window = change.count.counter, milliseconds(change.count.window)
            place = item.place.at("changes", index, "count", "window")
            if windows.setdefault(name, window) != window:
                cause = f"the counter {name!r} has another window on {_where(first[name])}"
                problems.append(place.problem(cause, "use one window, or count under another name"))
            first.setdefault(name, place)
    return windows


def compile_signals(sources: Sources, customer: Shape, problems: list[Problem]) -> dict[str, CompiledSignal]:
    """Return every signal type ready to be taken in; one that cannot be compiled is added to `problems`."""
    compiled: dict[str, CompiledSignal] = {}
    for name, item in sources.signals.items():
        count = len(problems)
        signal = _signal(item, customer, problems)
        if signal is not None and len(problems) == count:
            compiled[name] = signal
    return compiled


def _signal(item: Item[SignalType], customer: Shape, problems: list[Problem]) -> CompiledSignal | None:
    kind, place = item.value, item.place
    misfit = compile_schema(kind.schema, place.at("schema"), problems)
    environment = signal_environment(kind.schema, customer)
    early = identifier_environment(kind.schema)
    identifiers = {
        namespace: template_at(text, early, place.at("identifiers", namespace), problems)
        for namespace, text in kind.identifiers.items()
    }
    conversation = None
    if kind.conversation:
        conversation = template_at(kind.conversation, environment, place.at("conversation"), problems)
    changes = tuple(
        _change(kind.type, index, change, environment, place.at("changes", index), problems)
        for index, change in enumerate(kind.changes)
    )
    if misfit is None:
        return None
    known = {namespace: template for namespace, template in identifiers.items() if template is not None}
    return CompiledSignal(kind, known, conversation, changes, misfit, marked_fields(kind.schema))


def _change(
    signal: str, index: int, change: Change, environment: Environment, place: Place, problems: list[Problem]
) -> CompiledChange:
    condition = None
    if change.when is not None:
        condition = condition_at(change.when, environment, place.at("when"), problems)
    templates = _templates(change, environment, place, problems)
    return CompiledChange(change, f"{signal}#{index + 1}", condition, templates, kinds_of(change))


def _templates(
    change: Change, environment: Environment, place: Place, problems: list[Problem]
) -> Mapping[str, Template]:
    found: dict[str, Template | None] = {}
    for step, names in _TEMPLATES.items():
        written, value = WRITTEN.get(step, step), getattr(change, step)
        for name in names if value is not None else ():
            found[f"{written}.{name}"] = template_at(
                getattr(value, name), environment, place.at(written, name), problems
            )
    if change.sets is not None:
        found["set"] = template_at(change.sets, environment, place.at("set"), problems)
    if change.propose is not None:
        where = place.at("propose", "arguments")
        found["arguments"] = template_at(change.propose.arguments, environment, where, problems)
    return {name: template for name, template in found.items() if template is not None}


def _where(place: Place) -> str:
    return f"line {place.line} of {quote(place.document.file)}"
