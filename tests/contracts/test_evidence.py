"""What every store of evidence promises."""

from tests.contracts.material import START, ruled
from xop.kernel.audit.leaf import Leaf
from xop.kernel.decisions.model import Evidence
from xop.ports.batch import Batch, LeafIntent

VALUES = {"amount": 12.5, "name": "Zoë\x00", "list": [1, None, {"deep": True}]}


async def test_evidence_comes_back_by_decision(runtime, reopen):
    batch = Batch([ruled("cus_a", 1, "c1", "dec_1")], evidence=[("cus_a", Evidence("dec_1", VALUES))])
    await runtime.ledger.commit(batch)
    assert await runtime.evidence.get("dec_1") == Evidence("dec_1", VALUES)
    assert await runtime.evidence.get("dec_2") is None
    again = await reopen()
    assert await again.evidence.get("dec_1") == Evidence("dec_1", VALUES)
    assert await again.ledger.decided("dec_1") is not None


async def test_a_decision_may_have_no_evidence(runtime):
    await runtime.ledger.commit(Batch([ruled("cus_a", 1, "c1", "dec_1")]))
    assert await runtime.evidence.get("dec_1") is None


async def test_evidence_may_come_without_its_decision(runtime):
    await runtime.ledger.commit(Batch(evidence=[("cus_a", Evidence("dec_1", {}))]))
    assert await runtime.evidence.get("dec_1") == Evidence("dec_1", {})
    assert await runtime.ledger.decided("dec_1") is None
    await runtime.ledger.commit(Batch([ruled("cus_a", 1, "c1", "dec_1")]))
    assert await runtime.evidence.get("dec_1") == Evidence("dec_1", {})
    assert await runtime.ledger.decided("dec_1") is not None


async def three(runtime) -> None:
    for number in (1, 2, 3):
        name = f"dec_{number}"
        await runtime.ledger.commit(
            Batch(
                [ruled("cus_a", number, f"c{number}", name)],
                evidence=[("cus_a", Evidence(name, {"number": number}))],
                leaves=[LeafIntent(0, Leaf("decision", name, START, "rel_a", evidence=name))],
            )
        )


async def test_evidence_is_listed_from_the_oldest_on(runtime):
    await three(runtime)
    listed = list(await runtime.evidence.page(0, 2))
    assert [decision for _, decision in listed] == ["dec_1", "dec_2"]
    assert [decision for _, decision in await runtime.evidence.page(listed[-1][0], 9)] == ["dec_3"]


async def test_evidence_that_was_dropped_is_gone_and_the_rest_stays(runtime, reopen):
    await three(runtime)
    leaves = list(await runtime.leaves.page(0, 9))
    assert await runtime.evidence.drop(["dec_1", "dec_3", "dec_9"]) == 2
    assert await runtime.evidence.drop(["dec_1"]) == 0
    again = await reopen()
    assert [await again.evidence.get(f"dec_{number}") for number in (1, 3)] == [None, None]
    assert await again.evidence.get("dec_2") == Evidence("dec_2", {"number": 2})
    assert [decision for _, decision in await again.evidence.page(0, 9)] == ["dec_2"]
    assert list(await again.leaves.page(0, 9)) == leaves
    assert (await again.ledger.decided("dec_1")).entry.decision.id == "dec_1"
    await again.ledger.commit(Batch([ruled("cus_a", 4, "c4", "dec_4")], evidence=[("cus_a", Evidence("dec_4", {}))]))
    assert await again.evidence.get("dec_3") is None
    assert await again.evidence.get("dec_4") == Evidence("dec_4", {})
