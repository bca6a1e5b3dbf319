"""Journeys over the API: who enters, where runs stand, and what people are asked."""

import asyncio

import pytest

from tests.faces.http.bakery import problem

ANN = "email:ann@example.org"
BOB = "email:bob@example.org"
KEY = {"idempotency-key": "k1"}
RYE = {"data": {"loaf": "rye"}}


@pytest.fixture
async def ann(bakery) -> str:
    """A customer known by an e-mail address."""
    return await bakery.customer(ANN)


async def enter(bakery, who=ANN, journey="tasting", body=RYE, as_whom="olga", **more):
    return await bakery.post(f"/v1/customers/{who}/journeys/{journey}", body, as_whom, **more)


async def entered(bakery, who=ANN, journey="tasting", body=RYE):
    response = await enter(bakery, who, journey, body)
    assert response.status_code == 200, response.text
    [run] = response.json()["runs"]
    return run


async def answer(bakery, run, choice, as_whom="olga", who=ANN, headers=None, **more):
    body = {"choice": choice, **more}
    return await bakery.post(f"/v1/customers/{who}/runs/{run}/answers", body, as_whom, headers=headers or {})


async def runs_of(bakery, who=ANN):
    return (await bakery.get(f"/v1/customers/{who}/runs")).json()["runs"]


async def ledger_end(bakery):
    return await bakery.platform.runtime.ledger.last()


async def test_a_customer_enters_by_asking_and_the_run_is_told(bakery, ann):
    receipt = (await enter(bakery)).json()
    assert (receipt["customer"], receipt["duplicate"], len(receipt["runs"])) == (ann, False, 1)
    [run] = await runs_of(bakery)
    assert run["run"] == receipt["runs"][0]
    assert (run["customer"], run["journey"], run["entered"]) == (ann, "tasting", True)
    assert run["vars"] == {"loaf": "rye"}
    [token] = run["tokens"]
    assert (token["step"], token["kind"], token["waits"], token["on"]) == ("agree", "ask", "person", "")
    assert token["asks"] == {
        "role": "supervisor",
        "question": f"Is there enough rye for {ann}?",
        "options": ["enough", "too_little"],
    }
    assert token["due"].endswith("Z")


async def test_a_key_says_what_a_run_is_about(bakery, ann):
    await entered(bakery, body={**RYE, "key": "loaf-7"})
    assert [run["key"] for run in await runs_of(bakery)] == ["loaf-7"]


async def test_the_same_wish_again_counts_once(bakery, ann):
    first = (await enter(bakery, headers=KEY)).json()
    assert (await enter(bakery, headers=KEY)).json() == {**first, "duplicate": True}
    problem(await enter(bakery, headers=KEY, body={"data": {"loaf": "spelt"}}), 409, "command-conflict")
    assert len(await runs_of(bakery)) == 1


async def test_the_same_wish_at_the_same_time_counts_once(bakery, ann):
    responses = await asyncio.gather(*(enter(bakery, journey="recipe", headers=KEY) for _ in range(8)))
    assert sorted(each.json()["duplicate"] for each in responses) == [False] + [True] * 7
    assert len(await runs_of(bakery)) == 1


@pytest.mark.parametrize(
    ("journey", "body", "who", "refusal"),
    [
        ("flying", RYE, "olga", (404, "journey-unknown")),
        ("inside", {}, "olga", (409, "journey-closed")),
        ("tasting", RYE, "helper", (403, "journey-not-granted")),
        ("tasting", RYE, "sue", (403, "journey-not-granted")),
        ("tasting", {"data": {"loaf": "rye", "sated": True}}, "olga", (409, "entry-condition")),
        ("tasting", {}, "olga", (422, "entry-fault")),
        ("tasting", RYE, "nina", (403, "scope-missing")),
        ("tasting", {"data": []}, "olga", (422, "body-invalid")),
        ("tasting", {"loaf": "rye"}, "olga", (422, "body-invalid")),
    ],
)
async def test_who_may_not_enter_does_not_and_nothing_changes(bakery, ann, journey, body, who, refusal):
    before = await ledger_end(bakery)
    problem(await enter(bakery, ANN, journey, body, who), *refusal)
    assert await ledger_end(bakery) == before
    assert await runs_of(bakery) == []


async def test_a_granted_journey_may_be_entered_by_an_agent(bakery, ann):
    assert (await enter(bakery, ANN, "recipe", {}, "helper")).status_code == 200


