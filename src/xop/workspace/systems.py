"""Checks and compiles the register of AI systems: `systems.yaml`."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from xop.kernel.arbiter.overseer import states_of
from xop.kernel.base.days import is_day
from xop.kernel.base.risks import annex_point
from xop.kernel.base.times import iso
from xop.kernel.oversight.calendar import ANNEX_III, LAW
from xop.kernel.oversight.register import Register, Said, compile_register, said_in
from xop.kernel.oversight.system import Assessment, System, Systems
from xop.kernel.release import Release
from xop.workspace.problem import Document, Place, Problem, nearest, quote
from xop.workspace.sources import Item, Sources
from xop.workspace.yamltree import read_yaml

FILE = "systems.yaml"

_SECTIONS = {"agent": "agents", "decision_set": "decisions", "journey": "journeys", "action": "actions"}


def check_systems(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong with the register, and what needs one and has none."""
    item = sources.register
    if item is None:
        if "systems" not in sources.unread:
            yield from _needing_register(sources)
        return
    yield from _texts(item)
    yield from _dates(item)
    for name, system in item.value.systems.items():
        yield from _system(sources, item, name, system)
    yield from _unregistered(sources, item)
    yield from _actions(sources, item)
    yield from _training(sources, item)
    yield from _probes(sources, item)


def compile_systems(sources: Sources) -> Register | None:
    """Return the register of a workspace without problems, ready for verdicts; None when it has no systems.yaml."""
    if sources.register is None:
        return None
    systems = sources.register.value
    carried = {
        name: said
        for name, item in sources.actions.items()
        if item.value.informs is not None
        and (said := _carried(systems, item.value.informs, item.value.binding.template)) is not None
    }
    return compile_register(systems, carried)


def _needing_register(sources: Sources) -> Iterator[Problem]:
    """An action that speaks of systems, and a person trained for one, need a register to mean anything."""
    remedy = "add systems.yaml with `deployer`, `systems` and `texts`"
    for item in sources.actions.values():
        if annex_point(item.value.risk_class):
            cause = "an action of Annex III needs a register of AI systems"
            yield item.place.at("risk_class").problem(cause, remedy)
        if item.value.informs is not None:
            yield item.place.at("informs").problem("there is no register of AI systems", remedy)


def _texts(item: Item[Systems]) -> Iterator[Problem]:
    used = {text for each in item.value.systems.values() for text in (each.disclosure, each.notice)}
    for name in item.value.texts.keys() - used:
        yield item.place.at("texts", name).problem(
            f"no system gives the text {quote(name)}", "name it as `disclosure` or `notice` of a system, or drop it"
        )


def _dates(item: Item[Systems]) -> Iterator[Problem]:
    for duty, day in item.value.effective_from.items():
        place, law = item.place.at("effective_from", duty), LAW[duty]
        yield from _no_day(place, day)
        if is_day(day) and day > law.effective_from:
            cause = f"{law.article} binds from {law.effective_from} on, which is earlier"
            yield place.problem(cause, "write that day or an earlier one, or leave it out")


def _system(sources: Sources, item: Item[Systems], name: str, system: System) -> Iterator[Problem]:
    place = item.place.at("systems", name)
    for index, covered in enumerate(system.covers):
        kind, _, what = covered.partition(":")
        known = _known(sources, kind)
        if what not in known and _SECTIONS[kind] not in sources.unread:
            cause = f"there is no {kind.replace('_', ' ')} {quote(what)}"
            yield place.at("covers", index).problem(cause, nearest(what, known))
    for kind, text in (("disclosure", system.disclosure), ("notice", system.notice)):
        if text is not None:
            yield from _given(item, place.at(kind), kind, text)
    point = annex_point(system.risk_class)
    if point and point not in ANNEX_III:
        yield place.at("risk_class").problem(f"Annex III has no point {quote(point)}", nearest(point, ANNEX_III))
    for field in ("placed", "in_use_since"):
        yield from _no_day(place.at(field), getattr(system, field))
    if system.assessment is not None:
        yield from _assessment(place.at("assessment"), system.assessment)


def _known(sources: Sources, kind: str) -> set[str]:
    if kind == "agent":
        return {each.value.name for each in sources.principals.values() if each.value.kind == "agent"}
    return sources.names(_SECTIONS[kind])


def _given(item: Item[Systems], place: Place, kind: str, text: str) -> Iterator[Problem]:
    wording = item.value.texts.get(text)
    if wording is None:
        yield place.problem(f"there is no text {quote(text)}", nearest(text, item.value.texts))
    elif wording.kind != kind:
        yield place.problem(f"{quote(text)} is a {wording.kind}", f"name a text of `kind: {kind}`")


def _assessment(place: Place, assessment: Assessment) -> Iterator[Problem]:
    days = ("performed", "valid_until", "authority_notified")
    wrong = [problem for name in days for problem in _no_day(place.at(name), getattr(assessment, name))]
    yield from wrong
    if not wrong and assessment.valid_until < assessment.performed:
        yield place.at("valid_until").problem("it was over before it was performed", "write the last day it holds on")


