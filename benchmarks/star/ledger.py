"""Counts what became true in a data folder that no server has open."""

import asyncio
from collections import Counter
from pathlib import Path

from xop.kernel.commands import Signal
from xop.kernel.facts import FlagRaised, IntentOpened
from xop.runtimes.embedded import EmbeddedRuntime

_PAGE = 1_000


class Account:
    """The facts and decisions of a whole ledger."""

    def __init__(self) -> None:
        self.entries = 0
        self.facts: Counter[str] = Counter()
        self.signals = 0
        """Signals taken in, each once."""
        self.decisions: Counter[str] = Counter()
        """By the stage they were made at and the verdict."""
        self.opened: set[tuple[str, str]] = set()
        """Customers and the intents they opened."""
        self.raised: dict[str, set[str]] = {}
        """Conversations by the flag that was raised in them."""
        self.waiting = 0
        """Requests in the outbox that have not been answered yet."""


def account(data: Path) -> Account:
    """Return the account of a data folder."""
    return asyncio.run(_account(data))


async def _account(data: Path) -> Account:
    found = Account()
    runtime = await EmbeddedRuntime.open(data)
    try:
        position = 0
        while page := await runtime.ledger.page(position, _PAGE):
            for stored in page:
                entry = stored.entry
                found.entries += 1
                found.signals += isinstance(entry.command, Signal)
                if entry.decision is not None:
                    found.decisions[f"{entry.decision.stage}: {entry.decision.verdict}"] += 1
                for fact in entry.facts:
                    found.facts[type(fact).__name__] += 1
                    if isinstance(fact, FlagRaised):
                        found.raised.setdefault(fact.flag, set()).add(fact.reference)
                    elif isinstance(fact, IntentOpened):
                        found.opened.add((entry.origin, fact.intent))
            position = page[-1].position
    finally:
        await runtime.close()
    return found