async def test_nobody_enters_twice_at_once_where_the_journey_says_so(bakery, ann):
    await entered(bakery)
    problem(await enter(bakery), 409, "entry-reentry")
    problem(await enter(bakery, "email:nobody@example.org"), 404, "customer-unknown")
    problem(await enter(bakery, "shoe:44"), 422, "identifier-refused")


async def test_an_answer_sends_the_run_on_and_the_run_tells_what_it_proposes(bakery, ann):
    run = await entered(bakery)
    receipt = (await answer(bakery, run, "enough", note="plenty")).json()
    assert receipt["customer"] == ann
    [held] = await held_of(bakery)
    [token] = (await runs_of(bakery))[0]["tokens"]
    assert (token["step"], token["waits"], token["proposes"]) == ("invite", "invocation", "give_refund")
    assert token["asks"] is None
    assert (held["id"], held["actor"]) == (token["on"], "journey:tasting")
    facts = (await bakery.get(f"/v1/customers/{ANN}/facts?limit=500")).json()["facts"]
    [said] = [each["data"] for each in facts if each["type"] == "QuestionAnswered"]
    assert (said["choice"], said["by"], said["note"]) == ("enough", "operator:olga", "plenty")


async def held_of(bakery):
    """Return a customer's open invocations once there is one."""
    async with asyncio.timeout(10):
        while True:
            grown = asyncio.create_task(bakery.platform.engine.grown())
            found = (await bakery.get(f"/v1/customers/{ANN}")).json()["invocations"]
            if found:
                grown.cancel()
                return found
            await grown


async def test_the_same_answer_again_counts_once_even_when_nothing_is_asked_any_more(bakery, ann):
    run = await entered(bakery)
    first = (await answer(bakery, run, "too_little", headers=KEY)).json()
    assert (await answer(bakery, run, "too_little", headers=KEY)).json() == {**first, "duplicate": True}
    problem(await answer(bakery, run, "enough", headers=KEY), 409, "command-conflict")
    problem(await answer(bakery, run, "too_little"), 409, "question-not-open")


@pytest.mark.parametrize(
    ("who", "choice", "more", "refusal"),
    [
        ("olga", "perhaps", {}, (422, "answer-unknown")),
        ("root", "perhaps", {}, (422, "answer-unknown")),
        ("paul", "enough", {}, (403, "question-role")),
        ("helper", "enough", {}, (403, "scope-missing")),
        ("olga", "enough", {"token": 7}, (409, "question-not-open")),
        ("olga", "enough", {"token": -1}, (422, "body-invalid")),
        ("olga", "", {}, (422, "body-invalid")),
    ],
)
async def test_an_answer_that_does_not_count_changes_nothing(bakery, ann, who, choice, more, refusal):
    run = await entered(bakery)
    before = await ledger_end(bakery)
    problem(await answer(bakery, run, choice, who, **more), *refusal)
    assert await ledger_end(bakery) == before
    problem(await answer(bakery, "run_none", "enough"), 409, "question-not-open")
    problem(await answer(bakery, run, "enough", who="email:nobody@example.org"), 404, "customer-unknown")


async def test_several_questions_of_one_run_are_answered_by_token(bakery, ann):
    run = await entered(bakery, journey="recipe", body={})
    asked = (await bakery.get("/v1/questions", params={"run": run})).json()["questions"]
    assert [(each["question"], each["role"]) for each in asked] == [
        ("How does it taste?", "baker"),
        ("How does it look?", "baker"),
    ]
    problem(await answer(bakery, run, "good"), 422, "token-missing")
    for each in asked:
        assert (await answer(bakery, run, "good", token=each["token"])).status_code == 200
    [handed] = (await bakery.get("/v1/questions")).json()["questions"]
    assert (handed["kind"], handed["question"], handed["options"]) == (
        "handover",
        "Talk about the recipe.",
        ["handed_back"],
    )
    assert (await answer(bakery, run, "handed_back")).status_code == 200
    assert await runs_of(bakery) == []


async def test_questions_are_listed_by_role_and_page_by_page(bakery):
    for number in range(5):
        who = f"email:c{number}@example.org"
        await bakery.customer(who)
        await entered(bakery, who)
        await entered(bakery, who, "recipe", {})
    for role, count in (("supervisor", 5), ("baker", 10), ("nobody", 0)):
        found = await pages(bakery, "/v1/questions", "questions", role=role)
        assert len(found) == len({(each["run"], each["token"]) for each in found}) == count
        assert {each["role"] for each in found} <= {role}
    assert len(await pages(bakery, "/v1/questions", "questions")) == 15


