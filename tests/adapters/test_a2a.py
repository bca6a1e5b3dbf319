"""Tasks handed to A2A agents: what they are told, what comes of it, and what a hostile one cannot do."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver
from msgspec.structs import replace

from tests.adapters.a2a_agent import PUBLIC, agent
from tests.adapters.requests import SECRETS, rendered, sending
from tests.adapters.web_server import DROP, SILENCE, WebServer, respond
from xop.adapters.a2a import A2aKind
from xop.adapters.a2a.addresses import guarded_session, url_mistake
from xop.kernel.actions.model import Connection
from xop.kernel.actions.operations import Operation, Operations, PinnedConnection, fingerprint, pinned
from xop.kernel.base.values import Refusal
from xop.ports.catalogue import Catalogue, CatalogueError

AUTH = {"scheme": "bearer", "token": "${env:API_TOKEN}"}

KIND = A2aKind()


def connection(url: str, **settings: Any) -> Connection:
    """Return a connection to an agent in the own network."""
    return Connection("travel", "a2a", {"card": url, "auth": AUTH, "internal": True, **settings})


async def accepted(known: Connection) -> PinnedConnection:
    """Return a connection whose card, as it is now, a person has accepted."""
    found = await KIND.offered(known, SECRETS.get)
    cards = {name: Operation(fingerprint(card), card) for name, card in found["resources"].items()}
    return pinned(known, Operations("travel", resources=cards))


@asynccontextmanager
async def opened(known: Connection):
    """Open an adapter until the block ends."""
    adapter = KIND.open(known, SECRETS.get)
    try:
        yield adapter
    finally:
        await adapter.close()


def task(adapter, mode: str = "complete", **more: Any) -> bytes | Refusal:
    """Return the request of a task."""
    return rendered(
        adapter, {"text": "Book for {{address}}", "packet": {"mode": mode, "who": "{{customer.name}}"}}, name="Ana"
    )


@pytest.mark.parametrize("binding", ["JSONRPC", "HTTP+JSON"])
async def test_a_task_is_handed_over_and_its_data_is_the_output(binding):
    async with agent(binding) as (url, far), opened(await accepted(connection(url))) as adapter:
        sent = await adapter.send(sending(task(adapter), "inv_7"))
    assert (sent.result, sent.output) == ("done", {"booked": 7, "price": 9.5})
    [message] = far.messages
    assert message.message_id == "inv_7"
    assert far.packets == [{"mode": "complete", "who": "Ana"}]
    assert message.parts[0].text == "Book for ana@example.com"
    assert dict(message.metadata) == {"io.xop/task": "inv_7", "io.xop/conversation": "inv_7"}
    assert far.headers[0]["a2a-version"] == "1.0"


@pytest.mark.parametrize(
    ("mode", "result", "output", "detail"),
    [
        ("text", "done", {"text": "all set"}, ""),
        ("message", "done", {"text": "at once"}, ""),
        ("fail", "failed", None, "the agent failed"),
        ("reject", "failed", None, "the agent rejected the task"),
        ("ask", "failed", None, "the agent asked for more than the packet holds"),
        ("flood", "done", None, "the output has more than 65536 bytes and is not kept"),
    ],
)
async def test_every_end_of_a_task_is_an_outcome_without_the_agents_own_words(mode, result, output, detail):
    async with agent() as (url, _), opened(await accepted(connection(url))) as adapter:
        sent = await adapter.send(sending(task(adapter, mode)))
    assert (sent.result, sent.output, sent.detail) == (result, output, detail)


@pytest.mark.parametrize("binding", ["JSONRPC", "HTTP+JSON"])
async def test_a_task_that_waits_for_somebody_there_is_waited_for(binding):
    async with agent(binding) as (url, far), opened(await accepted(connection(url))) as adapter:
        sending_it = asyncio.create_task(adapter.send(sending(task(adapter, "wait"), seconds=20)))
        await far.waiting.wait()
        far.go_on.set()
        sent = await sending_it
    assert sent.result == "done"


async def test_what_is_not_over_in_time_is_uncertain():
    async with agent() as (url, _), opened(await accepted(connection(url))) as adapter:
        sent = await adapter.send(sending(task(adapter, "never"), seconds=0.5))
    assert (sent.result, sent.detail, sent.unhealthy) == ("uncertain", "the agent is still at it", False)


async def test_nothing_is_sent_before_the_card_was_accepted():
    async with agent() as (url, far), opened(connection(url)) as adapter:
        sent = await adapter.send(sending(task(adapter)))
    assert (sent.result, far.messages) == ("failed", [])
    assert "was not accepted" in sent.detail


async def test_nothing_is_sent_while_the_card_is_another_than_the_accepted_one():
    async with agent(signed=False) as (url, far):
        known = await accepted(connection(url, recheck="0s"))
        async with opened(known) as adapter:
            assert (await adapter.send(sending(task(adapter), "inv_1"))).result == "done"
            far.card.skills[0].description = "Books, and forwards your data elsewhere."
            sent = await adapter.send(sending(task(adapter), "inv_2"))
            assert (sent.result, len(far.messages)) == ("failed", 1)
            assert "quarantine" in sent.detail
            far.card.skills[0].description = "Books."
            assert (await adapter.send(sending(task(adapter), "inv_3"))).result == "done"


async def test_a_card_must_be_signed_by_a_configured_key_where_there_is_one():
    stranger = {**PUBLIC, "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    async with agent() as (url, far), agent(signed=False) as (bare, _):
        assert (await accepted(connection(url, keys=[PUBLIC]))).operations.resources
        with pytest.raises(CatalogueError):
            await accepted(connection(url, keys=[stranger]))
        with pytest.raises(CatalogueError):
            await accepted(connection(bare, keys=[PUBLIC]))
        known = await accepted(connection(url))
        async with opened(replace(known, settings={**known.settings, "keys": [stranger]})) as adapter:
            sent = await adapter.send(sending(task(adapter)))
    assert (sent.result, far.messages) == ("failed", [])
    assert "not signed" in sent.detail


async def test_credentials_are_needed_and_never_sent_with_the_card_request():
    async with agent() as (url, far):
        known = await accepted(connection(url))
        async with opened(replace(known, settings={**known.settings, "auth": None})) as adapter:
            sent = await adapter.send(sending(task(adapter)))
        assert (sent.result, sent.detail, far.messages) == ("failed", "the agent answered 401", [])
    async with hostile() as (server, adapter):
        server.answers += [respond(500)]
        await adapter.send(sending(task(adapter)))
        card, asked = server.arrived
    assert "authorization" not in card.headers
    assert asked.headers["authorization"] == "Bearer tok-5e3cret"


@asynccontextmanager
async def hostile(**settings: Any):
    """Run an agent that answers as a test says, and open an adapter that has accepted it."""
    server = WebServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    card = {
        "name": "Odd",
        "supportedInterfaces": [{"url": f"{server.url}/speak", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}],
    }
    body = json.dumps(card).encode()
    server.answers.append(respond(200, body))
    url = f"{server.url}/.well-known/agent-card.json"
    known = pinned(
        connection(server.url, **settings), Operations("odd", resources={url: Operation(fingerprint(card), card)})
    )
    async with listening, opened(known) as adapter:
        yield server, adapter
        server.hang_up()


BIG = json.dumps({"result": {"message": {"parts": [{"text": "x" * 5_000}]}}}).encode()


@pytest.mark.parametrize(
    ("answer", "result", "detail"),
    [
        (respond(429, Retry_After="3"), "retry", "the agent answered 429"),
        (respond(400), "failed", "the agent answered 400"),
        (respond(500), "uncertain", "the agent answered 500"),
        (respond(302, Location="http://169.254.169.254/"), "failed", "redirects are not followed"),
        (respond(200, BIG), "uncertain", "more than 2048 bytes"),
        (respond(200, b"{}", Content_Encoding="gzip"), "uncertain", "compressed"),
        (respond(200, b"what?"), "uncertain", "cannot be read"),
        (respond(200, b'{"result": {"task": {"status": 7}}}'), "uncertain", "cannot be read"),
        (respond(200, b'{"error": {"code": -32602, "message": "<b>"}}'), "failed", "the agent answered error -32602"),
        (respond(200, b'{"error": {"code": -32603, "message": "<b>"}}'), "uncertain", "answered error -32603"),
        (DROP, "uncertain", "the exchange broke off"),
        (SILENCE, "uncertain", "no answer in time"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_a_hostile_or_broken_agent_gives_an_outcome_within_bounds(answer, result, detail):
    async with hostile(largest_result=2048) as (server, adapter):
        server.answers.append(answer)
        sent = await adapter.send(sending(task(adapter), seconds=1))
    assert sent.result == result
    assert detail in sent.detail
    assert "<b>" not in sent.detail
    assert len(server.arrived) == 2


async def test_an_agent_that_is_not_there_is_tried_again():
    async with hostile() as (_, adapter):
        pass
    known = connection("http://127.0.0.1:1")
    known = pinned(
        known, Operations("odd", resources={"http://127.0.0.1:1/.well-known/agent-card.json": Operation("0" * 64, {})})
    )
    async with opened(known) as adapter:
        sent = await adapter.send(sending(task(adapter)))
    assert (sent.result, sent.detail) == ("retry", "the agent cannot be reached")


async def test_a_public_name_that_leads_to_an_internal_address_is_not_followed():
    class Rebound(AbstractResolver):
        async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[Any]:  # noqa: ARG002 - asked for by name
            found = {
                "hostname": host,
                "host": "127.0.0.1",
                "port": port,
                "family": socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
            return [found]

        async def close(self) -> None:
            """Nothing is open."""

    server = WebServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening, guarded_session(resolver=Rebound()) as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"http://agent.example.com:{port}/")
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"http://127.0.0.1:{port}/")
        assert not server.arrived
        async with guarded_session(resolver=Rebound(), loopback=True) as allowed:
            assert (await allowed.get(f"http://agent.example.com:{port}/")).status == 200
        server.hang_up()


async def test_a_connection_that_is_not_internal_reaches_no_internal_agent():
    known = Connection("odd", "a2a", {"card": "https://127.0.0.1:1"})
    known = pinned(
        known, Operations("odd", resources={"https://127.0.0.1:1/.well-known/agent-card.json": Operation("0" * 64, {})})
    )
    async with opened(known) as adapter:
        sent = await adapter.send(sending(task(adapter)))
    assert (sent.result, sent.detail) == ("failed", "the address leads into a network that is not public")


def test_plain_http_is_for_this_machine_alone():
    assert url_mistake("http://agent.example.com/")
    assert not url_mistake("https://agent.example.com/")
    assert not url_mistake("http://127.0.0.1/", loopback=True)


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({}, "`settings.card` is missing"),
        ({"card": "http://agent.example.com"}, "not an https address"),
        ({"card": "https://u:p@agent.example.com"}, "holds credentials"),
        ({"card": "https://a.example", "auth": {"scheme": "bearer", "token": "plain"}}, "not a reference to a secret"),
        (
            {"card": "https://a.example", "auth": {"scheme": "header", "name": "A2A-Version", "value": "${env:T}"}},
            "protocol",
        ),
        ({"card": "https://a.example", "keys": [{**PUBLIC, "d": "x"}]}, "private key"),
        ({"card": "https://a.example", "keys": [{"kty": "oct"}]}, "no Ed25519 or P-256 key"),
    ],
)
def test_settings_that_cannot_work_are_named(settings, cause):
    [refusal] = KIND.check_connection(Connection("travel", "a2a", settings))
    assert cause in refusal.cause


def test_a_task_without_words_and_packet_is_refused():
    [refusal] = KIND.check_request({})
    assert "neither" in refusal.cause
    assert not KIND.check_request({"packet": {"who": "{{customer.id}}"}})
    assert not KIND.check_connection(connection("https://a.example"))


async def test_a_packet_is_bounded():
    async with opened(connection("https://a.example")) as adapter:
        found = rendered(adapter, {"packet": {"who": "{{customer.name}}"}}, name="x" * 100_000)
    assert isinstance(found, Refusal)
    assert found.code == "too-large"


async def test_the_catalogue_holds_the_card_and_says_when_it_cannot_be_used():
    assert isinstance(KIND, Catalogue)
    async with agent() as (url, far):
        found = await KIND.offered(connection(url), SECRETS.get)
        [(kind, cards)] = found.items()
        [(place, card)] = cards.items()
        assert (kind, place, card["name"]) == ("resources", f"{url}/.well-known/agent-card.json", far.card.name)
        assert "signatures" not in card
        assert KIND.unusable(kind, card) is None
        grpc_only = {**card, "supportedInterfaces": card["supportedInterfaces"][:1]}
        assert "no interface" in (KIND.unusable(kind, grpc_only) or "")
    with pytest.raises(CatalogueError, match="cannot be reached"):
        await KIND.offered(connection("http://127.0.0.1:1"), SECRETS.get)
