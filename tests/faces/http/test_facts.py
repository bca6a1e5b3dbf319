"""Facts in pages and live."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from tests.faces.http.bakery import FOLDER, problem
from tests.kit.serving import BEGUN
from xop.assembly import compiled, workspace_files
from xop.faces.http.routes import facts

ANN, BOB = "email:ann@example.org", "email:bob@example.org"


async def page(bakery, **query) -> dict:
    response = await bakery.get("/v1/facts", params=query)
    assert response.status_code == 200, response.text
    told: dict = response.json()
    return told


async def test_a_fact_tells_what_when_whose_and_why(bakery):
    ann = await bakery.customer(ANN, id="first", data={"loaves": 2})
    told = (await page(bakery, after=BEGUN))["facts"]
    assert [fact["id"] for fact in told] == [f"{BEGUN + 1}.{n}" for n in range(len(told))]
    created, linked = told[:2]
    assert created["type"] == "CustomerCreated"
    assert linked["data"] == {"identifier": ["email", "ann@example.org"], "source": "/till/1"}
    for fact in told:
        assert (fact["origin"], fact["customer"], fact["seq"]) == (ann, ann, 1)
        assert (fact["cause"], fact["actor"]) == ("signal:/till/1|first", "source:till")
        assert fact["release"] == bakery.platform.engine.release.digest


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
async def test_pages_of_any_size_tell_every_fact_once(bakery, limit):
    for number in range(8):
        await bakery.customer(f"user_id:u{number}", data={"loaves": 1})
    every = [fact["id"] for fact in (await page(bakery, limit=1000))["facts"]]
    seen, after = [], None
    while True:
        told = await page(bakery, limit=limit, **({"after": after} if after else {}))
        if not told["facts"]:
            break
        assert len(told["facts"]) <= limit
        seen += [fact["id"] for fact in told["facts"]]
        after = told["next"]
    assert seen == every
    await bakery.customer("user_id:late")
    assert (await page(bakery, after=after))["facts"][0]["type"] == "CustomerCreated"


async def test_a_whole_position_can_be_skipped(bakery):
    await bakery.customer(ANN)
    await bakery.customer(BOB)
    assert (await page(bakery, after="2"))["facts"][0]["id"] == "3.0"
    assert (await page(bakery, after="2.1"))["facts"][0]["id"] == "2.2"


async def test_facts_of_one_customer_are_told_wherever_they_came_in(bakery):
    ann, bob = await bakery.customer(ANN), await bakery.customer(BOB)
    await bakery.customer("email:other@example.org")
    await bakery.post("/v1/identity/merge", {"keep": ann, "other": bob})
    told = await page(bakery, customer=ANN)
    assert {fact["origin"] for fact in told["facts"]} == {ann, bob}
    again = (await bakery.get(f"/v1/customers/{ANN}/facts")).json()["facts"]
    assert again[: len(told["facts"])] == told["facts"]
    assert [fact["type"] for fact in again[len(told["facts"]) :]] == ["ContextShown"]
    assert (await bakery.get(f"/v1/customers/{ann}/facts?limit=1")).json()["facts"] == told["facts"][:1]
    problem(await bakery.get("/v1/facts?customer=cus_x"), 404, "customer-unknown")


@pytest.mark.parametrize("after", ["x", "1.", ".1", "-1", "1.1.1", "٣", "9" * 19, ""])
async def test_a_place_that_is_none_is_refused(bakery, after):
    problem(await bakery.get("/v1/facts", params={"after": after}), 400, "parameter-invalid")
    problem(await bakery.get("/v1/facts/stream", params={"after": after}), 400, "parameter-invalid")


async def test_a_reader_may_be_ahead_of_the_ledger(bakery):
    assert await page(bakery, after="9" * 18) == {"facts": [], "next": "9" * 18}


class Reader:
    """Reads a stream's events."""

    def __init__(self, response) -> None:
        self.lines = response.aiter_lines()

    async def event(self) -> dict[str, str]:
        """Return the next event, without comments."""
        told: dict[str, str] = {}
        async with asyncio.timeout(10):
            async for line in self.lines:
                if not line and told:
                    return told
                name, _, value = line.partition(": ")
                if name:
                    told[name] = value
        raise EOFError

    async def until(self, kind: str) -> dict[str, str]:
        """Return the next event of a kind."""
        while (event := await self.event())["event"] != kind:
            pass
        return event