async def pages(bakery, path, name, **query):
    """Return a whole list, read in pages of two."""
    found, asked = [], {**query, "limit": 2}
    while True:
        page = (await bakery.get(path, params=asked)).json()
        assert len(page[name]) <= 2
        found += page[name]
        if page["next"] is None:
            return found
        asked["after"] = page["next"]


async def test_runs_are_listed_by_where_they_stand(bakery, ann):
    await bakery.customer(BOB)
    asked, resting = await entered(bakery), await entered(bakery, BOB)
    tasting = {each["run"] for each in await pages(bakery, "/v1/runs", "runs")}
    assert tasting == {asked, resting}
    await answer(bakery, resting, "too_little", who=BOB)
    await entered(bakery, ANN, "recipe", {})
    version = (await runs_of(bakery, BOB))[0]["version"]

    async def found(**query):
        return sorted((each["journey"], each["step"]) for each in await pages(bakery, "/v1/runs", "runs", **query))

    both = [("recipe", "look"), ("recipe", "taste")]
    assert await found(journey="tasting") == [("tasting", "agree"), ("tasting", "rest")]
    assert await found(step="rest") == [("tasting", "rest")]
    assert await found(version=version, waits="time") == [("tasting", "rest")]
    assert await found(waits="person") == [*both, ("tasting", "agree")]
    assert [each for each in await found(customer=ANN) if each[1] != "both"] == [*both, ("tasting", "agree")]
    assert await found(customer=BOB) == [("tasting", "rest")]
    assert await found(customer=ANN, waits="person", journey="tasting") == [("tasting", "agree")]
    assert await found(aside=True) == []
    problem(await bakery.get("/v1/runs?customer=email:nobody@example.org"), 404, "customer-unknown")
    problem(await bakery.get("/v1/runs?waits=luck"), 400, "parameter-invalid")
    problem(await bakery.get("/v1/runs?journey=tsating"), 404, "journey-unknown")
    problem(await bakery.get("/v1/runs?step=rset"), 400, "parameter-invalid")


@pytest.mark.parametrize("after", ["x", "a/b", "a/b/c", "a//1", "/b/1", "a/b/-1", "a/b/9999999999", "a/b/1/2"])
async def test_a_place_that_no_page_has_named_is_refused(bakery, after):
    for path in ("/v1/runs", "/v1/questions"):
        problem(await bakery.get(path, params={"after": after}), 400, "parameter-invalid")


async def test_lists_tell_nothing_of_a_customer_but_ids(bakery, ann):
    await entered(bakery, body={"data": {"loaf": "ann@example.org"}})
    for path in ("/v1/runs", "/v1/journeys", "/v1/journeys/tasting"):
        response = await bakery.get(path)
        assert response.status_code == 200
        assert "ann@example.org" not in response.text


async def test_a_merged_customer_is_in_the_runs_of_every_side(bakery, ann):
    bob = await bakery.customer(BOB)
    runs = {await entered(bakery), await entered(bakery, BOB)}
    await bakery.post("/v1/identity/merge", {"keep": ann, "other": bob})
    told = await runs_of(bakery, ann)
    assert {each["run"] for each in told} == runs
    assert {each["customer"] for each in told} == {ann, bob}
    assert {each["run"] for each in await pages(bakery, "/v1/runs", "runs", customer=ann)} == runs
    for each in told:
        assert (await answer(bakery, each["run"], "too_little", who=ann)).status_code == 200


async def test_journeys_are_listed_with_what_stands_in_them(bakery, ann):
    await entered(bakery)
    await entered(bakery, journey="recipe", body={})
    listed = (await bakery.get("/v1/journeys")).json()["journeys"]
    assert [(each["name"], each["priority"], each["tokens"], each["former"]) for each in listed] == [
        ("inside", 50, 0, []),
        ("recipe", 50, 3, []),
        ("tasting", 60, 1, []),
    ]
    [version] = (await bakery.get("/v1/journeys/tasting")).json()["versions"]
    assert version["version"] == listed[2]["version"]
    assert version["entered"]
    assert [(each["step"], each["kind"], each["tokens"]) for each in version["steps"]] == [
        ("agree", "ask", 1),
        ("invite", "propose", 0),
        ("rest", "wait", 0),
    ]
    assert version["steps"][0]["waits"] == {"person": 1}
    problem(await bakery.get("/v1/journeys/flying"), 404, "journey-unknown")


@pytest.mark.parametrize("path", ["/v1/journeys", "/v1/journeys/tasting", "/v1/runs", "/v1/questions"])
async def test_who_may_not_read_is_told_nothing(bakery, path):
    problem(await bakery.get(path, "till"), 403, "scope-missing")
    problem(await bakery.get(path, None), 401, "key-missing")
