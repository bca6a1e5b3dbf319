"""Coverage: which rules, changes and journey steps had a part in any scenario."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from xop.kernel.release import Release
from xop.lab.scenarios.result import Touched
from xop.workspace.layout import kind_of
from xop.workspace.problem import Problem
from xop.workspace.yamltree import read_yaml

_BASELINE = "baseline/"
_WHOLE = 100.0


class Missing(Struct, frozen=True):
    """Something no scenario touches, and where it stands; line 0 where that is not known."""

    name: str
    file: str = ""
    line: int = 0


class Share(Struct, frozen=True):
    """How much of one kind of thing the scenarios touch."""

    covered: int
    total: int
    missing: tuple[Missing, ...]

    @property
    def percent(self) -> float:
        """The share in percent, rounded down to one decimal; of nothing, all is covered."""
        return percent(self.covered, self.total)


class Coverage(Struct, frozen=True):
    """What the scenarios of a workspace touch."""

    rules: Share
    """Rules of the workspace's own that determined at least one verdict."""
    triggers: Share
    """Changes of the workspace's own signal types that were made at least once."""
    steps: Share
    """Steps of journeys that were reached at least once."""
    baseline: Share
    """Rules of the baseline; they are the platform's, and do not count for the whole."""

    @property
    def percent(self) -> float:
        """The share of rules, triggers and steps together, in percent, rounded down to one decimal."""
        shares = (self.rules, self.triggers, self.steps)
        return percent(sum(each.covered for each in shares), sum(each.total for each in shares))


def percent(covered: int, total: int) -> float:
    """Return a share in percent, rounded down to one decimal, so that only all of it is 100."""
    return covered * 1_000 // total / 10 if total else _WHOLE


def coverage(files: Mapping[str, bytes], release: Release, touched: Sequence[Touched]) -> Coverage:
    """Return what was touched of everything a workspace declares."""
    rules = {name for each in touched for name in each.rules}
    declared = [Missing(each.id, each.file, each.line) for each in release.policies.rules.values()]
    own = [each for each in declared if not each.file.startswith(_BASELINE)]
    given = [each for each in declared if each.file.startswith(_BASELINE)]
    return Coverage(
        rules=_share(own, rules),
        triggers=_share(_triggers(files, release), {name for each in touched for name in each.triggers}),
        steps=_share(_steps(release), {name for each in touched for name in each.steps}),
        baseline=_share(given, rules),
    )


def _share(declared: Iterable[Missing], touched: set[str]) -> Share:
    listed = list(declared)
    missing = tuple(each for each in listed if each.name not in touched)
    return Share(len(listed) - len(missing), len(listed), missing)


def _triggers(files: Mapping[str, bytes], release: Release) -> Iterable[Missing]:
    """Yield the changes of the signal types that the workspace itself declares, in the order they stand in."""
    for path in sorted(files):
        kind = kind_of(path)
        if kind is None or "signals" not in kind.sections:
            continue
        problems: list[Problem] = []
        document = read_yaml(path, files[path].decode("utf-8-sig"), problems)
        content = document.value if document is not None else None
        for signal in (content.get("signals") or {}) if isinstance(content, dict) else ():
            for index, change in enumerate(release.signals[signal].changes):
                line = document.lines.get(("signals", signal, "changes", index), 0) if document is not None else 0
                yield Missing(change.name, path, line)


def _steps(release: Release) -> Iterable[Missing]:
    for name, compiled in release.routes.journeys.items():
        for step in compiled.steps:
            yield Missing(f"{name}/{step}", f"journeys/{name}.yaml")
