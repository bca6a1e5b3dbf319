"""Recipients of a customer's data are told that it is erased, by a webhook to a real receiver (GDPR Article 19)."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.erasure.canary_workspace import SECRET
from tests.erasure.outside import Outside, outside
from tests.kit.harbour import FOLDER
from xop.assembly import open_with, workspace_files
from xop.faces.http import build_app

ANN = "email:ann@shop.test"
KEYS = {"HARBOUR_WEB_KEY": "web-key", "HARBOUR_OLGA_KEY": "olga-key", "HARBOUR_DPO_KEY": "dpo-key", "HOOK": SECRET}
DAY = 86_400


def files_of(out: Outside, *recipients: str) -> dict[str, bytes]:
    """Return the harbour's files with an action for each recipient, who is told at a path of the same name."""
    files = dict(workspace_files(FOLDER))
    files["purposes.yaml"] = files["purposes.yaml"].replace(
        b"purposes:\n", b"purposes:\n  erasure: {basis: legal_obligation}\n"
    )
    settings = {name: {"url": f"{out.web}/{name}", "secret": "${env:HOOK}"} for name in recipients}
    connections = {name: {"adapter": "webhook", "settings": each} for name, each in settings.items()}
    desk = {"desk": {"adapter": "simulated", "settings": {}}}
    files["connections.yaml"] = json.dumps({"connections": {**desk, **connections}}).encode()
    data = {"customer": "{{customer.identifiers.email[0]}}", "erasure": "{{arguments.erasure}}"}
    told = {"type": "object", "properties": {"erasure": {"type": "string"}}, "additionalProperties": False}
    for name in recipients:
        action = {
            "name": f"tell_{name}",
            "version": 1,
            "description": "Tells a recipient that a customer is erased.",
            "kind": "write",
            "purpose": "erasure",
            "input": told,
            "attempts": {"most": 2, "first_delay": "1ms", "longest_delay": "1ms"},
            "binding": {"connection": name, "request": {"type": "customer.erased", "data": data}},
        }
        files[f"actions/tell_{name}.yaml"] = json.dumps(action).encode()
    arguments = {"erasure": "{{signal.data.erasure}}"}
    proposing = [{"propose": {"action": f"tell_{name}", "arguments": arguments}} for name in recipients]
    files["signals/erasure.yaml"] = json.dumps({"signals": {"xop.erasure.requested": {"changes": proposing}}}).encode()
    return files


@asynccontextmanager
async def opened(tmp_path, out: Outside, *recipients: str) -> AsyncIterator[httpx.AsyncClient]:
    platform = await open_with(tmp_path / "data", files_of(out, *recipients), secrets=KEYS.get)
    try:
        await platform.start()
        transport = httpx.ASGITransport(build_app(platform))
        headers = {"authorization": "Bearer dpo-key"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://harbour.test", timeout=40, headers=headers
        ) as client:
            event = {"specversion": "1.0", "source": "/w", "id": "1", "type": "page.viewed", "subject": ANN}
            sent = {"content-type": "application/cloudevents+json", "authorization": "Bearer web-key"}
            answer = await client.post("/v1/signals", json={**event, "data": {"path": "/"}}, headers=sent)
            assert answer.status_code == 200, answer.text
            yield client
    finally:
        await platform.stop()


async def erased(client, **body):
    answer = await client.post(f"/v1/customers/{ANN}/erasure", json=body)
    assert answer.status_code == 200, answer.text
    shown = await client.get(f"/v1/erasures/{answer.json()['erasure']}", params={"wait": 20})
    return answer.json(), shown.json()


async def test_e6_whoever_acknowledges_is_recorded_as_told_and_nobody_waits_for_longer(tmp_path):
    with outside("") as out:
        async with opened(tmp_path, out, "hook") as client:
            plan = (await client.get(f"/v1/customers/{ANN}/erasure")).json()
            assert (plan["recipients"], plan["patience"]) == (["tell_hook"], DAY)
            asked, shown = await erased(client)
    assert (shown["state"], shown["told"], shown["untold"]) == ("done", ["tell_hook"], [])
    assert shown["at"] < asked["due"]
    (told,) = out.asked
    assert "ann@shop.test" in told
    assert asked["erasure"] in told


async def test_e6_whoever_cannot_be_told_is_recorded_and_the_customer_is_erased_when_time_is_over(tmp_path):
    with outside("") as out:
        async with opened(tmp_path, out, "hook", "gone") as client:
            asked, shown = await erased(client, within="2s")
            assert (shown["state"], shown["told"], shown["untold"]) == ("done", ["tell_hook"], ["tell_gone"])
            assert shown["at"] >= asked["due"]
            assert (await client.get(f"/v1/customers/{ANN}")).status_code == 404


async def test_a_failed_recipient_can_be_told_again_until_time_is_over(tmp_path):
    with outside("") as out:
        async with opened(tmp_path, out, "gone") as client:
            answer = (await client.post(f"/v1/customers/{ANN}/erasure", json={"within": "1d"})).json()
            shown = (await client.get(f"/v1/erasures/{answer['erasure']}", params={"wait": 1})).json()
            assert shown["state"] == "requested"
            olga = {"authorization": "Bearer olga-key"}
            letters = (await client.get("/v1/dead-letters", headers=olga)).json()
            (letter,) = letters["requests"]
            assert letter["action"] == "tell_gone"
            body = {"choice": "done", "note": "by telephone"}
            path = f"/v1/outbox/{letter['invocation']}/reconcile"
            answered = await client.post(path, json=body, headers=olga)
            assert answered.status_code == 200, answered.text
            shown = (await client.get(f"/v1/erasures/{answer['erasure']}", params={"wait": 20})).json()
            assert (shown["state"], shown["told"]) == ("done", ["tell_gone"])


@pytest.mark.parametrize("ground", ["request", "retention"])
async def test_the_log_names_who_was_told(tmp_path, ground):
    with outside("") as out:
        async with opened(tmp_path, out, "hook") as client:
            _, shown = await erased(client, ground=ground)
            head = (await client.get("/v1/log", headers={"authorization": "Bearer olga-key"})).json()
            leaves = [
                (await client.get(f"/v1/log/leaves/{each}", headers={"authorization": "Bearer olga-key"})).json()
                for each in range(head["leaves"])
            ]
    (leaf,) = [each for each in leaves if each["type"] == "erasure.executed"]
    assert (leaf["reason"], leaf["told"], leaf["counts"]) == (ground, ["tell_hook"], shown["counts"])
