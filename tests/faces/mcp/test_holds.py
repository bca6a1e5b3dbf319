"""Holds: what a request waits for, asked of the client's user or of a person of the enterprise."""

import asyncio
import re

from tests.faces.mcp.exchange import ANN, FORMS, LINKS, TASKS, open_exchange, said
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Halt
from xop.kernel.halts.model import PLATFORM

SUE = Actor("operator", "sue")
ACCEPT = {"action": "accept"}


def retry(asked, **responses):
    """Return what a retry adds to the parameters of its request."""
    return {"requestState": asked["requestState"], "inputResponses": responses}


def chosen(purpose):
    """Return a user's answer to the question for the purpose."""
    return {"action": "accept", "content": {"purpose": purpose}}


async def test_a_missing_purpose_is_asked_for(exchange):
    asked = await exchange.call("make_offer", who="seller", can=FORMS)
    assert asked["resultType"] == "input_required"
    question = asked["inputRequests"]["purpose"]
    assert question["method"] == "elicitation/create"
    assert question["params"]["mode"] == "form"
    assert question["params"]["requestedSchema"]["properties"]["purpose"]["enum"] == ["advice", "loyalty"]
    result = await exchange.call("make_offer", who="seller", can=FORMS, extra=retry(asked, purpose=chosen("loyalty")))
    assert result["structuredContent"] == {"offered_for": "loyalty"}


async def test_a_purpose_may_be_named_at_once(exchange):
    result = await exchange.call("make_offer", who="seller", meta={"io.xop/purpose": "advice"})
    assert result["structuredContent"] == {"offered_for": "advice"}


async def test_a_client_that_cannot_ask_is_told_which_purposes_there_are(exchange):
    result = await exchange.call("make_offer", who="seller")
    assert result["isError"] is True
    assert "advice, loyalty" in said(result)


async def test_a_state_brought_back_twice_acts_once(exchange):
    asked = await exchange.call("make_offer", who="seller", can=FORMS)
    answers = [
        await exchange.call("make_offer", who="seller", can=FORMS, extra=retry(asked, purpose=chosen(purpose)))
        for purpose in ("loyalty", "advice")
    ]
    assert [answer["structuredContent"] for answer in answers] == [{"offered_for": "loyalty"}] * 2
    assert await exchange.carried_out("make_offer") == 1


async def test_a_state_serves_only_the_request_and_the_agent_it_was_made_for(exchange):
    asked = await exchange.call("make_offer", who="seller", can=FORMS)
    params = {"name": "make_offer", "arguments": {"customer": ANN}, **retry(asked, purpose=chosen("advice"))}
    other_customer = {**params, "arguments": {"customer": "email:bob@example.org"}}
    other_tool = {**params, "name": "grant_credit", "arguments": {"customer": ANN, "cents": 1}}
    state = asked["requestState"]
    forged = {**params, "requestState": state[:-4] + ("AAAA" if state[-4:] != "AAAA" else "BBBB")}
    for who, tried in (("seller", other_customer), ("guide", other_tool), ("guide", params), ("seller", forged)):
        error = await exchange.error("tools/call", tried, who, can=FORMS)
        assert (error["code"], error["message"]) == (-32602, "Invalid or expired requestState")
    assert await exchange.carried_out("make_offer") == 0


async def test_a_purpose_that_was_not_offered_is_refused(exchange):
    asked = await exchange.call("make_offer", who="seller", can=FORMS)
    params = {"name": "make_offer", "arguments": {"customer": ANN}, **retry(asked, purpose=chosen("service"))}
    error = await exchange.error("tools/call", params, "seller", can=FORMS)
    assert (error["code"], error["message"]) == (-32602, "the purpose is none of those that were offered")


async def test_a_user_who_does_not_say_why_is_not_served(exchange):
    asked = await exchange.call("make_offer", who="seller", can=FORMS)
    result = await exchange.call(
        "make_offer", who="seller", can=FORMS, extra=retry(asked, purpose={"action": "cancel"})
    )
    assert result["isError"] is True
    assert await exchange.carried_out("make_offer") == 0


async def test_the_customer_confirms_who_they_are_and_the_call_goes_on(exchange):
    talk = {"conversation": "talk-1"}
    asked = await exchange.call("reset_password", talk, can=LINKS)
    assert asked["resultType"] == "input_required"
    link = asked["inputRequests"]["verification"]["params"]["url"]
    assert link.startswith(f"{exchange.url}/step-up/")
    page = await exchange.client.get(link)
    assert page.status_code == 200
    assert 'name="code"' in page.text
    assert "<script" not in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    wrong = await exchange.client.post(link, data={"code": "1111"})
    assert "not right" in wrong.text
    assert await exchange.carried_out("reset_password") == 0
    right = await exchange.client.post(link, data={"code": "4711"})
    assert "confirmed" in right.text
    extra = retry(asked, verification=ACCEPT)
    for _ in range(2):
        result = await exchange.call("reset_password", talk, can=LINKS, extra=extra)
        assert result["structuredContent"] == {"reset": True}
    assert await exchange.carried_out("reset_password") == 1


