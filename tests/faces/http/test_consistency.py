"""Consistency over HTTP: the log goes on from every checkpoint that was kept, and a longer one is none of it."""

import base64

import pytest

from tests.faces.http.bakery import problem
from xop.kernel.log.checkpoint import parse_checkpoint
from xop.kernel.log.errors import ProofError
from xop.kernel.log.merkle import verify_consistency
from xop.kernel.log.note import parse_note

ANN = "email:ann@example.org"


async def checkpoint(bakery):
    """Have something decided, and return the first checkpoint over it."""
    await bakery.customer(ANN)
    decision = (await bakery.propose("send_note", ANN, "helper"))["decision"]
    assert (await bakery.get(f"/v1/decisions/{decision}/proof", params={"wait": 20})).json()["proof"]
    head = (await bakery.get("/v1/log")).json()
    return parse_checkpoint(parse_note(head["checkpoint"].encode()).text)


async def test_the_log_goes_on_from_a_checkpoint_that_was_kept(bakery):
    older, newer = await checkpoint(bakery), await checkpoint(bakery)
    assert older.size < newer.size
    asked = {"older": older.size, "size": newer.size}
    told = (await bakery.get("/v1/log/consistency", "helper", params=asked)).json()
    assert {name: told[name] for name in asked} == asked
    hashes = [base64.b64decode(each) for each in told["hashes"]]
    verify_consistency(older.size, newer.size, older.root, newer.root, hashes)
    with pytest.raises(ProofError):
        verify_consistency(older.size, newer.size, newer.root, newer.root, hashes)


async def test_a_checkpoint_over_more_leaves_than_there_are_is_none_of_this_log(bakery):
    size = (await checkpoint(bakery)).size
    problem(await bakery.get("/v1/log/consistency", params={"older": size, "size": 10**6}), 409, "log-shorter")


@pytest.mark.parametrize(
    "asked", [{"older": 2, "size": 1}, {"older": 0, "size": 1}, {"older": 1}, {"size": "x", "older": 1}]
)
async def test_two_sizes_are_needed_the_smaller_first(bakery, asked):
    await checkpoint(bakery)
    problem(await bakery.get("/v1/log/consistency", params=asked), 400, "parameter-invalid")


async def test_the_log_is_for_whoever_may_read_decisions(bakery):
    problem(await bakery.get("/v1/log/consistency", "till", params={"older": 1, "size": 1}), 403, "scope-missing")
