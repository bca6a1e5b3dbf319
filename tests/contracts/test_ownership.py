"""One runtime has a store, from opening to closing it."""

import pytest

from tests.contracts.material import START, entry
from xop.ports.batch import Batch
from xop.ports.errors import StorageError


async def test_a_store_that_is_open_cannot_be_opened_again(runtime, host):
    with pytest.raises(StorageError, match="in use"):
        await host.open()
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")]))
    assert await runtime.ledger.last() == 1


async def test_a_closed_store_can_be_opened_again(runtime, host):
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")]))
    await runtime.close()
    again = await host.open()
    assert await again.ledger.last() == 1
    await again.close()


async def test_closing_twice_changes_nothing(runtime):
    await runtime.close()
    await runtime.close()


async def test_a_closed_runtime_does_not_serve(runtime):
    await runtime.close()
    with pytest.raises(StorageError, match="closed"):
        await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")]))
    with pytest.raises(StorageError, match="closed"):
        await runtime.timers.due(START, 1)
    with pytest.raises(StorageError, match="closed"):
        await runtime.releases.active()