async def link_for(exchange, conversation="talk-1"):
    """Return a new link under which Ann confirms who she is."""
    asked = await exchange.call("reset_password", {"conversation": conversation}, can=LINKS)
    return asked["inputRequests"]["verification"]["params"]["url"]


async def test_a_customer_has_only_a_few_tries_however_many_links_are_asked_for(exchange):
    for _ in range(5):
        assert (await exchange.client.post(await link_for(exchange), data={"code": "1111"})).status_code == 200
    spent = await exchange.client.post(await link_for(exchange), data={"code": "4711"})
    assert spent.status_code == 403
    assert await exchange.carried_out("reset_password") == 0


async def test_codes_typed_at_the_same_moment_count_as_well(exchange):
    link = await link_for(exchange)
    await asyncio.gather(*(exchange.client.post(link, data={"code": "1111"}) for _ in range(20)))
    assert await exchange.carried_out("check_code") <= 5


async def test_right_codes_leave_the_tries_for_wrong_ones(exchange):
    for number in range(6):
        link = await link_for(exchange, f"talk-{number}")
        assert "confirmed" in (await exchange.client.post(link, data={"code": "4711"})).text


async def test_without_a_conversation_nobody_is_given_a_link(exchange):
    held = await exchange.call("reset_password", can=LINKS)
    assert held["isError"] is True
    assert "/step-up/" not in str(held)
    assert "name it as `conversation`" in said(held)


async def test_a_form_sent_from_another_site_is_not_taken(exchange):
    asked = await exchange.call("reset_password", {"conversation": "talk-1"}, can=LINKS)
    link = asked["inputRequests"]["verification"]["params"]["url"]
    response = await exchange.client.post(link, data={"code": "4711"}, headers={"origin": "https://evil.example"})
    assert response.status_code == 403
    response = await exchange.client.post(link, data={"code": "4711"}, headers={"sec-fetch-site": "cross-site"})
    assert response.status_code == 403
    assert (await exchange.client.get(f"{link}x")).status_code == 404


async def test_a_verification_holds_for_its_conversation_alone(exchange):
    asked = await exchange.call("reset_password", {"conversation": "talk-1"}, can=LINKS)
    await exchange.client.post(asked["inputRequests"]["verification"]["params"]["url"], data={"code": "4711"})
    again = await exchange.call("reset_password", {"conversation": "talk-1"})
    assert again["structuredContent"] == {"reset": True}
    elsewhere = await exchange.call("reset_password", {"conversation": "talk-2"})
    assert elsewhere["isError"] is True


async def test_a_client_that_cannot_open_links_is_given_the_address_to_pass_on(exchange):
    result = await exchange.call("reset_password", {"conversation": "talk-1"})
    link = re.search(r"http://\S+", said(result))
    assert link is not None
    ask = {"name": "get_request_status", "arguments": request(result)}
    assert (await exchange.result("tools/call", ask))["structuredContent"]["status"] == "held"
    assert (await exchange.client.post(link[0], data={"code": "4711"})).status_code == 200
    decision = await exchange.decision(result)
    assert await exchange.platform.engine.ended(decision.invocation, decision.customer, 0, 20) is not None
    status = await exchange.result("tools/call", ask)
    assert status["structuredContent"] == {"reset": True}


def request(result):
    """Return the arguments that ask what became of a request."""
    return {"request": result["_meta"]["io.xop/decision"]}


async def test_who_waits_for_a_person_is_told_and_may_ask_later(exchange):
    held = await exchange.call("grant_credit", {"cents": 6000})
    assert held["isError"] is True
    assert "Credits above 50.00 need a supervisor." in said(held)
    told = held["_meta"]["io.modelcontextprotocol/authorization"]
    assert told["remediation"] == "available"
    ask = {"name": "get_request_status", "arguments": request(held)}
    waiting = await exchange.result("tools/call", ask)
    assert waiting["structuredContent"]["status"] == "held"
    assert waiting["structuredContent"]["approvers"] == ["supervisor"]
    decision = await exchange.decision(held)
    await exchange.approve(decision.invocation)
    for _ in range(2):
        result = await exchange.result("tools/call", ask)
        assert result["structuredContent"] == {"credited": 6000}
    assert await exchange.carried_out("grant_credit") == 1


async def test_what_a_person_changed_before_approving_is_what_the_agent_learns(exchange):
    held = await exchange.call("grant_credit", {"cents": 6000})
    decision = await exchange.decision(held)
    await exchange.approve(decision.invocation, arguments={"cents": 100})
    ask = {"name": "get_request_status", "arguments": request(held)}
    result = await exchange.result("tools/call", ask)
    assert result["structuredContent"] == {"credited": 100}
    assert said(result).startswith('A person approved something else instead: {"cents":100}. That is done.')
    assert result["_meta"]["io.xop/instead"] == {"cents": 100}
    assert await exchange.carried_out("grant_credit") == 1


