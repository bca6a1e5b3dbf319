"""What leaves for an HTTP API, and what its answers mean."""

import asyncio

import pytest

from tests.adapters.certificate import unknown_certificate
from tests.adapters.requests import NOW, SECRETS, rendered, send, sending
from tests.adapters.web_server import DROP, SILENCE, broken_off, respond, web_server
from xop.adapters.http import HttpKind
from xop.kernel.actions.model import Connection

POST = {"method": "POST", "path": "/notes", "body": {"a": 1}}
GET = {"method": "GET", "path": "/notes"}


@pytest.fixture
async def server(anyio_backend):
    async with web_server() as running:
        yield running


@pytest.fixture
async def opened(server):
    adapters = []

    def open_one(**settings):
        connection = Connection("api", "http", {"base_url": server.url, **settings})
        adapters.append(HttpKind().open(connection, SECRETS.get))
        return adapters[-1]

    yield open_one
    for adapter in adapters:
        await adapter.close()


async def outcome(adapter, request=POST, seconds=5.0):
    sent = await send(adapter, request, seconds=seconds)
    return sent.result, sent.unhealthy


async def test_a_request_leaves_with_all_its_parts(server, opened):
    adapter = opened(
        base_url=f"{server.url}/v1/",
        auth={"scheme": "basic", "username": "me", "password": "${env:PASSWORD}"},
        headers={"X-Tenant": "Token ${env:API_TOKEN}"},
    )
    request = {
        "method": "PUT",
        "path": "/customers/{{customer.id}}",
        "query": {"q": "{{customer.q}}"},
        "headers": {"X-Note": "n"},
        "body": {"é": 1},
    }
    assert (await send(adapter, request, id="a/../b?c", q="x y&z")).result == "done"
    arrived = server.arrived[0]
    assert (arrived.method, arrived.target) == ("PUT", "/v1/customers/a%2F..%2Fb%3Fc?q=x+y%26z")
    assert arrived.body == '{"é":1}'.encode()
    assert arrived.headers["authorization"] == "Basic bWU6czNjcmV0"
    assert arrived.headers["x-tenant"] == "Token tok-5e3cret"
    assert arrived.headers["x-note"] == "n"
    assert arrived.headers["content-type"] == "application/json"
    assert arrived.headers["idempotency-key"] == "inv_1"


async def test_secrets_may_go_into_a_header_of_the_provider(server, opened):
    await send(opened(auth={"scheme": "header", "name": "X-Api-Key", "value": "${env:API_TOKEN}"}), GET)
    assert server.arrived[0].headers["x-api-key"] == "tok-5e3cret"
    assert "idempotency-key" not in server.arrived[0].headers


async def test_a_read_without_an_invocation_carries_no_key(server, opened):
    adapter = opened()
    await adapter.send(sending(rendered(adapter, POST), invocation=""))
    assert "idempotency-key" not in server.arrived[0].headers


@pytest.mark.parametrize("name", ["UNSET", "BROKEN"])
async def test_without_a_usable_secret_nothing_leaves(server, opened, name):
    sent = await send(opened(auth={"scheme": "bearer", "token": f"${{env:{name}}}"}), POST)
    assert (sent.result, sent.unhealthy) == ("retry", True)
    assert name in sent.detail
    assert "two" not in sent.detail
    assert server.arrived == []


@pytest.mark.parametrize(
    ("status", "write", "idempotent_write", "read"),
    [
        (200, "done", "done", "done"),
        (204, "done", "done", "done"),
        (302, "failed", "failed", "failed"),
        (400, "failed", "failed", "failed"),
        (404, "failed", "failed", "failed"),
        (408, "retry", "retry", "retry"),
        (409, "failed", "failed", "failed"),
        (425, "retry", "retry", "retry"),
        (429, "retry", "retry", "retry"),
        (500, "uncertain", "retry", "retry"),
        (502, "uncertain", "retry", "retry"),
        (503, "retry", "retry", "retry"),
        (504, "uncertain", "retry", "retry"),
        (599, "uncertain", "retry", "retry"),
    ],
)
async def test_a_status_says_what_became_of_the_request(server, opened, status, write, idempotent_write, read):
    server.answers += [respond(status)] * 3
    results = [
        await outcome(opened()),
        await outcome(opened(idempotent=True)),
        await outcome(opened(), GET),
    ]
    assert results == [(result, status >= 500) for result in (write, idempotent_write, read)]


async def test_a_detail_holds_nothing_the_server_wrote(server, opened):
    server.answers.append(b"HTTP/1.1 422 ana@example.com\r\nContent-Length: 15\r\n\r\nana@example.com")
    assert (await send(opened(), POST)).detail.startswith("answered 422 Unprocess")


