"""What a page of somebody else, or a request made by hand, cannot do."""

import gzip
from urllib.parse import quote

import pytest

from tests.kit.lobby import PUBLIC
from xop.faces.console.page import PREFIX
from xop.faces.console.pages import ACTS, PAGES
from xop.faces.console.wire import own_place, send_answer

SETTLE = "/console/account"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def paths(parts) -> list[str]:
    """Return the paths of pages or forms, with something in the place of each parameter."""
    return [PREFIX + each.path.replace("{", "").replace("}", "") for each in parts]


async def settled(browser, **headers):
    """Send the form that makes things dark, with headers of its own, and say how that was answered."""
    fields = await browser.hidden("/console/account", SETTLE)
    browser.client.headers.pop("sec-fetch-site", None)
    answer = await browser.client.post(SETTLE, data={**fields, "theme": "dark"}, headers=headers)
    return answer.status_code


async def is_dark(browser) -> bool:
    return 'data-theme="dark"' in (await browser.get("/console/account")).text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:7007"},
        {"origin": "https://evil.test"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:7008"},
        {"origin": "http://127.0.0.1:7007.evil.test"},
        {"origin": "http://[evil"},
        {"referer": "http://127.0.0.1:7007/console/account"},
    ],
)
async def test_a_form_that_another_site_sends_changes_nothing_though_its_tokens_are_right(lobby, headers):
    browser = await lobby.guest()
    assert await settled(browser, **headers) == 403
    assert not await is_dark(browser)


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"origin": "http://127.0.0.1:7007"}])
async def test_a_form_that_a_page_of_the_console_sends_is_taken(lobby, headers):
    browser = await lobby.guest()
    assert await settled(browser, **headers) == 303
    assert await is_dark(browser)


@pytest.mark.parametrize(
    ("origin", "status"), [(PUBLIC, 303), ("http://harbour.test", 403), ("http://127.0.0.1:7007", 403)]
)
async def test_with_an_address_the_origin_is_that_address_whatever_host_a_proxy_names(public, origin, status):
    browser = await public.guest()
    assert await settled(browser, origin=origin, host="127.0.0.1:7007") == status


@pytest.mark.parametrize("token", [None, "", "made up", "other"])
async def test_a_form_without_the_token_of_its_session_changes_nothing(lobby, token):
    browser, other = await lobby.guest(), await lobby.guest("otto")
    if token == "other":
        token = (await other.hidden("/console/account", SETTLE))["form_token"]
    fields = {} if token is None else {"form_token": token}
    assert (await browser.post(SETTLE, **fields, theme="dark")).status_code == 403
    assert not await is_dark(browser)


async def test_another_site_cannot_sign_anybody_in(lobby):
    await lobby.guest()
    browser = lobby.browser(**{"sec-fetch-site": "cross-site"})
    answer = await browser.sign_in()
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_every_form_is_refused_from_elsewhere_and_without_its_token(lobby):
    browser = await lobby.guest()
    fields = await browser.hidden("/console/account", SETTLE)
    for path in paths(ACTS):
        assert "form is out of date" in (await browser.post(path, x="1")).text, path
        elsewhere = await browser.client.post(path, data=fields, headers={"sec-fetch-site": "cross-site"})
        assert (elsewhere.status_code, "form came from elsewhere" in elsewhere.text) == (403, True), path


OTHERS = [
    *("/console/sign-in", "/console/sign-in/passkey", "/console/sign-in/oidc", "/console/sign-in/oidc/return"),
    *("/console/invitations/none", "/console/static/keys.js", "/console/static/none", "/console/no/such/page"),
]


async def test_no_answer_can_be_framed_or_run_what_is_not_ours(lobby):
    guest, stranger = await lobby.guest(), lobby.browser()
    for path in [*paths(PAGES), *paths(ACTS), *OTHERS]:
        for answer in (
            await guest.get(path),
            await stranger.get(path),
            await guest.post(path),
            await guest.client.request("DELETE", path),
        ):
            policy = dict(each.strip().split(" ", 1) for each in answer.headers["content-security-policy"].split(";"))
            assert policy["default-src"] == "'none'", path
            assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'", path
            assert policy["frame-ancestors"] == policy["base-uri"] == "'none'", path
            assert answer.headers["x-frame-options"] == "DENY", path
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert answer.headers["referrer-policy"] == "same-origin", path
            assert "public" not in answer.headers["cache-control"] or "/static/" in path, path


