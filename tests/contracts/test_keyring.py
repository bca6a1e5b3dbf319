"""What every keyring promises."""

from tests.contracts.material import START, entry, timer
from xop.ports.batch import Batch

PARTS = [f"cus_{number}" for number in range(40)]


async def test_every_part_has_a_secret_of_its_own_that_stays(runtime, reopen):
    await runtime.ledger.commit(Batch([entry(part, 1, part) for part in PARTS]))
    secrets = [await runtime.keyring.secret(part) for part in PARTS]
    assert {len(secret) for secret in secrets} == {32}
    assert len(set(secrets)) == len(PARTS)
    again = await reopen()
    assert [await again.keyring.secret(part) for part in PARTS] == secrets


async def test_a_part_that_was_only_mentioned_has_a_secret_too(runtime):
    await runtime.ledger.commit(Batch(timers=[timer("cus_a", "k", START)]))
    assert await runtime.keyring.secret("cus_a") is not None
    assert await runtime.keyring.secret("cus_b") is None


async def test_keys_of_the_store_differ_by_purpose_and_outlast_erasing(runtime, reopen):
    keys = [await runtime.keyring.key(purpose) for purpose in ("suppression", "links")]
    assert keys[0] != keys[1]
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")]))
    await runtime.erase(["cus_a"])
    again = await reopen()
    assert [await again.keyring.key(purpose) for purpose in ("suppression", "links")] == keys
