"""Halting and resuming over HTTP."""

import asyncio

from tests.faces.http.bakery import open_bakery, problem

ANN = "email:ann@example.org"


async def test_an_agent_is_halted_and_resumed_by_a_second_person(bakery):
    await bakery.customer(ANN)
    halted = (await bakery.post("/v1/halts", {"scope": "agent:helper", "reason": "odd refunds"}, "olga")).json()
    assert [(each["scope"], each["by"], each["reason"]) for each in halted["halts"]] == [
        ("agent:helper", "operator:olga", "odd refunds")
    ]
    asked = await bakery.propose("give_refund", ANN, "helper", arguments={"cents": 5})
    assert (asked["verdict"], asked["code"]) == ("deny", "xop.halted")
    problem(await bakery.post("/v1/halts/resumption", {"scope": "agent:helper"}, "olga"), 403, "halt-own")
    assert (await bakery.post("/v1/halts/resumption", {"scope": "agent:helper"}, "sue")).json() == {"halts": []}
    again = await bakery.propose("give_refund", ANN, "helper", arguments={"cents": 5})
    assert again["verdict"] == "permit"


async def test_a_halt_outlives_the_process(tmp_path):
    async with open_bakery(tmp_path) as bakery:
        await bakery.post("/v1/halts", {"scope": "all"}, "olga")
    async with open_bakery(tmp_path) as bakery:
        assert [each["scope"] for each in (await bakery.get("/v1/halts")).json()["halts"]] == ["all"]
        await bakery.customer(ANN)
        asked = await bakery.propose("give_refund", ANN, "helper", arguments={"cents": 5})
        assert asked["code"] == "xop.halted"


async def test_no_call_passes_once_a_halt_was_answered_however_many_are_under_way(server):
    """Sixteen callers go on asking: what is answered after the halt is denied."""
    await server.customer(ANN)
    halted = asyncio.Event()
    late: list[str] = []

    async def caller() -> None:
        for _ in range(40):
            after = halted.is_set()
            asked = await server.propose("give_refund", ANN, "helper", arguments={"cents": 5})
            if after:
                late.append(asked["verdict"])

    async def stop() -> None:
        await asyncio.sleep(0)
        assert (await server.post("/v1/halts", {"scope": "agent:helper"}, "olga")).status_code == 200
        halted.set()

    await asyncio.gather(*(caller() for _ in range(16)), stop())
    assert late
    assert set(late) == {"deny"}


async def test_what_is_not_there_cannot_be_halted(bakery):
    problem(await bakery.post("/v1/halts", {"scope": "agent:nobody"}), 422, "halt-scope")
    problem(await bakery.post("/v1/halts/resumption", {"scope": "all"}), 409, "halt-unknown")
    problem(await bakery.post("/v1/halts", {"scope": "all"}, "helper"), 403, "scope-missing")
