"""Handovers over HTTP: what waits is found, taken by one, handed back once, and told within any budget."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faces.http.bakery import problem
from tests.kit.counter import ANA, CALL, QUEUES, queue_files
from tests.kit.serving import serving
from xop.assembly import KINDS, Platform, open_with
from xop.faces.http import build_app, links

KEYS = {"web": "web-key", "bot": "bot-key", "olga": "olga-key", "otto": "otto-key", "fay": "fay-key"}
SECRETS = {f"HARBOUR_{name.upper()}_KEY": key for name, key in KEYS.items()}

FOLLOWED = {**QUEUES, "care": {**QUEUES["care"], "roles": ["care", "finance"]}}

Ask = Callable[..., Awaitable[httpx.Response]]


class Counter:
    """The API of a harbour with queues, asked by any principal."""

    def __init__(self, client: httpx.AsyncClient, platform: Platform | None = None) -> None:
        self.client = client
        self._platform = platform

    @property
    def platform(self) -> Platform:
        assert self._platform is not None
        return self._platform

    async def get(self, path: str, who: str | None = "otto", **query: Any) -> httpx.Response:
        return await self.client.get(path, params=query or None, headers=_headers(who))

    async def post(self, path: str, who: str = "otto", body: Any = None, key: str | None = None) -> httpx.Response:
        headers = {**_headers(who), **({"idempotency-key": key} if key else {})}
        return await self.client.post(path, json={} if body is None else body, headers=headers)

    async def call(self, who: str = ANA, name: str = CALL) -> None:
        """Have somebody call."""
        event = {"specversion": "1.0", "source": "/pbx", "type": "call.started", "id": name, "subject": who}
        headers = {**_headers("web"), "content-type": "application/cloudevents+json"}
        answer = await self.client.post(
            "/v1/signals", content=json.dumps({**event, "data": {"call": name}}), headers=headers
        )
        assert answer.status_code == 200, answer.text

    async def open(self, who: str = ANA, name: str = CALL, **changes: Any) -> httpx.Response:
        """Have the agent hand the call over."""
        body = {
            "customer": who,
            "conversation": name,
            "queue": "care",
            "intent": "refund",
            "summary": "Charged twice; wants the second charge back.",
            "transcript": [{"uri": "vcon:c1"}],
        }
        key = changes.pop("key", None)
        return await self.post("/v1/handovers", "bot", {**body, **changes}, key)

    async def opened(self, **changes: Any) -> str:
        """Have somebody call and be handed over; return the handover."""
        await self.call(changes.get("who", ANA), changes.get("name", CALL))
        answer = await self.open(**changes)
        assert answer.status_code == 201, answer.text
        name: str = answer.json()["handover"]
        return name


def _headers(who: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {KEYS[who]}"} if who is not None else {}


async def platform_at(folder: Path, more: Mapping[str, bytes] = {}) -> Platform:
    return await open_with(folder, {**queue_files(FOLLOWED), **more}, kinds=KINDS, secrets=SECRETS.get)


@asynccontextmanager
async def counter_at(folder: Path, more: Mapping[str, bytes] = {}) -> AsyncIterator[Counter]:
    platform = await platform_at(folder, more)
    try:
        await platform.start()
        transport = httpx.ASGITransport(build_app(platform))
        async with httpx.AsyncClient(transport=transport, base_url="http://harbour.test", timeout=20) as client:
            yield Counter(client, platform)
    finally:
        await platform.stop()


@pytest.fixture
async def counter(tmp_path) -> AsyncIterator[Counter]:
    async with counter_at(tmp_path) as opened:
        yield opened


async def test_a_handover_is_opened_found_taken_and_handed_back(counter):
    name = await counter.opened()
    (listed,) = (await counter.get("/v1/handovers", queue="care")).json()["handovers"]
    assert (listed["handover"], listed["status"], listed["intent"]) == (name, "waiting", "refund")
    taken = (await counter.post(f"/v1/handovers/{name}/acceptance")).json()
    assert (taken["handover"]["by"], taken["packet"]["summary"][:7]) == ("operator:otto", "Charged")
    assert (await counter.get("/v1/handovers")).json()["handovers"] == []
    mine = await counter.get("/v1/handovers", status="accepted", by="operator:otto", customer=ANA)
    assert [each["handover"] for each in mine.json()["handovers"]] == [name]
    back = {"outcome": "resolved", "continues": "agent", "notes": "paid", "facts": {"name": "Ana"}}
    first = await counter.post(f"/v1/handovers/{name}/return", body=back, key="k")
    again = await counter.post(f"/v1/handovers/{name}/return", body=back, key="k")
    assert (first.json()["held_by"], first.json()["duplicate"]) == ("agent:helper_bot", False)
    assert again.json() == {**first.json(), "duplicate": True}
    problem(await counter.post(f"/v1/handovers/{name}/return", body=back), 409, "handover-over")
    known = await counter.platform.engine.customer(taken["handover"]["customer"])
    assert known is not None
    assert known.view.profile["name"].value == "Ana"
    state = (await counter.get(f"/v1/handovers/{name}")).json()
    assert (state["handover"]["status"], state["outcome"], state["notes"]) == ("returned", "resolved", "paid")


async def test_an_incomplete_one_is_refused_with_every_missing_part_in_its_place(counter):
    await counter.call()
    refused = problem(await counter.open(summary="", transcript=[]), 422, "handover-incomplete")
    assert [each["where"] for each in refused["errors"]] == ["/summary", "/transcript"]
    assert all(each["remedy"] for each in refused["errors"])
    accepted = await counter.open(summary="", transcript=[], anyway=True)
    assert accepted.json()["missing"] == ["summary", "transcript", "tried"]


async def test_the_same_wish_with_the_same_key_opens_one_handover(counter):
    await counter.call()
    first, again = [await counter.open(key="one") for _ in range(2)]
    assert again.json() == {**first.json(), "duplicate": True}
    problem(await counter.open(key="one", summary="something else"), 409, "command-conflict")
    problem(await counter.open(key="two"), 409, "handover-open")


async def test_people_without_the_role_or_the_scope_take_nothing(counter):
    name = await counter.opened(queue="supervisors")
    problem(await counter.post(f"/v1/handovers/{name}/acceptance", "fay"), 403, "handover-role")
    problem(await counter.post(f"/v1/handovers/{name}/acceptance", "web"), 403, "scope-missing")
    problem(await counter.post("/v1/handovers/hnd_moon/acceptance"), 404, "handover-unknown")
    problem(await counter.get("/v1/handovers", queue="moon"), 422, "queue-unknown")
    problem(await counter.get("/v1/handovers", after="moon"), 400, "parameter-invalid")


async def test_what_is_declined_goes_on(counter):
    name = await counter.opened()
    moved = await counter.post(f"/v1/handovers/{name}/decline", body={"reason": "not ours"})
    assert moved.json()["handover"]["queue"] == "supervisors"


async def test_waiting_handovers_come_page_by_page_the_urgent_first(counter):
    names = []
    for number in range(5):
        who, name = f"email:c{number}@harbour.test", f"c{number}"
        names.append(await counter.opened(who=who, name=name, urgent=number == 3))
    seen: list[str] = []
    after = None
    while True:
        page = (await counter.get("/v1/handovers", limit=2, **({"after": after} if after else {}))).json()
        seen += [each["handover"] for each in page["handovers"]]
        after = page["next"]
        if after is None:
            break
    assert seen[0] == names[3]
    assert sorted(seen) == sorted(names)
    queues = {each["queue"]: each for each in (await counter.get("/v1/queues")).json()["queues"]}
    assert (queues["care"]["waiting"], queues["care"]["open"], queues["supervisors"]["waiting"]) == (5, True, 0)


@pytest.mark.parametrize("budget", [512, 1024, 4096, 32_768])
async def test_a_projection_fits_and_its_link_leads_to_the_rest_without_a_key(counter, budget):
    told = [{"uri": f"https://calls.harbour.test/{number}", "title": "漢" * 100} for number in range(40)]
    name = await counter.opened(summary="é" * 3000, transcript=told)
    answer = await counter.get(f"/v1/handovers/{name}/projection", bytes=budget)
    assert len(answer.content) <= budget
    projected = answer.json()
    if "rest" in projected:
        whole = await counter.client.get(projected["rest"]["link"])
        assert whole.status_code == 200
        assert len(whole.json()["transcript"]) == 40
    assert ("rest" in projected) == (budget < 32_768)
    problem(await counter.get(f"/v1/handovers/{name}/projection", bytes=511), 400, "parameter-invalid")


async def test_a_link_is_good_for_its_handover_until_it_expires_and_for_nothing_else(counter):
    name = await counter.opened()
    other = await counter.opened(who="email:eve@harbour.test", name="c2")
    link = (await counter.get(f"/v1/handovers/{name}")).json()["link"]
    token = link.partition("token=")[2]
    assert (await counter.client.get(link)).json()["handover"] == name
    for path, given in [(name, token[:-4] + "AAAA"), (other, token), (name, "moon"), (name, f"{token}.x")]:
        problem(await counter.get(f"/v1/handovers/{path}/packet", None, token=given), 403, "link-invalid")
    problem(await counter.get(f"/v1/handovers/{name}/packet", None), 400, "parameter-invalid")
    problem(await counter.get(f"/v1/handovers/{name}", None), 401, "key-missing")
    now = counter.platform.runtime.clock.now()
    old, until = links.packet_link(counter.platform.link_key, name, now - links.LASTING - 1000)
    assert until < now
    problem(await counter.client.get(old), 403, "link-invalid")


async def test_a_link_outlasts_a_restart_of_the_server(tmp_path):
    platform = await platform_at(tmp_path)
    path, _ = links.packet_link(platform.link_key, "hnd_1", platform.runtime.clock.now())
    await platform.stop()
    assert (tmp_path / "link.key").stat().st_mode & 0o077 == 0
    again = await platform_at(tmp_path)
    try:
        links.require_token(again.link_key, "hnd_1", path.partition("token=")[2], again.runtime.clock.now())
        assert (await open_key({**SECRETS, "XOP_LINK_KEY": "given"}, tmp_path / "x")) != again.link_key
    finally:
        await again.stop()


async def open_key(secrets: dict[str, str], folder: Path) -> bytes:
    """Return the key of a platform on a folder of its own; two with the same secret know each other's links."""
    keys = []
    for name in ("one", "two"):
        platform = await open_with(folder / name, queue_files(), kinds=KINDS, secrets=secrets.get)
        keys.append(platform.link_key)
        await platform.stop()
    assert keys[0] == keys[1]
    return keys[0]


