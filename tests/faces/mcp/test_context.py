"""The context of a customer: who sees it, and how much of it."""

import json

import msgspec
import pytest

from tests.faces.mcp.exchange import ANN, FOLDER, TASKS, open_exchange
from xop.assembly import workspace_files
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Halt
from xop.kernel.facts import ContextShown
from xop.kernel.halts.model import PLATFORM

CUSTOMER = {"uri": "xop://customer"}
TALK = {"io.xop/customer": ANN, "io.xop/conversation": "talk-1"}


def shown(read):
    """Return the context that was read."""
    return json.loads(read["contents"][0]["text"])


async def test_no_more_is_shown_than_the_purpose_may_see(exchange):
    seen = shown(await exchange.result("resources/read", CUSTOMER, "rival", meta=TALK))
    assert seen["conversations"][0]["id"] == "talk-1"
    assert seen["profile"] == {"mood": "calm"}
    assert seen["identifiers"] == {"email": ["ann@example.org"]}
    assert (seen["purpose"], seen["left_out"]) == ("service", ["profile.hobby"])


async def test_each_purpose_has_its_own_view(exchange):
    for purpose, profile in (("advice", {"mood": "calm"}), ("loyalty", {"hobby": "chess"})):
        meta = {**TALK, "io.xop/purpose": purpose}
        seen = shown(await exchange.result("resources/read", CUSTOMER, "rival", meta=meta))
        assert (seen["profile"], seen["purpose"]) == (profile, purpose)
        assert "identifiers" not in seen


async def test_an_agent_with_purposes_of_its_own_looks_for_the_first_of_them(exchange):
    seen = shown(await exchange.result("resources/read", CUSTOMER, "seller", meta=TALK))
    assert (seen["purpose"], seen["profile"]) == ("advice", {"mood": "calm"})


async def test_agents_see_nothing_of_what_nobody_classified(tmp_path):
    files = {path: content for path, content in workspace_files(FOLDER).items() if path != "privacy.yaml"}
    async with open_exchange(tmp_path, files=files) as exchange:
        await exchange.tell("person.seen", mood="calm", hobby="chess", talk="talk-1")
        seen = shown(await exchange.result("resources/read", CUSTOMER, "rival", meta=TALK))
        assert not {"profile", "identifiers", "counters"} & seen.keys()
        assert seen["conversations"][0]["id"] == "talk-1"
        assert seen["left_out"] == ["identifiers.email", "profile.hobby", "profile.mood"]


async def test_what_an_agent_saw_is_recorded_once_a_while_and_without_values(exchange):
    for _ in range(3):
        await exchange.result("resources/read", CUSTOMER, "rival", meta=TALK)
    await exchange.result("resources/read", {"uri": "xop://customer/profile"}, "rival", meta=TALK)
    recorded = await looks(exchange)
    assert [(each.by, each.purpose, each.left_out) for each in recorded] == [("agent:rival", "service", 1)] * 2
    assert recorded[0].fields == {"behaviour": ("profile.mood",), "contact": ("identifiers.email",)}
    assert recorded[1].fields == {"behaviour": ("profile.mood",)}
    assert b"calm" not in msgspec.json.encode(recorded)


async def test_nothing_is_shown_that_cannot_be_recorded(exchange):
    await exchange.platform.engine.stop()
    error = await exchange.error("resources/read", CUSTOMER, "rival", meta=TALK)
    assert (error["code"], error["message"][:38]) == (-32010, "What you see cannot be recorded now, s")


async def test_a_section_that_the_purpose_may_not_see_is_refused_by_name(exchange):
    meta = {**TALK, "io.xop/purpose": "loyalty"}
    error = await exchange.error("resources/read", {"uri": "xop://customer/identifiers"}, "rival", meta=meta)
    assert error["message"] == "Your purpose may not see this: identifiers.email."


async def looks(exchange):
    """Return what the ledger tells of looks at customers."""
    page = await exchange.platform.runtime.ledger.page(0, 1000, None)
    return [fact for stored in page for fact in stored.entry.facts if isinstance(fact, ContextShown)]


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