async def test_a_request_is_nobody_elses_business(exchange):
    held = await exchange.call("grant_credit", {"cents": 6000})
    for who, name in (("rival", held["_meta"]["io.xop/decision"]), ("guide", "dec_000000000000000000000000")):
        asked = {"name": "get_request_status", "arguments": {"request": name}}
        result = await exchange.result("tools/call", asked, who)
        assert result["isError"] is True
        assert "no such request" in said(result)


async def test_a_client_that_knows_tasks_is_given_one(exchange):
    task = await exchange.call("grant_credit", {"cents": 6000}, can=TASKS)
    assert (task["resultType"], task["status"]) == ("task", "working")
    decision = await exchange.decision(task)
    named = {"taskId": task["taskId"]}
    assert (await exchange.result("tasks/get", named, can=TASKS))["status"] == "working"
    await exchange.approve(decision.invocation)
    done = await exchange.result("tasks/get", named, can=TASKS)
    assert done["status"] == "completed"
    assert done["result"]["structuredContent"] == {"credited": 6000}
    assert await exchange.carried_out("grant_credit") == 1


async def test_a_task_refused_by_a_person_ends_with_a_refusal(exchange):
    task = await exchange.call("grant_credit", {"cents": 6000}, can=TASKS)
    decision = await exchange.decision(task)
    await exchange.approve(decision.invocation, approved=False)
    done = await exchange.result("tasks/get", {"taskId": task["taskId"]}, can=TASKS)
    assert done["status"] == "completed"
    assert done["result"]["isError"] is True
    assert await exchange.carried_out("grant_credit") == 0


async def test_a_task_tells_what_a_person_approved_instead(exchange):
    task = await exchange.call("grant_credit", {"cents": 6000}, can=TASKS)
    await exchange.approve((await exchange.decision(task)).invocation, arguments={"cents": 100})
    done = (await exchange.result("tasks/get", {"taskId": task["taskId"]}, can=TASKS))["result"]
    assert done["_meta"]["io.xop/instead"] == {"cents": 100}
    assert "something else instead" in said(done)


async def test_a_hold_says_what_its_time_means(exchange):
    approval = await exchange.call("grant_credit", {"cents": 6000})
    assert "refused if nobody answers by" in said(approval)
    verification = await exchange.call("reset_password", {"conversation": "talk-1"})
    assert "looked at again at" in said(verification)


async def test_what_is_halted_may_be_tried_later(exchange):
    await exchange.platform.engine.submit(Halt("halt:1", SUE, "action:grant_credit", "odd credits"), PLATFORM)
    refused = await exchange.call("grant_credit", {"cents": 5})
    assert "Halted until a person resumes it; try again later." in said(refused)
    assert "Do not try it again" not in said(refused)
    assert refused["_meta"]["io.modelcontextprotocol/authorization"]["remediation"] == "available"


async def test_a_task_can_be_taken_back(exchange):
    task = await exchange.call("grant_credit", {"cents": 6000}, can=TASKS)
    named = {"taskId": task["taskId"]}
    assert (await exchange.result("tasks/cancel", named, can=TASKS))["resultType"] == "complete"
    assert (await exchange.result("tasks/get", named, can=TASKS))["status"] == "cancelled"


async def test_a_task_is_its_own_agents_alone(exchange):
    task = await exchange.call("grant_credit", {"cents": 6000}, can=TASKS)
    for method in ("tasks/get", "tasks/cancel", "tasks/update"):
        error = await exchange.error(method, {"taskId": task["taskId"]}, "rival", can=TASKS)
        assert (error["status"], error["code"]) == (400, -32602)
        error = await exchange.error(method, {"taskId": task["taskId"]})
        assert (error["status"], error["code"]) == (400, -32021)


async def test_a_request_outlives_the_server(tmp_path):
    async with open_exchange(tmp_path) as exchange:
        await exchange.tell("person.seen", talk="talk-1")
        task = await exchange.call("grant_credit", {"cents": 6000}, can=TASKS)
        asked = await exchange.call("reset_password", {"conversation": "talk-1"}, can=LINKS)
        link = asked["inputRequests"]["verification"]["params"]["url"].removeprefix(exchange.url)
    async with open_exchange(tmp_path) as exchange:
        decision = await exchange.decision(task)
        await exchange.approve(decision.invocation)
        done = await exchange.result("tasks/get", {"taskId": task["taskId"]}, can=TASKS)
        assert done["result"]["structuredContent"] == {"credited": 6000}
        assert (await exchange.client.post(link, data={"code": "4711"})).status_code == 200
        extra = retry(asked, verification=ACCEPT)
        result = await exchange.call("reset_password", {"conversation": "talk-1"}, can=LINKS, extra=extra)
        assert result["structuredContent"] == {"reset": True}
        assert await exchange.carried_out("reset_password") == 1
