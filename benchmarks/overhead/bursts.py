"""Bursts: short runs of callers against one contestant after the other, again and again, and what they show together."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec
from msgspec import Struct

from benchmarks.load.figures import percentile
from benchmarks.overhead import callers, messages
from benchmarks.overhead.callers import Order, Result
from benchmarks.overhead.contestant import Contestant
from benchmarks.overhead.process import pinned

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Burst(Struct, frozen=True):
    """What one short run showed."""

    p50_ms: float
    p99_ms: float
    per_second: float
    cpu_us: float | None
    """Processor time that the contestant took for a call; None where the system does not tell."""


class Figures(Struct, frozen=True):
    """What all bursts showed of one contestant at one number of callers: of each figure the best, and the median."""

    name: str
    callers: int
    best: Burst
    median: Burst


def measured(contestants: Sequence[Contestant], counts: Sequence[int], rounds: int, seconds: float) -> list[Figures]:
    """Return the figures of every contestant at each number of callers, in turn within every round."""
    bursts: dict[tuple[str, int], list[Burst]] = {}
    for number in range(rounds + 1):
        for one in contestants:
            if one.held:
                one.process.go_on()
            for count in counts:
                # The first round fills caches and is not counted.
                burst = _burst(one, count, seconds)
                if number:
                    bursts.setdefault((one.name, count), []).append(burst)
            if one.held:
                one.process.hold()
    return [Figures(name, count, _best(found), _median(found)) for (name, count), found in bursts.items()]


def call(one: Contestant, count: int, seconds: float, *, stubborn: bool = False) -> "subprocess.Popen[bytes]":
    """Start callers; what they print is a `Result`."""
    order = Order(
        one.port,
        count,
        seconds,
        one.requests,
        messages.EXPECTED,
        one.greetings,
        sessions=bool(one.greetings),
        stubborn=stubborn,
    )
    process = subprocess.Popen(
        pinned("client", [sys.executable, callers.__file__]), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(order))
    process.stdin.close()
    return process


def result(process: "subprocess.Popen[bytes]") -> Result:
    """Return what callers saw."""
    assert process.stdout is not None
    told = process.stdout.read()
    if process.wait():
        raise RuntimeError("the callers broke off; see what they said above")
    return msgspec.json.decode(told, type=Result)


def _burst(one: Contestant, count: int, seconds: float) -> Burst:
    before = _processor_time(one.process.pid)
    seen = result(call(one, count, seconds))
    after = _processor_time(one.process.pid)
    spent = (after - before) / len(seen.spent) if after is not None and before is not None else None
    return Burst(percentile(seen.spent, 0.5), percentile(seen.spent, 0.99), seen.per_second, spent)


def _processor_time(pid: int) -> float | None:
    """Return the microseconds that a process has computed so far."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) * 1_000_000 / _TICKS


def _best(bursts: Sequence[Burst]) -> Burst:
    return Burst(
        min(each.p50_ms for each in bursts),
        min(each.p99_ms for each in bursts),
        max(each.per_second for each in bursts),
        min((each.cpu_us for each in bursts if each.cpu_us is not None), default=None),
    )


def _median(bursts: Sequence[Burst]) -> Burst:
    times = [each.cpu_us for each in bursts if each.cpu_us is not None]
    return Burst(
        median(each.p50_ms for each in bursts),
        median(each.p99_ms for each in bursts),
        median(each.per_second for each in bursts),
        median(times) if times else None,
    )
