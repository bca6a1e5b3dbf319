"""Approvals of held invocations."""

import pytest

from tests.faces.http.bakery import open_bakery, problem

ANN = "email:ann@example.org"


@pytest.fixture
async def held(bakery) -> str:
    """An invocation that waits for an approval."""
    await bakery.customer(ANN)
    invocation: str = (await bakery.propose("give_refund", ANN, arguments={"cents": 7000}))["invocation"]
    return invocation


async def answer(bakery, invocation, who="sue", **body):
    return await bakery.post(f"/v1/invocations/{invocation}/approval", {"approved": True, **body}, who)


async def test_an_approved_invocation_goes_on_its_way(bakery, held):
    told = (await answer(bakery, held, note="they are loyal")).json()
    assert (told["invocation"], told["status"], told["ruling"]["verdict"]) == (held, "queued", "permit")
    explained = (await bakery.get(f"/v1/decisions/{told['ruling']['decision']}")).json()
    assert explained["person"] == "operator:sue"
    request = await bakery.get(f"/v1/outbox/{held}")
    assert request.status_code == 200


async def test_a_refused_invocation_is_over(bakery, held):
    told = (await answer(bakery, held, approved=False)).json()
    assert told["status"] == "cancelled"
    assert "ruling" not in told
    problem(await answer(bakery, held), 404, "invocation-unknown")


async def test_the_same_answer_again_gets_the_first(bakery, held):
    url, body, key = f"/v1/invocations/{held}/approval", {"approved": True}, {"idempotency-key": "k"}
    first = (await bakery.post(url, body, "sue", headers=key)).json()
    again = await bakery.post(url, body, "sue", headers=key)
    assert again.json() == {**first, "duplicate": True}
    problem(await bakery.post(url, {"approved": False}, "sue", headers=key), 409, "command-conflict")


async def test_what_is_no_longer_held_cannot_be_approved(bakery, held):
    await answer(bakery, held)
    problem(await answer(bakery, held), 409, "approval-not-open")


async def test_nobody_approves_their_own_proposal(bakery, held):
    problem(await answer(bakery, held, "olga"), 403, "approval-own")


async def test_only_the_role_may_approve(bakery, held):
    problem(await answer(bakery, held, "paul"), 403, "approval-role")


async def test_an_unknown_invocation_is_a_problem(bakery, held):
    problem(await answer(bakery, "inv_none"), 404, "invocation-unknown")


async def test_a_hold_outlives_the_process(tmp_path):
    async with open_bakery(tmp_path) as bakery:
        await bakery.customer(ANN)
        held = (await bakery.propose("send_note", ANN, "shy"))["invocation"]
    async with open_bakery(tmp_path) as bakery:
        assert (await answer(bakery, held)).json()["status"] == "queued"
