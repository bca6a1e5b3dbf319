"""The door: nobody comes in without a key, in another version or with too much."""

import gzip

import httpx
import pytest

from tests.faces.a2a.desk import KEYS

PATHS = ("/a2a", "/a2a/rest/message:send", "/a2a/rest/tasks/task_1", "/a2a/rest/extendedAgentCard")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("headers", "status"), [({}, 401), ({"authorization": "Bearer no"}, 401)])
async def test_nobody_comes_in_without_a_key(desk, path, headers, status):
    method = "GET" if "tasks" in path or "Card" in path else "POST"
    async with httpx.AsyncClient(headers={"a2a-version": "1.0", **headers}) as http:
        answer = await http.request(method, desk.url + path, json={} if method == "POST" else None)
    assert answer.status_code == status
    assert "www-authenticate" in answer.headers


async def test_a_principal_without_the_scope_is_turned_away(desk):
    answer = await _send(desk, {"method": "ListTasks", "params": {}}, who="watcher")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")


async def test_another_version_of_the_protocol_is_refused(desk):
    for version in ("0.3", "2.0", ""):
        answer = await _send(desk, {"method": "ListTasks", "params": {}}, version=version)
        assert answer.json()["error"]["code"] == -32009
    assert "result" in (await _send(desk, {"method": "ListTasks", "params": {}}, version="1.0.1")).json()


async def test_too_much_and_too_deep_is_refused_before_it_is_read(desk):
    async with httpx.AsyncClient(headers={**_headers("clerk", "1.0"), "content-encoding": "gzip"}) as http:
        large = await http.post(f"{desk.url}/a2a", content=gzip.compress(b" " * 9_000_000))
    assert (large.status_code, large.json()["code"]) == (413, "too-large")
    deep: dict[str, object] = {}
    for _ in range(100):
        deep = {"x": deep}
    answer = await _send(desk, {"method": "SendMessage", "params": deep})
    assert (answer.status_code, answer.json()["code"]) == (400, "json-too-deep")


async def test_what_is_no_json_is_an_error_of_the_protocol(desk):
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{desk.url}/a2a", content=b"{", headers=_headers("clerk", "1.0"))
    assert answer.json()["error"]["code"] == -32700


async def test_the_http_api_is_served_beside_it(desk):
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{desk.url}/health")).status_code == 200
        assert (await http.get(f"{desk.url}/a2a/nothing", headers=_headers("clerk", "1.0"))).status_code == 404


async def _send(desk, body, who: str = "clerk", version: str = "1.0") -> httpx.Response:
    async with httpx.AsyncClient(headers=_headers(who, version)) as http:
        return await http.post(f"{desk.url}/a2a", json={"jsonrpc": "2.0", "id": 1, **body})


def _headers(who: str, version: str) -> dict[str, str]:
    return {"authorization": f"Bearer {KEYS[who]}", "content-type": "application/json", "a2a-version": version}
