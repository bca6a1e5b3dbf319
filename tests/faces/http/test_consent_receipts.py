"""Receipts of consent: ISO/IEC TS 27560 in DPV terms, signed."""

import json
from typing import Any

import jsonschema_rs
import jwt
import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import OKPKey

from tests.faces.http.bakery import problem
from tests.faces.http.consenting import ANN, CONDITIONS, adopt, change
from xop.faces.http.routes.receipts import signed_receipt
from xop.standalone import verify_log

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")

NOTICE = {"id": "n-12", "version": "3", "language": "de", "sha256": "ab" * 32}
DETAILS: dict[str, Any] = {"notice": NOTICE, "method": "double_opt_in", "indicated_by": "guardian", "proof": "call 7"}


@pytest.fixture
async def bakery(bakery):
    """A bakery with purposes of DPV, and Ann."""
    await adopt(bakery)
    await bakery.customer(ANN)
    return bakery


async def receipt(bakery, purpose="marketing", **query):
    return await bakery.get(f"/v1/customers/{ANN}/consents/{purpose}/receipt", params=query)


async def test_a_receipt_fits_its_schema_and_its_signature_verifies_elsewhere(bakery):
    """C8."""
    await change(bakery, "grant", "marketing", **DETAILS)
    answer = (await receipt(bakery)).json()
    schema = (await bakery.get("/v1/consents/receipt-schema", None)).json()
    jsonschema_rs.validator_for(schema).validate(answer["receipt"])
    key = OKPKey.import_key(answer["key"])
    assert json.loads(jws.deserialize_compact(answer["jws"], key, algorithms=["EdDSA"]).payload) == answer["receipt"]
    signed = jwt.PyJWS().decode(answer["jws"], jwt.PyJWK(answer["key"]).key, algorithms=["EdDSA"])
    assert json.loads(signed) == answer["receipt"]
    assert jws.extract_compact(answer["jws"].encode()).headers()["kid"] == key.thumbprint()


async def test_a_receipt_that_was_tampered_with_fails(bakery):
    """C8."""
    await change(bakery, "grant", "marketing", **DETAILS)
    answer = (await receipt(bakery)).json()
    head, payload, signature = answer["jws"].split(".")
    other = payload[:-4] + ("A" if payload[-4] != "A" else "B") + payload[-3:]
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(f"{head}.{other}.{signature}", OKPKey.import_key(answer["key"]), algorithms=["EdDSA"])
    schema = (await bakery.get("/v1/consents/receipt-schema", None)).json()
    check = jsonschema_rs.validator_for(schema)
    assert not check.is_valid({**answer["receipt"], "@type": "dpv:Contract"})
    assert not check.is_valid({**answer["receipt"], "note": "more"})


async def test_a_receipt_says_who_agreed_to_what_by_which_notice(bakery):
    await change(bakery, "grant", "marketing", at="2026-01-01T00:00:00Z", **DETAILS)
    told = (await receipt(bakery)).json()["receipt"]
    assert (told["@type"], told["dct:conformsTo"]) == (
        "dpv:ConsentReceipt",
        "https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr",
    )
    record = told["dpv:hasRecordOfActivity"]
    assert record["dpv:hasDataController"] == {
        "@type": "dpv:DataController",
        "dpv:hasName": "The Bakery",
        "dpv:hasAddress": "1 Oven Lane",
        "dpv:hasContact": "privacy@bakery.example",
    }
    process = record["dpv:hasProcess"]
    assert (process["dpv:hasPurpose"]["@type"], process["dpv:hasLegalBasis"]) == (
        "dpv:DirectMarketing",
        "eu-gdpr:A6-1-a",
    )
    (event,) = record["dpv:hasConsentStatus"]
    assert {name: value for name, value in event.items() if name != "xop:proof"} == {
        "@type": "dpv:ConsentGiven",
        "dpv:isIndicatedAtTime": "2026-01-01T00:00:00.000Z",
        "dpv:isIndicatedBy": "dpv:GuardianOfDataSubject",
        "dpv:hasIndicationMethod": "double_opt_in",
        "dct:source": "xop:consents:operator:olga",
        "xop:evidence": "call 7",
        "xop:channel": "email",
        "dct:valid": "2027-01-01T00:00:00.000Z",
        "xop:askAgainAt": "2026-10-28T00:00:00.000Z",
        "dpv:hasNotice": {
            "@type": "dpv:ConsentNotice",
            "dct:identifier": "n-12",
            "dct:hasVersion": "3",
            "dct:language": "de",
            "xop:sha256": "ab" * 32,
        },
    }
    assert {"xop:channel": "email", "xop:permitted": True, "xop:code": "granted"} in record["xop:states"]
    withdraw = record["dpv:hasConsentControl"]["dpv:isExercisedAt"]
    page = await bakery.get(withdraw.removeprefix("https://bakery.example"), None)
    assert page.status_code == 200


