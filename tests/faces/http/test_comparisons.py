"""Comparisons over HTTP: what another release would have decided, without anything being kept or found out again."""

from tests.faces.http.bakery import FOLDER, problem
from xop.assembly import workspace_files

BOB = "email:bob@example.org"


async def refused_refund(bakery):
    await bakery.customer(BOB)
    return (await bakery.propose("give_refund", BOB, "helper", arguments={"cents": 200_000}))["decision"]


async def another_release(bakery):
    """Publish the bakery with another limit on refunds; return the release's digest."""
    files = {path: text.replace(b"100000", b"900000") for path, text in workspace_files(FOLDER).items()}
    return (await bakery.platform.publish(files, "cli")).digest


async def compared(bakery, decision, release, who="olga"):
    return await bakery.get(f"/v1/decisions/{decision}/comparison", who, params={"release": release})


async def test_another_release_decides_the_same_request_again_and_nothing_is_kept(bakery):
    decision = await refused_refund(bakery)
    before = bakery.platform.engine.release.digest
    other = await another_release(bakery)
    assert other != before
    last = await bakery.platform.runtime.ledger.last()
    told = (await compared(bakery, decision, other)).json()
    assert (told["recorded_release"], told["release"]) == (before, other)
    assert told["recorded"]["verdict"] == "deny"
    assert told["recorded"]["code"] == "bakery.huge_refund"
    assert told["other"]["verdict"] == "hold"
    assert told["differs_in"] == "verdict"
    same = (await compared(bakery, decision, before)).json()
    assert (same["differs_in"], same["other"]["verdict"]) == ("", "deny")
    # Looking at the evidence is recorded once, and nothing else.
    assert await bakery.platform.runtime.ledger.last() <= last + 1


async def test_what_was_erased_is_not_decided_again(bakery):
    decision = await refused_refund(bakery)
    other = await another_release(bakery)
    await bakery.platform.runtime.evidence.drop([decision])
    problem(await compared(bakery, decision, other), 409, "inputs-erased")


async def test_a_release_that_was_never_published_is_a_problem(bakery):
    decision = await refused_refund(bakery)
    problem(await compared(bakery, decision, "rel_none"), 404, "release-unknown")
    problem(await compared(bakery, "dec_none", bakery.platform.engine.release.digest), 404, "decision-unknown")
    problem(await bakery.get(f"/v1/decisions/{decision}/comparison"), 400, "parameter-invalid")


async def test_whoever_may_not_read_decisions_compares_none(bakery):
    decision = await refused_refund(bakery)
    problem(await compared(bakery, decision, bakery.platform.engine.release.digest, "till"), 403, "scope-missing")