async def test_of_many_who_take_the_same_handover_over_many_connections_one_wins(tmp_path):
    workspace = tmp_path / "workspace"
    for path, content in queue_files(FOLLOWED).items():
        (workspace / path).parent.mkdir(parents=True, exist_ok=True)
        (workspace / path).write_bytes(content)
    with serving(tmp_path / "data", workspace, SECRETS) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=30, trust_env=False) as client:
            desk = Counter(client)
            for number in range(8):
                name = await desk.opened(who=f"email:c{number}@harbour.test", name=f"c{number}")
                people = ["otto", "fay"] * 8
                answers = await asyncio.gather(
                    *(desk.post(f"/v1/handovers/{name}/acceptance", who, key=f"{n}") for n, who in enumerate(people))
                )
                by = {answer.json()["handover"]["by"] for answer in answers if answer.status_code == 200}
                assert len(by) == 1
                winner = by.pop().removeprefix("operator:")
                for who, answer in zip(people, answers, strict=True):
                    if who == winner:
                        assert answer.status_code == 200
                    else:
                        assert winner in problem(answer, 409, "handover-taken")["detail"]
                body = {"outcome": "resolved", "continues": "agent"}
                returns = await asyncio.gather(
                    *(desk.post(f"/v1/handovers/{name}/return", winner, body, f"r{n}") for n in range(8))
                )
                assert sorted(answer.status_code for answer in returns) == [200] + [409] * 7
