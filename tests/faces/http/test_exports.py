"""Handing out what is known of a customer: complete, in open formats, and of nobody else."""

import csv
import io
import json
import random
import zipfile
from hashlib import sha256

from jsonschema_rs import Draft202012Validator, meta

from tests.faces.http.bakery import KEYS, problem

ANN = "email:ann@example.org"
PATH = f"/v1/customers/{ANN}/export"


async def lived(bakery):
    await bakery.customer(ANN, data={"said": "call bea@example.org or ann@example.org"})
    change = {"change": "grant", "purpose": "marketing", "channel": "email", "proof": "=form 7"}
    assert (await bakery.post(f"/v1/customers/{ANN}/consents", change)).status_code == 200
    await bakery.propose("give_refund", ANN, arguments={"cents": 5}, wait=5)
    await bakery.customer("email:bea@example.org")


async def exported(bakery, path=PATH):
    response = await bakery.get(path, "dpo")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/zip"), response.text
    return zipfile.ZipFile(io.BytesIO(response.content))


def lines(archive, name):
    return [json.loads(line) for line in archive.read(name).splitlines()]


async def test_everything_is_there_in_open_formats(bakery):
    await lived(bakery)
    archive = await exported(bakery)
    assert archive.testzip() is None
    profile = json.loads(archive.read("profile.json"))
    assert [f"{each['namespace']}:{each['value']}" for each in profile["identifiers"]] == [ANN]
    (signal, *_) = lines(archive, "signals.jsonl")
    assert (signal["specversion"], signal["type"], signal["subject"]) == ("1.0", "bread.bought", profile["customer"])
    (consent,) = csv.DictReader(io.StringIO(archive.read("consents.csv").decode()))
    assert (consent["purpose"], consent["status"], consent["source"]) == ("marketing", "granted", "staff")
    states = [each["state"] for each in lines(archive, "actions.jsonl")]
    assert states[0] == "queued"
    assert states[-1] == "done"
    (decision, *_) = lines(archive, "decisions.jsonl")
    assert decision["audience"] == "customer"
    assert decision["text"]
    assert profile["customer"] in archive.read("README.txt").decode()


async def test_the_schema_fits_and_the_manifest_adds_up(bakery):
    await lived(bakery)
    archive = await exported(bakery)
    schema = json.loads(archive.read("schema.json"))
    meta.validate(schema)
    told = {
        "profile.json": [json.loads(archive.read("profile.json"))],
        "consents.csv": list(csv.DictReader(io.StringIO(archive.read("consents.csv").decode()))),
        "actions.jsonl": lines(archive, "actions.jsonl"),
        "conversations.jsonl": lines(archive, "conversations.jsonl"),
    }
    for name, records in told.items():
        validator = Draft202012Validator({**schema["properties"][name], "$defs": schema["$defs"]})
        for record in records:
            validator.validate(record)
    manifest = json.loads(archive.read("manifest.json"))
    assert [each["name"] for each in manifest["files"]] == archive.namelist()[:-1]
    for each in manifest["files"]:
        content = archive.read(each["name"])
        assert (each["bytes"], each["sha256"]) == (len(content), sha256(content).hexdigest())


async def test_it_is_about_nobody_else_and_names_no_staff_and_no_rules(bakery):
    await lived(bakery)
    archive = await exported(bakery)
    whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert "bea@example.org" not in whole
    assert "call [email] or ann@example.org" in whole
    assert "olga" not in whole
    assert "operator:" not in whole
    assert "forbid" not in whole


async def test_a_table_starts_no_formula(bakery):
    await lived(bakery)
    archive = await exported(bakery)
    (consent,) = csv.DictReader(io.StringIO(archive.read("consents.csv").decode()))
    assert consent["proof"] == "'=form 7"


async def test_that_it_was_handed_out_is_in_the_ledger_and_the_log(bakery):
    await lived(bakery)
    archive = await exported(bakery)
    facts = (await bakery.get("/v1/facts", params={"customer": ANN})).json()["facts"]
    (told,) = [each for each in facts if each["type"] == "CustomerExported"]
    assert told["data"]["export"] == json.loads(archive.read("manifest.json"))["export"]
    leaves = [json.loads(leaf) for leaf in await bakery.platform.runtime.leaves.page(0, 999)]
    assert [leaf["type"] for leaf in leaves].count("access.export") == 1


async def test_a_merged_customer_is_handed_all_their_sides(bakery):
    await lived(bakery)
    await bakery.post("/v1/identity/merge", {"keep": ANN, "other": "email:bea@example.org"})
    archive = await exported(bakery)
    assert len(json.loads(archive.read("profile.json"))["identifiers"]) == 2
    assert len(lines(archive, "signals.jsonl")) == 2


async def test_whoever_is_unknown_or_being_erased_is_handed_nothing(bakery):
    problem(await bakery.get(PATH, "dpo"), 404, "customer-unknown")
    await bakery.customer(ANN)
    await bakery.post(f"/v1/customers/{ANN}/erasure", {"within": "1d"}, "dpo")
    problem(await bakery.get(PATH, "dpo"), 409, "erasure-under-way")


async def test_a_large_export_is_sent_piece_by_piece(server):
    said = [random.Random(number).randbytes(600).hex() for number in range(400)]
    for number, text in enumerate(said):
        await server.customer(ANN, data={"said": text}, id=f"large-{number}")
    headers = {"authorization": f"Bearer {KEYS['dpo']}"}
    async with server.client.stream("GET", PATH, headers=headers) as response:
        assert "content-length" not in response.headers
        pieces = [piece async for piece in response.aiter_raw()]
    assert len(pieces) > 3
    assert max(map(len, pieces)) < sum(map(len, pieces)) / 2
    archive = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert [each["data"]["said"] for each in lines(archive, "signals.jsonl")] == said
