"""Commits batches to a data folder for ever, and tells the number of each once it is durable; meant to be killed."""

import asyncio
import sys
from pathlib import Path

from tests.contracts.material import START, entry, request, timer
from xop.ports.batch import Batch
from xop.runtimes.embedded import EmbeddedRuntime, index

SIZE = 7


def batch(number: int) -> Batch:
    """Return the batch of a number; its entries, timers and requests belong together."""
    names = [f"{number}.{place}" for place in range(SIZE)]
    return Batch(
        entries=[entry(f"cus_{place}", number, name, text="x" * 500) for place, name in enumerate(names)],
        timers=[timer(f"cus_{number}", name, START) for name in names],
        outbox=[request(f"inv_{name}") for name in names],
    )


async def write(folder: Path, first: int) -> None:
    """Commit batches from a number on."""
    runtime = await EmbeddedRuntime.open(folder)
    number = first
    while True:
        await runtime.ledger.commit(batch(number))
        print(number, flush=True)  # noqa: T201 - the test reads what is durable from here
        number += 1


if __name__ == "__main__":
    index.WINDOW = 20
    asyncio.run(write(Path(sys.argv[1]), int(sys.argv[2])))
