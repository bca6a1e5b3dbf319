"""Insight: what operations see of demand, contacts, verdicts and waiting, now and over time."""

from collections.abc import Iterable
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.spans import When, moment
from xop.kernel.base.times import iso
from xop.kernel.insight.latency import quantile
from xop.kernel.insight.measures import MEASURES, Rates, rates
from xop.ports.desk import DeskCursor, DeskSelection
from xop.ports.insight import HOUR, KEPT, STEPS

MOST = 1500
"""Points of one series."""

_WINDOW = 10
"""Seconds over which decisions per second are averaged."""

Step = Literal["1m", "5m", "1h", "1d"]

Series = dict[str, dict[str, list[int]]]
"""One number for each point, by measure and label."""


class InsightQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which span of time, and how fine."""

    since: When = "1h"
    until: When | None = None
    """The first moment that is not asked for any more; now when left out."""
    step: Step = "1m"
    """How long a point of the series is; the first one begins where a step does."""
    series: Annotated[str, Meta(max_length=400)] = ",".join(MEASURES)
    """The measures whose series are wanted, separated by commas; totals are of all."""


class Insight(Struct, frozen=True):
    """The figures of a span of time, and of the equally long one before it."""

    since: str
    until: str
    step: Step
    missing: int
    """Entries of the ledger that are not counted yet; 0 but for moments after the process has begun."""
    totals: dict[str, dict[str, int]]
    """How often, by measure and label."""
    rates: Rates
    latency: "Quantiles"
    before: dict[str, dict[str, int]]
    """The totals of the span before."""
    rates_before: Rates
    latency_before: "Quantiles"
    points: list[str]
    """When each point of the series begins."""
    series: Series
    reasons: dict[str, str]
    """What the rules among `codes` say, by rule, in the release that rules now."""


class Quantiles(Struct, frozen=True):
    """How long commands took until they were durable, in milliseconds; null without any."""

    commands: int
    p50: float | None
    p95: float | None
    p99: float | None


class Waiting(Struct, frozen=True):
    """How many wait for one thing, and since when the first of them does."""

    count: int
    oldest: str | None


class QueueWaiting(Struct, frozen=True):
    """One queue, with what waits and what is being handled in it."""

    queue: str
    waiting: int
    accepted: int
    oldest: str | None
    """When the handover was opened that has waited longest."""


class InsightNow(Struct, frozen=True):
    """How it is going at this moment."""

    at: str
    decisions_per_second: float
    """Over the last ten seconds."""
    verdicts: dict[str, int]
    """Of the last minute."""
    latency: Quantiles
    """Of the last minute."""
    approvals: Waiting
    held: dict[str, Waiting]
    """Everything that waits, by what for; approvals are among it."""
    queues: list[QueueWaiting]
    outbox: int
    """Requests that are on their way out."""
    dead_letters: int
    halts: list[str]
    """What is halted."""


async def _read(call: Call) -> Reply:
    asked: InsightQuery = call.query
    now, step = call.platform.runtime.clock.now(), STEPS[asked.step]
    until = moment(asked.until, now, "until") if asked.until else now + 1
    since = moment(asked.since, now, "since")
    since -= since % step
    _require_readable(asked.step, since, until, now)
    insight = call.platform.engine.insight
    missing = await insight.settled()
    measures = _measures(asked.series)
    points = range(since, until, step)
    series: Series = {}
    for each in await insight.series(step, since, until, measures):
        line = series.setdefault(each.measure, {}).setdefault(each.label, [0] * len(points))
        line[(each.at - since) // step] = each.amount
    totals = await insight.totals(step, since, until)
    before = await insight.totals(step, 2 * since - until, since)
    return Reply(
        Insight(
            since=iso(since),
            until=iso(until),
            step=asked.step,
            missing=missing,
            totals=totals,
            rates=rates(totals),
            latency=_quantiles(totals.get("latency", {})),
            before=before,
            rates_before=rates(before),
            latency_before=_quantiles(before.get("latency", {})),
            points=[iso(at) for at in points],
            series=series,
            reasons=_reasons(call, totals.get("codes", {})),
        )
    )


def _reasons(call: Call, codes: Iterable[str]) -> dict[str, str]:
    rules = call.platform.engine.release.policies.rules
    return {code: call.speech.say(rules[code].message) for code in codes if code in rules}


def _require_readable(step: Step, since: int, until: int, now: int) -> None:
    length, kept = STEPS[step], KEPT[STEPS[step]]
    if until <= since:
        raise ProblemError("parameter-invalid", "until is not after since", "swap them, or leave out until")
    if (until - since) / length > MOST + 1:
        remedy = f"ask for less time, or for a longer step: one of {', '.join(get_args(Step))}"
        raise ProblemError("parameter-invalid", f"more than {MOST} points of {step} were asked for", remedy)
    if since < now - kept and length < HOUR:
        remedy = "ask for step=1h or step=1d"
        raise ProblemError("parameter-invalid", f"figures by {step} are kept for {kept // (24 * HOUR)} days", remedy)


def _measures(text: str) -> list[str]:
    wanted = [each.strip() for each in text.split(",") if each.strip()]
    unknown = sorted(set(wanted) - set(MEASURES))
    if unknown:
        remedy = f"name some of: {', '.join(MEASURES)}"
        raise ProblemError("parameter-invalid", f"there is no measure {unknown[0][:40]!r}", remedy)
    return wanted


def _quantiles(counts: dict[str, int]) -> Quantiles:
    p50, p95, p99 = (quantile(counts, share) for share in (0.5, 0.95, 0.99))
    return Quantiles(sum(counts.values()), *(round(each, 2) if each is not None else None for each in (p50, p95, p99)))


async def _now(call: Call) -> Reply:
    engine, now = call.platform.engine, call.platform.runtime.clock.now()
    await engine.insight.settled()
    held = {until: Waiting(count, iso(at)) for until, (count, at) in (await engine.insight.waiting()).items()}
    counts = await call.platform.runtime.outbox.counts()
    latest = engine.insight.pulse.verdicts(now, _WINDOW)
    return Reply(
        InsightNow(
            at=iso(now),
            decisions_per_second=round(latest.total() / _WINDOW, 1),
            verdicts=dict(engine.insight.pulse.verdicts(now, 60)),
            latency=_quantiles(engine.insight.recent_latency(60)),
            approvals=held.get("approval", Waiting(0, None)),
            held=held,
            queues=await _queues(call),
            outbox=counts.get("pending", 0) + counts.get("sending", 0),
            dead_letters=counts.get("failed", 0) + counts.get("uncertain", 0),
            halts=sorted(engine.halted),
        )
    )


async def _queues(call: Call) -> list[QueueWaiting]:
    desk = call.platform.runtime.desk
    counts = {(each.queue, each.status): each.handovers for each in await desk.counts()}
    names = dict.fromkeys((*call.platform.engine.release.queues, *(queue for queue, _ in counts)))
    found = []
    for name in names:
        waiting = counts.get((name, "waiting"), 0)
        oldest = await _oldest(call, name) if waiting else None
        found.append(QueueWaiting(name, waiting, counts.get((name, "accepted"), 0), oldest))
    return found


async def _oldest(call: Call, queue: str) -> str | None:
    """Return when the handover was opened that has waited longest: the first urgent one, or the first of the others."""
    desk, selection = call.platform.runtime.desk, DeskSelection(queue=queue, status="waiting")
    first = [
        *await desk.page(selection, None, 1),
        *await desk.page(selection, DeskCursor(calm=True, at=-1, handover=""), 1),
    ]
    return iso(min(each.at for each in first)) if first else None


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/insight",
        summary="Read what operations see over time",
        description=(
            "How often things happened, by the step, in total and in the equally long span before. Failure demand is "
            "`returned` and `chases`; its share is that of `demand`, `chases` and `returned` together. The repeat rate is "
            "`repeats` by `contacts`, the transfer rate `transfers` by `contacts`. `costs` are in ten-thousandths of their "
            "currency, which their label names after the intent."
        ),
        handler=_read,
        scope="metrics:read",
        query=InsightQuery,
        answers=(Content(JSON, Insight),),
    ),
    Operation(
        method="GET",
        path="/v1/insight/now",
        summary="Read how it is going now",
        handler=_now,
        scope="metrics:read",
        answers=(Content(JSON, InsightNow),),
    ),
)
