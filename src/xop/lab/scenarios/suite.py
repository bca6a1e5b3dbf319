"""A workspace's scenarios together: read, run in one process or in several, and summed up."""

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from xop.assembly import KINDS
from xop.kernel.release import Release
from xop.lab.scenarios.rehearsal import Rehearsal
from xop.lab.scenarios.result import Result
from xop.runtimes.simulated import SimulatedLoop
from xop.workspace import Problem, compile_workspace, read_folder
from xop.workspace.scenarios.reading import Written, read_scenarios

WORTH_A_PROCESS = 1_000
"""Scenarios that take longer than it takes to start one more process."""

_CHUNK = 16


@dataclass(frozen=True, slots=True)
class Suite:
    """A workspace and its scenarios, all of which fit."""

    files: Mapping[str, bytes]
    release: Release
    scenarios: Sequence[Written]


def read_suite(folder: Path) -> Suite | list[Problem]:
    """Return the scenarios of a workspace folder, or every problem of the workspace and of them."""
    found = read_folder(folder)
    suite = suite_of(found.files)
    if found.problems or isinstance(suite, list):
        return sorted(found.problems + (suite if isinstance(suite, list) else []))
    return suite


def suite_of(files: Mapping[str, bytes]) -> Suite | list[Problem]:
    """Return the scenarios of a workspace's files, or every problem of the workspace and of them."""
    release = compile_workspace(files, KINDS)
    if isinstance(release, list):
        return release
    scenarios, problems = read_scenarios(files, release)
    return problems or Suite(files, release, scenarios)


def processes(scenarios: int) -> int:
    """Return how many processes are worth starting for so many scenarios."""
    return max(1, min(os.cpu_count() or 1, scenarios // WORTH_A_PROCESS))


def run_suite(suite: Suite, chosen: Sequence[int], jobs: int = 1) -> Iterator[Result]:
    """Yield the results of some scenarios, by their place in the suite, in order; the same in however many processes."""
    if jobs <= 1 or len(chosen) <= 1:
        yield from _Worker(suite).results(chosen)
        return
    chunks = [chosen[begin : begin + _CHUNK] for begin in range(0, len(chosen), _CHUNK)]
    # Started afresh: nothing that this process holds, such as threads, is taken along.
    context = get_context("spawn")
    with ProcessPoolExecutor(
        min(jobs, len(chunks)), mp_context=context, initializer=_begin, initargs=(dict(suite.files),)
    ) as pool:
        for results in pool.map(_run, chunks):
            yield from results


class _Worker:
    """Runs scenarios on a loop of virtual time."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._rehearsal = Rehearsal(suite.release)

    def results(self, chosen: Sequence[int]) -> Iterator[Result]:
        with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
            for index in chosen:
                yield runner.run(self._rehearsal.run(self._suite.scenarios[index]))


_workers: list[_Worker] = []
"""The worker of this process, once it has begun."""


def _begin(files: Mapping[str, bytes]) -> None:
    suite = suite_of(files)
    if isinstance(suite, Suite):
        _workers.append(_Worker(suite))


def _run(chosen: Sequence[int]) -> list[Result]:
    return list(_workers[0].results(chosen))
