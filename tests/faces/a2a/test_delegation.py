"""A task given to an agent outside: what it asks to do comes back here, and is judged as its own."""

import json
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from a2a.client import ClientConfig, ClientFactory
from a2a.client.card_resolver import A2ACardResolver
from a2a.types import Message

from tests.adapters.a2a_agent import agent
from tests.faces.a2a.desk import KEYS, SECRETS, WORKSPACE, Agent, Desk, S, about, desk_here, output, wish
from xop.adapters.a2a import A2aKind
from xop.assembly import workspace_files
from xop.kernel.actions.model import Connection
from xop.kernel.actions.operations import Operation, Operations, fingerprint
from xop.workspace.operations import operations_text

ACTION = {
    "name": "plan_trip",
    "version": 1,
    "description": "Have the travel desk plan a trip.",
    "kind": "write",
    "purpose": "service",
    "input": {"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]},
    "binding": {"connection": "travel", "request": {"packet": {"mode": "act_back", "to": "{{arguments.to}}"}}},
}

_SECRETS = SECRETS | {"TRAVEL_KEY": "key-travel", "API_TOKEN": "tok-5e3cret"}


async def test_what_an_agent_asks_for_in_its_task_is_judged_as_its_own_proposal(tmp_path):
    async with agent() as (far_url, far), _desk(tmp_path, far_url) as desk:
        back: list[Any] = []

        async def ask_back(message: Message) -> dict[str, Any]:
            task = message.metadata["io.xop/task"]
            async with _as(desk, "key-travel") as travel:
                back.append(await travel.ask(wish("read_bill"), conversation=task))
                back.append(await travel.ask(wish("read_bill")))
                back.append(await travel.ask(wish("issue_credit", arguments={"cents": 5}), conversation=task))
            return {"planned": True}

        far.back = ask_back
        await desk.signal("seen")
        async with _as(desk, KEYS["clerk"]) as clerk:
            done = await clerk.ask(wish("plan_trip", arguments={"to": "Rome"}))
        async with _as(desk, "key-travel") as travel:
            late = await travel.ask(wish("read_bill"), conversation=about(done)["invocation"])
            nobody = await travel.ask(wish("read_bill", "email:nobody@harbour.test"))
        decided = [each.entry.decision for each in await desk.decisions()]
    assert (done.status.state, output(done)) == (S.TASK_STATE_COMPLETED, {"planned": True})
    assert far.packets == [{"mode": "act_back", "to": "Rome"}]
    within, outside, ungranted = back
    assert within.status.state == S.TASK_STATE_COMPLETED
    for hidden in (outside, late, nobody):
        assert (hidden.status.state, about(hidden)["code"]) == (S.TASK_STATE_INPUT_REQUIRED, "customer-out-of-reach")
        assert hidden.status.message.parts[0].text == outside.status.message.parts[0].text
    assert (ungranted.status.state, about(ungranted)["code"]) == (S.TASK_STATE_INPUT_REQUIRED, "action-unknown")
    refused = [
        (each.action, each.code) for each in decided if str(each.actor) == "agent:travel" and each.verdict == "deny"
    ]
    assert sorted(refused) == [
        ("issue_credit", "xop.nobody_permits"),
        ("read_bill", "xop.not_engaged"),
        ("read_bill", "xop.not_engaged"),
    ]


@asynccontextmanager
async def _desk(data: Path, far: str):
    """Serve the desk in this process, with the far agent connected."""
    files = workspace_files(WORKSPACE)
    settings = {"card": far, "internal": True, "auth": {"scheme": "bearer", "token": "${env:API_TOKEN}"}}
    travel = {"adapter": "a2a", "agent": "travel", "settings": settings}
    files["connections.yaml"] += f"  travel: {json.dumps(travel)}\n".encode()
    files["actions/plan_trip.yaml"] = json.dumps(ACTION).encode()
    principal = b'agents:\n  travel: {key: "${env:TRAVEL_KEY}", actions: [read_bill], autonomy: act}\n'
    files["agents.yaml"] = files["agents.yaml"].replace(b"agents:\n", principal).replace(b"print_label]", b"plan_trip]")
    found = await A2aKind().offered(Connection("travel", "a2a", settings), _SECRETS.get)
    cards = {name: Operation(fingerprint(card), card) for name, card in found["resources"].items()}
    files["operations/travel.yaml"] = operations_text(Operations("travel", resources=cards)).encode()
    async with desk_here(data, files, secrets=_SECRETS) as desk:
        yield desk


@asynccontextmanager
async def _as(desk: Desk, key: str):
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {key}"}, timeout=60) as http:
        card = await A2ACardResolver(http, desk.url).get_agent_card()
        client = ClientFactory(ClientConfig(httpx_client=http, streaming=False)).create(card)
        yield Agent(client, client, http, card)
