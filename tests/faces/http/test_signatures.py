"""A principal that signs: whatever it sends must carry its signature."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from tests.faces.http.bakery import EVENT, SIGNING, problem
from tests.kit.serving import BEGUN

BODY = json.dumps({**EVENT, "id": "s-1", "subject": "email:ann@example.org"})


def signed(body, at=None, secret=SIGNING):
    moment = at or datetime.now(UTC)
    headers = {"webhook-id": "w1", "webhook-timestamp": str(int(moment.timestamp()))}
    return {**headers, "webhook-signature": Webhook(secret).sign("w1", moment, body)}


async def send(bakery, headers, body=BODY):
    kind = {"content-type": "application/cloudevents+json"}
    return await bakery.ask("POST", "/v1/signals", "courier", content=body.encode(), headers={**kind, **headers})


async def test_a_signed_signal_is_taken(bakery):
    assert (await send(bakery, signed(BODY))).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(BODY + " "),
        signed(BODY, secret="whsec_bm90IHRoZSBzZWNyZXQ="),
        {**signed(BODY), "webhook-signature": "v1,garbage"},
        {**signed(BODY), "webhook-timestamp": "yesterday"},
    ],
    ids=["missing", "of another body", "by another secret", "garbage", "without a time"],
)
async def test_a_wrong_signature_is_a_problem_and_changes_nothing(bakery, headers):
    problem(await send(bakery, headers), 401, "signature-invalid")
    assert await bakery.platform.runtime.ledger.last() == BEGUN


async def test_an_old_signature_is_no_longer_good(bakery):
    old = datetime.now(UTC) - timedelta(hours=1)
    problem(await send(bakery, signed(BODY, old)), 401, "signature-invalid")
