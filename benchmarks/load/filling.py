"""Fills a store with customers, quickly: each by the step of their first signal, thousands in one batch."""

from benchmarks.load.brightmoor import note
from benchmarks.load.crowd import arrival
from xop.kernel.base.ids import time_ordered
from xop.kernel.context.customer import new_customer
from xop.kernel.decide import decide
from xop.kernel.entry import Entry
from xop.kernel.facts import IdentifierLinked
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.ports.batch import Batch, LinkChange
from xop.ports.runtime import Runtime

_AT_ONCE = 5_000


async def fill(runtime: Runtime, release: Release, begin: int, end: int) -> None:
    """Add the customers with the numbers from `begin` up to but not `end`; nothing else may write meanwhile."""
    for first in range(begin, end, _AT_ONCE):
        batch = Batch()
        for number in range(first, min(first + _AT_ONCE, end)):
            _add(batch, release, number, runtime.clock.now())
        await runtime.ledger.commit(batch)
        if first % 100_000 == 0 and end - begin > 100_000:
            note(f"  {first:,} of {end:,} customers")


def _add(batch: Batch, release: Release, number: int, at: int) -> None:
    origin = time_ordered("cus", at, number.to_bytes(9, "big"))
    command, moment = arrival(number, at), Moment(at, number, origin)
    step = decide(release, new_customer(origin), command, moment)
    batch.entries.append(Entry(origin, 1, origin, release.digest, moment, command, step.facts))
    batch.links += [LinkChange(fact.identifier, origin) for fact in step.facts if isinstance(fact, IdentifierLinked)]
