"""What the API shows of a customer by purpose, what the ledger tells of it, and personal data masked on its way in."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faces.http.bakery import FOLDER, KEYS, Bakery, problem
from xop.assembly import KINDS, Platform, compiled, workspace_files
from xop.faces.http import build_app
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Signal
from xop.kernel.identity.model import Identifier
from xop.kernel.release import Release
from xop.runtimes.embedded import EmbeddedRuntime

ANN = "email:ann@example.org"
MAIL = "ring +44 20 7946 0018 or write to bob@example.org"
PRIVACY = b"""
profile: {last_loaves: behaviour, iban: financial, note: communication}
identifiers: {email: contact}
flags: {support: special}
purposes:
  service: [behaviour, contact]
  marketing: [behaviour]
everything: [baker]
"""
SIGNALS = b"""
  told:
    schema:
      type: object
      properties:
        iban: {type: string}
        note: {type: string, class: communication, pii: mask}
        remark: {type: string, pii: flag}
    changes:
      - set: {iban: "{{signal.data.iban}}", note: "{{signal.data.note}}", hobby: chess}
"""


@cache
def _files() -> Mapping[str, bytes]:
    files = workspace_files(FOLDER)
    agents = files["agents.yaml"].replace(b"    customers: all\n    autonomy: act", b"    autonomy: act", 1)
    return {
        **files,
        "agents.yaml": agents,
        "privacy.yaml": PRIVACY,
        "signals.yaml": files["signals.yaml"] + SIGNALS,
    }


@cache
def _release() -> Release:
    return compiled(_files())


@asynccontextmanager
async def _opened(data: Path) -> AsyncIterator[Bakery]:
    runtime, release = await EmbeddedRuntime.open(data), _release()
    await runtime.releases.publish(release.digest, release.name, _files(), runtime.clock.now(), "cli")
    platform = Platform(runtime, release, KINDS, {f"{name.upper()}_KEY": key for name, key in KEYS.items()}.get)
    try:
        await platform.start()
        transport = httpx.ASGITransport(build_app(platform))
        async with httpx.AsyncClient(transport=transport, base_url="http://bakery.test", timeout=20) as client:
            yield Bakery(client, platform)
    finally:
        await platform.stop()


@pytest.fixture
async def private(tmp_path) -> AsyncIterator[Bakery]:
    """A bakery that says what its customers' data is."""
    async with _opened(tmp_path) as opened:
        yield opened


async def ann(bakery: Bakery) -> str:
    """Make a customer of whom something of every class is known."""
    await bakery.event(subject=ANN, data={"loaves": 2})
    await bakery.event(subject=ANN, type="told", data={"iban": "DE89370400440532013000", "note": "likes rye"})
    return await bakery.customer(ANN, type="support.opened", data={"case": "c7"})


async def shown(bakery: Bakery) -> list[dict[str, Any]]:
    """Return what the ledger tells of looks."""
    facts = (await bakery.get("/v1/facts", "olga", params={"limit": 1000})).json()["facts"]
    return [{"actor": fact["actor"], **fact["data"]} for fact in facts if fact["type"] == "ContextShown"]


async def test_a_purpose_sees_its_classes_and_the_names_of_the_rest(private):
    customer = await ann(private)
    context = (await private.get(f"/v1/customers/{customer}", "sue")).json()
    assert context["purpose"] == "service"
    assert {name: known["value"] for name, known in context["profile"].items()} == {"last_loaves": 2}
    assert [each["value"] for each in context["identifiers"]] == ["ann@example.org"]
    assert context["circumstances"] == []
    assert context["left_out"] == ["flags.support", "profile.hobby", "profile.iban", "profile.note"]
    narrower = (await private.get(f"/v1/customers/{customer}?purpose=marketing", "sue")).json()
    assert (narrower["identifiers"], narrower["left_out"][1]) == ([], "identifiers.email")


async def test_whoever_may_see_everything_does(private):
    context = (await private.get(f"/v1/customers/{await ann(private)}", "olga")).json()
    assert set(context["profile"]) == {"last_loaves", "iban", "note", "hobby"}
    assert (context["circumstances"][0]["flag"], context["left_out"]) == ("support", [])


async def test_a_purpose_that_is_not_there_is_a_problem(private):
    customer = await ann(private)
    problem(await private.get(f"/v1/customers/{customer}?purpose=spying", "sue"), 422, "purpose-unknown")


async def test_an_agent_looks_only_in_its_conversation(private):
    customer = await ann(private)
    problem(await private.get(f"/v1/customers/{customer}", "helper"), 403, "scope-missing")
    context = (await private.get(f"/v1/customers/{customer}?conversation=c7", "helper")).json()
    assert set(context["profile"]) == {"last_loaves"}
    assert context["left_out"] == ["flags.support", "profile.hobby", "profile.iban", "profile.note"]


