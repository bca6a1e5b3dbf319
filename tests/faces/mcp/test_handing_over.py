"""Handing over: an agent passes its conversation to people and is shut out of it until they hand it back."""

import json
import time

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.faces.mcp.exchange import ANN, FOLDER, KEYS, open_exchange, said
from xop.assembly import workspace_files
from xop.engine import desk
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Accept, HandBack
from xop.kernel.facts import ContextShown

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


async def found_of(exchange, handover):
    return await desk.find(exchange.platform.engine, handover)


async def passed(exchange, **more):
    return await exchange.call("hand_over", {"conversation": "talk-1", **TOLD, **more})


async def test_a_conversation_is_handed_over_with_what_people_need(exchange):
    result = await passed(exchange)
    told = result["structuredContent"]
    assert (told["queue"], told["status"]) == ("people", "waiting")
    found = await found_of(exchange, told["handover"])
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
    found = await found_of(exchange, handover)
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
    found = await found_of(exchange, handover)
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


async def test_the_answers_tell_nothing_of_who_the_customer_is_and_so_are_no_look(exchange):
    result = await passed(exchange)
    handover = result["structuredContent"]["handover"]
    ask = {"name": "get_request_status", "arguments": {"request": handover}}
    answers = [result, await exchange.result("tools/call", ask)]
    assert set(answers[0]["structuredContent"]) == {"handover", "queue", "status", "outcome", "due"}
    for secret in ("ann@example.org", "charged twice", "calm", "chess"):
        assert secret not in json.dumps(answers)
    assert [fact for fact in await facts_of(exchange) if isinstance(fact, ContextShown)] == []


async def test_the_packet_itself_is_closed_to_the_agent_that_handed_over(exchange):
    handover = (await passed(exchange))["structuredContent"]["handover"]
    asked = await exchange.client.get(f"/v1/handovers/{handover}", headers={"authorization": f"Bearer {KEYS['guide']}"})
    assert (asked.status_code, asked.json()["code"]) == (403, "scope-missing")


async def facts_of(exchange):
    """Return everything that the ledger tells."""
    page = await exchange.platform.runtime.ledger.page(0, 1000, None)
    return [fact for stored in page for fact in stored.entry.facts]


async def test_the_same_key_hands_over_once(exchange):
    meta = {"io.xop/idempotency": "pass-1"}
    first = await exchange.call("hand_over", {"conversation": "talk-1", **TOLD}, meta=meta)
    again = await exchange.call("hand_over", {"conversation": "talk-1", **TOLD}, meta=meta)
    assert first["structuredContent"]["handover"] == again["structuredContent"]["handover"]


async def test_an_agent_without_a_conversation_is_told_to_name_it(exchange):
    result = await exchange.call("hand_over", dict(TOLD))
    assert result["isError"]
    assert "conversation" in result["content"][0]["text"]


async def test_a_key_used_for_one_conversation_hands_no_other_over(exchange):
    bob = "email:bob@example.org"
    await exchange.tell("person.seen", subject=bob, mood="sad", talk="talk-9")
    meta = {"io.xop/idempotency": "pass-1"}
    await exchange.call("hand_over", {"conversation": "talk-1", **TOLD}, meta=meta)
    for other in ({"customer": bob, "conversation": "talk-9"}, {"conversation": "talk-1", "intent": "something else"}):
        arguments = {"customer": ANN, **TOLD, **other}
        error = await exchange.error("tools/call", {"name": "hand_over", "arguments": arguments}, meta=meta)
        assert error["code"] == -32602
        assert "use a new key" in error["message"]


async def test_an_agent_that_is_only_observed_hands_nothing_over(exchange):
    result = await exchange.call("hand_over", {"conversation": "talk-1", **TOLD}, "ghost")
    assert result["isError"]
    assert "only observed" in said(result)
    assert result["_meta"]["io.modelcontextprotocol/authorization"]["reason"] == "xop.shadow"
    assert not (await exchange.call("grant_credit", {"cents": 5, "conversation": "talk-1"})).get("isError")


@pytest.mark.parametrize(("scope", "may"), [("xop:proposals", False), ("xop:proposals xop:handovers:write", True)])
async def test_a_token_hands_over_what_its_scopes_allow(tmp_path, scope, may):
    key = RSAKey.generate_key(2048, {"kid": "one"})
    async with open_exchange(tmp_path, files=signing_in_by(key)) as exchange:
        await exchange.tell("person.seen", mood="calm", talk="talk-1")
        headers = {"authorization": f"Bearer {token(key, scope)}"}
        listed = (await exchange.result("tools/list"))["tools"]
        assert any(tool["name"] == "hand_over" for tool in listed), "the key may, whoever asked before"
        listed = (await exchange.result("tools/list", headers=headers))["tools"]
        assert any(tool["name"] == "hand_over" for tool in listed) is may
        params = {"name": "hand_over", "arguments": {"customer": ANN, "conversation": "talk-1", **TOLD}}
        told = (await exchange.ask("tools/call", params, headers=headers)).json()
        assert ("handover" in told.get("result", {}).get("structuredContent", {})) is may, told


def signing_in_by(key):
    """Return the files of a workspace that takes access tokens signed with a key."""
    files = workspace_files(FOLDER)
    known = ", ".join(f'{name} = "{value}"' for name, value in key.as_dict(private=False).items())
    issuer = f'[oauth.issuers.realm]\nissuer = "https://auth.test"\njwks = {{keys = [{{{known}}}]}}\n'
    settings = 'address = "https://xop.test"\n' + files["workspace.toml"].decode() + issuer
    agents = files["agents.yaml"].replace(b"  guide:\n", b"  guide:\n    client: guide-client\n")
    return {**files, "workspace.toml": settings.encode(), "agents.yaml": agents}


def token(key, scope):
    """Return an access token of the guide's."""
    now = int(time.time())
    who = {"iss": "https://auth.test", "aud": "https://xop.test/mcp", "sub": "guide", "client_id": "guide-client"}
    claims = {**who, "iat": now, "exp": now + 300, "scope": scope}
    return jwt.encode({"alg": "RS256", "typ": "at+jwt", "kid": "one"}, claims, key, algorithms=["RS256"])
