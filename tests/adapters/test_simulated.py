"""The simulated system answers as its script says."""

import pytest

from tests.adapters.requests import rendered, send, sending
from xop.adapters.simulated import SimulatedKind
from xop.kernel.actions.model import Connection

REQUEST = {"note": "{{customer.n}}", "output": {"balance": "{{customer.n}}"}}


def opened(**settings):
    return SimulatedKind().open(Connection("bank", "simulated", settings), lambda _name: None)


async def results(adapter, invocations):
    request = rendered(adapter, REQUEST, n=1)
    return [(await adapter.send(sending(request, name))).result for name in invocations]


async def test_outcomes_come_in_turn_and_again():
    adapter = opened(outcomes=["retry", "uncertain", "failed", "done"])
    script = ["retry", "uncertain", "failed", "done"]
    assert await results(adapter, "abcdefgh") == script * 2
    assert [one.invocation for one in adapter.sent] == list("abcdefgh")
    assert [one.invocation for one in adapter.carried_out] == list("bdfh")


async def test_a_seed_draws_the_same_outcomes_again():
    names = [str(at) for at in range(40)]
    drawn = [await results(opened(outcomes=["done", "retry", "failed"], seed=seed), names) for seed in (7, 7, 8)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert set(drawn[0]) == {"done", "retry", "failed"}


async def test_an_idempotent_system_carries_one_invocation_out_once():
    adapter = opened(outcomes=["uncertain", "retry", "done"], idempotent=True)
    assert await results(adapter, "aabbb") == ["uncertain", "done", "retry", "done", "done"]
    assert [one.invocation for one in adapter.carried_out] == ["a", "b"]
    assert len(adapter.sent) == 5


async def test_reads_have_no_invocation_and_are_all_answered():
    adapter = opened(idempotent=True)
    assert await results(adapter, ["", ""]) == ["done", "done"]
    assert len(adapter.carried_out) == 2


async def test_any_other_system_carries_it_out_again():
    adapter = opened()
    assert await results(adapter, "aa") == ["done", "done"]
    assert len(adapter.carried_out) == 2


async def test_what_the_request_calls_output_comes_back():
    assert (await send(opened(), REQUEST, n=3)).output == {"balance": 3}
    assert (await send(opened(outcomes=["failed"]), REQUEST, n=3)).output is None


async def test_latency_beyond_the_timeout_loses_the_answer_and_not_the_effect():
    adapter = opened(latency_ms=600_000)
    assert (await send(adapter, REQUEST, seconds=0.01, n=1)).result == "uncertain"
    assert len(adapter.carried_out) == 1


async def test_a_kind_remembers_what_it_opened():
    kind = SimulatedKind()
    adapter = kind.open(Connection("bank", "simulated"), lambda _name: None)
    assert kind.opened == {"bank": adapter}


@pytest.mark.parametrize("settings", [{"outcomes": []}, {"outcomes": ["maybe"]}, {"latency_ms": -1}, {"seed": "x"}])
def test_a_script_that_cannot_be_followed_is_refused_with_a_remedy(settings):
    refusals = SimulatedKind().check_connection(Connection("bank", "simulated", settings))
    assert len(refusals) == 1
    assert next(iter(settings)) in refusals[0].cause
    assert refusals[0].remedy
