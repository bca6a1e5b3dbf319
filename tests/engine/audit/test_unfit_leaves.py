"""A leaf that the log may not hold is published by nobody, and everything else goes on."""

import pytest

from tests.contracts.material import START, entry
from tests.kit.leaves import RELEASE, log_over, record, settled
from xop.kernel.audit.leaf import Leaf
from xop.ports.batch import Batch, LeafIntent
from xop.runtimes.simulated import SimulatedRuntime

UNFIT = {
    "free text": {"code": "the customer asked twice"},
    "an address": {"code": "ann@example.com"},
    "a telephone number": {"code": "x4917012345678"},
    "a fraction": {"attempt": 1.5},
    "an unknown member": {"note": "called_twice"},
    "more bytes than a bundle holds": {"reasons": ["a_reason"] * 9_000},
}


async def runtime_with(members):
    """Return a store whose third leaf has some members."""
    runtime = SimulatedRuntime(START, 7)
    await record(runtime, 0, 2)
    leaf = Leaf("effect", "odd", START, RELEASE, members)
    await runtime.ledger.commit(Batch([entry("cus_odd", 1, "odd")], leaves=[LeafIntent(0, leaf)]))
    await record(runtime, 2, 2)
    return runtime


@pytest.mark.parametrize("members", UNFIT.values(), ids=UNFIT)
async def test_a_leaf_that_does_not_fit_is_refused_loudly_and_nothing_of_it_is_written(members, caplog):
    """L9."""
    runtime = await runtime_with(members)
    log = log_over(runtime)
    await settled(log)
    assert log.state == "refused"
    assert log.fault.startswith("leaf 2 is not one that the log may hold")
    assert log.head.size == 0
    assert not any(path.startswith("tile/") for path in runtime.memory.tiles)
    assert "the log stands still" in caplog.text
    for told in (log.fault, caplog.text):
        assert "ann@" not in told
        assert "4917012345678" not in told


async def test_what_went_under_a_checkpoint_before_stays_and_decisions_go_on():
    """L9."""
    runtime = SimulatedRuntime(START, 7)
    await record(runtime, 0, 300)
    log = log_over(runtime)
    await settled(log)
    leaf = Leaf("effect", "odd", START, RELEASE, {"note": "called_twice"})
    await runtime.ledger.commit(Batch([entry("cus_odd", 1, "odd")], leaves=[LeafIntent(0, leaf)]))
    published = dict(runtime.memory.tiles)
    again = log_over(runtime)
    await settled(again)
    assert (again.state, again.head.size) == ("refused", 300)
    assert runtime.memory.tiles == published
    await record(runtime, 300, 5)
    assert await runtime.leaves.count() == 306, "what is decided is recorded all the same"
    proven = await again.proofs.decision("dec_7")
    assert proven is not None
    assert proven.state == "integrated"


async def test_leaves_that_fit_are_published():
    runtime = await runtime_with({"result": "done", "agrees": True})
    log = log_over(runtime)
    await settled(log)
    assert (log.state, log.head.size) == ("ok", 5)
