"""Erasing customers over HTTP: shown before, refused with its ground, done, and told of afterwards."""

import json

import pytest

from tests.faces.http.bakery import problem
from xop.kernel.erasure.model import HOLD_GROUNDS

ANN = "email:ann@example.org"
PATH = f"/v1/customers/{ANN}/erasure"


async def held(bakery, name="case-7", **more):
    body = {"name": name, "ground": "legal_claims", **more}
    return await bakery.post(f"/v1/customers/{ANN}/legal-holds", body, "dpo")


async def done(bakery, erasure):
    answer = (await bakery.get(f"/v1/erasures/{erasure}", "dpo", params={"wait": 20})).json()
    assert answer["state"] == "done", answer
    return answer


async def test_a_plan_shows_what_erasing_would_come_to_and_does_nothing(bakery):
    await bakery.customer(ANN)
    await bakery.propose("give_refund", ANN, arguments={"cents": 5}, wait=5)
    plan = (await bakery.get(PATH, "dpo")).json()
    assert plan["counts"]["ledger"] >= 2
    assert plan["counts"]["links"] == 1
    assert plan["suppressed"] == [ANN]
    assert (plan["recipients"], plan["patience"], plan["holds"]) == ([], 0, [])
    again = (await bakery.get(PATH, "dpo")).json()
    assert again == plan
    answer = (await bakery.post(PATH, {}, "dpo")).json()
    assert (await done(bakery, answer["erasure"]))["counts"] == plan["counts"] | {
        "ledger": plan["counts"]["ledger"] + 1
    }


async def test_an_erased_customer_is_unknown_and_the_erasure_tells_nothing_of_them(bakery):
    name = await bakery.customer(ANN)
    answer = (await bakery.post(PATH, {}, "dpo")).json()
    assert (answer["state"], answer["customer"]) == ("requested", name)
    told = await done(bakery, answer["erasure"])
    assert (told["customer"], told["due"], told["ground"]) == ("", None, "request")
    problem(await bakery.get(f"/v1/customers/{ANN}"), 404, "customer-unknown")
    problem(await bakery.post(PATH, {}, "dpo"), 404, "customer-unknown")
    listed = (await bakery.get("/v1/erasures", "dpo")).json()
    assert [each["erasure"] for each in listed["erasures"]] == [answer["erasure"]]
    assert ANN.partition(":")[2] not in json.dumps(listed)


async def test_the_same_request_made_again_is_one_erasure_even_when_it_is_done(bakery):
    await bakery.customer(ANN)
    headers = {"idempotency-key": "letter-of-4-may"}
    first = (await bakery.post(PATH, {}, "dpo", headers=headers)).json()
    await done(bakery, first["erasure"])
    again = (await bakery.post(PATH, {}, "dpo", headers=headers)).json()
    assert (again["erasure"], again["state"]) == (first["erasure"], "done")
    await bakery.customer(ANN)
    problem(await bakery.post(PATH, {}, "dpo", headers=headers), 409, "command-conflict")


async def test_a_key_that_names_the_erasure_of_somebody_else_erases_nobody(bakery):
    await bakery.customer(ANN)
    await bakery.customer("email:bea@example.org")
    headers = {"idempotency-key": "letter-of-4-may"}
    first = (await bakery.post(PATH, {"within": "1d"}, "dpo", headers=headers)).json()
    other = "/v1/customers/email:bea@example.org/erasure"
    problem(await bakery.post(other, {}, "dpo", headers=headers), 409, "command-conflict")
    again = (await bakery.post(PATH, {"within": "1d"}, "dpo", headers=headers)).json()
    assert (again["erasure"], again["state"]) == (first["erasure"], "requested")


async def test_by_customer_id_and_with_time_for_others_to_be_told(bakery):
    name = await bakery.customer(ANN)
    answer = (await bakery.post(f"/v1/customers/{name}/erasure", {"within": "1d", "ground": "retention"}, "dpo")).json()
    shown = (await bakery.get(f"/v1/erasures/{answer['erasure']}", "dpo", params={"wait": 0.1})).json()
    assert (shown["state"], shown["ground"], shown["due"]) == ("requested", "retention", answer["due"])
    problem(await bakery.post(PATH, {}, "dpo"), 409, "erasure-under-way")
    problem(await held(bakery), 409, "erasure-under-way")
    listed = (await bakery.get("/v1/erasures", "dpo")).json()
    assert [(each["state"], each["customer"]) for each in listed["erasures"]] == [("requested", name)]


