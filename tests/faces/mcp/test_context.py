"""The context of a customer: who sees it, and how much of it."""

import json

import pytest

from tests.faces.mcp.exchange import ANN, FOLDER, TASKS, open_exchange
from xop.assembly import workspace_files
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Halt
from xop.kernel.halts.model import PLATFORM

CUSTOMER = {"uri": "xop://customer"}
TALK = {"io.xop/customer": ANN, "io.xop/conversation": "talk-1"}


async def test_no_more_is_shown_than_the_granted_actions_use(exchange):
    read = await exchange.result("resources/read", CUSTOMER, "rival", meta=TALK)
    shown = json.loads(read["contents"][0]["text"])
    assert shown["conversations"][0]["id"] == "talk-1"
    assert shown["profile"] == {"mood": "calm"}
    assert "identifiers" not in shown
    seen = json.loads((await exchange.result("resources/read", CUSTOMER, "seller", meta=TALK))["contents"][0]["text"])
    assert "profile" not in seen


async def test_a_purpose_narrows_what_is_shown(exchange):
    for purpose, profile in (("advice", {"mood": "calm"}), ("loyalty", None)):
        meta = {**TALK, "io.xop/purpose": purpose}
        read = await exchange.result("resources/read", CUSTOMER, "rival", meta=meta)
        assert json.loads(read["contents"][0]["text"]).get("profile") == profile


async def test_an_agent_sees_nothing_for_a_purpose_that_is_not_its_own(tmp_path):
    files = workspace_files(FOLDER)
    agents = files["agents.yaml"].replace(b"[make_offer]", b"[make_offer, look_up_plan]")
    agents = agents.replace(b"purposes: [advice, loyalty]", b"purposes: [loyalty]")
    async with open_exchange(tmp_path, files={**files, "agents.yaml": agents}) as exchange:
        await exchange.tell("person.seen", mood="calm", talk="talk-1")
        assert (await exchange.result("resources/read", CUSTOMER, "seller", meta=TALK))["contents"]
        meta = {**TALK, "io.xop/purpose": "service"}
        error = await exchange.error("resources/read", CUSTOMER, "seller", meta=meta)
        assert (error["code"], error["message"]) == (-32010, "You pursue none but these purposes: loyalty.")


@pytest.mark.parametrize("scope", ["all", "agent:guide"])
async def test_who_is_halted_sees_no_customer(exchange, scope):
    await exchange.platform.engine.submit(Halt("halt:1", Actor("operator", "sue"), scope, "a leak"), PLATFORM)
    error = await exchange.error("resources/read", CUSTOMER, meta=TALK)
    assert error["code"] == -32010
    assert error["data"]["io.modelcontextprotocol/authorization"]["reason"] == "xop.halted"


async def test_one_section_can_be_read_alone(exchange):
    read = await exchange.result("resources/read", {"uri": "xop://customer/flags"}, meta=TALK)
    assert json.loads(read["contents"][0]["text"]) == {}
    error = await exchange.error("resources/read", {"uri": "xop://customer/secrets"}, meta=TALK)
    assert (error["status"], error["code"]) == (400, -32602)


async def test_only_who_is_in_the_conversation_sees_it(exchange):
    assert (await exchange.result("resources/read", CUSTOMER, "tied", meta=TALK))["contents"]
    error = await exchange.error("resources/read", CUSTOMER, "tied", meta={"io.xop/customer": ANN})
    assert error["code"] == -32010
    nobody = await exchange.error("resources/read", CUSTOMER, "tied", meta={"io.xop/customer": "email:no@example.org"})
    assert nobody["message"] == error["message"]


async def test_a_resource_that_is_not_there_is_not_found(exchange):
    error = await exchange.error("resources/read", {"uri": "test://nowhere"}, meta=TALK, can=TASKS)
    assert (error["status"], error["code"], error["data"]) == (400, -32602, {"uri": "test://nowhere"})