def _no_day(place: Place, day: str | None) -> Iterator[Problem]:
    if day is not None and not is_day(day):
        yield place.problem(f"{quote(day)} is no day", "write a day such as `2026-08-02`")


def _unregistered(sources: Sources, item: Item[Systems]) -> Iterator[Problem]:
    covered = {each for system in item.value.systems.values() for each in system.covers}
    for name, agent in sources.principals.items():
        if agent.value.kind == "agent" and name not in covered:
            cause = f"{name} is in no AI system of systems.yaml"
            yield agent.place.problem(cause, f"add a system with `covers: [{name}]`, its purpose and its risk class")
    for name, decision in sources.decisions.items():
        if decision.value.model.kind != "fixed" and f"decision_set:{name}" not in covered:
            cause = f"the model of {name} is in no AI system of systems.yaml"
            remedy = f"add a system with `covers: [decision_set:{name}]`, its purpose and its risk class"
            yield decision.place.at("model").problem(cause, remedy)


def _actions(sources: Sources, item: Item[Systems]) -> Iterator[Problem]:
    systems = item.value
    high = {each for one in systems.systems.values() if annex_point(one.risk_class) for each in one.covers}
    for name, action in sources.actions.items():
        point = annex_point(action.value.risk_class)
        if point and point not in ANNEX_III:
            cause = f"Annex III has no point {quote(point)}"
            yield action.place.at("risk_class").problem(cause, nearest(point, ANNEX_III))
        if point and f"action:{name}" not in high:
            cause = "no system of Annex III in systems.yaml answers for this action of Annex III"
            remedy = f"add a system with `covers: [action:{name}]` and `risk_class: {action.value.risk_class}`"
            yield action.place.at("risk_class").problem(cause, remedy)
        text = action.value.informs
        if text is None:
            continue
        place = action.place.at("informs")
        if text not in systems.texts:
            yield place.problem(f"there is no text {quote(text)} in systems.yaml", nearest(text, systems.texts))
        elif _carried(systems, text, action.value.binding.template) is None:
            cause = f"the request does not say the text {quote(text)} word for word"
            yield place.problem(cause, "write the text of one of its languages into `binding.request`")


def _training(sources: Sources, item: Item[Systems]) -> Iterator[Problem]:
    for principal in sources.principals.values():
        training = principal.value.training
        if training is None:
            continue
        place = principal.place.at("training")
        if principal.value.kind != "operator":
            yield place.problem("only people are trained to oversee", "drop `training`")
        yield from _no_day(place.at("valid_until"), training.valid_until)
        for index, name in enumerate(training.systems):
            if name != "*" and name not in item.value.systems:
                cause = f"there is no system {quote(name)} in systems.yaml"
                yield place.at("systems", index).problem(cause, nearest(name, item.value.systems))


def _probes(sources: Sources, item: Item[Systems]) -> Iterator[Problem]:
    for name, probe in item.value.probes.items():
        place = item.place.at("probes", name)
        agents = _known(sources, "agent")
        if probe.agent not in agents:
            yield place.at("agent").problem(f"there is no agent {quote(probe.agent)}", nearest(probe.agent, agents))
        yield from sources.missing("actions", probe.action, place.at("action"))


def _carried(systems: Systems, text: str, request: Any) -> Said | None:
    """Return a text in the language that a request says it in; None when it says it in none."""
    wording = systems.texts.get(text)
    if wording is None:
        return None
    said = _plain(" ".join(_words(request)))
    language = next((name for name, words in wording.languages.items() if _plain(words) in said), None)
    return None if language is None else said_in(systems, text, language)


def _words(request: Any) -> Iterator[str]:
    if isinstance(request, str):
        yield request
    elif isinstance(request, Mapping):
        for each in request.values():
            yield from _words(each)
    elif isinstance(request, list | tuple):
        for each in request:
            yield from _words(each)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def register_notes(files: Mapping[str, bytes], release: Release, at: int) -> list[str]:
    """Return what the register of a sound workspace still lacks at a moment, each with its place and what to write."""
    register = release.register
    if register is None:
        return list(_no_register(files, release))
    place = Place(_document(files, FILE))
    notes = []
    for name in register.file.systems:
        line = place.at("systems", name).line
        for state in states_of(release, name, at):
            if state.lacks:
                day, binds = iso(state.since)[:10], "binds since" if state.in_force else "binds from"
                notes.append(f"{FILE}:{line}: {name}: {state.lacks}. {state.article} {binds} {day}.")
    return notes


def _no_register(files: Mapping[str, bytes], release: Release) -> Iterator[str]:
    agents = [actor.id for actor in release.principals if actor.kind == "agent"]
    if agents:
        line = Place(_document(files, "agents.yaml")).at("agents").line
        named = ", ".join(agents)
        yield (
            f"agents.yaml:{line}: no register says what the AI systems {named} are, so no duty of the AI Act is checked: "
            f"add systems.yaml."
        )


def _document(files: Mapping[str, bytes], path: str) -> Document:
    document = read_yaml(path, files.get(path, b"").decode("utf-8-sig", "replace"), [])
    return document if document is not None else Document(path, None, {})
