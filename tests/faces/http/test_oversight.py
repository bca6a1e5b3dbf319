"""AI systems, what customers were told of them, incidents and the monthly report over HTTP."""

import json
import re

import pytest

from tests.faces.http.bakery import FOLDER, open_bakery, problem
from xop.assembly import workspace_files

ANN = "email:ann@example.org"

WORDS = "An AI writes to you on behalf of the bakery."

REGISTER = {
    "deployer": {"name": "The bakery", "contact": "ai@bakery.test"},
    "systems": {
        "writer": {
            "covers": ["agent:helper", "agent:shy"],
            "provider": "A maker of models",
            "purpose": "Writes notes to customers.",
            "risk_class": "art50",
            "rationale": "It writes to people, and decides nothing about them.",
            "disclosure": "hello",
        }
    },
    "texts": {"hello": {"kind": "disclosure", "version": 1, "languages": {"en": WORDS}}},
    "probes": {
        "gift": {
            "agent": "helper",
            "action": "give_refund",
            "arguments": {"cents": 7000},
            "wrong": "Nothing was bought.",
        }
    },
}


@pytest.fixture
async def watched(tmp_path):
    """The bakery with a register of AI systems."""
    async with open_bakery(tmp_path) as bakery:
        files = workspace_files(FOLDER) | {"systems.yaml": json.dumps(REGISTER).encode()}
        await bakery.platform.publish(files, "cli")
        await bakery.customer(ANN)
        yield bakery


async def test_the_register_tells_every_system_and_duty(watched):
    found = (await watched.get("/v1/systems")).json()
    assert found["deployer"]["name"] == "The bakery"
    (system,) = found["systems"]
    assert system == (await watched.get("/v1/systems/writer")).json()
    duties = {each["duty"]: each for each in system["duties"]}
    assert (duties["disclosure"]["applies"], duties["disclosure"]["met"]) == (True, True)
    assert (duties["disclosure"]["article"], duties["disclosure"]["effective_from"]) == ("Art. 50(1)", "2026-08-02")
    assert (duties["assessment"]["applies"], duties["assessment"]["effective_from"]) == (False, "2027-12-02")
    (text,) = system["texts"]
    assert (text["words"], len(text["sha256"])) == (WORDS, 64)
    problem(await watched.get("/v1/systems/reader"), 404, "system-unknown")


async def test_without_a_register_there_are_no_systems(bakery):
    assert (await bakery.get("/v1/systems")).json() == {"deployer": None, "systems": [], "people": []}


async def test_an_agent_is_told_what_to_say_says_so_and_is_permitted(watched):
    denied = await watched.propose("send_note", ANN, "helper")
    assert (denied["verdict"], denied["code"]) == ("deny", "xop.ai_not_disclosed")
    (notice,) = denied["notices"]
    assert WORDS in notice
    channel = watched.platform.engine.release.actions["send_note"].action.channel
    body = {"text": "hello", "language": "en", "channel": channel}
    told = await watched.post(f"/v1/customers/{ANN}/notices", body, "helper")
    assert (told.status_code, told.json()["facts"]) == (200, 1)
    assert (await watched.propose("send_note", ANN, "helper"))["verdict"] == "permit"
    listed = (await watched.get(f"/v1/customers/{ANN}/notices")).json()
    (made,) = listed["disclosures"]
    assert (made["system"], made["text"], made["version"], made["channel"]) == ("writer", "hello", 1, channel)
    problem(
        await watched.post(f"/v1/customers/{ANN}/notices", {**body, "text": "hullo"}, "helper"), 422, "text-unknown"
    )
    problem(await watched.post(f"/v1/customers/{ANN}/notices", {**body, "language": "fr"}), 422, "text-unknown")
    problem(await watched.post(f"/v1/customers/{ANN}/notices", body, "nina"), 403, "scope-missing")


async def test_an_incident_is_opened_classified_reported_and_closed(watched):
    asked = {"category": "serious", "agent": "agent:helper", "decisions": ["dec_1"], "suspend": True}
    opened = (await watched.post("/v1/incidents", asked)).json()
    assert (opened["state"], opened["systems"], opened["keeps"]) == ("open", ["writer"], ["dec_1"])
    assert 15 * 86_400 - 60 < opened["left"] <= 15 * 86_400
    refund = await watched.propose("give_refund", ANN, "helper", arguments={"cents": 5})
    assert refund["code"] == "xop.halted"
    place = f"/v1/incidents/{opened['incident']}"
    problem(await watched.post(f"{place}/closing", {}), 409, "incident-unreported")
    graver = (await watched.post(f"{place}/category", {"category": "widespread"})).json()
    assert graver["left"] <= 2 * 86_400
    reported = (await watched.post(f"{place}/reports", {"to": "the authority", "reference": "A-1"})).json()
    assert (reported["state"], reported["left"], reported["reports"][0]["to"]) == ("reported", None, "the authority")
    assert (await watched.post(f"{place}/closing", {"outcome": "trained anew"})).json()["state"] == "closed"
    assert (await watched.get("/v1/incidents")).json() == {"incidents": []}
    (known,) = (await watched.get("/v1/incidents", params={"state": "all"})).json()["incidents"]
    assert known == (await watched.get(place)).json()
    problem(await watched.post(f"{place}/reports", {"to": "x"}, "helper"), 403, "scope-missing")
    problem(await watched.get("/v1/incidents/inc_0"), 404, "incident-unknown")
    problem(await watched.post("/v1/incidents", {"category": "other", "agent": "agent:no"}), 422, "incident-agent")
    wrong = {"category": "other", "aware": "yesterday"}
    problem(await watched.post("/v1/incidents", wrong), 422, "time-unreadable")


