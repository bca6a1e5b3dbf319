"""The worker: a process that examines one release, told on its input, and says line by line how far it is."""

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from xop.assembly import own_files, recompiled
from xop.kernel.release import Release
from xop.lab.examinations.bench import Task, Word
from xop.lab.examinations.trial import Unfit, tried
from xop.lab.prove import SolverMissing, compare, examine, own_rules, survey
from xop.lab.scenarios.coverage import Coverage, coverage
from xop.lab.scenarios.result import Result
from xop.lab.scenarios.suite import Suite, run_suite
from xop.workspace import Problem
from xop.workspace.invariants import BASELINE_FILE, FILE, Declared, baseline_invariants, read_invariants
from xop.workspace.scenarios.reading import read_scenarios

Say = Callable[[Word], None]

_ELSEWHERE = "run `xop simulate` or `xop test` on the workspace folder, which may take as much as there is"


class Unsound(Exception):  # noqa: N818 - names what is the case
    """A release cannot be examined."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(cause)
        self.cause, self.remedy = cause, remedy


def examined(task: Task, say: Say) -> dict[str, Any]:
    """Return what is found out; raises Unsound."""
    if task.subject == "scenarios":
        return _scenarios(task, say)
    if task.subject == "invariants":
        return _invariants(task, say)
    if task.subject == "simulation":
        return _simulation(task, say)
    return _comparison(task, say)


def _scenarios(task: Task, say: Say) -> dict[str, Any]:
    release, files = _release(task.files), own_files(task.files)
    scenarios, problems = read_scenarios(files, release)
    _require_none(problems)
    results: list[Result] = []
    for result in run_suite(Suite(files, release, scenarios), range(len(scenarios))):
        results.append(result)
        say(Word(len(results), len(scenarios), result.name))
    covered = coverage(files, release, [each.touched for each in results])
    told = [{"passed": each.passed, **msgspec.to_builtins(each)} for each in results]
    shares = {name: getattr(covered, name) for name in Coverage.__struct_fields__}
    return {
        "passed": sum(each.passed for each in results),
        "failed": sum(not each.passed for each in results),
        "scenarios": told,
        "coverage": {
            "percent": covered.percent,
            **{name: {"percent": each.percent, **msgspec.to_builtins(each)} for name, each in shares.items()},
        },
    }


def _invariants(task: Task, say: Say) -> dict[str, Any]:
    release = _release(task.files)
    declared = _declared(task.files, release)
    terrain = survey(release)
    told: list[str] = []
    total = len(declared) + len(own_rules(terrain))

    def progress(name: str) -> None:
        told.append(name)
        say(Word(len(told), total, name))

    report = examine(terrain, declared, progress)
    return {"sound": report.sound, **msgspec.to_builtins(report)}


def _comparison(task: Task, say: Say) -> dict[str, Any]:
    before, after = survey(_release(task.before)), survey(_release(task.files))
    total, told = len(list(after.slices())), list[str]()

    def progress(name: str) -> None:
        told.append(name)
        say(Word(len(told), total, name))

    found: dict[str, Any] = msgspec.to_builtins(compare(before, after, progress))
    return found


def _simulation(task: Task, say: Say) -> dict[str, Any]:
    sides = {name: own_files(files) for name, files in (("after", task.files), ("before", task.before)) if files}
    found: dict[str, Any] = {}
    for number, (name, files) in enumerate(sides.items()):

        def progress(done: int, of: int, past: int = number) -> None:
            if done % 24 == 0:
                say(Word(past * of + done, len(sides) * of, ""))

        try:
            found[name] = tried(files, progress)
        except Unfit as unfit:
            _require_none(unfit.problems)
            raise Unsound(str(unfit), "correct population.yaml") from unfit
    return found


def _release(files: Mapping[str, bytes]) -> Release:
    release = recompiled(files)
    if not isinstance(release, Release):
        _require_none(release)
        raise Unsound("the release cannot be compiled any more", "examine another one")
    return release


def _declared(files: Mapping[str, bytes], release: Release) -> list[Declared]:
    problems: list[Problem] = []
    declared = read_invariants(baseline_invariants(), release, problems, BASELINE_FILE, "xop.")
    if FILE in files:
        declared += read_invariants(files[FILE], release, problems)
    _require_none(problems)
    return declared


def _require_none(problems: list[Problem]) -> None:
    if problems:
        first = problems[0]
        raise Unsound(f"{first.file}:{first.line}: {first.cause}", first.remedy)


def _say(word: Word) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(word) + b"\n")
    sys.stdout.buffer.flush()


def _bound(memory: int) -> None:
    """Take no more addresses than so many bytes, where the system knows of such a bound."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not every system has it

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def main(memory: int) -> None:
    """Examine what the input asks for, with so many bytes of memory."""
    _bound(memory)
    try:
        task = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Task)
        _say(Word(report=examined(task, _say)))
    except MemoryError:
        _say(Word(fault=f"it took more than {memory:,} bytes of memory", remedy=_ELSEWHERE))
    except Unsound as unsound:
        _say(Word(fault=unsound.cause, remedy=unsound.remedy))
    except SolverMissing as missing:
        _say(Word(fault=str(missing), remedy="install it where the server runs: pip install 'xop[prove]'"))


if __name__ == "__main__":
    main(int(sys.argv[1]))