ELSEWHERE = [
    "https://evil.test",
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/console\\..\\..\\evil.test",
    "/console//evil.test",
    "/console/../../evil.test",
    "/console/..//evil.test",
    "/console/%2e%2e//evil.test",
    "/console/.%2E/v1/exports",
    "/console/./x",
    "/console@evil.test",
    "/console.evil.test",
    "/consoles",
    "/v1/exports",
    "/console/\r\nset-cookie: xop_session=planted",
    "/console/\n",
    "/console/\t/evil.test",
    "/console/\x00",
    "/console/\u2028",
    " /console",
    "javascript:alert(1)",
    "/console/" + "a" * 3000,
    "",
]


async def test_signing_in_leads_to_the_console_and_nowhere_else(lobby):
    await lobby.guest()
    for wanted in ELSEWHERE:
        answer = await lobby.browser().sign_in(then=quote(wanted, safe=""))
        assert (answer.status_code, answer.headers["location"]) == (303, "/console"), wanted


async def test_a_form_leads_back_to_the_console_and_nowhere_else(lobby):
    browser = await lobby.guest()
    fields = await browser.hidden("/console/account", "/console/sign-out")
    for wanted in ELSEWHERE:
        answer = await browser.post("/console/purpose", **fields, purpose="", back=wanted)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console"), wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "/console",
        "/console?x=%2F%2Fy",
        "/console/customers/email%3Aann%40shop.test?at=1&x=https://y.test",
        "/console/a#b",
    ],
)
def test_a_page_of_the_console_is_led_to_as_it_is(wanted):
    assert own_place(wanted) == wanted


@pytest.mark.parametrize("value", [b"/console\r\nset-cookie: a=b", b"a\nb", b"a\x00b"])
async def test_no_header_holds_the_end_of_a_line(value):
    sent = []

    async def send(message):
        sent.append(message)

    with pytest.raises(ValueError, match="end of a line"):
        await send_answer(send, 303, b"", ((b"location", value),))
    assert sent == []


async def test_other_methods_do_nothing(lobby):
    browser = await lobby.guest()
    fields = await browser.hidden("/console/account", SETTLE)
    for path in ("/console/account", "/console/sign-in", "/console/sign-out"):
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
            answer = await browser.client.request(method, path, data={**fields, "theme": "dark", "name": "olga"})
            assert (answer.status_code, "POST" in answer.headers["allow"]) == (405, True), (method, path)
    assert await browser.is_signed_in()
    assert not await is_dark(browser)


async def test_looking_never_does_what_sending_does(lobby):
    browser = await lobby.guest()
    fields = {**await browser.hidden("/console/account", SETTLE), "theme": "dark", "_method": "POST"}
    for path in paths(ACTS):
        await browser.client.get(path, params=fields, headers={"x-http-method-override": "POST"})
        assert await browser.is_signed_in(), path
    assert not await is_dark(browser)


REFUSED = [
    (b"name=" + b"x" * 300_000, {}, 413),
    (b"&".join(b"f%d=1" % each for each in range(400)), {}, 400),
    (b"name=%ff", {}, 400),
    (gzip.compress(b"name=" + b"x" * 1000, mtime=0), {"content-encoding": "gzip"}, 415),
    (b'{"name": "olga"}', {"content-type": "text/plain"}, 415),
    (b'{"name": "olga"}', {"content-type": "application/json"}, 415),
    (b"name=olga", {"content-type": "multipart/form-data; boundary=x"}, 415),
]


async def test_what_is_no_form_of_ours_is_refused(lobby):
    browser = await lobby.guest()
    for path in ("/console/sign-in", "/console/account"):
        for content, headers, status in REFUSED:
            answer = await browser.client.post(path, content=content, headers={**FORM, **headers})
            assert answer.status_code == status, (path, content[:30])
