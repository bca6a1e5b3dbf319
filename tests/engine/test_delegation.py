"""What goes to another agent with a task: no more than the action's purpose may see, and the ledger tells of it."""

import dataclasses
import json
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.kit.harbour import BOT, FOLDER, OLGA, proposal, signal
from tests.kit.world import World
from xop.assembly import WorkspaceRefused, compiled, workspace_files
from xop.kernel.commands import Approval
from xop.kernel.facts import ContextShown, InvocationFailed
from xop.kernel.release import Release

ANA = "email:ana@harbour.test"
BOOKS = {
    "name": "brief",
    "version": 1,
    "description": "Tell the other agent of the customer.",
    "kind": "write",
    "purpose": "service",
    "binding": {
        "connection": "desk",
        "request": {
            "who": "{{customer.identifiers.email[0]}}",
            "name": "{{customer.profile.name}}",
            "contract": "{{customer.profile.contract}}",
            "zone": "{{has(customer.profile.time_zone) ? customer.profile.time_zone : ''}}",
        },
    },
}
PURPOSES = {"service": ["identity", "contact", "contract", "location"], "marketing": ["contact"]}

PRIVACY: dict[str, Any] = {
    "profile": {"name": "identity", "contract": "contract", "time_zone": "location"},
    "identifiers": {"email": "contact", "phone": "contact"},
    "purposes": PURPOSES,
}


def rules(privacy: dict[str, Any] | None = PRIVACY, more: dict[str, Any] | None = None, **connection: Any) -> Release:
    """Return the harbour's release with an action whose connection leads to another agent."""
    files = workspace_files(FOLDER)
    desk = {"adapter": "simulated", "settings": {}, "agent": "helper_bot", **connection}
    written = {
        "connections.yaml": {"connections": {"desk": desk}},
        "actions/brief.yaml": BOOKS,
        **({"privacy.yaml": privacy} if privacy is not None else {}),
        **(more or {}),
    }
    return compiled({**files, **{path: json.dumps(content).encode() for path, content in written.items()}})


async def known(world: World) -> None:
    """Have a customer of whom something is known."""
    await world.tell(signal(1, "profile.changed", ANA, name="Ana", plan="gold"))


async def briefed(world: World) -> str:
    """Have the customer's task handed over; return the invocation."""
    answer = await world.ask(proposal(1, "brief", OLGA), ANA)
    assert answer.decision.verdict == "permit", answer
    await world.settle(1000)
    invocation: str = answer.decision.invocation
    return invocation


async def test_the_step_that_queues_a_task_tells_what_the_other_agent_is_shown():
    async with World(rules=rules()) as world:
        await known(world)
        invocation = await briefed(world)
        (entry,) = [each.entry for each in await world.entries() if any(_shown(fact) for fact in each.entry.facts)]
        (look,) = [fact for fact in entry.facts if isinstance(fact, ContextShown)]
        assert entry.decision is not None
        assert (entry.decision.stage, look.by, look.purpose) == ("proposal", "agent:helper_bot", "service")
        assert look.fields == {
            "contact": ("identifiers.email",),
            "contract": ("profile.contract.plan",),
            "identity": ("profile.name",),
        }
        assert b"Ana" not in msgspec.json.encode(look)
        sent = json.loads((await world.request(invocation)).request)
        assert sent == {"who": "ana@harbour.test", "name": "Ana", "contract": {"plan": "gold"}, "zone": ""}


def _shown(fact: object) -> bool:
    return isinstance(fact, ContextShown)


async def test_what_the_purpose_may_no_longer_see_does_not_leave():
    whole = rules()
    assert whole.privacy is not None
    narrower = replace(whole.privacy, purposes={"service": ("identity", "contact", "contract")})
    narrowest = replace(whole.privacy, purposes={"service": ("contact",)})
    for privacy, left_out, told in ((narrower, 1, True), (narrowest, 3, False)):
        async with World(rules=altered(whole, privacy)) as world:
            await known(world)
            await world.tell(signal(2, "profile.changed", ANA, zone="Asia/Tokyo"))
            answer = await world.ask(proposal(1, "brief", OLGA), ANA)
            await world.settle(1000)
            (look,) = await world.facts(ContextShown)
            assert look.left_out == left_out
            entry = await world.runtime.outbox.get(answer.decision.invocation)
            assert (entry is not None) is told
            assert entry is None or json.loads(entry.request)["zone"] == ""
            assert bool(await world.facts(InvocationFailed)) is not told


def altered(release: Release, privacy: Any) -> Release:
    """Return a release as if it had been compiled before its requests were checked."""
    return dataclasses.replace(release, privacy=privacy)


