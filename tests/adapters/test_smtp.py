"""Mail: what leaves, and what the server's answers mean."""

import json

import pytest
from aiosmtpd.smtp import SMTP

from tests.adapters.certificate import unknown_certificate
from tests.adapters.mail_server import content_of, mail_server
from tests.adapters.requests import SECRETS, rendered, send, sending
from xop.adapters.smtp import SmtpKind
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal

SETTINGS = {"host": "127.0.0.1", "tls": "none", "from_address": "hello@shop.test", "from_name": "Der Shop, Köln"}
MAIL = {"subject": "Hello {{customer.name}}", "text": "Dear {{customer.name}},\n.\nbye"}


def opened(**settings):
    return SmtpKind().open(Connection("mail", "smtp", {**SETTINGS, **settings}), SECRETS.get)


@pytest.fixture
async def server(anyio_backend):
    async with mail_server() as running:
        yield running


async def delivered(server, request, **customer):
    assert (await send(opened(port=server.port), request, **customer)).result == "done"
    return server.messages()[-1]


async def test_a_mail_holds_what_was_written(server):
    message = await delivered(server, {**MAIL, "html": "<p>{{customer.name}}</p>"}, name="Zoë <b>&")
    assert message["From"] == '"Der Shop, Köln" <hello@shop.test>'
    assert message["To"] == "ana@example.com"
    assert message["Subject"] == "Hello Zoë <b>&"
    assert message["Message-ID"] == "<inv_1@shop.test>"
    assert message["Date"].datetime.isoformat() == "2025-11-20T00:53:21+00:00"
    assert message.get_body(("plain",)).get_content().splitlines() == ["Dear Zoë <b>&,", ".", "bye"]
    assert message.get_body(("html",)).get_content().strip() == "<p>Zoë &lt;b&gt;&amp;</p>"
    assert server.arrived[0].mail_from == "hello@shop.test"
    assert server.arrived[0].rcpt_tos == ["ana@example.com"]


async def test_unsubscribing_takes_one_click_and_its_address_stays_in_one_line(server):
    url = "https://shop.test/unsubscribe/{{customer.token}}?to={{address}}"
    await delivered(server, {**MAIL, "unsubscribe_url": url}, name="Ana", token="t/o?k" * 30)
    lines = content_of(server.arrived[0]).decode().split("\r\n")
    assert f"List-Unsubscribe: <https://shop.test/unsubscribe/{'t%2Fo%3Fk' * 30}?to=ana%40example.com>" in lines
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


def test_an_address_to_unsubscribe_that_fits_no_line_is_refused():
    url = "https://shop.test/{{customer.name}}"
    refusal = rendered(opened(), {**MAIL, "subject": "s", "unsubscribe_url": url}, name="x" * 900)
    assert isinstance(refusal, Refusal)
    assert "unsubscribe_url" in refusal.cause


async def test_further_headers_are_carried(server):
    headers = {"Reply-To": "help@shop.test", "X-Ticket": "{{customer.name}}"}
    message = await delivered(server, {**MAIL, "headers": headers}, name="Größe " * 40)
    assert message["Reply-To"] == "help@shop.test"
    assert message["X-Ticket"] == "Größe " * 40


@pytest.mark.parametrize(
    "customer", [{"name": "a\r\nBcc: eve@example.com"}, {"name": "a\nb"}, {"name": "a\u2028b"}, {"name": "x" * 901}]
)
@pytest.mark.parametrize("field", ["subject", "header"])
def test_a_value_that_is_no_short_line_is_refused_in_a_header(customer, field):
    line = {"subject": "{{customer.name}}"} if field == "subject" else {"headers": {"X-Note": "{{customer.name}}"}}
    refusal = rendered(opened(), {"subject": "s", "text": "t", **line}, **customer)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "template"


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("ana@example.com", "ana@example.com"),
        ("email:ana@example.com", "ana@example.com"),
        ("ana+x@bücher.example", "ana+x@xn--bcher-kva.example"),
        ("ana@example.com,eve@example.com", None),
        ("ana@example.com\r\nRCPT TO:<eve@example.com>", None),
        ("Ana <ana@example.com>", None),
        ("<ana@example.com>", None),
        ('"a b"@example.com', None),
        ("ana", None),
        ("@example.com", None),
        ("ana@", None),
        ("ana@exa mple.com", None),
        ("añ@example.com", None),
        ("a" * 65 + "@example.com", None),
        ("ana@" + "a." * 130 + "com", None),
        ("ana@example..com", None),
    ],
)
def test_only_one_plain_address_is_a_recipient(address, kept):
    for request in (MAIL, {**MAIL, "to": "{{address}}"}):
        answer = rendered(opened(), request, address, name="Ana")
        if kept is None:
            assert isinstance(answer, Refusal)
            assert answer.code == "address"
        else:
            assert isinstance(answer, bytes)
            assert json.loads(answer)["to"] == kept


def test_a_reply_address_is_checked_too():
    refusal = rendered(opened(), {**MAIL, "headers": {"Reply-To": "a@b.c, {{customer.name}}"}}, name="x@y.z")
    assert isinstance(refusal, Refusal)
    assert refusal.code == "address"


async def test_an_odd_invocation_id_still_makes_a_message_id(server):
    adapter = opened(port=server.port, message_id_domain="ids.test")
    for _attempt in range(2):
        await adapter.send(sending(rendered(adapter, MAIL, name="Ana"), "inv >\r\n<x"))
    first, second = (message["Message-ID"] for message in server.messages())
    assert first == second
    assert first.endswith("@ids.test>")