async def test_a_redirect_is_not_followed(server, opened):
    server.answers.append(respond(307, Location="/elsewhere"))
    sent = await send(opened(), GET)
    assert sent.result == "failed"
    assert len(server.arrived) == 1


@pytest.mark.parametrize(
    ("status", "header", "wait"),
    [
        (429, "7", 7_000),
        (503, "Thu, 20 Nov 2025 00:53:31 GMT", 10_000),
        (503, "Thu, 20 Nov 2025 00:00:00 GMT", 0),
        (429, "soon", None),
        (429, "999999999999", 86_400_000),
        (400, "7", None),
    ],
)
async def test_the_server_may_ask_to_wait(server, opened, status, header, wait):
    server.answers.append(respond(status, Retry_After=header))
    request = rendered(opened(), POST)
    sent = await opened().send(sending(request))
    assert sending(request).at == NOW + 1_000 == 1_763_600_001_000
    assert sent.retry_after == wait


async def test_listed_statuses_take_the_place_of_every_2xx(server, opened):
    server.answers += [respond(404), respond(200), respond(200)]
    assert await outcome(opened(), {**POST, "success": [201, 404]}) == ("done", False)
    assert await outcome(opened(), {**POST, "success": [201, 404]}) == ("uncertain", False)
    assert await outcome(opened(), {**GET, "success": [201, 404]}) == ("failed", False)


@pytest.mark.parametrize(("request_", "result"), [(POST, "uncertain"), (GET, "retry")])
@pytest.mark.parametrize("answer", [DROP, SILENCE, b"nonsense\r\n\r\n"])
async def test_what_breaks_after_the_request_left_is_uncertain_unless_nothing_changes(
    server, opened, answer, request_, result
):
    server.answers.append(answer)
    assert await outcome(opened(), request_, seconds=0.3) == (result, True)
    assert len(server.arrived) == 1


@pytest.mark.parametrize(("request_", "result"), [(POST, "done"), (GET, "retry")])
async def test_an_answer_that_breaks_off_after_its_status_was_carried_out(server, opened, request_, result):
    server.answers.append(broken_off())
    assert await outcome(opened(), request_) == (result, True)


async def test_a_connection_closed_while_idle_does_no_harm(server, opened):
    adapter = opened()
    assert await outcome(adapter) == ("done", False)
    server.hang_up()
    await asyncio.wait_for(server.idle.wait(), 5)
    assert (await outcome(adapter))[0] in ("done", "uncertain")
    assert await outcome(adapter) == ("done", False)


async def test_an_unknown_host_is_retried(opened):
    assert await outcome(opened(base_url="http://nowhere.invalid")) == ("retry", True)


async def test_an_unknown_certificate_is_refused_unless_told_otherwise(opened, tmp_path):
    async with web_server(ssl=unknown_certificate(tmp_path)) as server:
        url = f"https://127.0.0.1:{server.port}"
        assert await outcome(opened(base_url=url)) == ("retry", True)
        assert server.arrived == []
        assert await outcome(opened(base_url=url, verify=False)) == ("done", False)


@pytest.mark.parametrize(
    ("part", "body", "output"),
    [
        ("", b'{"a":[1,{"b":"x"}]}', {"a": [1, {"b": "x"}]}),
        ("a.1.b", b'{"a":[1,{"b":"x"}]}', "x"),
        ("a.7", b'{"a":[1]}', None),
        ("a.b", b'{"a":[1]}', None),
        ("", b"", None),
        ("", b"<html>", None),
        ("", b"\xff", None),
        ("", b"[" * 200_000, None),
        ("", b"9" * 5_000, None),
        ("", b'"' + b"x" * 70_000 + b'"', None),
        ("id", b'{"id":7,"rest":"' + b"x" * 70_000 + b'"}', 7),
        ("id", b'{"id":7,"rest":"' + b"x" * 1_100_000 + b'"}', None),
    ],
)
async def test_the_part_of_an_answer_that_is_asked_for_is_kept(server, opened, part, body, output):
    server.answers.append(respond(200, body))
    sent = await send(opened(), {**POST, "output": part})
    assert (sent.result, sent.output) == ("done", output)
    assert bool(sent.detail) == (output is None and body != b"")


async def test_a_compressed_answer_is_not_unpacked(server, opened):
    server.answers.append(respond(200, b'{"a":1}', Content_Encoding="gzip"))
    sent = await send(opened(), GET)
    assert (sent.result, sent.output) == ("done", None)
    assert server.arrived[0].headers["accept-encoding"] == "identity"


async def test_the_proxy_of_the_host_is_not_used(server, opened, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await outcome(opened()) == ("done", False)
