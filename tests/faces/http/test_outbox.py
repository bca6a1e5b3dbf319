"""The outbox and its dead letters."""

import pytest

from tests.faces.http.bakery import problem

ANN = "email:ann@example.org"


@pytest.fixture
async def dead(bakery) -> str:
    """An invocation that failed."""
    await bakery.customer(ANN)
    verdict = await bakery.propose("bake_cake", ANN, wait=20)
    assert verdict["outcome"]["status"] == "failed"
    invocation: str = verdict["invocation"]
    return invocation


async def reconcile(bakery, invocation, choice, **more):
    return await bakery.post(f"/v1/outbox/{invocation}/reconcile", {"choice": choice}, **more)


async def dead_letters(bakery) -> list[str]:
    return [each["invocation"] for each in (await bakery.get("/v1/dead-letters")).json()["requests"]]


async def test_a_request_is_shown_as_it_was_rendered(bakery):
    await bakery.customer(ANN)
    verdict = await bakery.propose("send_note", ANN, wait=20)
    shown = (await bakery.get(f"/v1/outbox/{verdict['invocation']}")).json()
    assert shown["request"] == {"output": {"sent": True}, "to": "ann@example.org"}
    assert (shown["state"], shown["action"], shown["connection"], shown["attempt"]) == ("done", "send_note", "oven", 1)
    [listed] = (await bakery.get("/v1/outbox")).json()["requests"]
    assert {**listed, "request": shown["request"]} == shown


async def test_requests_come_in_pages_by_state(bakery, dead):
    done = [
        (await bakery.propose("give_refund", ANN, arguments={"cents": n}, wait=20))["invocation"] for n in (1, 2, 3)
    ]
    seen, after = [], None
    while True:
        query = {"limit": 2, "state": "done"} | ({"after": after} if after else {})
        told = (await bakery.get("/v1/outbox", params=query)).json()
        seen += [each["invocation"] for each in told["requests"]]
        after = told["next"]
        if after is None:
            break
    assert seen == sorted(done)
    problem(await bakery.get("/v1/outbox?state=lost"), 400, "parameter-invalid")


async def test_dead_letters_are_listed(bakery, dead):
    assert await dead_letters(bakery) == [dead]


async def test_a_dead_letter_is_sent_again(bakery, dead):
    told = (await reconcile(bakery, dead, "resend")).json()
    assert told["ruling"]["verdict"] == "permit"
    ending = await bakery.platform.engine.ended(dead, told["receipt"]["customer"], told["receipt"]["position"], 20)
    assert type(ending).__name__ == "InvocationDone"
    assert await dead_letters(bakery) == []


@pytest.mark.parametrize(("choice", "state"), [("done", "done"), ("drop", "cancelled")])
async def test_a_dead_letter_is_taken_as_done_or_given_up(bakery, dead, choice, state):
    told = (await reconcile(bakery, dead, choice)).json()
    assert told["state"] == state
    assert "ruling" not in told
    assert await dead_letters(bakery) == []
    problem(await reconcile(bakery, dead, choice), 409, "dead-letter-unknown")


async def test_the_same_answer_again_gets_the_first(bakery, dead):
    first = (await reconcile(bakery, dead, "drop", headers={"idempotency-key": "k"})).json()
    again = (await reconcile(bakery, dead, "drop", headers={"idempotency-key": "k"})).json()
    assert again == {**first, "receipt": {**first["receipt"], "duplicate": True}}


async def test_an_action_that_is_gone_cannot_be_sent_again(bakery, dead):
    files = await bakery.platform.runtime.releases.files(bakery.platform.engine.release.digest)
    await bakery.platform.publish({name: text for name, text in files.items() if "bake_cake" not in name}, "test")
    problem(await reconcile(bakery, dead, "resend"), 422, "action-unknown")


async def test_an_unknown_invocation_is_a_problem(bakery):
    problem(await bakery.get("/v1/outbox/inv_none"), 404, "invocation-unknown")
    problem(await reconcile(bakery, "inv_none", "drop"), 404, "invocation-unknown")
