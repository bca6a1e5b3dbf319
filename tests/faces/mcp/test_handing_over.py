"""Handing over: an agent passes its conversation to people and is shut out of it until they hand it back."""

from xop.engine import desk
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Accept, HandBack

TOLD = {
    "summary": "Ann was charged twice and wants one charge back.",
    "intent": "refund",
    "transcript": [{"uri": "https://chat.example/talk-1"}],
    "tried": [{"what": "look at the bill", "outcome": "done"}],
    "suggested": [
        {"title": "Credit 20", "action": "grant_credit", "arguments": {"cents": 2000}, "reason": "our fault"}
    ],
}
SUE = Actor("operator", "sue")


async def passed(exchange, **more):
    return await exchange.call("hand_over", {"conversation": "talk-1", **TOLD, **more})


async def test_a_conversation_is_handed_over_with_what_people_need(exchange):
    result = await passed(exchange)
    told = result["structuredContent"]
    assert (told["queue"], told["status"]) == ("people", "waiting")
    found = await desk.find(exchange.platform.engine, told["handover"])
    packet = desk.packet_of(exchange.platform.engine, found)
    assert "charged twice" in packet.summary
    assert desk.lacks_of(exchange.platform.engine, packet) == ()


async def test_what_is_missing_is_said_and_nothing_is_passed_on(exchange):
    result = await passed(exchange, transcript=[])
    assert result["isError"]
    assert result["structuredContent"] == {"code": "handover-incomplete", "missing": ["transcript"]}
    assert not (await exchange.call("grant_credit", {"cents": 5, "conversation": "talk-1"})).get("isError")


async def test_while_people_hold_it_the_agent_is_shut_out_and_once_they_return_it_goes_on(exchange):
    handover = (await passed(exchange))["structuredContent"]["handover"]
    engine = exchange.platform.engine
    for conversation in ({"conversation": "talk-1"}, {}):
        refused = await exchange.call("grant_credit", {"cents": 5, **conversation})
        assert refused["isError"]
        assert (await exchange.decision(refused)).code == "xop.with_people"
        assert "with people until they hand it back" in refused["content"][0]["text"]
        told = refused["_meta"]["io.modelcontextprotocol/authorization"]
        assert (told["reason"], told["remediation"]) == ("xop.with_people", "undisclosed")
    found = await desk.find(engine, handover)
    await engine.submit(Accept("accept:1", SUE, handover), found.part)
    back = HandBack("back:1", SUE, handover, outcome="solved", continues="agent")
    assert (await engine.submit(back, found.part)).refusal is None
    again = await exchange.call("grant_credit", {"cents": 5, "conversation": "talk-1"})
    assert not again.get("isError")


async def test_whoever_handed_over_may_ask_what_became_of_it(exchange):
    handover = (await passed(exchange))["structuredContent"]["handover"]
    ask = {"name": "get_request_status", "arguments": {"request": handover}}
    waiting = await exchange.result("tools/call", ask)
    assert waiting["structuredContent"] == {
        "handover": handover, "queue": "people", "status": "waiting", "outcome": "", "notes": "", "continues": "",
    }  # fmt: skip
    engine = exchange.platform.engine
    found = await desk.find(engine, handover)
    await engine.submit(Accept("accept:1", SUE, handover), found.part)
    taken = await exchange.result("tools/call", ask)
    assert taken["structuredContent"]["status"] == "accepted"
    back = HandBack("back:1", SUE, handover, outcome="solved", continues="agent", notes="Ann got her money back.")
    await engine.submit(back, found.part)
    over = await exchange.result("tools/call", ask)
    told = over["structuredContent"]
    assert (told["status"], told["outcome"], told["continues"]) == ("returned", "solved", "agent")
    assert told["notes"] == "Ann got her money back."
    assert "You go on" in over["content"][0]["text"]
    other = await exchange.result("tools/call", ask, "rival")
    assert other["isError"]


async def test_the_same_key_hands_over_once(exchange):
    meta = {"io.xop/idempotency": "pass-1"}
    first = await exchange.call("hand_over", {"conversation": "talk-1", **TOLD}, meta=meta)
    again = await exchange.call("hand_over", {"conversation": "talk-1", **TOLD}, meta=meta)
    assert first["structuredContent"]["handover"] == again["structuredContent"]["handover"]


async def test_an_agent_without_a_conversation_is_told_to_name_it(exchange):
    result = await exchange.call("hand_over", dict(TOLD))
    assert result["isError"]
    assert "conversation" in result["content"][0]["text"]
