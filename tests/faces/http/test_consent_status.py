"""The status of consent for a DPV purpose, in the shape of CAMARA consent-info 0.2.0."""

from datetime import datetime

import pytest

from tests.faces.http.bakery import problem
from tests.faces.http.consenting import ANN, CONDITIONS, adopt, change

QUESTION = {
    "phoneNumber": "+442071838750",
    "scopes": ["email"],
    "purpose": "dpv:DirectMarketing",
    "requestCaptureUrl": False,
}


@pytest.fixture
async def bakery(bakery):
    """A bakery with purposes of DPV, and Ann."""
    await adopt(bakery)
    await bakery.customer(ANN)
    return bakery


async def ask(bakery, who="olga", **changed):
    question = {name: value for name, value in {**QUESTION, **changed}.items() if value is not None}
    return await bakery.post("/v1/consents/retrieve", question, who)


async def one(bakery, **changed):
    (info,) = (await ask(bakery, **changed)).json()["statusInfo"]
    return info


async def test_a_dpv_purpose_is_answered_as_camara_has_it(bakery):
    """C9."""
    pending = {"scopes": ["email"], "purpose": "dpv:DirectMarketing", "statusValidForProcessing": False}
    assert (await ask(bakery)).json() == {"statusInfo": [{**pending, "statusReason": "PENDING"}]}
    await change(bakery, "grant", "marketing", until="2090-01-31T00:00:00Z")
    assert await one(bakery) == {
        "scopes": ["email"],
        "purpose": "dpv:DirectMarketing",
        "statusValidForProcessing": True,
        "expirationDate": "2090-01-31T00:00:00.000Z",
    }


@pytest.mark.parametrize(("said", "reason"), [("refuse", "DENIED"), ("withdraw", "DENIED"), ("object", "OBJECTED")])
async def test_every_no_has_its_reason(bakery, said, reason):
    await change(bakery, said, "marketing")
    info = await one(bakery)
    assert (info["statusValidForProcessing"], info["statusReason"]) == (False, reason)
    assert "expirationDate" not in info


async def test_of_a_scope_on_several_channels_a_no_counts_before_a_yes_that_ran_out(bakery):
    await change(bakery, "grant", "marketing", at="2026-01-01T00:00:00Z", until="2026-02-01T00:00:00Z")
    await change(bakery, "object", "marketing", "sms")
    answer = (await ask(bakery, scopes=["bread-news:read"], requestCaptureUrl=True)).json()
    assert [each["statusReason"] for each in answer["statusInfo"]] == ["OBJECTED"]
    assert "captureUrl" not in answer


async def test_what_expired_says_when(bakery):
    await change(bakery, "grant", "marketing", at="2026-01-01T00:00:00Z", until="2026-02-01T00:00:00Z")
    info = await one(bakery)
    assert (info["statusReason"], info["expirationDate"]) == ("EXPIRED", "2026-02-01T00:00:00.000Z")
    assert datetime.fromisoformat(info["expirationDate"]).tzinfo is not None


async def test_scopes_of_different_status_are_told_apart(bakery):
    await change(bakery, "grant", "marketing")
    info = (await ask(bakery, scopes=["email", "sms", "voice"])).json()["statusInfo"]
    assert [(each["scopes"], each["statusValidForProcessing"]) for each in info] == [
        (["email"], True),
        (["sms", "voice"], False),
    ]


async def test_a_declared_scope_is_valid_only_on_every_channel(bakery):
    await change(bakery, "grant", "marketing")
    assert not (await one(bakery, scopes=["bread-news:read"]))["statusValidForProcessing"]
    await change(bakery, "grant", "marketing", "sms")
    await change(bakery, "grant", "marketing", "voice")
    assert (await one(bakery, scopes=["bread-news:read"]))["statusValidForProcessing"]


@pytest.mark.parametrize("changed", [{"purpose": "dpv:Spying"}, {"scopes": ["bread-news:write"]}])
async def test_what_nobody_declared_is_not_valid(bakery, changed):
    await change(bakery, "grant", "marketing")
    info = await one(bakery, **changed)
    assert (info["statusValidForProcessing"], info["statusReason"]) == (False, "PENDING")


async def test_a_soft_opt_in_is_valid(bakery):
    await change(bakery, "soft_opt_in", "similar", conditions=CONDITIONS)
    assert (await one(bakery, purpose="dpv:Advertising"))["statusValidForProcessing"]


async def test_the_capture_url_leads_to_the_customers_own_page(bakery):
    url = (await ask(bakery, requestCaptureUrl=True)).json()["captureUrl"]
    assert url.startswith("https://bakery.example/v1/preferences/cus_")
    page = await bakery.get(url.removeprefix("https://bakery.example"), None)
    assert (page.status_code, "Offers &amp; news" in page.text) == (200, True)
    await change(bakery, "refuse", "marketing")
    assert "captureUrl" not in (await ask(bakery, requestCaptureUrl=True)).json()


async def test_who_may_only_read_gets_no_capture_url(bakery):
    assert "captureUrl" not in (await ask(bakery, "helper", requestCaptureUrl=True)).json()


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"phoneNumber": "+442071838751"}, 404, "customer-unknown"),
        ({"phoneNumber": None}, 422, "identifier-missing"),
        ({"customer": ANN}, 422, "identifier-missing"),
        ({"phoneNumber": "0207"}, 422, "body-invalid"),
        ({"purpose": "marketing"}, 422, "body-invalid"),
        ({"scopes": []}, 422, "body-invalid"),
        ({"requestCaptureUrl": None}, 422, "body-invalid"),
        ({"callbackUrl": "https://elsewhere.example"}, 422, "body-invalid"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_a_problem(bakery, changed, status, code):
    problem(await ask(bakery, **changed), status, code)


async def test_it_takes_the_right_to_read_customers(bakery):
    problem(await ask(bakery, "till"), 403, "scope-missing")
    problem(await ask(bakery, None), 401, "key-missing")


async def test_a_customer_may_be_named_by_any_identifier(bakery):
    info = await one(bakery, phoneNumber=None, customer=ANN)
    assert info["statusReason"] == "PENDING"
