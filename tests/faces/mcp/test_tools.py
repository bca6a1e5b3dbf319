"""Tools: what an agent sees, and what comes of calling it."""

import pytest

from tests.faces.mcp.exchange import ANN, said


async def test_an_agent_sees_what_was_granted_to_it_in_order_of_name(exchange):
    listed = await exchange.result("tools/list", who="rival")
    assert [tool["name"] for tool in listed["tools"]] == [
        "get_request_status",
        "hand_over",
        "grant_credit",
        "look_up_plan",
    ]
    assert (listed["cacheScope"], listed["resultType"]) == ("private", "complete")
    assert listed["ttlMs"] > 0
    credit = listed["tools"][2]
    assert credit["description"] == "Credit money to the customer's account."
    assert credit["inputSchema"]["required"] == ["cents", "customer"]


async def test_whoever_names_the_customer_beside_the_arguments_is_not_asked_for_it(exchange):
    listed = await exchange.result("tools/list", query=f"?customer={ANN}")
    credit = next(tool for tool in listed["tools"] if tool["name"] == "grant_credit")
    assert credit["inputSchema"]["required"] == ["cents"]


async def test_hints_come_from_the_contract(exchange):
    listed = {tool["name"]: tool["annotations"] for tool in (await exchange.result("tools/list"))["tools"]}
    assert listed["look_up_plan"]["readOnlyHint"] is True
    assert listed["change_plan"]["destructiveHint"] is False
    assert listed["close_line"]["destructiveHint"] is True


async def test_a_permitted_call_gives_the_result_and_names_the_decision(exchange):
    result = await exchange.call("grant_credit", {"cents": 700})
    assert result["structuredContent"] == {"credited": 700}
    assert said(result) == '{"credited":700}'
    assert not result.get("isError")
    decision = await exchange.decision(result)
    assert (decision.verdict, str(decision.actor)) == ("permit", "agent:guide")


@pytest.mark.parametrize(
    "named", [{"query": f"?customer={ANN}"}, {"headers": {"xop-customer": ANN}}, {"meta": {"io.xop/customer": ANN}}]
)
async def test_a_customer_may_be_named_beside_the_arguments(exchange, named):
    result = await exchange.result("tools/call", {"name": "grant_credit", "arguments": {"cents": 5}}, **named)
    assert result["structuredContent"] == {"credited": 5}


async def test_a_call_stays_in_the_trace_it_came_in(exchange):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    result = await exchange.call("grant_credit", {"cents": 7}, meta={"traceparent": trace})
    assert result["_meta"]["traceparent"] == trace


async def test_a_refusal_tells_the_reason_and_nothing_of_the_other_side(exchange):
    result = await exchange.call("close_line")
    assert result["isError"] is True
    assert "Lines are closed by people only." in said(result)
    told = result["_meta"]["io.modelcontextprotocol/authorization"]
    decision = await exchange.decision(result)
    assert told == {
        "reason": "exchange.lines_stay",
        "remediation": "unavailable",
        "authorizationContextId": decision.id,
    }
    assert "secret_of_the_switch" not in str(result)


async def test_a_tool_of_others_is_as_unknown_as_one_that_is_not_there(exchange):
    for name in ("close_line", "no_such_tool"):
        error = await exchange.error("tools/call", {"name": name, "arguments": {"customer": ANN}}, "rival")
        assert (error["status"], error["code"], error["message"]) == (400, -32602, f"Unknown tool: {name}")


async def test_a_call_of_what_was_not_granted_is_on_record(exchange):
    for name in ("close_line", "no_such_tool"):
        await exchange.error("tools/call", {"name": name, "arguments": {"customer": ANN}}, "rival")
    stored = await exchange.platform.runtime.ledger.decisions(None, 100, None)
    told = [each.entry.decision for each in stored]
    assert [(str(each.actor), each.action, each.verdict, each.stage) for each in told] == [
        ("agent:rival", "close_line", "deny", "evaluation")
    ]