async def pages(bakery, limit, after=None):
    """Follow the list of erasures page by page, and return the pages."""
    found = []
    while True:
        query = {"limit": limit} | ({"after": after} if after is not None else {})
        page = (await bakery.get("/v1/erasures", "dpo", params=query)).json()
        found.append([(each["state"], each["erasure"]) for each in page["erasures"]])
        after = page["next"]
        if after is None:
            return found


async def test_erasures_are_paged_those_under_way_first_then_those_done(bakery):
    under_way, gone = [], []
    for number in range(5):
        await bakery.customer(f"email:slow{number}@example.org")
        path = f"/v1/customers/email:slow{number}@example.org/erasure"
        under_way.append((await bakery.post(path, {"within": "1d"}, "dpo")).json()["erasure"])
    for number in range(3):
        await bakery.customer(f"email:quick{number}@example.org")
        path = f"/v1/customers/email:quick{number}@example.org/erasure"
        gone.append((await bakery.post(path, {}, "dpo")).json()["erasure"])
        await done(bakery, gone[-1])
    expected = [("requested", each) for each in sorted(under_way)] + [("done", each) for each in gone]
    for limit in (1, 2, 4, 5, 6, 8, 200):
        found = await pages(bakery, limit)
        assert [each for page in found for each in page] == expected, limit
        assert max(map(len, found)) <= limit
    assert (await pages(bakery, 200, after="0")) == [expected[5:]]


@pytest.mark.parametrize("after", ["-1", "x", "inv_1", "1" * 30, "era_"])
async def test_a_place_that_no_page_has_named_is_refused(bakery, after):
    problem(await bakery.get("/v1/erasures", "dpo", params={"after": after}), 400, "parameter-invalid")


async def test_e5_a_legal_hold_refuses_with_its_ground_and_that_is_in_the_ledger_and_the_log(bakery):
    await bakery.customer(ANN)
    await held(bakery)
    await held(bakery, "tax", ground="legal_obligation")
    assert [each["name"] for each in (await bakery.get(PATH, "dpo")).json()["holds"]] == ["case-7", "tax"]
    told = problem(await bakery.post(PATH, {}, "dpo"), 409, "erasure-refused")
    assert "case-7 (legal_claims), tax (legal_obligation)" in told["detail"]
    assert [each["code"] for each in told["errors"]] == ["legal_claims", "legal_obligation"]
    facts = (await bakery.get("/v1/facts", params={"customer": ANN})).json()["facts"]
    assert [each["data"]["holds"] for each in facts if each["type"] == "ErasureRefused"] == [["case-7", "tax"]]
    leaves = await bakery.platform.runtime.leaves.page(0, 999)
    (leaf,) = [each for each in map(json.loads, leaves) if each["type"] == "erasure.refused"]
    assert leaf["reasons"] == ["legal_claims", "legal_obligation"]


async def test_legal_holds_are_imposed_replaced_lifted_and_end(bakery):
    await bakery.customer(ANN)
    until = "2999-01-01T00:00:00.000Z"
    assert [each["until"] for each in (await held(bakery, until=until)).json()["holds"]] == [until]
    longer = (await held(bakery)).json()["holds"]
    assert [(each["name"], each["by"], each["until"]) for each in longer] == [("case-7", "operator:dpo", None)]
    problem(await held(bakery, until=until), 409, "legal-hold-shorter")
    problem(await held(bakery, until="2013-12-31T00:00:00Z"), 422, "legal-hold-over")
    path = f"/v1/customers/{ANN}/legal-holds"
    problem(await bakery.post(f"{path}/other/lifting", {}, "dpo"), 409, "legal-hold-unknown")
    assert (await bakery.post(f"{path}/case-7/lifting", {"reason": "settled"}, "dpo")).json() == {"holds": []}
    assert (await bakery.get(path, "dpo")).json() == {"holds": []}
    assert (await bakery.post(PATH, {}, "dpo")).status_code == 200