async def test_without_a_declaration_the_task_is_whole_and_told_of_as_unclassified():
    async with World(rules=rules(None)) as world:
        await known(world)
        invocation = await briefed(world)
        (look,) = await world.facts(ContextShown)
        assert look.fields == {"unclassified": ("identifiers.email", "profile.contract.plan", "profile.name")}
        assert json.loads((await world.request(invocation)).request)["name"] == "Ana"


async def test_a_field_without_a_value_is_not_told_of_as_shown():
    async with World(rules=rules()) as world:
        await world.tell(signal(1, "profile.changed", ANA, name="", plan="gold"))
        await briefed(world)
        (look,) = await world.facts(ContextShown)
        assert look.fields == {"contact": ("identifiers.email",), "contract": ("profile.contract.plan",)}


async def test_a_system_that_is_no_agent_is_no_look():
    async with World(rules=rules(agent="")) as world:
        await known(world)
        await briefed(world)
        assert await world.facts(ContextShown) == []


async def test_a_task_that_is_held_shows_nothing_until_it_is_approved():
    async with World(rules=rules()) as world:
        await known(world)
        held = await world.ask(proposal(1, "issue_credit", BOT, cents=9_000), ANA)
        assert held.decision.verdict == "hold"
        assert await world.facts(ContextShown) == []
        await world.tell(Approval("approval:1", OLGA, held.decision.invocation, approved=True), held.customer)
        (look,) = await world.facts(ContextShown)
        assert (look.by, look.fields) == ("agent:helper_bot", {"unclassified": ("arguments.cents",)})


LETTER = {
    "name": "letter",
    "version": 1,
    "description": "Have the other agent write to the customer.",
    "kind": "contact",
    "purpose": "service",
    "channel": "email",
    "input": {
        "type": "object",
        "properties": {
            "topic": {"type": "string"},
            "account": {
                "type": "object",
                "class": "financial",
                "properties": {"iban": {"type": "string"}, "branch": {"type": "string", "class": "contract"}},
            },
        },
    },
    "binding": {"connection": "desk", "request": {"to": "{{address}}", "about": "{{arguments}}"}},
}


async def test_arguments_and_the_address_are_shown_to_another_agent_as_far_as_the_purpose_may_see_them():
    purposes = {"service": ["identity", "location", "financial", "contact", "contract"]}
    allowed = {**PRIVACY, "purposes": {**PURPOSES, **purposes}}
    whole = rules(allowed, more={"actions/letter.yaml": LETTER})
    arguments: dict[str, Any] = {"topic": "tax", "account": {"iban": "DE89", "branch": "Riga"}}
    assert whole.privacy is not None
    for classes, fields, left_out in (
        (("financial", "contact", "contract"), {"contact", "contract", "financial", "unclassified"}, 0),
        (("contact", "contract"), {"contact", "contract", "unclassified"}, 1),
        (("financial", "contract"), {"contract", "financial", "unclassified"}, 1),
    ):
        async with World(rules=altered(whole, replace(whole.privacy, purposes={"service": classes}))) as world:
            await known(world)
            answer = await world.ask(proposal(1, "letter", OLGA, **arguments), ANA)
            await world.settle(1000)
            (look,) = await world.facts(ContextShown)
            assert (set(look.fields), look.left_out) == (fields, left_out)
            entry = await world.runtime.outbox.get(answer.decision.invocation)
            if "contact" not in classes:
                assert entry is None
                continue
            assert entry is not None
            sent = json.loads(entry.request)
            iban = {"iban": "DE89"} if "financial" in classes else {}
            assert sent == {
                "to": "ana@harbour.test",
                "about": {"topic": "tax", "account": {"branch": "Riga", **iban}},
            }


async def test_a_request_that_reads_what_its_purpose_may_not_see_is_refused_with_its_workspace():
    narrow = {**PRIVACY, "identifiers": {"email": "identity", "phone": "contact"}}
    narrow["purposes"] = {"service": ["contact", "contract"], "marketing": ["contact", "identity"]}
    letter = json.loads(json.dumps(LETTER).replace("{{arguments}}", "{{arguments.account.iban}}"))
    with pytest.raises(WorkspaceRefused) as refused:
        rules(narrow, more={"actions/letter.yaml": letter})
    told = [each.cause for each in refused.value.problems if each.file == "actions/letter.yaml"]
    assert told == [
        "address is identity, which the purpose 'service' may not see",
        "arguments.account.iban is financial, which the purpose 'service' may not see",
    ]
