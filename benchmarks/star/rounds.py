"""Plays what desks lived on the production engine in virtual time: the first happening of all, then the second of all."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from time import perf_counter

from msgspec import Struct

from benchmarks.star.charts import ACTED, ANSWERED, SAID, SELECTED, Branches
from benchmarks.star.happenings import Acted, Happening
from benchmarks.star.listening import Listener
from benchmarks.star.procedures import START
from xop.assembly import KINDS
from xop.engine.engine import Engine
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Proposal, Signal
from xop.kernel.identity.model import Identifier
from xop.kernel.release import Release
from xop.runtimes.simulated import SimulatedRuntime

BEGAN = 1_790_596_800_000
"""When the desk opens, in milliseconds since the epoch."""

_SECOND = 1_000
_TOGETHER = 8
"""Signals under way at once."""

_DESK = Actor("source", "desk")
_TYPES = {"said": SAID, "answered": ANSWERED, "selected": SELECTED}


class Played(Struct):
    """What came of playing."""

    runtime: SimulatedRuntime
    latencies: list[float]
    """Of every signal until it was durable, in milliseconds."""
    seconds: float


def signal_id(name: str, number: int) -> str:
    """Return the id of the signal of a dialogue's happening."""
    return f"signal:desk|{name}/{number}"


def signals_of(
    name: str, lived: Sequence[Happening], listener: Listener | None, ways: Mapping[str, Branches]
) -> list[Signal]:
    """Return a dialogue as signals; without a listener nothing is understood of any words."""
    return [
        Signal(
            id=signal_id(name, number),
            type=ACTED if isinstance(each, Acted) else _TYPES[each.kind],
            source="desk",
            time=BEGAN + number * _SECOND,
            actor=_DESK,
            identifiers=(Identifier("dialogue", name),),
            data=_data(each, listener, ways),
        )
        for number, each in enumerate(lived)
    ]


def _data(each: Happening, listener: Listener | None, ways: Mapping[str, Branches]) -> dict[str, object]:
    if isinstance(each, Acted):
        return {"act": each.act}
    choices = ways[each.task].get(each.place) or ways[each.task][START]
    toward = listener.understand(each, choices) if listener is not None else ""
    if each.kind == "selected":
        return {"task": each.task, "acted": each.place, "toward": toward, "heard": bool(each.words)}
    return {"words": each.words, "toward": toward}


async def play(release: Release, dialogues: Sequence[Sequence[Signal]], advance: Callable[[int], None]) -> Played:
    """Play dialogues in rounds; before the next round begins, every journey has proposed what it will."""
    runtime = SimulatedRuntime(BEGAN, 7)
    engine = Engine(runtime, release, KINDS, lambda _name: "secret")
    played = Played(runtime, [], 0.0)
    await engine.start()
    began = perf_counter()
    for number, each in enumerate(zip_longest(*dialogues)):
        await runtime.clock.advance_to(BEGAN + number * _SECOND)
        signals = [signal for signal in each if signal is not None]
        for first in range(0, len(signals), _TOGETHER):
            group = signals[first : first + _TOGETHER]
            played.latencies += await asyncio.gather(*(_tell(engine, signal) for signal in group))
        await runtime.clock.settle()
        advance(len(signals))
    played.seconds = perf_counter() - began
    await engine.stop()
    return played


async def _tell(engine: Engine, signal: Signal) -> float:
    began = perf_counter()
    await engine.submit(signal)
    return (perf_counter() - began) * 1e3


async def proposed(runtime: SimulatedRuntime) -> dict[str, str]:
    """Return, by the id of every signal of an act, the act that the journey had proposed last before it, or nothing.

    It is read from the ledger alone: a proposal counts from its own entry on, until the desk acts.
    """
    standing: dict[str, str] = {}
    found: dict[str, str] = {}
    position = 0
    while page := await runtime.ledger.page(position, 1_000):
        for stored in page:
            command, origin = stored.entry.command, stored.entry.origin
            if isinstance(command, Proposal):
                standing[origin] = str(command.arguments.get("say") or command.arguments.get("request"))
            elif isinstance(command, Signal) and command.type == ACTED:
                found[command.id] = standing.pop(origin, "")
        position = page[-1].position
    return found
