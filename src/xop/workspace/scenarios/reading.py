"""Reads and checks the scenarios of a workspace."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from xop.kernel.release import Release
from xop.workspace.fit import fit
from xop.workspace.folder import too_long
from xop.workspace.layout import LONGEST_FILE, SCENARIOS
from xop.workspace.problem import Document, Place, Problem, nearest, quote
from xop.workspace.scenarios.acts import check_act
from xop.workspace.scenarios.expectations import Conditions, check_expectation
from xop.workspace.scenarios.model import Scenario
from xop.workspace.scenarios.names import Names
from xop.workspace.scenarios.times import moment
from xop.workspace.yamltree import read_yaml

_SECTION = "scenarios"


@dataclass(frozen=True, slots=True)
class Written:
    """One scenario that fits its workspace, and where it stands."""

    scenario: Scenario
    place: Place
    start: int
    """When it begins, in milliseconds since the epoch."""
    conditions: Conditions

    @property
    def file(self) -> str:
        """The file it stands in, within the workspace."""
        return self.place.document.file


def scenario_problems(files: Mapping[str, bytes], release: Release) -> list[Problem]:
    """Return every problem of a workspace's scenarios, sorted; `release` is what the other files make."""
    return read_scenarios(files, release)[1]


def read_scenarios(files: Mapping[str, bytes], release: Release) -> tuple[list[Written], list[Problem]]:
    """Return the scenarios of a workspace's files that fit its release, in order of file and line, and every problem."""
    problems: list[Problem] = []
    scenarios: list[Written] = []
    names = Names(release)
    known: dict[str, Place] = {}
    for path in sorted(path for path in files if fnmatchcase(path, SCENARIOS) and path.count("/") == 1):
        document = _document(path, files[path], problems)
        for content, place in _entries(document, problems) if document is not None else ():
            count = len(problems)
            scenario = fit(content, Scenario, place, problems)
            if scenario is None:
                continue
            if scenario.name in known:
                before = known[scenario.name]
                cause = f"another scenario has the name {quote(scenario.name)}: {before.document.file}:{before.line}"
                problems.append(place.at("name").problem(cause, "give each a name of its own"))
            known.setdefault(scenario.name, place)
            written = _checked(scenario, place, names, problems)
            if len(problems) == count:
                scenarios.append(written)
    return scenarios, sorted(set(problems))


def _document(path: str, content: bytes, problems: list[Problem]) -> Document | None:
    if len(content) > LONGEST_FILE:
        problems.append(too_long(path))
        return None
    try:
        return read_yaml(path, content.decode("utf-8-sig"), problems)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.append(Problem(path, line, "the file is not UTF-8 text", "save it as UTF-8"))
        return None


def _entries(document: Document, problems: list[Problem]) -> Iterator[tuple[Any, Place]]:
    content = document.value
    if content is None:
        return
    if not isinstance(content, dict):
        problems.append(Place(document).problem("the file is no map of sections", f"begin it with `{_SECTION}:`"))
        return
    for name in content:
        if name != _SECTION:
            cause = f"{quote(name)} is no section of this file"
            problems.append(Place(document, (name,)).problem(cause, nearest(name, {_SECTION})))
    entries, place = content.get(_SECTION), Place(document, (_SECTION,))
    if entries is not None and not isinstance(entries, list):
        problems.append(place.problem("the section is no list", "begin each scenario with `- name: …`"))
    elif entries is not None:
        yield from ((each, place.at(index)) for index, each in enumerate(entries))


def _checked(scenario: Scenario, place: Place, names: Names, problems: list[Problem]) -> Written:
    names.begin()
    conditions: Conditions = {}
    start = moment(scenario.at, names.release.zone)
    if start is None:
        remedy = "write an RFC 3339 time such as 2026-03-02T10:00:00+01:00"
        problems.append(place.at("at").problem(f"{quote(scenario.at)} is no time", remedy))
    for path, block in scenario.blocks():
        for stretch in ("given", "when"):
            for index, act in enumerate(getattr(block, stretch)):
                problems.extend(check_act(act, place.at(*path, stretch, index), names))
        for index, expected in enumerate(block.then):
            problems.extend(check_expectation(expected, place.at(*path, "then", index), names, conditions))
    if not any(block.then for _, block in scenario.blocks()):
        problems.append(place.problem("the scenario expects nothing", "add `then:` and what should be so"))
    return Written(scenario, place, start or 0, conditions)
