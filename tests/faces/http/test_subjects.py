"""By what id a receiver of shared signals knows a customer."""

import pytest

from tests.faces.http.bakery import SIGNING, problem
from tests.faces.http.consenting import ANN, adopt
from xop.adapters.shared_signals.subject import pairwise_id


@pytest.fixture
async def ann(bakery):
    """A customer of a bakery that tells a vendor."""
    await adopt(bakery)
    return await bakery.customer(ANN)


async def test_the_id_is_the_one_that_events_say(bakery, ann):
    told = (await bakery.get(f"/v1/customers/{ANN}/subject?connection=vendor")).json()
    assert told == {"format": "opaque", "id": pairwise_id(SIGNING, "https://vendor.example", ann)}
    assert ann not in told["id"]


@pytest.mark.parametrize("connection", ["oven", "nobody"])
async def test_only_receivers_of_signals_have_one(bakery, ann, connection):
    problem(await bakery.get(f"/v1/customers/{ann}/subject?connection={connection}"), 400, "parameter-invalid")
    problem(await bakery.get(f"/v1/customers/{ann}/subject"), 400, "parameter-invalid")
