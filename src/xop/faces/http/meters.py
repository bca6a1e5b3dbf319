"""Meters: what Prometheus reads."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from xop.engine.engine import Engine
from xop.engine.log import LogState

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)


class Meters:
    """Measures requests as they end, and reads the rest from the engine when asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "xop_http_request_seconds",
            "How long requests took, by route and status.",
            ("method", "route", "status"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._by_route: dict[tuple[str, str, int], Histogram] = {}
        self._readings = _Readings(engine)
        self._registry.register(self._readings)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note a request that has ended."""
        key = (method, route, status)
        series = self._by_route.get(key)
        if series is None:
            series = self._by_route[key] = self._seconds.labels(method, route, str(status))
        series.observe(seconds)

    async def text(self) -> bytes:
        """Return everything in the Prometheus text format; raises StorageError."""
        runtime = self._engine.runtime
        self._readings.outbox = {str(state): count for state, count in (await runtime.outbox.counts()).items()}
        self._readings.stored = {
            "timers": await runtime.timers.count(),
            "customers": await runtime.directory.count(),
            "position": await runtime.ledger.last(),
            "leaves": await runtime.leaves.count(),
        }
        return generate_latest(self._registry)


class _Readings(Collector):
    """What the engine and its store say at the moment of a scrape."""

    def __init__(self, engine: Engine) -> None:
        self.outbox: Mapping[str, int] = {}
        self.stored: Mapping[str, int] = {}
        self._engine = engine

    def collect(self) -> Iterable[Metric]:
        tally = self._engine.tally
        yield _counter("xop_commands", "Commands taken, by kind.", ("kind",), _one(tally.commands))
        yield _counter("xop_refusals", "Commands refused, by code.", ("code",), _one(tally.refusals))
        yield _counter("xop_outcomes", "Invocations that ended, by outcome.", ("outcome",), _one(tally.outcomes))
        yield _counter("xop_verdicts", "Verdicts, by outcome and kind of actor.", ("verdict", "actor"), tally.verdicts)
        yield _counter("xop_facts", "Facts that became true.", (), {(): tally.facts})
        yield _counter("xop_duplicates", "Commands that had been answered before.", (), {(): tally.duplicates})
        yield _gauge("xop_commands_waiting", "Commands that wait for their turn.", (), {(): self._engine.waiting})
        yield _gauge("xop_outbox_requests", "Requests in the outbox, by state.", ("state",), _one(self.outbox))
        yield _gauge("xop_timers", "Pending timers.", (), {(): self.stored.get("timers", 0)})
        yield _gauge("xop_customers", "Customers.", (), {(): self.stored.get("customers", 0)})
        yield _gauge("xop_ledger_position", "The ledger's highest position.", (), {(): self.stored.get("position", 0)})
        opened = {(name,): int(state == "open") for name, state in self._engine.gates.items()}
        log = self._engine.log
        yield _gauge("xop_log_leaves", "Durable leaves of the log.", (), {(): self.stored.get("leaves", 0)})
        yield _gauge("xop_log_size", "Leaves under the published checkpoint.", (), {(): log.head.size})
        witnessed = {(): log.head.witnessed_size}
        yield _gauge("xop_log_witnessed_size", "Leaves under a checkpoint with enough cosignatures.", (), witnessed)
        lag = {(): log.sequencer.lag / 1000}
        yield _gauge("xop_log_lag_seconds", "How long a leaf has waited for its checkpoint.", (), lag)
        failing = {(each.name,): int(bool(each.fault)) for each in log.witnessing.contacts}
        yield _gauge("xop_log_witness_failing", "Whether a witness does not cosign.", ("witness",), failing)
        states = {(state,): int(state == log.state) for state in get_args(LogState)}
        yield _gauge("xop_log_state", "The state of the log: one of them is 1.", ("state",), states)
        yield _gauge("xop_connection_open", "Whether a connection's circuit is open.", ("connection",), opened)


_Values = Mapping[Any, float]
"""Numbers by the values of their labels, in order."""


def _one(counts: Mapping[str, int]) -> dict[tuple[str, ...], int]:
    return {(name,): count for name, count in counts.items()}


def _counter(name: str, text: str, labels: tuple[str, ...], values: _Values) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _gauge(name: str, text: str, labels: tuple[str, ...], values: _Values) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family