async def test_a_legal_hold_on_a_side_that_was_merged_in_is_lifted_by_any_reference(bakery):
    await bakery.customer(ANN)
    await bakery.customer("email:bea@example.org")
    body = {"name": "case-9", "ground": "legal_claims"}
    await bakery.post("/v1/customers/email:bea@example.org/legal-holds", body, "dpo")
    await bakery.post("/v1/identity/merge", {"keep": ANN, "other": "email:bea@example.org"})
    problem(await bakery.post(PATH, {}, "dpo"), 409, "erasure-refused")
    lifted = await bakery.post(f"/v1/customers/{ANN}/legal-holds/case-9/lifting", {}, "dpo")
    assert lifted.json() == {"holds": []}


async def test_everybody_whose_data_must_be_kept_is_listed_where_the_last_page_ended(bakery):
    names = [await bakery.customer(f"email:{number}@example.org") for number in range(3)]
    for number in range(3):
        body = {"name": f"case-{number}", "ground": "legal_claims", "detail": f"of the firm {number}"}
        await bakery.post(f"/v1/customers/email:{number}@example.org/legal-holds", body, "dpo")
    first = (await bakery.get("/v1/legal-holds", "dpo", params={"limit": 2})).json()
    rest = (await bakery.get("/v1/legal-holds", "dpo", params={"limit": 2, "after": first["next"]})).json()
    listed = [*first["customers"], *rest["customers"]]
    assert [each["customer"] for each in listed] == sorted(names)
    assert {each["holds"][0]["detail"] for each in listed} == {f"of the firm {number}" for number in range(3)}
    assert (len(first["customers"]), rest["next"], rest["unread"]) == (2, None, [])
    problem(await bakery.get("/v1/legal-holds", "dpo", params={"limit": 0}), 400, "parameter-invalid")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH),
        ("POST", PATH),
        ("GET", "/v1/erasures"),
        ("GET", "/v1/erasures/era_1"),
        ("GET", f"/v1/customers/{ANN}/legal-holds"),
        ("POST", f"/v1/customers/{ANN}/legal-holds"),
        ("POST", f"/v1/customers/{ANN}/legal-holds/x/lifting"),
        ("GET", "/v1/legal-holds"),
        ("GET", "/v1/retention"),
        ("POST", "/v1/retention/runs"),
        ("GET", f"/v1/customers/{ANN}/export"),
    ],
)
async def test_nobody_may_do_it_by_default(bakery, method, path):
    await bakery.customer(ANN)
    for who in ("olga", "helper", "till", "root"):
        problem(await bakery.ask(method, path, who), 403, "scope-missing")


async def test_what_is_unknown_or_cannot_be_read_is_said_to_be(bakery):
    problem(await bakery.get(PATH, "dpo"), 404, "customer-unknown")
    problem(await bakery.post("/v1/customers/spam:1/erasure", {}, "dpo"), 422, "identifier-refused")
    problem(await bakery.get("/v1/erasures/era_none", "dpo"), 404, "erasure-unknown")
    await bakery.customer(ANN)
    problem(await bakery.post(PATH, {"ground": "whim"}, "dpo"), 422, "body-invalid")
    problem(await bakery.post(PATH, {"within": "soon"}, "dpo"), 422, "body-invalid")
    problem(await held(bakery, until="tomorrow"), 422, "time-unreadable")
    problem(await held(bakery, ground="Because!"), 422, "body-invalid")
    told = problem(await held(bakery, ground="because"), 422, "legal-hold-ground")
    assert all(ground in json.dumps(told) for ground in HOLD_GROUNDS)


async def test_the_list_goes_on_where_it_ended(bakery):
    for number in range(3):
        await bakery.customer(f"email:{number}@example.org")
        answer = (await bakery.post(f"/v1/customers/email:{number}@example.org/erasure", {}, "dpo")).json()
        await done(bakery, answer["erasure"])
    first = (await bakery.get("/v1/erasures", "dpo", params={"limit": 2})).json()
    rest = (await bakery.get("/v1/erasures", "dpo", params={"limit": 2, "after": first["next"]})).json()
    names = [each["erasure"] for each in (*first["erasures"], *rest["erasures"])]
    assert (len(first["erasures"]), len(set(names)), rest["next"]) == (2, 3, None)
