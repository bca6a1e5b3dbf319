"""What every store of evidence promises."""

from tests.contracts.material import ruled
from xop.kernel.decisions.model import Evidence
from xop.ports.batch import Batch

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
