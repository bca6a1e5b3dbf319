"""Whoever was given a customer's data is told that it is erased, before anything is forgotten; who was not told is named."""

import json
from functools import cache
from typing import Any

from tests.kit.harbour import DAY, FOLDER, OLGA, signal
from tests.kit.world import World
from xop.assembly import compiled, workspace_files
from xop.kernel import facts as f
from xop.kernel.erasure.commands import Erase
from xop.kernel.halts.model import PLATFORM
from xop.kernel.identity.model import Identifier
from xop.kernel.release import Release

ACCOUNT = "account:a"
ANA = Identifier("account", "a")

_TELL: dict[str, Any] = {
    "name": "tell_vendor",
    "version": 1,
    "description": "Tell a vendor that a customer is erased.",
    "kind": "write",
    "purpose": "erasure",
    "input": {"type": "object", "required": ["erasure"], "properties": {"erasure": {"type": "string"}}},
    "binding": {"connection": "vendor", "request": {"subject": "{{customer.id}}", "erasure": "{{arguments.erasure}}"}},
}


@cache
def rules(*outcomes: str, policy: str = "") -> Release:
    """Return the harbour's release with a vendor who is told, what comes of it, and a rule about that."""
    files = workspace_files(FOLDER)
    erasing = b"  erasure: {basis: legal_obligation}\n  service:"
    files["purposes.yaml"] = files["purposes.yaml"].replace(b"  service:", erasing)
    vendor = {"adapter": "simulated", "settings": {"outcomes": outcomes}}
    connections = {"desk": {"adapter": "simulated", "settings": {}}, "vendor": vendor}
    files["connections.yaml"] = json.dumps({"connections": connections}).encode()
    if policy:
        files["policies/harbour_erasure.cedar"] = policy.encode()
    files["actions/tell_vendor.yaml"] = json.dumps(_TELL).encode()
    change = {"propose": {"action": "tell_vendor", "arguments": {"erasure": "{{signal.data.erasure}}"}}}
    files["signals/erasure.yaml"] = json.dumps({"signals": {"xop.erasure.requested": {"changes": [change]}}}).encode()
    return compiled(files)


async def asked(world):
    """Have a customer known and their erasure asked for."""
    await world.tell(signal(1, "page.viewed", ACCOUNT, path="/"))
    await world.ask(Erase("erase:1", OLGA), ACCOUNT)


async def erased(world):
    """Return the note of the platform that the customer was erased."""
    entries = [stored.entry for stored in await world.runtime.ledger.read([PLATFORM])]
    (gone,) = [fact for entry in entries for fact in entry.facts if isinstance(fact, f.CustomerErased)]
    assert await world.engine.customer(ANA) is None
    return gone


async def leaf(world):
    found = [json.loads(each) for each in await world.runtime.leaves.page(0, 1000)]
    (told,) = [each for each in found if each["type"] == "erasure.executed"]
    return told


async def test_recipients_are_told_before_anything_is_forgotten():
    """E6."""
    async with World(rules=rules("done")) as world:
        await asked(world)
        await world.settle(DAY // 2)
        gone = await erased(world)
        assert (gone.told, gone.untold) == (("tell_vendor",), ())
        told = await leaf(world)
        assert (told["told"], told["untold"]) == (["tell_vendor"], [])


async def test_a_recipient_who_could_not_be_told_is_named_when_time_is_over():
    """E6."""
    async with World(rules=rules("failed")) as world:
        await asked(world)
        await world.settle(DAY - 1)
        assert await world.engine.customer(ANA) is not None, "a person may still see to it"
        await world.settle(1)
        gone = await erased(world)
        assert (gone.told, gone.untold) == ((), ("tell_vendor",))
        assert (await leaf(world))["untold"] == ["tell_vendor"]


async def test_a_recipient_whom_a_rule_keeps_from_being_told_is_named_too():
    """E6."""
    policy = """
@id("harbour_erasure.silence") @message("Nobody is told.")
forbid (principal, action == Action::"tell_vendor", resource);
"""
    async with World(rules=rules("done", policy=policy)) as world:
        await asked(world)
        await world.settle(DAY)
        gone = await erased(world)
        assert (gone.told, gone.untold) == ((), ("tell_vendor",))