async def test_who_must_be_engaged_cannot_tell_who_is_known(exchange):
    said_of = []
    for who in (ANN, "email:nobody@example.org", "cus_nobody"):
        result = await exchange.call("look_up_plan", {"customer": who}, "tied")
        assert result["isError"] is True
        said_of.append(result)
    assert said_of[0] == said_of[1] == said_of[2]
    assert "no conversation or task with such a customer" in said(said_of[0])
    (stored,) = await exchange.platform.runtime.ledger.decisions(None, 100, None)
    assert stored.entry.decision.code == "xop.not_engaged"


async def test_arguments_that_do_not_fit_never_reach_the_arbiter(exchange):
    last = await exchange.platform.runtime.ledger.last()
    result = await exchange.call("grant_credit", {"cents": "many"})
    assert result["isError"] is True
    assert "cents" in said(result)
    assert await exchange.platform.runtime.ledger.last() == last


async def test_who_names_no_customer_is_told_how(exchange):
    result = await exchange.result("tools/call", {"name": "look_up_plan", "arguments": {}})
    assert result["isError"] is True
    assert "io.xop/customer" in said(result)


async def test_an_agent_that_is_only_observed_does_nothing(exchange):
    for cents, verdict in ((9, "permit"), (9000, "hold")):
        result = await exchange.call("grant_credit", {"cents": cents}, "ghost")
        assert result["isError"] is True
        assert f"would have been {verdict}" in said(result)
    assert await exchange.carried_out("grant_credit") == 0


async def test_a_failure_is_told_as_such(exchange):
    result = await exchange.call("unlucky")
    assert result["isError"] is True
    assert "could not be carried out" in said(result)


async def test_what_nobody_knows_is_not_to_be_repeated(exchange):
    result = await exchange.call("lost")
    assert result["isError"] is True
    assert "Do not repeat it" in said(result)


async def test_a_call_repeated_with_its_key_acts_once(exchange):
    key = {"io.xop/idempotency": "credit-1"}
    first = await exchange.call("grant_credit", {"cents": 9}, meta=key)
    again = await exchange.call("grant_credit", {"cents": 9}, meta=key)
    assert first["_meta"]["io.xop/decision"] == again["_meta"]["io.xop/decision"]
    assert again["structuredContent"] == {"credited": 9}
    assert await exchange.carried_out("grant_credit") == 1


async def test_a_key_used_for_something_else_is_refused(exchange):
    key = {"io.xop/idempotency": "credit-1"}
    await exchange.call("grant_credit", {"cents": 9}, meta=key)
    params = {"name": "grant_credit", "arguments": {"customer": ANN, "cents": 10}}
    error = await exchange.error("tools/call", params, meta=key)
    assert (error["status"], error["code"]) == (400, -32602)
    assert await exchange.carried_out("grant_credit") == 1


async def test_calls_without_a_key_are_calls_of_their_own(exchange):
    for _ in range(2):
        await exchange.call("grant_credit", {"cents": 9})
    assert await exchange.carried_out("grant_credit") == 2


async def test_an_agent_touches_only_customers_it_is_in_a_conversation_with(exchange):
    refused = await exchange.call("look_up_plan", who="tied")
    assert refused["isError"] is True
    result = await exchange.call("look_up_plan", {"conversation": "talk-1"}, "tied")
    assert result["structuredContent"]["plan"] == "gold"


async def test_arguments_repeated_in_headers_must_be_the_same_there(exchange):
    params = {"name": "change_plan", "arguments": {"customer": ANN, "plan": "gold"}}
    error = await exchange.error("tools/call", params, headers={"mcp-param-plan": "silver"})
    assert (error["status"], error["code"]) == (400, -32020)
    result = await exchange.result("tools/call", params, headers={"mcp-param-plan": "gold"})
    assert result["structuredContent"] == {"plan": "gold"}