@pytest.mark.parametrize(
    ("stage", "answer", "result", "unhealthy", "detail"),
    [
        ("MAIL", "451 4.3.0 later", "retry", False, "451 4.3.0"),
        ("MAIL", "550 5.7.1 no", "failed", False, "550 5.7.1"),
        ("MAIL", "421 4.3.2 closing", "retry", True, "421 4.3.2"),
        ("RCPT", "450 4.2.1 ana@example.com is busy", "retry", False, "450 4.2.1"),
        ("RCPT", "550 5.1.1 ana@example.com is unknown", "failed", False, "550 5.1.1"),
        ("DATA", "452 full", "retry", False, "452"),
        ("DATA", "554 5.6.0 spam", "failed", False, "554 5.6.0"),
        ("DATA", "drop", "uncertain", True, "broke off"),
        ("DATA", "299 what", "uncertain", True, "not SMTP"),
        ("DATA", "nonsense", "uncertain", True, "not SMTP"),
    ],
)
async def test_an_answer_says_what_became_of_the_mail(server, stage, answer, result, unhealthy, detail):
    server.answers[stage] = answer
    sent = await send(opened(port=server.port), MAIL, name="Ana")
    assert (sent.result, sent.unhealthy) == (result, unhealthy)
    assert detail in sent.detail
    assert "ana@" not in sent.detail


async def test_a_server_that_never_says_goodbye_does_not_undo_the_mail(server, monkeypatch):
    async def silent(*_arguments):
        await server.never.wait()

    monkeypatch.setattr(SMTP, "smtp_QUIT", silent)
    sent = await send(opened(port=server.port), MAIL, seconds=0.5, name="Ana")
    assert sent.result == "done"


async def test_tls_is_never_left_out(server):
    sent = await send(opened(port=server.port, tls="starttls"), MAIL, name="Ana")
    assert (sent.result, sent.unhealthy) == ("retry", True)
    assert server.arrived == []


@pytest.mark.parametrize("mode", ["starttls", "tls"])
async def test_the_account_crosses_the_network_encrypted(anyio_backend, tmp_path, mode):
    context = unknown_certificate(tmp_path)
    options = {"tls": context, "auth_require_tls": False} if mode == "tls" else {"tls_context": context}
    account = {"username": "me", "password": "${env:PASSWORD}"}
    async with mail_server(**options) as server:
        server_login = {"port": server.port, "tls": mode, **account}
        assert (await send(opened(**server_login), MAIL, name="Ana")).result == "retry"
        assert server.arrived == []
        assert (await send(opened(verify=False, **server_login), MAIL, name="Ana")).result == "done"
        assert server.encrypted == [True]
        assert server.accounts == [(b"me", b"s3cret")]


async def test_a_refused_or_missing_password_is_trouble_of_the_connection(anyio_backend):
    async with mail_server(auth_require_tls=False) as server:
        for name, word in (("API_TOKEN", "535"), ("UNSET", "UNSET")):
            adapter = opened(port=server.port, username="me", password=f"${{env:{name}}}")
            sent = await send(adapter, MAIL, name="Ana")
            assert (sent.result, sent.unhealthy) == ("retry", True)
            assert word in sent.detail
        assert server.arrived == []
        assert {password for _, password in server.accounts} == {b"tok-5e3cret"}


@pytest.mark.parametrize(
    ("settings", "code", "word"),
    [
        ({"host": "mail server"}, "settings", "settings.host"),
        ({"from_address": "Shop <hello@shop.test>"}, "settings", "from_address"),
        ({"from_name": "a\nb"}, "settings", "from_name"),
        ({"tls": "maybe"}, "settings", "settings.tls"),
        ({"port": 0}, "settings", "settings.port"),
        ({"username": "me"}, "settings", "password"),
        ({"username": "me", "password": "plain"}, "secret", "settings.password"),
        ({"username": "${x}", "password": "${env:PASSWORD}"}, "secret", "settings.username"),
        ({"host": "mail.test", "username": "me", "password": "${env:PASSWORD}"}, "settings", "readable"),
    ],
)
def test_settings_that_cannot_be_right_are_refused_with_a_remedy(settings, code, word):
    refusals = SmtpKind().check_connection(Connection("mail", "smtp", {**SETTINGS, **settings}))
    assert [refusal.code for refusal in refusals] == [code]
    assert word in refusals[0].cause
    assert refusals[0].remedy


@pytest.mark.parametrize(
    ("request_part", "word"),
    [
        ({"subject": "a\nb"}, "request.subject"),
        ({"subject": ""}, "request.subject"),
        ({"to": "Ana <ana@example.com>"}, "request.to"),
        ({"headers": {"Bcc": "eve@example.com"}}, "Bcc"),
        ({"headers": {"Content-Type": "x"}}, "Content-Type"),
        ({"headers": {"X: Y": "x"}}, "X: Y"),
        ({"headers": {"X-Y": "a\nb"}}, "X-Y"),
        ({"unsubscribe_url": "http://shop.test/u"}, "unsubscribe_url"),
        ({"unsubscribe_url": "{{customer.url}}"}, "unsubscribe_url"),
        ({"unsubscribe_url": "https://{{customer.host}}/"}, "unsubscribe_url"),
        ({"unsubscribe_url": "https://shop.test/a>b"}, "unsubscribe_url"),
    ],
)
def test_a_request_that_cannot_be_right_is_refused_with_a_remedy(request_part, word):
    refusals = SmtpKind().check_request({**MAIL, **request_part})
    assert len(refusals) == 1
    assert word in refusals[0].cause
    assert refusals[0].remedy