async def test_whoever_must_be_engaged_cannot_tell_who_is_known(private):
    customer = await ann(private)
    decision = (await private.propose("give_refund", customer, arguments={"cents": 100}))["decision"]
    known, unknown = customer, "cus_nobody"
    for path in PATHS:
        answers = [await private.get(path.format(who), "helper") for who in (known, unknown)]
        said = [problem(answer, 403, "scope-missing") for answer in answers]
        assert said[0]["detail"] == said[1]["detail"], path
    wishes = (
        ("/v1/proposals", {"action": "give_refund", "arguments": {"cents": 1}}),
        ("/v1/proposals", {"action": "give_refund", "arguments": {"cents": "many"}}),
        ("/v1/proposals", {"action": "bake_cake"}),
        ("/v1/evaluations", {"action": "give_refund", "arguments": {"cents": 1}}),
    )
    for path, body in wishes:
        answers = [await private.post(path, {**body, "customer": who}, "helper") for who in (known, unknown, ANN)]
        assert len({answer.text for answer in answers}) == 1, path
        problem(answers[0], 403, "scope-missing")
    refused = (await private.get("/v1/decisions?verdict=deny&actor=agent:helper", "olga")).json()["decisions"]
    assert [each["code"] for each in refused] == ["xop.not_engaged"] * 6  # three wishes that fit, of two names each
    problem(await private.get(f"/v1/decisions/{refused[0]['decision']}", "helper"), 404, "decision-unknown")
    problem(await private.get(f"/v1/decisions/{decision}", "helper"), 404, "decision-unknown")
    for path in ("/v1/decisions", "/v1/choices", "/v1/runs", "/v1/handovers", "/v1/questions"):
        problem(await private.get(path, "helper"), 403, "scope-missing")
    engaged = {"xop-conversation": "c7"}
    for path in PATHS:
        assert (await private.get(path.format(customer), "helper", headers=engaged)).status_code < 400, path


PATHS = (
    "/v1/customers/{}",
    "/v1/customers/{}/consents",
    "/v1/customers/{}/choices",
    "/v1/customers/{}/runs",
    "/v1/customers/{}/notices",
    "/v1/decisions?customer={}",
    "/v1/choices?customer={}",
    "/v1/runs?customer={}",
    "/v1/handovers?customer={}",
)
"""What agents may ask about one customer."""


async def test_every_look_is_recorded_without_values_and_once_a_while(private):
    customer = await ann(private)
    for _ in range(3):
        await private.get(f"/v1/customers/{customer}", "sue")
    await private.get(f"/v1/customers/{customer}?purpose=marketing", "sue")
    told = await shown(private)
    assert [(each["actor"], each["purpose"], each["left_out"]) for each in told] == [
        ("operator:sue", "service", 4),
        ("operator:sue", "marketing", 5),
    ]
    assert told[0]["fields"]["contact"] == ["identifiers.email"]
    assert told[0]["fields"]["behaviour"] == ["counters.breads", "profile.last_loaves"]
    assert "ann@example.org" not in str(told)


async def test_people_look_even_when_it_cannot_be_recorded_and_agents_do_not(private):
    customer = await ann(private)
    await private.platform.engine.stop()
    assert (await private.get(f"/v1/customers/{customer}", "sue")).status_code == 200
    problem(await private.get(f"/v1/customers/{customer}?conversation=c7", "helper"), 503, "stopping")


async def test_facts_hold_back_what_the_purpose_may_not_see(private):
    customer = await ann(private)
    await private.propose("give_refund", customer, arguments={"cents": 100})
    page = (await private.get(f"/v1/customers/{customer}/facts?limit=1000", "sue")).json()["facts"]
    changed = {fact["data"]["field"]: fact["data"].get("value") for fact in page if fact["type"] == "ProfileChanged"}
    assert changed == {"last_loaves": 2, "iban": None, "note": None, "hobby": None}
    refund = next(fact for fact in page if fact["type"].startswith("Invocation") and "invocation" in fact["data"])
    assert "arguments" not in str(refund["data"])
    assert any(name.endswith("arguments") for name in refund["left_out"])
    assert "DE89370400440532013000" not in str(page)
    everything = (await private.get(f"/v1/customers/{customer}/facts?limit=1000", "olga")).json()["facts"]
    assert "DE89370400440532013000" in str(everything)
    assert all("left_out" not in fact for fact in everything if fact["type"] != "ContextShown")


@pytest.mark.parametrize("suffix", ["", "/explanation?audience=auditor"])
async def test_a_decision_shows_no_value_that_the_purpose_may_not_see(private, suffix):
    held = await private.propose("give_refund", await ann(private), arguments={"cents": 90_017})
    path = f"/v1/decisions/{held['decision']}{suffix}"
    assert "90017" in (await private.get(path, "olga")).text
    answer = await private.get(path, "sue")
    assert answer.status_code == 200
    assert "arguments.cents" in answer.text
    assert "90017" not in answer.text
    assert [(each["actor"], each.get("left_out", 0)) for each in await shown(private)][-1] == ("operator:sue", 1)


