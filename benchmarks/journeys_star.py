"""Compiles the task graphs of recorded service dialogues to journeys and counts the acts of the desk they foretell.

    .venv/bin/python benchmarks/journeys_star.py --data DIR [--json] [--limit N]
    .venv/bin/python benchmarks/journeys_star.py --data DIR --show TASK

DIR holds the dialogues and the task graphs, or has a folder `star` that does. Every graph becomes a journey: after every
act a step listens, and for every act a step proposes it. A dialogue is one customer: words, answers of services and acts
of the desk are signals, played on the production engine in virtual time, and the ledger says what the journey had
proposed last when the desk acted. That is a hit when it is the very act: the label of the desk's answer, or the node of
its call. There is one proposal at a time, and calls compete with answers. The desk's own act then brings the run to where
it leads, so that one deviation costs one act. Answers in the desk's own words bear no label and are not counted.

Which branch words mean is nowhere labelled. It is learned from the dialogues whose identifier's SHA-256 begins with an odd
byte, and so are the detours: ways on that no graph has but desks took three times or more. All figures are of the other
half. What words may be read with is the words, the act they answer and the acts before; never what came after, and never
what the desk typed to be shown suggestions.

`journey` is the share that the journeys foretold, `journey_without_words` the same journeys when nothing is understood of
any words, so that the first way on is always taken. `allowed_by_graph` is the share of acts that the graph has among its
ways on at all. The ways to compare with are described in `benchmarks/star/successors.py`. Shares by kind of dialogue and
by task are of labelled acts; `labelled_and_calls` counts calls of services too. The last line is the result as JSON.
Latencies are of single signals, eight under way at once, until they are kept in memory, in milliseconds.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.load.figures import percentile, tell
from benchmarks.star.charts import chart
from benchmarks.star.desk import as_yaml, desk_files
from benchmarks.star.halves import Halves, read_halves
from benchmarks.star.happenings import turns
from benchmarks.star.listening import Listener
from benchmarks.star.progress import progress
from benchmarks.star.rounds import Played, play, proposed, signal_id, signals_of
from benchmarks.star.shares import Judged, figures, kind_of
from benchmarks.star.successors import foretellings, on_graph
from benchmarks.star.translation import name_of
from xop.assembly import compiled
from xop.engine.memory import settle_memory
from xop.engine.replay import Replayer
from xop.kernel.release import Release


def main() -> None:
    """Run the benchmark and print its figures, last of all as one line of JSON."""
    options = _options()
    halves = read_halves(options.data, options.limit)
    charts = {task: chart(each, halves.ways[task]) for task, each in halves.procedures.items()}
    if options.show is not None:
        if options.show not in charts:
            raise SystemExit(f"There is no task {options.show!r}; name one of: {', '.join(charts)}")
        print(as_yaml(charts[options.show]), end="")
        return
    release = compiled(desk_files(charts.values()))
    with_words, without, cost = asyncio.run(_both(release, halves))
    found = figures(_judged(halves, {"journey": with_words, "journey_without_words": without}))
    if not options.json:
        _draw(found)
    tell("journeys_star", {**_sizes(halves, charts), **_headline(found), **cost, **found})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Counts the acts of a recorded desk that journeys foretell.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="The folder with dialogues and graphs.")
    parser.add_argument("--limit", type=int, metavar="N", help="Play the first N dialogues of their half only.")
    parser.add_argument("--json", action="store_true", help="Print the line of JSON alone.")
    parser.add_argument("--show", metavar="TASK", help="Print one task's journey as YAML and end.")
    return parser.parse_args()


async def _both(release: Release, halves: Halves) -> tuple[dict[str, str], dict[str, str], dict[str, Any]]:
    """Play the dialogues with and without words; return what was proposed in each, and the cost of the first."""
    began = perf_counter()
    listener = Listener(halves.learned)
    learning = perf_counter() - began
    played = await _played("With words", release, halves, listener)
    cost = {"learning_seconds": round(learning, 1), **_speed(played), **await _replayed(release, played)}
    with_words = await proposed(played.runtime)
    played = await _played("Without words", release, halves, None)
    return with_words, await proposed(played.runtime), cost


async def _played(title: str, release: Release, halves: Halves, listener: Listener | None) -> Played:
    names = [name_of(each) for each in halves.played]
    signals = [signals_of(name, halves.lived[name], listener, halves.ways) for name in names]
    settle_memory()
    with progress(title, sum(map(len, signals))) as advance:
        return await play(release, signals, advance)


def _speed(played: Played) -> dict[str, Any]:
    latencies = sorted(played.latencies)
    entries = len(played.runtime.memory.entries)
    return {
        "signals": len(latencies),
        "signal_p50_ms": round(percentile(latencies, 0.5), 2),
        "signal_p99_ms": round(percentile(latencies, 0.99), 2),
        "entries": entries,
        "seconds": round(played.seconds, 1),
        "entries_per_second": round(entries / played.seconds),
    }


async def _replayed(release: Release, played: Played) -> dict[str, int]:
    async def known(digest: str) -> Release | None:
        return release if digest == release.digest else None

    replayer = Replayer(played.runtime.ledger, known)
    differences = [each async for each in replayer.run() if each is not None]
    return {"replayed_entries": replayer.entries, "replay_differences": len(differences)}


def _judged(halves: Halves, proposals: Mapping[str, Mapping[str, str]]) -> list[Judged]:
    ways = foretellings(halves.procedures, halves.learned)
    judged: list[Judged] = []
    for dialogue in halves.played:
        name, kind = name_of(dialogue), kind_of(dialogue)
        for heard, acted in turns(halves.lived[name]):
            number = signal_id(name, acted.number)
            foretold = {title: each[number] for title, each in proposals.items()}
            foretold |= {title: way(heard) for title, way in ways.items()}
            drawn = acted.act in on_graph(halves.procedures[heard.task], heard)
            judged.append(Judged(heard.task, kind, acted.act, foretold, drawn))
    return judged


def _sizes(halves: Halves, charts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "dialogues": len(halves.played),
        "dialogues_learned_from": halves.dialogues_learned_from,
        "journeys": len(charts),
        "steps": sum(len(each["steps"]) for each in charts.values()),
    }


def _headline(found: Mapping[str, Any]) -> dict[str, Any]:
    labelled = found["labelled"]
    return {
        "agent_actions": labelled["acts"],
        "hits_share": labelled["journey"],
        "baseline_share": labelled["graph_as_written"],
        "baseline": "graph_as_written",
    }


_COLUMNS = ("acts", "journey", "journey_without_words", "graph_as_written", "habit")


def _draw(found: Mapping[str, Any]) -> None:
    table = Table("", title="Share of the desk's acts that were foretold")
    table.columns[0].no_wrap = True
    for name in _COLUMNS:
        table.add_column(name.replace("_", " "), justify="right")
    rows = {"labelled": found["labelled"], "with calls": found["labelled_and_calls"]}
    for title, row in {**rows, **found["by_kind"], **found["by_task"]}.items():
        table.add_row(title, *(_cell(row[name]) for name in _COLUMNS))
    Console().print(table)


def _cell(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.1%}"


if __name__ == "__main__":
    main()
