"""The context of a customer as it was at some moment of the past."""

import pytest

from tests.faces.http.bakery import problem
from xop.kernel.facts import ContextShown

ANN, BOB = "email:ann@example.org", "email:bob@example.org"


async def shown(bakery, customer, **query):
    response = await bakery.get(f"/v1/customers/{customer}", params=query)
    assert response.status_code == 200, response.text
    return response.json()


async def step(bakery, customer, number=0):
    """Return a step of a customer, the latest by default."""
    return (await bakery.get(f"/v1/customers/{customer}/timeline")).json()["steps"][number]


@pytest.fixture
async def ann(bakery) -> str:
    """A customer who bought two loaves."""
    return await bakery.customer(ANN, data={"loaves": 2})


async def test_the_past_is_shown_as_it_was_after_a_step(bakery, ann):
    first = await step(bakery, ann)
    await bakery.event(subject=ANN, data={"loaves": 5})
    await bakery.event(subject=ANN, type="support.opened", data={"case": "c7"})
    was = await shown(bakery, ann, position=first["position"])
    assert was["profile"]["last_loaves"]["value"] == 2
    assert was["circumstances"] == was["promises"] == was["intents"] == []
    assert was["at"] == first["at"]
    now = await shown(bakery, ann)
    assert now["profile"]["last_loaves"]["value"] == 5
    assert now["at"] is None
    assert [each["flag"] for each in now["circumstances"]] == ["support"]


async def test_the_past_folded_up_to_now_is_the_present(bakery, ann):
    await bakery.event(subject=ANN, type="support.opened", data={"case": "c7"})
    await bakery.propose("give_refund", ann, arguments={"cents": 7000})
    now = await shown(bakery, ann)
    was = await shown(bakery, ann, at="2999-01-01T00:00:00Z")
    assert was.pop("at") is not None
    assert was == {name: value for name, value in now.items() if name != "at"}


async def test_of_the_time_before_a_customer_was_heard_of_nothing_is_known(bakery, ann):
    problem(await bakery.get(f"/v1/customers/{ann}?at=2001-01-01T00:00:00Z"), 404, "customer-unknown")
    problem(await bakery.get(f"/v1/customers/{ann}?at=yesterday"), 422, "time-unreadable")
    problem(await bakery.get(f"/v1/customers/{ann}?at=2999-01-01T00:00:00Z&position=1"), 400, "parameter-invalid")


async def test_before_a_merge_there_were_two(bakery, ann):
    bob = await bakery.customer(BOB, data={"loaves": 9})
    before = await step(bakery, bob)
    await bakery.post("/v1/identity/merge", {"keep": ann, "other": bob})
    was = await shown(bakery, ann, position=before["position"])
    assert was["parts"] == [ann]
    assert [each["value"] for each in was["identifiers"]] == ["ann@example.org"]
    assert was["profile"]["last_loaves"]["value"] == 2
    assert (await shown(bakery, ann, at="2999-01-01T00:00:00Z"))["parts"] == [ann, bob]


async def test_of_the_time_before_the_kept_side_was_known_the_other_is_shown(bakery, ann):
    before = await step(bakery, ann)
    bob = await bakery.customer(BOB)
    await bakery.post("/v1/identity/merge", {"keep": bob, "other": ann})
    assert (await shown(bakery, bob, position=before["position"]))["parts"] == [ann]


async def test_who_is_another_person_now_is_left_out_of_the_past(bakery, ann):
    bob = await bakery.customer(BOB, data={"loaves": 9})
    await bakery.post("/v1/identity/merge", {"keep": ann, "other": bob})
    merged = await step(bakery, ann)
    await bakery.post("/v1/identity/unmerge", {"customer": ann, "other": bob})
    was = await shown(bakery, ann, position=merged["position"])
    assert was["apart"] == [bob]
    assert was["profile"]["last_loaves"]["value"] == 2
    assert (await shown(bakery, ann, at="2999-01-01T00:00:00Z"))["apart"] == []


async def test_a_look_at_the_past_is_recorded(bakery, ann):
    await shown(bakery, ann, at="2999-01-01T00:00:00Z", purpose="service")
    stored = await bakery.platform.runtime.ledger.read([ann])
    looks = [fact for each in stored for fact in each.entry.facts if isinstance(fact, ContextShown)]
    assert [look.by for look in looks] == ["operator:olga"]