async def test_personal_data_in_free_text_is_masked_before_anything_is_kept(private):
    await private.event(subject=ANN, type="told", data={"iban": "x", "note": MAIL})
    customer = (await private.get(f"/v1/customers/{ANN}", "olga")).json()
    assert customer["profile"]["note"]["value"] == "ring [phone] or write to [email]"
    page = await private.platform.runtime.ledger.page(0, 100, None)
    assert "bob@example.org" not in str(page)
    assert "7946" not in str(page)


async def test_a_timeline_holds_back_what_the_purpose_may_not_see(private):
    customer = await ann(private)
    told = (await private.get(f"/v1/customers/{customer}/timeline", "sue")).json()
    text = str(told["steps"])
    assert "ProfileChanged" in text
    assert "ann@example.org" in text
    assert "DE89370400440532013000" not in text
    assert "profile.iban" in told["left_out"]
    narrower = await private.get(f"/v1/customers/{customer}/timeline?purpose=marketing", "sue")
    assert "ann@example.org" not in str(narrower.json()["steps"])
    assert "DE89370400440532013000" in (await private.get(f"/v1/customers/{customer}/timeline", "olga")).text


async def test_a_timeline_tells_what_signals_said_by_the_class_of_each_part(private):
    customer = await ann(private)

    async def said(who: str) -> dict[str, Any]:
        steps = (await private.get(f"/v1/customers/{customer}/timeline?kind=signals", who)).json()["steps"]
        return {name: value for step in steps for name, value in step["said"].items()}

    assert (await said("olga"))["note"] == "likes rye"
    assert not {"note", "iban", "case"} & set(await said("sue"))


async def test_the_past_holds_back_what_the_purpose_may_not_see(private):
    customer = await ann(private)
    past = (await private.get(f"/v1/customers/{customer}?at=2999-01-01T00:00:00Z", "sue")).json()
    now = (await private.get(f"/v1/customers/{customer}", "sue")).json()
    assert past["profile"] == now["profile"]
    assert past["left_out"] == now["left_out"] != []


async def test_previews_hold_back_what_the_purpose_may_not_see(private):
    customer = await ann(private)
    bob = await private.customer("user_id:bob-1", type="told", data={"iban": "DE02120300000000202051", "note": "x"})
    body = {"keep": customer, "other": bob}
    seen = (await private.post("/v1/identity/merge/preview", body, "sue")).json()
    assert "ann@example.org" in str(seen)
    assert "bob-1" not in str(seen["before"])
    assert "DE02" not in str(seen)
    assert "profile.iban" in seen["left_out"]


async def test_a_masked_event_that_is_sent_again_counts_once(private):
    data = {"iban": "x", "note": MAIL}
    first = (await private.event(subject=ANN, type="told", id="same", data=data)).json()
    again = (await private.event(subject=ANN, type="told", id="same", data=data)).json()
    assert (again["position"], again["duplicate"]) == (first["position"], True)


async def test_personal_data_that_is_only_to_be_told_of_is_told_of(private):
    await private.event(subject=ANN, type="told", data={"iban": "x", "remark": MAIL})
    facts = (await private.get("/v1/facts", "olga")).json()["facts"]
    (found,) = [fact["data"] for fact in facts if fact["type"] == "PersonalDataFound"]
    assert found == {"signal": "told", "field": "remark", "kinds": ["email", "phone"]}


async def test_signals_that_come_another_way_are_masked_as_well(private):
    who = (Identifier("email", "ann@example.org"),)
    signal = Signal("signal:inside", "told", "inside", 0, Actor("source", "till"), who, {"iban": "x", "note": MAIL})
    await private.platform.engine.submit(signal)
    customer = (await private.get(f"/v1/customers/{ANN}", "olga")).json()
    assert customer["profile"]["note"]["value"] == "ring [phone] or write to [email]"


async def test_an_explanation_is_looked_at_for_the_purpose_that_is_named(private):
    held = await private.propose("give_refund", await ann(private), arguments={"cents": 90_017})
    path = f"/v1/decisions/{held['decision']}/explanation?purpose=marketing"
    assert (await private.get(path, "sue")).status_code == 200
    assert [(each["actor"], each["purpose"]) for each in await shown(private)][-1] == ("operator:sue", "marketing")
    problem(await private.get(path.replace("marketing", "gossip"), "sue"), 422, "purpose-unknown")


async def test_that_somebody_has_the_evidence_with_a_proof_is_recorded(private):
    held = await private.propose("give_refund", await ann(private), arguments={"cents": 90_017})
    path = f"/v1/decisions/{held['decision']}/proof"
    await private.get(path, params={"wait": 20})
    assert await shown(private) == []
    await private.get(path, params={"wait": 20, "evidence": "true"})
    assert ["evidence" in str(each["fields"]) for each in await shown(private)] == [True]
