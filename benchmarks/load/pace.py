"""Puts signals into an engine: as fast as it takes them, or at a steady rate whatever becomes of them."""

import asyncio
import random
from collections.abc import Sequence
from functools import partial
from time import perf_counter

from xop.engine.engine import Engine
from xop.engine.ticket import Answer
from xop.kernel.commands import Signal

_WAVE = 512


async def flood(engine: Engine, signals: Sequence[Signal]) -> float:
    """Put signals in, some waves ahead of the answers; return the seconds until the last is durable."""
    began = perf_counter()
    waves: list[list[asyncio.Future[Answer]]] = []
    for start in range(0, len(signals), _WAVE):
        waves.append([engine.take(each) for each in signals[start : start + _WAVE]])
        if len(waves) > 2:
            await _answered(waves.pop(0))
    for wave in waves:
        await _answered(wave)
    return perf_counter() - began


async def _answered(wave: list[asyncio.Future[Answer]]) -> None:
    """Answers come in order, so the last one is waited for; the others are only looked at."""
    await wave[-1]
    for each in wave:
        refusal = each.result().refusal
        assert refusal is None, refusal


async def drip(engine: Engine, signals: Sequence[Signal], rate: float) -> list[float]:
    """Put signals in at random moments, `rate` a second on average, and never wait for an answer.

    Returns the milliseconds from the moment each was due to its answer, sorted.
    """
    chance = random.Random(1)
    spent: list[float] = []
    due = perf_counter()
    last: asyncio.Future[Answer] | None = None
    for each in signals:
        due += chance.expovariate(rate)
        while perf_counter() < due:  # noqa: ASYNC110 - the loop's timers are too coarse for what is measured here
            await asyncio.sleep(0)
        last = engine.take(each)
        last.add_done_callback(partial(_note, spent, due))
    if last is not None:
        await last
    await asyncio.sleep(0)  # lets the last answer be noted
    return sorted(spent)


def _note(spent: list[float], due: float, answer: asyncio.Future[Answer]) -> None:
    spent.append((perf_counter() - due) * 1000)
    assert answer.result().refusal is None
