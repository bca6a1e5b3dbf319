"""Lately: the latest steps of the ledger, which tell what has no index of its own."""

import asyncio
from collections.abc import AsyncIterator

from xop.faces.http.operation import Call
from xop.ports.ledger import Stored

_PAGE = 200


async def lately(call: Call, most: int, before: int | None = None) -> AsyncIterator[Stored]:
    """Yield at most so many of the latest steps of the ledger, or of those before a position; raises StorageError."""
    for _ in range(most // _PAGE):
        page = await call.platform.runtime.ledger.latest(before, _PAGE)
        for stored in page:
            yield stored
        if len(page) < _PAGE:
            return
        before = page[-1].position
        await asyncio.sleep(0)
