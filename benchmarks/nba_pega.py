"""Plays a recorded interaction history through the production engine and looks how well it learns what succeeds.

    .venv/bin/python benchmarks/nba_pega.py --data DIR [--limit N] [--cap N]

Every interaction is a choice among all actions and treatments that the history knows, in its order and at its moment, on
the simulated runtime: candidates judged by the policies, contact caps among them, scored by the model as it has learned by
then, and ranked. Then each action that history shows is a choice of its own that may choose nothing else. What the caps
refuse is a contact saved: it is neither made nor learned. The rest is proposed, carried out (outbound) or left to the
asker (inbound), and its recorded outcome comes back as a signal when it was known, by the hour, never before the decision.

Over the last fifth of the decisions by time, the learned propensity of what was shown, as of the decision, is compared with
the one recorded and with the base rate before that time. Two models learn, each in an engine of its own: `thompson`, and
`logistic` on candidate, treatment, hour and weekday. Every step of the first is decided again in the end.

What the platform itself would have done is known to have succeeded or not only where history showed the same: that is
reported as `own`, beside what history ranked first. It is no experiment. The last line is the result as JSON.
"""

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from msgspec import Struct, to_builtins

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.load.figures import percentile, tell
from benchmarks.nba.again import Again, take_again
from benchmarks.nba.history import History, Shown, read_history
from benchmarks.nba.play import Told, play
from benchmarks.nba.shop import shop_files
from benchmarks.nba.skill import area, log_loss
from benchmarks.star.progress import progress
from xop.assembly import compiled

KINDS = ("thompson", "logistic")
TEST = 0.2


class Order(Struct, frozen=True):
    """What one process plays."""

    data: Path
    limit: int | None
    cap: int
    kind: str


class Found(Struct, frozen=True):
    """What one process found."""

    told: list[Told]
    latencies: list[float]
    placements: list[float]
    seconds: float
    again: Again | None


def main() -> None:
    """Run the benchmark and print its figures, last of all as one line of JSON."""
    options = _options()
    history = read_history(options.data, options.limit)
    orders = [Order(options.data, options.limit, options.cap, kind) for kind in KINDS]
    with ProcessPoolExecutor(len(KINDS), mp_context=get_context("spawn")) as pool:
        found = dict(zip(KINDS, pool.map(work, orders), strict=True))
    tell("nba_pega", _figures(history, found, options.cap))


def work(order: Order) -> Found:
    """Play a history with one kind of model."""
    shown = read_history(order.data, order.limit).shown
    release = compiled(shop_files(shown, order.kind, order.cap))
    first = order.kind == KINDS[0]
    with progress(f"Playing with {order.kind}", len(shown) if first else 0) as advance:
        played = play(release, shown, advance if first else lambda _count: None)
    again = take_again(played.runtime, release) if first else None
    return Found(played.told, played.latencies, played.placements, played.seconds, again)


def _figures(history: History, found: dict[str, Found], cap: int) -> dict[str, Any]:
    first = found[KINDS[0]]
    again = first.again
    assert again is not None
    return {
        "interactions": len(first.latencies),
        "decisions": len(first.latencies) + len(first.placements),
        "shown": len(history.shown),
        "rows_never_shown": history.skipped,
        "seconds": round(first.seconds, 1),
        "latency_ms": _spent(first.latencies),
        "latency_ms_of_one_candidate": _spent(first.placements),
        "last_fifth": _last_fifth(history, found),
        "contacts": _contacts(first.told, cap),
        "replay": to_builtins(again),
    }


def _spent(milliseconds: list[float]) -> dict[str, float]:
    ascending = sorted(milliseconds)
    return {"p50": round(percentile(ascending, 0.5), 3), "p99": round(percentile(ascending, 0.99), 3)}


def _last_fifth(history: History, found: dict[str, Found]) -> dict[str, Any]:
    cut = history.shown[int((1 - TEST) * len(history.shown))].at
    tested = {kind: [each for each in one.told if each.shown.at > cut] for kind, one in found.items()}
    shown = [each.shown for each in tested[KINDS[0]]]
    if not shown:
        raise SystemExit("Everything was shown at one moment, so that there is no last fifth")
    before = [each.success for each in history.shown if each.at <= cut and each.known <= cut]
    base = sum(before) / len(before) if before else 0.5
    recorded = [each for each in shown if each.propensity is not None]
    return {
        "decisions": len(shown),
        "success_rate": _rate([each.success for each in shown]),
        **{kind: _skill([each.propensity for each in told], shown) for kind, told in tested.items()},
        "recorded": _skill([each.propensity or 0.0 for each in recorded], recorded) if recorded else None,
        "base_rate": _skill([base] * len(shown), shown),
        "own": {kind: _own(told) for kind, told in tested.items()},
    }


def _skill(propensities: list[float], shown: list[Shown]) -> dict[str, Any]:
    successes = [each.success for each in shown]
    channels = sorted({each.channel for each in shown})
    by_channel = {name: [n for n, each in enumerate(shown) if each.channel == name] for name in channels}
    areas = {
        name: area([propensities[n] for n in numbers], [successes[n] for n in numbers])
        for name, numbers in by_channel.items()
    }
    return {
        "auc": _rounded(area(propensities, successes)),
        "log_loss": _rounded(log_loss(propensities, successes)),
        "auc_by_channel": {name: _rounded(value) for name, value in areas.items()},
    }


def _own(told: list[Told]) -> dict[str, Any]:
    own = [each.shown.success for each in told if each.own]
    firsts: dict[str, Shown] = {}
    for each in told:
        firsts.setdefault(each.shown.interaction, each.shown)
    return {
        "matched": len(own),
        "of_interactions": len(firsts),
        "success_rate": _rate(own),
        "success_rate_of_history_first": _rate([each.success for each in firsts.values()]),
    }


def _contacts(told: list[Told], cap: int) -> dict[str, Any]:
    outbound = [each for each in told if each.shown.outbound]
    refused = [each for each in outbound if each.refusal]
    return {
        "caps": f"{cap} a day on a channel, {2 * cap} a week",
        "made_by_history": len(outbound),
        "refused": len(refused),
        "refused_by": dict(Counter(each.refusal for each in refused)),
        "refused_that_failed": sum(not each.shown.success for each in refused),
        "success_rate_of_refused": _rate([each.shown.success for each in refused]),
        "success_rate_of_made": _rate([each.shown.success for each in outbound if not each.refusal]),
    }


def _rate(successes: list[bool]) -> float | None:
    return round(sum(successes) / len(successes), 4) if successes else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder with the history")
    parser.add_argument("--limit", type=int, metavar="N", help="use the first N interactions only")
    parser.add_argument("--cap", type=int, default=2, metavar="N", help="outbound contacts a day on a channel (2)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
