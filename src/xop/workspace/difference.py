"""The difference between two releases: files, contracts, rules and journeys, told as what became of each."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct

from xop.kernel.actions.model import Action
from xop.kernel.compiled.journeys import CompiledJourney
from xop.kernel.policy.model import Rule
from xop.kernel.release import Release
from xop.workspace.compatibility import ContractChange, contract_changes

Became = Literal["new", "gone", "changed"]

_OF_A_RULE = (
    *("effect", "message", "customer", "translated", "until", "approver", "terms", "halts", "shadow", "basis"),
    "obligations",
)

_ANNOTATION = re.compile(r'@\w+\s*\(\s*"(?:[^"\\]|\\.)*"\s*\)')

_OF_A_JOURNEY = ("description", "entries", "reentry", "priority", "counted", "goal", "exits", "longest")


class FileChange(Struct, frozen=True):
    """One file that is not as it was."""

    path: str
    change: Became


class RuleChange(Struct, frozen=True):
    """One rule that is not as it was."""

    rule: str
    change: Became
    effect: str
    """As it is after, or was where it is gone."""
    message: str
    differs: tuple[str, ...] = ()
    """What of it differs: `text` for its conditions, else the annotation."""


class JourneyChange(Struct, frozen=True):
    """One journey that is not as it was."""

    journey: str
    change: Became
    version: str
    """As it is after, or was where it is gone."""
    added: tuple[str, ...] = ()
    """Steps that were not there before."""
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """Steps of the same name that do something else, or lead elsewhere."""
    differs: tuple[str, ...] = ()
    """What else differs, such as `entries` or `goal`."""


class ReleaseChanges(Struct, frozen=True):
    """What one release changes of another."""

    files: list[FileChange]
    contracts: list[ContractChange]
    rules: list[RuleChange]
    journeys: list[JourneyChange]


def release_changes(
    before: Release, after: Release, was: Mapping[str, bytes], files: Mapping[str, bytes]
) -> ReleaseChanges:
    """Return what a release changes of the one before, with the workspace's own files of each."""
    return ReleaseChanges(
        files=[FileChange(path, became) for path, became in _changes(was, files)],
        contracts=contract_changes(_contracts(before), _contracts(after)),
        rules=list(_rules(before.policies.rules, after.policies.rules)),
        journeys=list(_journeys(before.routes.journeys, after.routes.journeys)),
    )


def _contracts(release: Release) -> dict[str, Action]:
    return {name: each.action for name, each in release.actions.items()}


def _changes(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[tuple[str, Became]]:
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            yield name, "new"
        elif name not in after:
            yield name, "gone"
        elif before[name] != after[name]:
            yield name, "changed"


def _rules(before: Mapping[str, Rule], after: Mapping[str, Rule]) -> Iterator[RuleChange]:
    was, now = ({name: _said(each) for name, each in rules.items()} for rules in (before, after))
    for name, change in _changes(was, now):
        shown = after[name] if name in after else before[name]
        differs = (part for part in now[name] if was[name][part] != now[name][part]) if change == "changed" else ()
        yield RuleChange(name, change, shown.effect, shown.message, tuple(differs))


def _said(rule: Rule) -> dict[str, object]:
    """Return what a rule says; where it stands, and how it is laid out, makes no other rule of it."""
    return {
        "text": " ".join(_ANNOTATION.sub("", rule.text).split()),
        **{name: getattr(rule, name) for name in _OF_A_RULE},
    }


def _journeys(before: Mapping[str, CompiledJourney], after: Mapping[str, CompiledJourney]) -> Iterator[JourneyChange]:
    versions = ({name: each.version for name, each in journeys.items()} for journeys in (before, after))
    for name, change in _changes(*versions):
        if change == "changed":
            yield _journey(name, before[name], after[name])
        else:
            shown = after[name] if name in after else before[name]
            yield JourneyChange(name, change, shown.version)


def _journey(name: str, before: CompiledJourney, after: CompiledJourney) -> JourneyChange:
    was, now = ({step: (each.step, each.next) for step, each in one.steps.items()} for one in (before, after))
    steps = dict(_changes(was, now))
    by = {
        became: tuple(step for step, each in steps.items() if each == became) for became in ("new", "gone", "changed")
    }
    parts = (part for part in _OF_A_JOURNEY if getattr(before.journey, part) != getattr(after.journey, part))
    return JourneyChange(name, "changed", after.version, by["new"], by["gone"], by["changed"], tuple(parts))
