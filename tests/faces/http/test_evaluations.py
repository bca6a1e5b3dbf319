"""Other enforcement points ask the same arbiter, and nothing is done."""

import pytest

from tests.faces.http.authority import ADDRESS, issuer_of, open_authority, open_with, trusting_files
from tests.faces.http.bakery import problem

ANN = "email:ann@example.org"
ONE, ALL = "/access/v1/evaluation", "/access/v1/evaluations"
HELPER = {"type": "agent", "id": "helper"}
CUSTOMER = {"type": "customer", "id": ANN}
SMALL = {"name": "give_refund", "properties": {"cents": 100}}
LARGE = {"name": "give_refund", "properties": {"cents": 7000}}


def question(**changes):
    return {"subject": HELPER, "action": SMALL, "resource": CUSTOMER, **changes}


async def evaluate(bakery, body, who="olga", path=ONE, **more):
    response = await bakery.post(path, body, who, **more)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.fixture
async def ann(bakery):
    return await bakery.customer(ANN, data={"loaves": 2})


async def test_a_verdict_is_recorded_and_nothing_is_done(bakery, ann):
    answer = await evaluate(bakery, question())
    assert answer["decision"] is True
    context = answer["context"]
    assert context["verdict"] == "permit"
    [decision] = (await bakery.get("/v1/decisions")).json()["decisions"]
    assert decision["decision"] == context["decision"]
    assert (decision["stage"], decision["actor"]) == ("evaluation", "agent:helper")
    assert (decision["action"], decision["verdict"]) == ("give_refund", "permit")
    assert (await bakery.get(f"/v1/customers/{ann}")).json()["invocations"] == []
    kept = await bakery.platform.runtime.ledger.decisions(None, 1, None)
    assert kept[0].entry.command.id.startswith("evaluation:operator:olga:")
    assert kept[0].entry.facts == ()


async def test_what_would_be_held_is_not_permitted_and_says_what_for(bakery, ann):
    answer = await evaluate(bakery, question(action=LARGE))
    assert answer["decision"] is False
    context = answer["context"]
    assert (context["verdict"], context["until"]) == ("hold", "approval")
    assert context["approvers"]
    assert context["code"]
    assert context["reasons"]
    assert context["due"].endswith("Z")


async def test_what_is_not_granted_is_denied(bakery, ann):
    answer = await evaluate(bakery, question(subject={"type": "agent", "id": "shy"}))
    assert answer["decision"] is False
    assert answer["context"]["verdict"] == "deny"


async def test_the_verdict_is_that_of_a_proposal(bakery, ann):
    for action in (SMALL, LARGE):
        asked = await evaluate(bakery, question(action=action))
        made = await bakery.propose("give_refund", ANN, "helper", arguments=action["properties"])
        context = asked["context"]
        assert (context["verdict"], context["code"]) == (made["verdict"], made["code"])
        assert context["reasons"] == made["reasons"]


async def test_arguments_purpose_and_conversation_may_stand_in_the_context(bakery, ann):
    surroundings = {"arguments": {"cents": 7000}, "purpose": "service", "conversation": "c-1", "time": "now"}
    answer = await evaluate(bakery, question(context=surroundings))
    assert answer["context"]["until"] == "approval"
    refused = await evaluate(bakery, question(context={"purpose": "world_domination"}))
    assert refused["context"]["error"]["code"] == "purpose-unfit"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"resource": {"type": "document", "id": "1"}}, "evaluation-invalid"),
        ({"resource": {"type": "customer", "id": "email:nobody@example.org"}}, "customer-unknown"),
        ({"resource": {"type": "customer", "id": "cus_nobody"}}, "customer-unknown"),
        ({"resource": {"type": "customer", "id": "no_such_namespace:x"}}, "identifier-refused"),
        ({"subject": {"type": "user", "id": "alice"}}, "evaluation-invalid"),
        ({"action": {"name": "conquer"}}, "action-unknown"),
        ({"action": {"name": "give_refund"}}, "arguments-unfit"),
    ],
)
async def test_what_is_not_known_never_permits(bakery, ann, changes, code):
    answer = await evaluate(bakery, question(**changes))
    assert answer["decision"] is False
    error = answer["context"]["error"]
    assert error["code"] == code
    assert error["message"]
    assert error["remedy"]
    assert "decision" not in answer["context"]


async def test_a_subject_that_is_nobody_is_denied(bakery, ann):
    answer = await evaluate(bakery, question(subject={"type": "agent", "id": "nobody"}))
    assert answer["decision"] is False