@asynccontextmanager
async def following(server, headers=None, **query):
    key = {"authorization": "Bearer key-of-olga", **(headers or {})}
    async with server.client.stream("GET", "/v1/facts/stream", params=query, headers=key) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers["x-accel-buffering"] == "no", "a proxy would keep what happens to itself"
        reader = Reader(response)
        async with asyncio.timeout(10):
            assert (await anext(reader.lines)).startswith(":")
        yield reader


async def test_a_stream_tells_what_becomes_true_from_now_on(server):
    await server.customer(ANN)
    async with following(server) as reader:
        await server.customer(BOB)
        event = await reader.event()
        assert (event["id"], event["event"]) == ("3.0", "CustomerCreated")
        assert json.loads(event["data"])["id"] == "3.0"
        assert json.loads(event["data"]) == (await page(server, after="2"))["facts"][0]


@pytest.mark.parametrize("how", ["header", "query"])
async def test_who_comes_back_misses_nothing(server, how):
    await server.customer(ANN)
    every = [fact["id"] for fact in (await page(server))["facts"]]
    resume = {"headers": {"last-event-id": every[1]}} if how == "header" else {"after": every[1]}
    async with following(server, **resume) as reader:
        assert [(await reader.event())["id"] for _ in every[2:]] == every[2:]
        await server.customer(BOB)
        assert (await reader.event())["id"] == "3.0"


async def test_a_stream_of_one_customer_tells_of_nobody_else(server):
    ann = await server.customer(ANN)
    async with following(server, customer=ANN) as reader:
        await server.customer(BOB)
        await server.event(subject=ANN)
        assert json.loads((await reader.event())["data"])["origin"] == ann


async def test_a_stream_of_one_customer_is_a_look_that_the_ledger_tells_of(server):
    await server.customer(ANN)
    async with following(server, customer=ANN) as reader:
        await server.event(subject=ANN, data={"loaves": 2})
        told = json.loads((await reader.until("ContextShown"))["data"])
    assert (told["actor"], told["data"]["purpose"]) == ("operator:olga", "service")
    assert any("profile.last_loaves" in names for names in told["data"]["fields"].values())


async def test_a_stream_ends_once_its_reader_may_read_no_facts(server):
    await server.customer(ANN)
    files = workspace_files(FOLDER)
    olga = b"    key: ${env:OLGA_KEY}\n"
    agents = files["agents.yaml"].replace(olga, olga + b"    scopes: [customers:read]\n")
    async with following(server) as reader:
        server.platform.engine.adopt(compiled({**files, "agents.yaml": agents}))
        await server.event(subject=ANN)
        with pytest.raises(EOFError):
            await reader.event()


async def test_a_stream_keeps_up_with_many_facts(server):
    headers = {"content-type": "application/cloudevents-batch+json"}
    source = {"specversion": "1.0", "source": "/till/1", "type": "bread.bought"}
    events = [{**source, "id": str(n), "subject": f"user_id:u{n % 50}"} for n in range(500)]
    async with following(server) as reader:
        sent = await server.ask("POST", "/v1/signals", "till", json=events, headers=headers)
        assert sent.status_code == 200
        every = (await page(server, limit=1000, after=BEGUN))["facts"]
        told = [(await reader.event())["id"] for _ in every]
        assert told == [fact["id"] for fact in every]


async def test_streams_end_when_the_server_stops(server):
    async with following(server) as reader:
        server.stop.set()
        with pytest.raises(EOFError):
            await reader.event()


async def test_a_quiet_stream_says_that_it_is_still_there(server, monkeypatch):
    monkeypatch.setattr(facts, "HEARTBEAT", 0.01)
    async with following(server) as reader, asyncio.timeout(10):
        while await anext(reader.lines) != ": still here":
            pass


async def test_who_leaves_is_no_longer_told(server):
    async with following(server):
        pass
    async with asyncio.timeout(10):
        while not any('route="/v1/facts/stream"' in line for line in (await server.get("/metrics")).text.splitlines()):
            await server.customer(ANN)
