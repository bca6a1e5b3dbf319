"""The report of a simulation as data: a pure function of its result, so that the same run gives the same bytes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from xop.kernel.base.times import iso
from xop.lab.simulate.figures import Figures, by_day
from xop.lab.simulate.plan import SHARDS, Setting
from xop.lab.simulate.simulation import Result

FORMAT = 1
"""Raised whenever a field changes its meaning."""


def report(setting: Setting, result: Result) -> dict[str, Any]:
    """Return the report as JSON-like data; times are RFC 3339, spans milliseconds, rows one number a day."""
    plan, figures = setting.plan, result.figures
    return {
        "format": FORMAT,
        "workspace": setting.release.name,
        "release": setting.release.digest,
        "customers": plan.customers,
        "days": plan.days,
        "seed": plan.seed,
        "from": iso(setting.begin),
        "to": iso(setting.end),
        "shards": SHARDS,
        "ledger": {"digest": result.digest, "entries": result.entries},
        "personas": dict(sorted(figures.personas.items())),
        "carried_out": _rows(figures.reached, ("action", "channel", "purpose"), plan.days),
        "outcomes": _counts(figures.outcomes, ("action", "outcome")),
        "permitted": _counts(figures.permits, ("action", "stage")),
        "not_permitted": _not_permitted(figures, plan.days),
        "pressure": _pressure(figures),
        "other_senders": _rows(figures.others, ("sender", "channel", "purpose"), plan.days),
        "people": _people(result),
        "questions": _questions(figures),
        "journeys": _journeys(setting, figures),
        "choices": _choices(figures, plan.days),
        "customers_did": _rows(figures.events, ("name",), plan.days),
        "reactions": _reactions(figures),
        "refused": _counts(figures.refused, ("name", "code", "cause")),
        "promises": _promises(figures, plan.days),
        "intents": _nested(figures.intents, "intent"),
        "consents": _nested(figures.consents, "consent"),
        "commands": dict(sorted(figures.commands.items())),
        "facts": dict(sorted(figures.facts.items())),
    }


def encoded(document: Mapping[str, Any]) -> bytes:
    """Return the report as the bytes of its file."""
    return msgspec.json.format(msgspec.json.encode(document, order="deterministic"), indent=1) + b"\n"


def _rows(counts: Counter[Any], names: Sequence[str], days: int) -> list[dict[str, Any]]:
    rows = by_day(counts, days)
    return [
        {**dict(zip(names, key, strict=True)), "count": sum(row), "by_day": row} for key, row in sorted(rows.items())
    ]


def _counts(counts: Counter[Any], names: Sequence[str]) -> list[dict[str, Any]]:
    return [{**dict(zip(names, key, strict=True)), "count": count} for key, count in sorted(counts.items())]


def _nested(counts: Counter[tuple[str, str]], name: str) -> list[dict[str, Any]]:
    found: dict[str, dict[str, int]] = {}
    for (key, what), count in sorted(counts.items()):
        found.setdefault(key, {})[what] = count
    return [{name: key, **row} for key, row in found.items()]


def _not_permitted(figures: Figures, days: int) -> list[dict[str, Any]]:
    """Return denials and holds by rule, the most frequent first."""
    daily: Counter[tuple[str, str, int]] = Counter()
    asked: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
    for (verdict, code, action, stage, day), count in figures.rulings.items():
        daily[verdict, code, day] += count
        asked.setdefault((verdict, code), Counter())[action, stage] += count
    found = []
    for row in _rows(daily, ("verdict", "rule"), days):
        key = row["verdict"], row["rule"]
        example = figures.examples[key]
        told = {"at": iso(example.at), "decision": example.decision, "story": example.story}
        found.append({**row, "asked": _counts(asked[key], ("action", "stage")), "example": told})
    return sorted(found, key=lambda row: (-row["count"], row["verdict"], row["rule"]))


def _pressure(figures: Figures) -> list[dict[str, Any]]:
    """Return for each persona how many contacts its customers had in a week."""
    weeks: dict[str, Counter[int]] = {}
    for (persona, contacts), count in figures.contacts.items():
        weeks.setdefault(persona, Counter())[contacts] += count
    found = []
    for persona, counts in sorted(weeks.items()):
        total = sum(counts.values())
        spread = [each for contacts, count in sorted(counts.items()) for each in (contacts, count)]
        most, customer = figures.peaks.get(persona, (0, 0))
        found.append(
            {
                "persona": persona,
                "customers": figures.personas[persona],
                "customer_weeks": total,
                "contacts_in_a_week": {str(c): counts[c] for c in range(max(counts) + 1)},
                "mean": round(sum(c * n for c, n in counts.items()) / total, 4),
                "p50": _weighted(spread, total, 0.5),
                "p95": _weighted(spread, total, 0.95),
                "most_within_7_days": most,
                "whose": customer,
            }
        )
    return found


def _weighted(spread: Sequence[int], total: int, share: float) -> int:
    """Return a quantile of values that alternate with their counts."""
    passed = 0
    for value, count in zip(spread[::2], spread[1::2], strict=True):
        passed += count
        if passed >= share * total:
            return value
    return 0


def _people(result: Result) -> dict[str, Any]:
    desk = result.desk
    return {
        "asked": desk.asked,
        "approved": desk.approved,
        "refused": desk.refused,
        "answered": desk.answered,
        "withdrawn": desk.withdrawn,
        "unanswered": desk.length,
        "until_taken_ms": quantiles(desk.waits),
        "until_answered_ms": quantiles(desk.spans),
        "longest_queue": max(desk.lengths, default=0),
        "queue_by_hour": desk.lengths,
    }


def quantiles(values: Sequence[int]) -> dict[str, int]:
    """Return the median, the 95th percentile and the maximum; zeros for no values."""
    ordered = sorted(values) or [0]
    last = len(ordered) - 1
    return {"p50": ordered[last // 2], "p95": ordered[int(last * 0.95)], "max": ordered[last]}


def _questions(figures: Figures) -> list[dict[str, Any]]:
    """Return what people were asked, each with what came of it."""
    found = _nested(figures.questions, "question")
    return [{"question": row.pop("question"), "asked": row.pop("asked", 0), "became": row} for row in found]


def _journeys(setting: Setting, figures: Figures) -> list[dict[str, Any]]:
    """Return every journey with its runs and, in the order of the workspace, how often each step was reached."""
    found = []
    for name, compiled in sorted(setting.release.routes.journeys.items()):
        counts = {what: count for (journey, what), count in sorted(figures.journeys.items()) if journey == name}
        ended = _told_apart(counts, "ended: ")
        entered = counts.get("entered", 0)
        found.append(
            {
                "journey": name,
                "entered": entered,
                "goal": ended.get("goal", 0),
                "under_way": entered - sum(ended.values()),
                "not_entered": _told_apart(counts, "not entered: "),
                "ended": ended,
                "outcomes": _told_apart(counts, "outcome: "),
                "steps": {step: figures.steps[name, step] for step in compiled.steps},
            }
        )
    return found


def _told_apart(counts: Mapping[str, int], before: str) -> dict[str, int]:
    """Return the counts whose names begin with a text, without it."""
    return {name.removeprefix(before): count for name, count in counts.items() if name.startswith(before)}


def _choices(figures: Figures, days: int) -> dict[str, Any]:
    """Return what was chosen as next best action, how it turned out, and what models learnt of it."""
    columns = ("decision_set", "candidate", "arm")
    learned = [
        {**row, "reward": round(figures.rewards[tuple(row[name] for name in columns)] / 1e6 / row["count"], 4)}
        for row in _counts(figures.learned, columns)
    ]
    return {
        "chosen": _rows(figures.chosen, ("decision_set", "candidate", "treatment", "arm"), days),
        "results": _counts(figures.results, (*columns, "outcome")),
        "learned": learned,
    }


def _reactions(figures: Figures) -> list[dict[str, Any]]:
    met = {name: count for (name, what), count in sorted(figures.chances.items()) if what == "met"}
    return [{"name": name, "occasions": count, "came": figures.chances[name, "came"]} for name, count in met.items()]


def _promises(figures: Figures, days: int) -> dict[str, Any]:
    rows = {row["what"]: row for row in _rows(figures.promises, ("what",), days)}
    counts = {what: rows[what]["count"] if what in rows else 0 for what in ("made", "kept", "broken")}
    still = counts["made"] - counts["kept"] - counts["broken"]
    return {**counts, "open": still, "by_day": {what: row["by_day"] for what, row in rows.items()}}
