"""The comparison of two releases: reads the ledger customer by customer, for benches here or in other processes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

import msgspec

from xop.engine.memory import settle_memory
from xop.kernel.base.times import iso
from xop.lab.backtest.bench import Assignment, Bench
from xop.lab.backtest.findings import Findings
from xop.lab.backtest.groups import Groups, split
from xop.lab.backtest.report import Report, report
from xop.lab.backtest.source import ReleaseSource, kept_sources
from xop.ports.errors import XopError
from xop.ports.ledger import Ledger, Stored
from xop.ports.runtime import Runtime

Told = Callable[[str, int, int], None]
"""Hears of progress: what is being done, how many entries more of it are done, and how many there are in all."""

FEW = 20_000
"""Entries for which starting further processes takes longer than it saves."""

_AHEAD = 3
"""Batches that wait for each process, so that none has nothing to do."""


class SpanEmpty(XopError):  # noqa: N818 - names what is the case
    """A span that lies before or after all that is recorded."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__(f"nothing happened in that span; the history runs from {iso(first)} to {iso(last)}")


async def backtest(
    runtime: Runtime,
    before: ReleaseSource,
    after: ReleaseSource,
    *,
    start: int = 0,
    end: int | None = None,
    jobs: int = 1,
    told: Told = lambda _what, _more, _total: None,
) -> Report:
    """Take the whole history of a runtime again under two releases; return where they differ.

    `start` and `end` are milliseconds since the epoch; by default everything up to the last recorded moment. Raises
    `WorkspaceRefused` when a release cannot be compiled, and `SpanEmpty` for a span outside the history.
    """
    ledger = runtime.ledger
    total = await ledger.last()
    groups = await Groups.survey(ledger, lambda more: told("Looking through", more, total))
    if groups.first is not None and (start > groups.last or (end is not None and end <= groups.first)):
        raise SpanEmpty(groups.first, groups.last)
    ruling = await kept_sources(runtime, groups.releases) if start > 0 else {}
    assignment = Assignment(before, after, ruling, start, groups.last + 1 if end is None else end)
    bench = Bench(assignment)
    findings = Findings()
    few = groups.entries < FEW or jobs == 1
    compared = _here(bench, ledger, groups) if few else _apart(assignment, ledger, groups, jobs)
    async for found in compared:
        findings.add(found)
        told("Deciding again", found.entries, groups.entries)
    return report(bench.before, bench.after, assignment, findings)


async def _histories(ledger: Ledger, groups: Groups) -> AsyncIterator[list[list[Stored]]]:
    for batch in groups.batches():
        yield split(batch, await ledger.read([part for parts in batch for part in parts]))


async def _here(bench: Bench, ledger: Ledger, groups: Groups) -> AsyncIterator[Findings]:
    async for histories in _histories(ledger, groups):
        yield bench.compare(histories)


async def _apart(assignment: Assignment, ledger: Ledger, groups: Groups, jobs: int) -> AsyncIterator[Findings]:
    # Spawned, not forked: a store that is open here must not be open there.
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _set_up, (assignment,))
    waiting: list[Future[Findings]] = []
    try:
        async for histories in _histories(ledger, groups):
            waiting.append(pool.submit(_compare, msgspec.json.encode(histories)))
            if len(waiting) >= jobs * _AHEAD:
                yield await asyncio.wrap_future(waiting.pop(0))
        while waiting:
            yield await asyncio.wrap_future(waiting.pop(0))
    finally:
        pool.shutdown(cancel_futures=True)


_BENCH: list[Bench] = []
"""The one bench of a process that was started for it."""


def _set_up(assignment: Assignment) -> None:
    _BENCH.append(Bench(assignment))
    settle_memory()


def _compare(histories: bytes) -> Findings:
    return _BENCH[0].compare_written(histories)
