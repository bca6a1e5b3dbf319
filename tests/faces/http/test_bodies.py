"""Bodies that are too large, too deep, packed, broken or of the wrong kind."""

import gzip
import json

import pytest

from tests.faces.http.bakery import problem

JSON = {"content-type": "application/json"}
BODY = b'{"action": "send_note", "customer": "email:ann@example.org", "arguments": %s}'


async def propose(bakery, content: bytes, **headers: str):
    return await bakery.ask("POST", "/v1/proposals", content=content, headers={**JSON, **headers})


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "json-malformed"),
        (b"{", 400, "json-malformed"),
        (BODY % b"{}" + b" {}", 400, "json-malformed"),
        (b"\xef\xbb\xbf{}", 400, "json-malformed"),
        (b'{"action": "\xff"}', 400, "json-malformed"),
        (b'{"action": "\\ud800"}', 400, "json-malformed"),
        (BODY % b"NaN", 400, "json-malformed"),
        (BODY % b"{'a': 1}", 400, "json-malformed"),
        (BODY % b'{"a": 1e999}', 400, "number-too-large"),
        (BODY % b'{"a": 9223372036854775808}', 400, "number-too-large"),
        (BODY % b'{"a": [{"b": -9223372036854775809}]}', 400, "number-too-large"),
        (BODY % (b'{"a": ' + b"9" * 500 + b"}"), 400, "number-too-large"),
        (BODY % (b'{"a": ' + b"[" * 70 + b"]" * 70 + b"}"), 400, "json-too-deep"),
        (BODY % (b'{"a":' * 5000 + b"1" + b"}" * 5000), 400, "json-too-deep"),
        (b"[" * 100_000, 400, "json-too-deep"),
        (b"[]", 422, "body-invalid"),
        (b"{}", 422, "body-invalid"),
        (b'{"action": 1, "customer": "x"}', 422, "body-invalid"),
        (b'{"action": "send_note", "customer": "x", "extra": 1}', 422, "body-invalid"),
        (b'{"action": "send_note", "customer": ""}', 422, "body-invalid"),
        (b'{"action": "send_note", "customer": "x", "wait": 31}', 422, "body-invalid"),
        (b'{"action": "send_note", "customer": "x", "wait": -1}', 422, "body-invalid"),
    ],
)
async def test_an_unsound_body_is_refused(bakery, content, status, code):
    problem(await propose(bakery, content), status, code)


async def test_sixty_four_levels_and_bits_are_fine(bakery):
    await bakery.customer("email:ann@example.org")
    deep = b'{"text": %s}' % (b"[" * 62 + b"]" * 62)
    problem(await propose(bakery, BODY % deep), 422, "arguments-unfit")
    problem(await propose(bakery, BODY % b'{"text": 9223372036854775807}'), 422, "arguments-unfit")
    problem(await propose(bakery, BODY % b'{"text": -9223372036854775808}'), 422, "arguments-unfit")


async def test_brackets_and_digits_within_text_do_not_count(bakery):
    await bakery.customer("email:ann@example.org")
    text = json.dumps({"text": '[{"' * 30 + "9" * 10}).encode()
    assert (await propose(bakery, BODY % text)).json()["verdict"] == "permit"


async def test_of_a_name_given_twice_the_last_counts(bakery):
    await bakery.customer("email:ann@example.org")
    twice = b'{"action": "nothing", "action": "send_note", "customer": "email:ann@example.org"}'
    assert (await propose(bakery, twice)).json()["verdict"] == "permit"


async def test_a_body_is_bounded_by_what_it_declares_and_by_what_it_holds(bakery):
    problem(await propose(bakery, b" " * 1_048_577), 413, "too-large")

    async def chunks():
        for _ in range(20):
            yield b" " * 100_000

    problem(await propose(bakery, chunks()), 413, "too-large")


async def test_a_declared_length_that_is_no_number_is_not_believed(bakery):
    response = await propose(bakery, b"{}", **{"content-length": "x"})
    problem(response, 422, "body-invalid")


async def test_a_packed_body_is_unpacked(bakery):
    await bakery.customer("email:ann@example.org")
    assert (await propose(bakery, gzip.compress(BODY % b"{}"), **{"content-encoding": "gzip"})).json()[
        "verdict"
    ] == "permit"


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize(
    ("content", "encoding", "status", "code"),
    [
        (b"{}", "gzip", 400, "encoding-malformed"),
        (packed(b"{}")[:-4], "gzip", 400, "encoding-malformed"),
        (packed(b"{}") + b"more", "gzip", 400, "encoding-malformed"),
        (packed(b" " * 9_000_000), "gzip", 413, "too-large"),
        (packed(packed(b"{}")), "gzip", 400, "json-malformed"),
        (b"{}", "br", 415, "encoding-unsupported"),
        (b"{}", "gzip, gzip", 415, "encoding-unsupported"),
    ],
)
async def test_what_cannot_be_unpacked_within_bounds_is_refused(bakery, content, encoding, status, code):
    problem(await propose(bakery, content, **{"content-encoding": encoding}), status, code)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/json5"])
async def test_a_body_of_another_kind_is_refused(bakery, kind):
    headers = {"content-type": kind} if kind else {}
    response = await bakery.ask("POST", "/v1/proposals", content=b"{}", headers=headers)
    assert "application/json" in problem(response, 415, "media-type-unsupported")["remedy"]


async def test_the_media_type_may_have_parameters(bakery):
    response = await propose(bakery, b"{}", **{"content-type": "Application/JSON; charset=utf-8"})
    problem(response, 422, "body-invalid")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=x",
        "limit=",
        "limit=5&limit=6",
        "unknown=1",
        "customer=%ff",
        "&".join("abcdefghijklmnopqrstuvwxyz"),
    ],
)
async def test_a_wrong_parameter_is_refused(bakery, query):
    problem(await bakery.get(f"/v1/decisions?{query}"), 400, "parameter-invalid")


async def test_a_path_without_parameters_takes_none(bakery):
    problem(await bakery.get("/v1/releases?limit=5"), 400, "parameter-invalid")


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/v2/signals", "/v1/signals/", "/v1/customers/", "/v1/customers/a/b/c"]
)
async def test_a_path_that_leads_nowhere_is_a_problem(bakery, path):
    document = problem(await bakery.get(path), 404, "path-unknown")
    assert document["instance"] == path


async def test_a_method_that_a_path_does_not_take_is_a_problem(bakery):
    for method in ("DELETE", "PUT", "TRACE", "BREW"):
        response = await bakery.ask(method, "/v1/customers/x/consents")
        problem(response, 405, "method-not-allowed")
        assert response.headers["allow"] == "GET, POST"


async def test_head_is_answered_like_get(bakery):
    assert (await bakery.ask("HEAD", "/health", None)).status_code == 200


async def test_a_path_that_is_no_utf8_is_a_problem(bakery):
    problem(await bakery.get("/v1/customers/%ff"), 400, "parameter-invalid")
