"""Customers in memory, each with some history, for timing the kernel without a store."""

import random
from itertools import islice

from msgspec.structs import replace

from benchmarks.load.crowd import account, arrival, signals
from xop.kernel.commands import Signal
from xop.kernel.context.customer import Customer, new_customer
from xop.kernel.decide import decide
from xop.kernel.fold import counted
from xop.kernel.moment import Moment
from xop.kernel.release import Release

_HISTORY = 40


def people(release: Release, count: int, at: int) -> list[Customer]:
    """Return customers with forty signals behind each; `at` is milliseconds since the epoch."""
    stream = signals("history", 1, at, 4)
    return [_lived(release, number, at, list(islice(stream, _HISTORY))) for number in range(count)]


def _lived(release: Release, number: int, at: int, history: list[Signal]) -> Customer:
    chance = random.Random(number)
    customer = new_customer(f"cus_{number:024}")
    own = [replace(signal, identifiers=(account(number),)) for signal in history]
    for seq, signal in enumerate([arrival(number, at), *own], 1):
        moment = Moment(at - chance.randrange(10**8), chance.randrange(2**56), customer.id)
        step = decide(release, customer, signal, moment)
        customer = counted(step.after or customer, customer.id, seq)
    return customer
