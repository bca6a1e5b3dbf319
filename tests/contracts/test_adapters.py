"""What every adapter promises, asked of all of them against an outside of their own."""

import asyncio
import json

import pytest

from tests.adapters.benches import BENCHES
from tests.adapters.requests import SECRETS, compiled, data, rendered, send, sending
from xop.kernel.base.values import Refusal
from xop.ports.adapter import Sent

HOSTILE = [
    'x","admin":true,"y":"',
    "line\r\nBcc: eve@example.com\r\n\r\nbody",
    "../../admin?all=true#top",
    "{{customer.secret}} ${env:API_TOKEN}",
    "<script>alert(1)</script>",
    "\r\n.\r\nMAIL FROM:<eve@example.com>\r\n",
    "\x00\x1b[2J\x7f\u2028\u202e",
    "\ud800",
    "%0d%0aX-Admin: 1",
    "Grüße 🎉",
    "",
]


@pytest.fixture(params=sorted(BENCHES))
async def bench(request, anyio_backend):
    async with BENCHES[request.param]() as prepared:
        yield prepared


@pytest.fixture
async def adapter(bench, anyio_backend):
    opened = bench.open()
    yield opened
    await opened.close()


def test_good_settings_and_a_good_request_have_no_mistake(bench):
    assert bench.kind.check_connection(bench.connection()) == []
    assert bench.kind.check_request(bench.request) == []


def test_an_unknown_setting_is_refused_by_name_and_with_a_remedy(bench):
    refusals = bench.kind.check_connection(bench.connection(colour="red"))
    assert len(refusals) == 1
    assert refusals[0].code == "settings"
    assert "settings.colour" in refusals[0].cause
    assert refusals[0].remedy


def test_an_unknown_field_of_a_request_is_refused_by_name_and_with_a_remedy(bench):
    if bench.name == "simulated":
        pytest.skip("every object is a request to a simulated system")
    refusals = bench.kind.check_request({**bench.request, "colour": "red"})
    assert [refusal.code for refusal in refusals] == ["request"]
    assert "request.colour" in refusals[0].cause
    assert refusals[0].remedy


def test_every_mistake_of_a_request_is_named(bench):
    if bench.name == "simulated":
        pytest.skip("every object is a request to a simulated system")
    refusals = bench.kind.check_request({"colour": "red", "size": 1})
    required = [name for name in ("method", "path", "subject", "text", "type", "data") if name in bench.request]
    for name in ["colour", "size", *required]:
        assert any(f"request.{name}`" in refusal.cause for refusal in refusals), name


def test_settings_that_did_not_pass_the_check_are_not_opened(bench):
    with pytest.raises(ValueError, match="colour"):
        bench.open(colour="red")


def test_rendering_the_same_data_gives_the_same_bytes_of_json(bench, adapter):
    first = rendered(adapter, bench.request, text="Grüße")
    assert isinstance(first, bytes)
    assert first == rendered(adapter, bench.request, text="Grüße")
    assert "Grüße" in json.dumps(json.loads(first), ensure_ascii=False)


def test_a_placeholder_without_a_value_is_a_refusal(bench, adapter):
    refusal = rendered(adapter, bench.request)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "template"
    assert "customer.text" in refusal.cause
    assert refusal.remedy


async def test_a_request_is_carried_out_once(bench, adapter):
    assert (await send(adapter, bench.request, text="hello there")).result == "done"
    assert len(bench.arrived()) == 1
    assert "hello there" in bench.arrived()[0]


@pytest.mark.parametrize("text", HOSTILE)
async def test_no_value_changes_what_a_request_is(bench, adapter, text):
    request = rendered(adapter, bench.request, text=text)
    if isinstance(request, Refusal):
        assert request.remedy
        assert bench.arrived() == [] if bench.name != "simulated" else True
        return
    assert (await adapter.send(sending(request))).result == "done"
    assert len(bench.arrived()) == 1
    if bench.name in ("http", "webhook", "simulated"):
        body = json.loads(bench.arrived()[0].partition(" ")[2])
        assert body.get("data", body) == {"note": text}


async def test_a_request_that_renders_holds_no_secret(bench, adapter):
    request = rendered(adapter, bench.request, text="hello")
    assert isinstance(request, bytes)
    assert not any(secret.encode() in request for secret in SECRETS.values())


@pytest.mark.parametrize("request_bytes", [b"", b"nonsense", b"\xff\xfe", b"[1,2]", b"null"])
async def test_a_stored_request_that_cannot_be_read_never_raises(bench, adapter, request_bytes):
    if bench.name == "webhook" and request_bytes != b"\xff\xfe":
        pytest.skip("the stored request is the body, whatever it is")
    assert (await adapter.send(sending(request_bytes))).result == "failed"


async def test_every_attempt_carries_the_identity_of_its_invocation(bench, adapter):
    if bench.name == "console":
        pytest.skip("a line has no identity")
    request = rendered(adapter, bench.request, text="hello")
    for attempt in (1, 2):
        await adapter.send(sending(request, "inv_same", attempt=attempt))
    await adapter.send(sending(request, "inv_other"))
    first, second, other = (text.partition(" ")[0] for text in bench.arrived())
    assert "inv_same" in first
    assert first == second != other


async def test_many_requests_at_once_are_all_carried_out(bench, adapter):
    template = compiled(bench.request)
    requests = [sending(adapter.render(template, data(text=f"note-{at}-")), f"inv_{at}") for at in range(20)]
    sent = await asyncio.gather(*(adapter.send(one) for one in requests))
    assert [one.result for one in sent] == ["done"] * 20
    assert all(any(f"note-{at}-" in text for text in bench.arrived()) for at in range(20))


async def test_an_outside_that_nobody_serves_is_retried_and_called_unhealthy(bench):
    if bench.unreachable is None:
        pytest.skip("it is always there")
    adapter = bench.open(**bench.unreachable)
    sent = await send(adapter, bench.request, text="hello")
    await adapter.close()
    assert (sent.result, sent.unhealthy) == ("retry", True)
    assert bench.arrived() == []


async def test_silence_after_the_request_left_is_uncertain(bench):
    if bench.silence is None:
        pytest.skip("it is never silent")
    bench.silence()
    adapter = bench.open()
    sent = await send(adapter, bench.request, seconds=0.3, text="hello")
    await adapter.close()
    assert (sent.result, sent.unhealthy) == ("uncertain", True)
    assert len(bench.arrived()) == 1


async def test_a_cancelled_request_says_so(bench):
    if bench.silence is None:
        pytest.skip("it never waits")
    bench.silence()
    adapter = bench.open()
    task = asyncio.create_task(send(adapter, bench.request, text="hello"))
    await asyncio.wait_for(bench.arrival(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await adapter.close()


async def test_a_detail_is_one_line_without_the_address_or_a_secret(bench):
    if bench.unreachable is None:
        pytest.skip("it never refuses")
    adapter = bench.open(**bench.unreachable)
    detail = (await send(adapter, bench.request, text="hello")).detail
    await adapter.close()
    assert detail
    assert detail.isprintable()
    assert not any(word in detail for word in ("ana@example.com", "hello", *SECRETS.values()))


async def test_sending_after_closing_never_raises(bench):
    adapter = bench.open()
    request = rendered(adapter, bench.request, text="hello")
    await adapter.close()
    await adapter.close()
    assert isinstance(await adapter.send(sending(request)), Sent)
