"""Plays recorded service dialogues as live signals to a real server, twice, and says what became of them.

    .venv/bin/python benchmarks/star_stream.py --data DIR [--limit N] [--replay]

Every dialogue is one customer of `examples/concierge`. All are played in the order of their recording, interleaved as they
were, over eight connections; a dialogue keeps its own order. What the desk did or told of a bank account is a proposal.
The server is stopped and started again between the two passes, so that facts are counted from the store at rest, and
the second pass meets a server that remembers nothing but what it stored. The last line is the result as JSON:
latencies are of requests with a single signal among the others, measured by their client; rates are of the first pass.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.service import replayed
from benchmarks.star.labels import ANNOYED, CHANGED_MIND, answer, hearing
from benchmarks.star.ledger import Account, account
from benchmarks.star.player import Tally, play, shifts
from benchmarks.star.progress import progress
from benchmarks.star.rest import settled
from benchmarks.star.server import Served, served
from benchmarks.star.source import read_dialogues
from benchmarks.star.translation import Step, name_of, translate


def main() -> None:
    """Run the benchmark and print its figures, last of all as one line of JSON."""
    options = _options()
    dialogues = read_dialogues(options.data, options.limit)
    told = {name_of(dialogue): translate(dialogue) for dialogue in dialogues}
    steps = sorted((step for each in told.values() for step in each), key=lambda step: step.time)
    moved = shifts(steps)
    with tempfile.TemporaryDirectory(prefix="xop-star-") as temporary:
        folder = options.data_folder or Path(temporary) / "data"
        first, seconds = _pass("First pass", steps, moved, folder)
        before = account(folder)
        second, _ = _pass("Second pass", steps, moved, folder)
        after = account(folder)
        found = {
            "dialogues": len(dialogues),
            "dialogues_without_events": sum(not each for each in told.values()),
            **_figures(first, seconds, before),
            **_repeated(first, second, before, after),
            "annoyed": _heard(dialogues, ANNOYED, before, "annoyed"),
            "changed_mind": _heard(dialogues, CHANGED_MIND, before, "changed_mind"),
        }
        if options.replay:
            found |= {f"replay_{name}": value for name, value in replayed(folder).items() if name != "shown"}
    print(json.dumps({"benchmark": "star_stream", **found}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Plays recorded service dialogues as live signals to a real server.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="The folder with the dialogues.")
    parser.add_argument("--limit", type=int, metavar="N", help="Play the first N dialogues only.")
    parser.add_argument("--data-folder", type=Path, metavar="DIR", help="Keep the store here; a new folder.")
    parser.add_argument("--replay", action="store_true", help="Decide every stored step again afterwards and compare.")
    options = parser.parse_args()
    if options.data_folder is not None and options.data_folder.exists() and any(options.data_folder.iterdir()):
        parser.error(
            f"{options.data_folder} is not empty: name a new folder, so that every fact counted is of this run"
        )
    return options


def _pass(title: str, steps: list[Step], moved: dict[str, int], folder: Path) -> tuple[Tally, float]:
    """Play everything to a server of its own and return what came back and the seconds that took."""

    async def run(server: Served) -> tuple[Tally, float]:
        with progress(title, len(steps)) as advance:
            began = perf_counter()
            tally = await play(steps, moved, server, advance)
            seconds = perf_counter() - began
        await settled(server)
        return tally, seconds

    with served(folder) as server:
        return asyncio.run(run(server))


def _figures(tally: Tally, seconds: float, before: Account) -> dict[str, Any]:
    singles = quantiles(tally.singles or [0.0, 0.0], n=100, method="inclusive")
    wishes = quantiles(tally.proposals or [0.0, 0.0], n=100, method="inclusive")
    batches = quantiles(tally.batches or [0.0, 0.0], n=100, method="inclusive")
    facts = before.facts
    return {
        "signals_sent": tally.signals,
        "acknowledged": tally.acknowledged,
        "refused_by_server": tally.refusals[:5],
        "facts": facts.total(),
        "intents_opened": facts["IntentOpened"],
        "intents_resolved": facts["IntentResolved"],
        "intents_confirmed": facts["IntentConfirmed"],
        "intents_abandoned": facts["IntentAbandoned"],
        "intents_returned": facts["IntentReturned"],
        "conversations_opened": facts["ConversationOpened"],
        "conversations_closed": facts["ConversationClosed"],
        "changes_skipped": facts["ChangeSkipped"],
        "proposals": len(tally.verdicts),
        "decisions": before.decisions.total(),
        "decisions_by_stage": dict(sorted(before.decisions.items())),
        "verdicts": dict(sorted(Counter(tally.verdicts.values()).items())),
        "p50_ms": round(singles[49], 2),
        "p99_ms": round(singles[98], 2),
        "latency_of": f"{len(tally.singles)} requests with one signal, among batches and proposals on 8 connections",
        "batch_p50_ms": round(batches[49], 2),
        "batch_p99_ms": round(batches[98], 2),
        "signals_per_batch": round((tally.signals - len(tally.singles)) / max(1, len(tally.batches)), 1),
        "proposal_p50_ms": round(wishes[49], 2),
        "proposal_p99_ms": round(wishes[98], 2),
        "seconds": round(seconds, 1),
        "per_second": round(tally.acknowledged / seconds),
        "per_second_of": "signals acknowledged as durable, the proposals between them included in the time",
    }


def _repeated(first: Tally, second: Tally, before: Account, after: Account) -> dict[str, Any]:
    return {
        "duplicates_on_second_pass": after.facts.total() - before.facts.total(),
        "entries_on_second_pass": after.entries - before.entries,
        "recognised_on_second_pass": second.duplicates,
        "verdicts_same_on_second_pass": second.verdicts == first.verdicts,
    }


def _heard(dialogues: list[dict[str, Any]], question: str, before: Account, flag: str) -> dict[str, Any]:
    truth = {name_of(dialogue): answer(dialogue, question) for dialogue in dialogues}
    found: dict[str, Any] = msgspec.to_builtins(hearing(truth, before.raised.get(flag, set())))
    return found


if __name__ == "__main__":
    main()