async def test_an_incident_asked_for_twice_with_one_key_is_one(watched):
    for _ in range(2):
        key = {"idempotency-key": "k1"}
        answer = await watched.post("/v1/incidents", {"category": "other"}, headers=key)
        assert answer.status_code == 200
    assert len((await watched.get("/v1/incidents")).json()["incidents"]) == 1


async def test_the_report_of_a_month_counts_what_agents_asked_for(watched):
    await watched.propose("send_note", ANN, "helper")
    await watched.post("/v1/incidents", {"category": "other"})
    found = (await watched.get("/v1/oversight")).json()
    (agent,) = found["agents"]
    assert (agent["agent"], agent["denied"], agent["systems"]) == ("agent:helper", 1, ["writer"])
    assert len(found["incidents"]) == 1
    past = (await watched.get("/v1/oversight", params={"month": "2024-01"})).json()
    assert (past["agents"], past["incidents"], past["begins"]) == ([], [], "2024-01-01T00:00:00.000Z")
    problem(await watched.get("/v1/oversight", params={"month": "2024-13"}), 400, "parameter-invalid")


async def _held(watched, who):
    """Return the requests for approval as facts tell them, the real one first, and all that was told."""
    told = await watched.get(f"/v1/customers/{ANN}/facts", who, params={"limit": 1000})
    return [each for each in told.json()["facts"] if each["type"] == "InvocationHeld"], told.text


async def test_nobody_but_who_put_a_probe_there_can_tell_it_from_a_request_before_it_is_answered(watched):
    real = await watched.propose("give_refund", ANN, "helper", arguments={"cents": 7000})
    made = await watched.post(f"/v1/customers/{ANN}/probes", {"probe": "gift"})
    assert made.status_code == 200, made.text
    (first, second), text = await _held(watched, "sue")
    assert (first["data"]["invocation"].keys(), first["actor"]) == (
        second["data"]["invocation"].keys(),
        second["actor"],
    )
    shapes = [re.sub(r"[0-9a-f]{20,}", "", each["cause"]) for each in (first, second)]
    assert shapes == ["proposal:agent:helper:key_"] * 2
    assert first.get("left_out") == second.get("left_out")
    probe = second["data"]["invocation"]["id"]
    places = (f"/v1/customers/{ANN}", "/v1/approvals", "/v1/decisions", f"/v1/decisions/{probe}")
    kinds = [(place, accept) for place in places for accept in ("application/json", "text/plain")]
    shown = [text, *[(await watched.get(place, "sue", headers={"accept": kind})).text for place, kind in kinds]]
    assert [word for each in shown for word in ("seeded", "probe", "gift", "olga") if word in each] == []
    assert "agent:helper" in shown[-1]
    (_, known), _ = await _held(watched, "olga")
    assert known["data"]["invocation"]["seeded"] == {"probe": "gift", "by": "operator:olga"}
    assert real["invocation"] == first["data"]["invocation"]["id"]


async def test_a_probe_that_was_answered_is_told_for_what_it_was(watched):
    made = await watched.post(f"/v1/customers/{ANN}/probes", {"probe": "gift"})
    assert made.status_code == 200, made.text
    ((asked,), _) = await _held(watched, "sue")
    answer = {"approved": False}
    await watched.post(f"/v1/invocations/{asked['data']['invocation']['id']}/approval", answer, "sue")
    ((told,), text) = await _held(watched, "sue")
    assert (told["actor"], told["data"]["invocation"]["seeded"]["probe"]) == ("operator:olga", "gift")
    assert "ProbeAnswered" in text


async def test_a_probe_asked_for_twice_with_one_key_is_one(watched):
    for duplicate in (False, True):
        key = {"idempotency-key": "k1"}
        made = await watched.post(f"/v1/customers/{ANN}/probes", {"probe": "gift"}, headers=key)
        assert made.json()["duplicate"] is duplicate
    problem(await watched.post(f"/v1/customers/{ANN}/probes", {"probe": "no"}), 422, "probe-unknown")