async def test_a_receipt_tells_every_change_in_order(bakery):
    await change(bakery, "soft_opt_in", "similar", conditions=CONDITIONS, at="2026-01-01T00:00:00Z")
    await change(bakery, "grant", "similar", at="2026-02-01T00:00:00Z")
    await change(bakery, "object", "similar", None, at="2026-03-01T00:00:00Z")
    record = (await receipt(bakery, "similar")).json()["receipt"]["dpv:hasRecordOfActivity"]
    events = record["dpv:hasConsentStatus"]
    assert [(each["@type"], each["xop:channel"]) for each in events] == [
        ("xop:SoftOptInNoted", "email"),
        ("dpv:ConsentGiven", "email"),
        ("xop:ObjectionRaised", "*"),
    ]
    assert events[0]["xop:conditions"] == CONDITIONS
    assert record["xop:states"] == [{"xop:channel": "email", "xop:permitted": False, "xop:code": "objected"}]


async def test_a_receipt_can_be_about_one_channel(bakery):
    await change(bakery, "grant", "marketing")
    await change(bakery, "grant", "marketing", "sms")
    record = (await receipt(bakery, channel="sms")).json()["receipt"]["dpv:hasRecordOfActivity"]
    assert [each["xop:channel"] for each in record["dpv:hasConsentStatus"]] == ["sms"]
    assert [each["xop:channel"] for each in record["xop:states"]] == ["sms"]


async def test_a_proof_travels_within_what_is_signed(bakery):
    await change(bakery, "grant", "marketing")
    seen = []

    async def prove(stored, number):
        seen.append(type(stored.entry.facts[number]).__name__)
        return {"format": "c2sp.org/tlog-proof@v1", "index": stored.position}

    found = await bakery.platform.engine.customer((await bakery.get(f"/v1/customers/{ANN}")).json()["id"])
    call = type("Asked", (), {})()
    call.platform, call.caller = bakery.platform, type("Nobody", (), {"scopes": frozenset()})()
    purpose = bakery.platform.engine.release.purposes["marketing"]
    signed = await signed_receipt(call, found, purpose, None, prove)
    assert seen == ["ConsentGranted"]
    payload = json.loads(jws.extract_compact(signed.jws.encode()).payload)
    proof = payload["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"][0]["xop:proof"]
    assert proof["format"] == "c2sp.org/tlog-proof@v1"
    assert payload["dpv:hasRecordOfActivity"]["dpv:hasConsentControl"]["dpv:isExercisedAt"] == "privacy@bakery.example"


async def test_the_proof_of_every_change_verifies_with_the_program_for_strangers(bakery, tmp_path, capsys):
    """C8."""
    await change(bakery, "grant", "marketing")
    await change(bakery, "object", "marketing", None)
    await change(bakery, "withdraw", "marketing")
    answer = (await receipt(bakery)).json()
    events = answer["receipt"]["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"]
    key = (await bakery.get("/v1/log")).json()["key"]
    told = []
    for event in events:
        proof = event["xop:proof"]
        assert (proof["format"], proof["log"]) == ("c2sp.org/tlog-proof@v1", key)
        (tmp_path / "leaf").write_text(proof["leaf"])
        (tmp_path / "proof").write_text(proof["proof"])
        asked = ["proof", str(tmp_path / "proof"), "--leaf", str(tmp_path / "leaf"), "--vkey", key]
        assert verify_log.main(asked) == verify_log.GOOD, capsys.readouterr().out
        (tmp_path / "leaf").write_text(proof["leaf"].replace("consent", "dissent"))
        assert verify_log.main(asked) == verify_log.BAD
        leaf = json.loads(proof["leaf"])
        told.append((leaf["type"], leaf["purpose"], leaf.get("channel", "*"), event["@type"], event["xop:channel"]))
    assert told == [
        ("consent.given", "marketing", "email", "dpv:ConsentGiven", "email"),
        ("consent.objected", "marketing", "*", "xop:ObjectionRaised", "*"),
        ("consent.withdrawn", "marketing", "email", "dpv:ConsentWithdrawn", "email"),
    ]


async def test_a_receipt_is_given_although_the_log_stands_still(bakery):
    await change(bakery, "grant", "marketing")
    bakery.platform.engine.log.sequencer.refuse("a test had it stand still")
    await change(bakery, "withdraw", "marketing")
    answer = await receipt(bakery)
    assert answer.status_code == 200, answer.text
    events = answer.json()["receipt"]["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"]
    assert "xop:proof" not in events[1], "nothing is proved that is under no checkpoint"
    schema = (await bakery.get("/v1/consents/receipt-schema", None)).json()
    jsonschema_rs.validator_for(schema).validate(answer.json()["receipt"])


async def test_who_may_only_read_gets_no_link_to_change_anything(bakery):
    await change(bakery, "grant", "marketing")
    answer = await bakery.get(f"/v1/customers/{ANN}/consents/marketing/receipt", "helper")
    assert answer.status_code == 200
    assert "token=" not in answer.text


async def test_without_a_word_there_is_no_receipt(bakery):
    problem(await receipt(bakery), 404, "consent-unknown")
    problem(await receipt(bakery, "spying"), 422, "purpose-unknown")
    await change(bakery, "grant", "marketing")
    problem(await receipt(bakery, channel="sms"), 404, "consent-unknown")
    problem(await receipt(bakery, channel="fax"), 422, "channel-unknown")
