"""Consent, now and at any moment."""

import pytest

from tests.faces.http.bakery import problem
from tests.kit.serving import BEGUN

ANN = "email:ann@example.org"
GRANT = {"change": "grant", "purpose": "marketing", "channel": "email", "proof": "form 3"}


@pytest.fixture
async def ann(bakery) -> str:
    """A customer known by an e-mail address."""
    return await bakery.customer(ANN)


async def said(bakery, purpose="marketing", channel="email", **query):
    answers = (await bakery.get(f"/v1/customers/{ANN}/consents", params=query)).json()["answers"]
    return next(each for each in answers if (each["purpose"], each["channel"]) == (purpose, channel))


async def test_unknown_means_no(bakery, ann):
    assert await said(bakery) == {
        "purpose": "marketing",
        "channel": "email",
        "permitted": False,
        "code": "unknown",
        "basis": "consent",
        "record": None,
    }
    assert (await said(bakery, "service"))["code"] == "not_needed"


async def test_a_grant_is_recorded_with_proof_source_and_end(bakery, ann):
    receipt = (await bakery.post(f"/v1/customers/{ANN}/consents", GRANT)).json()
    assert receipt["customer"] == ann
    answer = await said(bakery)
    assert answer["permitted"]
    assert answer["record"]["proof"] == "form 3"
    assert answer["record"]["source"] == "xop:consents:operator:olga"
    assert answer["record"]["until"] is not None
    assert not (await said(bakery, channel="sms"))["permitted"]


@pytest.mark.parametrize(("change", "code"), [("refuse", "refused"), ("withdraw", "withdrawn"), ("object", "objected")])
async def test_a_no_on_every_channel_ends_a_grant(bakery, ann, change, code):
    await bakery.post(f"/v1/customers/{ann}/consents", {**GRANT, "at": "2026-01-01T00:00:00Z"})
    await bakery.post(f"/v1/customers/{ann}/consents", {"change": change, "purpose": "promotional"})
    assert (await said(bakery))["code"] == code


async def test_any_past_moment_can_be_asked_about(bakery, ann):
    await bakery.post(f"/v1/customers/{ann}/consents", {**GRANT, "at": "2026-01-01T00:00:00Z"})
    withdrawal = {"change": "withdraw", "purpose": "marketing", "channel": "email", "at": "2026-03-01T00:00:00Z"}
    await bakery.post(f"/v1/customers/{ann}/consents", withdrawal)
    codes = [
        (await said(bakery, at=at))["code"]
        for at in ("2025-12-31T00:00:00Z", "2026-02-01T00:00:00+02:00", "2026-03-01T00:00:00Z")
    ]
    assert codes == ["unknown", "granted", "withdrawn"]


async def test_a_grant_ends_when_it_says(bakery, ann):
    grant = {**GRANT, "at": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}
    await bakery.post(f"/v1/customers/{ann}/consents", grant)
    assert (await said(bakery, at="2026-01-31T00:00:00Z"))["permitted"]
    assert (await said(bakery))["code"] == "expired"


async def test_the_same_key_records_once(bakery, ann):
    headers = {"idempotency-key": "k"}
    first = (await bakery.post(f"/v1/customers/{ANN}/consents", GRANT, headers=headers)).json()
    again = (await bakery.post(f"/v1/customers/{ann}/consents", GRANT, headers=headers)).json()
    assert again == {**first, "duplicate": True}
    other = await bakery.post(f"/v1/customers/{ann}/consents", {**GRANT, "channel": "sms"}, headers=headers)
    problem(other, 409, "command-conflict")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"purpose": "spying"}, "purpose-unknown"),
        ({"channel": "fax"}, "channel-unknown"),
        ({"channel": None}, "channel-missing"),
        ({"until": "one day"}, "time-unreadable"),
        ({"until": "2026-01-31T12:00:00"}, "time-unreadable"),
        ({"until": "9999-12-31T23:59:59-23:00"}, "time-unreadable"),
        ({"at": "one day"}, "time-unreadable"),
        ({"change": "withdraw", "until": "2027-01-31T12:00:00Z"}, "body-invalid"),
        ({"change": "forget"}, "body-invalid"),
        ({"proof": "x" * 501}, "body-invalid"),
        ({"purpose": ""}, "body-invalid"),
    ],
)
async def test_a_change_that_means_nothing_is_refused_and_nothing_changes(bakery, ann, changed, code):
    before = await bakery.platform.runtime.ledger.last()
    problem(await bakery.post(f"/v1/customers/{ann}/consents", {**GRANT, **changed}), 422, code)
    assert await bakery.platform.runtime.ledger.last() == before


async def test_nobody_is_a_problem(bakery):
    problem(await bakery.post("/v1/customers/email:x@example.org/consents", GRANT), 404, "customer-unknown")
    problem(await bakery.get("/v1/customers/cus_x/consents"), 404, "customer-unknown")
    assert await bakery.platform.runtime.ledger.last() == BEGUN


async def test_a_moment_that_cannot_be_read_is_a_problem(bakery, ann):
    problem(await bakery.get(f"/v1/customers/{ann}/consents?at=now"), 422, "time-unreadable")


async def test_what_was_told_to_a_former_id_counts_for_the_customer(bakery, ann):
    bob = await bakery.customer("email:bob@example.org")
    await bakery.post("/v1/identity/merge", {"keep": ann, "other": bob})
    response = await bakery.post(f"/v1/customers/{bob}/consents", {"change": "object", "purpose": "marketing"})
    assert response.json()["customer"] == ann
    assert (await said(bakery))["code"] == "objected"


async def test_a_grant_that_came_by_signal_may_end_beyond_all_years(bakery, ann):
    data = {"purpose": "marketing", "channel": "email", "until": "9999-12-31T23:59:59-23:00"}
    await bakery.event(subject=ANN, type="xop.consent.granted", data=data)
    assert (await bakery.get(f"/v1/customers/{ann}/consents")).status_code == 200
