"""Times an MCP tool call through XOP, each judged and durable before its answer, beside other gateways in the same run.

    .venv/bin/python benchmarks/mcp_overhead.py [--quick] [--json] [--rivals DIR | --alone] [--data DIR] [--halt]

One lean upstream with one tool; one lean client; in between nothing, XOP, or an open Python gateway that the package
index has, installed at a pinned version into a virtual environment of its own. XOP is a real `xop serve` on a real folder
with Larkfield Water (`benchmarks/overhead/workspace`, 40 policies): the agent is in a chat with each of 256 customers, the
purpose takes their consent, three facts are read, and the proposal as well as its outcome are durable (SQLite, every
commit synced) before the agent gets its answer. The others keep no such record; ContextForge checks a token and counts.

Upstream, gateway and client have a core each. Short bursts alternate between all contestants, who stand still while
another is measured; told are the best and the median of the bursts. The yardstick for the disk is one SQLite commit
before and after: a call through XOP waits for two. The budgets: at most 2 ms added with one caller, and with 16 at least
ten times the calls a second of ContextForge at its fastest.

`--halt` measures instead how long after a halt calls still pass.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.load.figures import tell
from benchmarks.overhead.bursts import Figures, measured
from benchmarks.overhead.contestant import DIRECT, XOP, field
from benchmarks.overhead.disk import commit_ms
from benchmarks.overhead.halt import halted
from benchmarks.overhead.rivals import CONTEXT_FORGE

BUSY = 16
CALLERS = (1, BUSY)
BUDGET_ADDED, BUDGET_TIMES = 2.0, 10.0


def main() -> None:
    """Run the benchmark and print its table, last of all as one line of JSON."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="xop-mcp-", dir=options.data) as name:
        folder = Path(name)
        if options.halt:
            tell("mcp_overhead_halt", halted(folder))
            return
        rivals = None if options.alone else options.rivals
        rounds, seconds = (2, 1.0) if options.quick else (6, 2.0)
        with field(folder, rivals) as (contestants, absent):
            disk = [commit_ms(folder)]
            figures = measured(contestants, CALLERS, rounds, seconds)
            disk.append(commit_ms(folder))
    if not options.json:
        print(_table(figures, absent, disk))
    tell("mcp_overhead", {**_summary(figures, absent), "disk_commit_p50_ms": [round(each, 3) for each in disk]})


def _summary(figures: list[Figures], absent: list[str]) -> dict[str, Any]:
    added, times = _added(figures), {count: _times(figures, count) for count in CALLERS}
    return {
        "figures": msgspec.to_builtins(figures),
        "absent": absent,
        "added_p50_ms": added,
        "times_context_forge": times,
        "added_within_budget": added["median"] <= BUDGET_ADDED,
        "times_within_budget": times[BUSY]["median"] >= BUDGET_TIMES if times[BUSY] else None,
    }


def _added(figures: list[Figures]) -> dict[str, float]:
    """Return what XOP adds to the time of a call, with one caller at a time."""
    alone = {each.name: each for each in figures if each.callers == 1}
    return {
        "best": round(alone[XOP].best.p50_ms - alone[DIRECT].best.p50_ms, 3),
        "median": round(alone[XOP].median.p50_ms - alone[DIRECT].median.p50_ms, 3),
    }


def _times(figures: list[Figures], count: int) -> dict[str, float]:
    """Return how many times the calls a second of ContextForge at its fastest; empty when it is absent."""
    mine = next(each for each in figures if each.callers == count and each.name == XOP)
    forges = [each for each in figures if each.callers == count and each.name.startswith(CONTEXT_FORGE.name)]
    if not forges:
        return {}
    return {
        "best": round(mine.best.per_second / max(each.best.per_second for each in forges), 1),
        "median": round(mine.median.per_second / max(each.median.per_second for each in forges), 1),
    }


def _table(figures: list[Figures], absent: list[str], disk: list[float]) -> str:
    """Return the figures as a table in Markdown: the best burst and, in brackets, the median of all."""
    lines = [
        "| through | callers | p50 ms | p99 ms | calls/s | CPU µs a call |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [_line(each) for count in CALLERS for each in figures if each.callers == count]
    lines += [f"| {name}: could not be installed | | | | | |" for name in absent]
    return "\n".join(
        [*lines, "", f"One durable commit on this disk: {' and '.join(f'{each:.2f}' for each in disk)} ms."]
    )


def _line(each: Figures) -> str:
    best, median = each.best, each.median
    cells = [
        f"{best.p50_ms:.2f} ({median.p50_ms:.2f})",
        f"{best.p99_ms:.1f} ({median.p99_ms:.1f})",
        f"{best.per_second:,.0f} ({median.per_second:,.0f})",
        f"{best.cpu_us:,.0f} ({median.cpu_us:,.0f})" if best.cpu_us is not None and median.cpu_us is not None else "",
    ]
    return f"| {each.name} | {each.callers} | {' | '.join(cells)} |"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a sixth of the time")
    parser.add_argument("--json", action="store_true", help="only the line of JSON")
    parser.add_argument("--data", type=Path, help="a folder on the disk to be measured; a temporary one by default")
    parser.add_argument("--rivals", type=Path, default=_cache(), help="where other gateways are installed, once")
    parser.add_argument("--alone", action="store_true", help="only the upstream and XOP")
    parser.add_argument("--halt", action="store_true", help="measure a halt under load instead")
    return parser.parse_args()


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "xop" / "rivals"


if __name__ == "__main__":
    main()