async def test_a_caller_asks_about_itself_without_any_scope(bakery, ann):
    assert (await evaluate(bakery, question(), "helper"))["decision"] is True
    answer = await evaluate(bakery, question(subject={"type": "operator", "id": "nina"}), "nina")
    assert answer["decision"] is False


async def test_asking_about_others_takes_the_scope(bakery, ann):
    for path in (ONE, ALL):
        refused = problem(await bakery.post(path, question(), "nina"), 403, "scope-missing")
        assert "evaluations:write" in refused["detail"]
    mixed = {"action": SMALL, "resource": CUSTOMER, "evaluations": [{"subject": HELPER}, {"subject": CUSTOMER}]}
    before = len((await bakery.get("/v1/decisions")).json()["decisions"])
    problem(await bakery.post(ALL, mixed, "helper"), 403, "scope-missing")
    assert len((await bakery.get("/v1/decisions")).json()["decisions"]) == before


async def test_a_batch_is_answered_in_order_with_its_own_values_for_what_is_left_out(bakery, ann):
    body = {**question(), "evaluations": [{}, {"action": LARGE}, {"resource": {"type": "x", "id": "y"}}, {}]}
    answers = (await evaluate(bakery, body, path=ALL))["evaluations"]
    assert [each["decision"] for each in answers] == [True, False, False, True]
    assert answers[2]["context"]["error"]["code"] == "evaluation-invalid"
    ids = {each["context"]["decision"] for each in answers if "decision" in each["context"]}
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("semantic", "expected"),
    [
        ("execute_all", [True, False, True]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
async def test_a_batch_ends_where_the_rest_does_not_matter(bakery, ann, semantic, expected):
    options = {"evaluations_semantic": semantic, "another_option": 1}
    body = {**question(), "options": options, "evaluations": [{}, {"action": LARGE}, {}]}
    answers = (await evaluate(bakery, body, path=ALL))["evaluations"]
    assert [each["decision"] for each in answers] == expected


@pytest.mark.parametrize("more", [{}, {"evaluations": []}])
async def test_a_batch_without_evaluations_is_a_single_question(bakery, ann, more):
    assert (await evaluate(bakery, {**question(), **more}, path=ALL))["decision"] is True


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (ONE, {}),
        (ONE, {"subject": HELPER, "action": SMALL}),
        (ONE, question(subject="agent:helper")),
        (ONE, question(action={"name": 7})),
        (ONE, []),
        (ALL, {"evaluations": [{"subject": HELPER}]}),
        (ALL, {**question(), "options": {"evaluations_semantic": "guess"}, "evaluations": [{}]}),
        (ALL, {**question(), "evaluations": [{}] * 101}),
    ],
)
async def test_a_body_that_is_no_evaluation_is_refused(bakery, ann, path, body):
    problem(await bakery.post(path, body), 400, "evaluation-invalid")


async def test_the_name_of_a_request_is_repeated(bakery, ann):
    name = {"x-request-id": "bfe9eb29-ab87"}
    for body, status in ((question(), 200), ({}, 400)):
        response = await bakery.post(ONE, body, headers=name)
        assert (response.status_code, response.headers["x-request-id"]) == (status, "bfe9eb29-ab87")
    response = await bakery.post(ONE, question(), None, headers=name)
    assert (response.status_code, response.headers["x-request-id"]) == (401, "bfe9eb29-ab87")
    assert "x-request-id" not in (await bakery.post(ONE, question())).headers


async def test_where_to_ask_is_told_once_the_address_is_known(bakery, tmp_path):
    problem(await bakery.get("/.well-known/authzen-configuration", None), 404, "path-unknown")
    async with open_authority() as authority, open_with(tmp_path / "own", trusting_files(issuer_of(authority))) as shop:
        document = (await shop.get("/.well-known/authzen-configuration", None)).json()
    assert document == {
        "policy_decision_point": ADDRESS,
        "access_evaluation_endpoint": ADDRESS + ONE,
        "access_evaluations_endpoint": ADDRESS + ALL,
    }


async def test_a_token_that_lacks_the_scope_is_told_to_ask_for_more(tmp_path):
    async with open_authority() as authority, open_with(tmp_path, trusting_files(issuer_of(authority))) as shop:
        await shop.customer(ANN)
        headers = {"authorization": f"Bearer {authority.token()}"}
        assert (await shop.post(ONE, question(), None, headers=headers)).status_code == 200
        other = question(subject={"type": "agent", "id": "shy"})
        problem(await shop.post(ONE, other, None, headers=headers), 403, "scope-missing")
