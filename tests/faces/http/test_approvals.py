"""Approvals of held invocations: the inbox, the answer, and the page of a link."""

import asyncio
import re
from contextlib import asynccontextmanager

import httpx
import pytest
import yaml

from tests.adapters.mail_server import mail_server
from tests.faces.http.bakery import FOLDER, KEYS, Bakery, open_bakery, problem
from xop.assembly import KINDS, Platform, compiled, workspace_files
from xop.faces.http import build_app
from xop.runtimes.embedded import EmbeddedRuntime

ANN = "email:ann@example.org"


@pytest.fixture
async def held(bakery) -> str:
    """An invocation that waits for an approval."""
    await bakery.customer(ANN)
    invocation: str = (await bakery.propose("give_refund", ANN, arguments={"cents": 7000}))["invocation"]
    return invocation


async def answer(bakery, invocation, who="sue", **body):
    return await bakery.post(f"/v1/invocations/{invocation}/approval", {"approved": True, **body}, who)


async def test_an_approved_invocation_goes_on_its_way(bakery, held):
    told = (await answer(bakery, held, note="they are loyal")).json()
    assert (told["invocation"], told["status"], told["ruling"]["verdict"]) == (held, "queued", "permit")
    explained = (await bakery.get(f"/v1/decisions/{told['ruling']['decision']}")).json()
    assert explained["person"] == "operator:sue"
    request = await bakery.get(f"/v1/outbox/{held}")
    assert request.status_code == 200


async def test_a_refused_invocation_is_over(bakery, held):
    told = (await answer(bakery, held, approved=False)).json()
    assert told["status"] == "cancelled"
    assert "ruling" not in told
    problem(await answer(bakery, held), 404, "invocation-unknown")


async def test_the_same_answer_again_gets_the_first(bakery, held):
    url, body, key = f"/v1/invocations/{held}/approval", {"approved": True}, {"idempotency-key": "k"}
    first = (await bakery.post(url, body, "sue", headers=key)).json()
    again = await bakery.post(url, body, "sue", headers=key)
    assert again.json() == {**first, "duplicate": True}
    problem(await bakery.post(url, {"approved": False}, "sue", headers=key), 409, "command-conflict")


async def test_what_is_no_longer_held_cannot_be_approved(bakery, held):
    await answer(bakery, held)
    problem(await answer(bakery, held), 409, "approval-not-open")


async def test_nobody_approves_their_own_proposal(bakery, held):
    problem(await answer(bakery, held, "olga"), 403, "approval-own")


async def test_only_the_role_may_approve(bakery, held):
    problem(await answer(bakery, held, "paul"), 403, "approval-role")


async def test_an_unknown_invocation_is_a_problem(bakery, held):
    problem(await answer(bakery, "inv_none"), 404, "invocation-unknown")


async def test_a_hold_outlives_the_process(tmp_path):
    async with open_bakery(tmp_path) as bakery:
        await bakery.customer(ANN)
        held = (await bakery.propose("send_note", ANN, "shy"))["invocation"]
    async with open_bakery(tmp_path) as bakery:
        assert (await answer(bakery, held)).json()["status"] == "queued"


async def test_the_inbox_holds_what_one_may_answer_and_all_of_it_on_asking(bakery, held):
    mine = (await bakery.get("/v1/approvals", "sue")).json()
    assert [(each["invocation"], each["mine"]) for each in mine["approvals"]] == [(held, True)]
    assert mine["approvals"][0]["reasons"] == ["Refunds above 50.00 need a supervisor."]
    own = (await bakery.get("/v1/approvals", "olga")).json()
    assert own["approvals"] == []
    every = (await bakery.get("/v1/approvals?all=true", "olga")).json()
    assert [(each["invocation"], each["mine"]) for each in every["approvals"]] == [(held, False)]
    await answer(bakery, held)
    assert (await bakery.get("/v1/approvals?all=true", "sue")).json()["approvals"] == []


async def test_the_inbox_follows_a_publication(bakery, held):
    files = workspace_files(FOLDER)
    rules = files["policies/bakery.cedar"].replace(b'@approver("supervisor")', b'@approver("baker")')
    rights = files["agents.yaml"].replace(b"key: ${env:PAUL_KEY}", b"key: ${env:PAUL_KEY}\n    roles: [baker]")
    bakery.platform.engine.adopt(compiled(files | {"policies/bakery.cedar": rules, "agents.yaml": rights}))
    (shown,) = (await bakery.get("/v1/approvals", "paul")).json()["approvals"]
    assert (shown["invocation"], shown["approvers"], shown["mine"]) == (held, ["baker"], True)
    assert (await bakery.get("/v1/approvals", "sue")).json()["approvals"] == []
    binding = (await bakery.get(f"/v1/approvals/{held}", "paul")).json()["binding"]
    assert (await answer(bakery, held, "paul", binding=binding)).json()["status"] == "queued"


async def test_the_inbox_is_read_page_by_page(bakery):
    await bakery.customer(ANN)
    held = {(await bakery.propose("give_refund", ANN, arguments={"cents": 7000 + n}))["invocation"] for n in range(5)}
    seen, after = [], ""
    while True:
        page = (await bakery.get(f"/v1/approvals?limit=2{after}", "sue")).json()
        seen += [each["invocation"] for each in page["approvals"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert sorted(seen) == sorted(held)


async def test_a_request_is_shown_with_its_arguments_reasons_and_binding(bakery, held):
    shown = (await bakery.get(f"/v1/approvals/{held}", "sue")).json()
    assert (shown["action"], shown["arguments"], shown["actor"]) == ("give_refund", {"cents": 7000}, "operator:olga")
    assert shown["reasons"] == ["Refunds above 50.00 need a supervisor."]
    told = (await answer(bakery, held, binding=shown["binding"])).json()
    assert told["status"] == "queued"


async def test_a_request_says_who_the_agent_is_that_asks(bakery):
    await bakery.customer(ANN)
    held = (await bakery.propose("send_note", ANN, "shy"))["invocation"]
    asker = (await bakery.get(f"/v1/approvals/{held}", "sue")).json()["asker"]
    principal = next(each for each in bakery.platform.engine.release.principals.values() if each.name == "shy")
    assert (asker["owner"], asker["maker"], asker["autonomy"]) == (
        principal.owner,
        principal.maker,
        principal.autonomy_in("send_note", ()),
    )


async def test_what_became_of_a_request_is_told_from_its_beginning(bakery, held):
    before = (await bakery.get(f"/v1/invocations/{held}")).json()
    assert (before["action"], before["actor"], before["over"], before["after"]) == (
        "give_refund",
        "operator:olga",
        False,
        [],
    )
    await answer(bakery, held, note="they are loyal")
    while not (story := (await bakery.get(f"/v1/invocations/{held}")).json())["over"]:
        await bakery.platform.engine.grown()
    assert [each["what"] for each in story["after"]] == ["approved", "done"]
    assert (story["after"][0]["by"], story["after"][0]["note"]) == ("operator:sue", "they are loyal")
    assert story["decision"] == before["decision"]
    problem(await bakery.get("/v1/invocations/inv_none"), 404, "invocation-unknown")


async def test_an_approval_of_what_was_not_shown_is_refused(bakery, held):
    problem(await answer(bakery, held, binding="of something else"), 409, "approval-outdated")


async def test_something_else_can_be_approved_instead(bakery, held):
    told = (await answer(bakery, held, "root", arguments={"cents": 100})).json()
    assert told["status"] == "cancelled"
    assert told["successor"]
    problem(await bakery.get(f"/v1/approvals/{held}", "sue"), 404, "invocation-unknown")


async def test_whoever_asked_can_take_it_back(bakery, held):
    problem(await bakery.post(f"/v1/invocations/{held}/withdrawal", {}, "helper"), 403, "invocation-not-own")
    told = (await bakery.post(f"/v1/invocations/{held}/withdrawal", {}, "olga")).json()
    assert told["status"] == "cancelled"
    problem(await answer(bakery, held), 404, "invocation-unknown")


TELLING = b"""
name: tell_supervisor
version: 1
description: Tells a supervisor by mail what waits for them.
kind: write
purpose: service
input:
  type: object
  required: [invocation, operator]
  properties: {invocation: {type: string}, operator: {type: string}}
  additionalProperties: false
binding:
  connection: mail
  request: {to: sue@bakery.test, subject: Please decide, text: "Look at https://bakery.test{{link}}"}
"""
SIGNALS = b"""
signals:
  xop.approval.requested:
    changes:
      - propose: {action: tell_supervisor, arguments: {invocation: "{{signal.data.invocation}}", operator: sue}}
"""


@asynccontextmanager
async def bakery_with_mail(tmp_path, port, operator="sue"):
    files = workspace_files(FOLDER)
    connections = yaml.safe_load(files["connections.yaml"])
    mail = {"host": "127.0.0.1", "port": port, "tls": "none", "from_address": "desk@bakery.test"}
    connections["connections"]["mail"] = {"adapter": "smtp", "settings": mail}
    files |= {
        "connections.yaml": yaml.safe_dump(connections).encode(),
        "actions/tell_supervisor.yaml": TELLING,
        "signals/telling.yaml": SIGNALS.replace(b"operator: sue", f"operator: {operator}".encode()),
    }
    runtime = await EmbeddedRuntime.open(tmp_path)
    release = compiled(files)
    await runtime.releases.publish(release.digest, release.name, files, runtime.clock.now(), "cli")
    platform = Platform(runtime, release, KINDS, {f"{name.upper()}_KEY": key for name, key in KEYS.items()}.get)
    try:
        await platform.start()
        transport = httpx.ASGITransport(build_app(platform))
        async with httpx.AsyncClient(transport=transport, base_url="http://bakery.test", timeout=20) as client:
            yield Bakery(client, platform)
    finally:
        await platform.stop()


async def link_of(mails):
    async with asyncio.timeout(10):
        await mails.arrival.wait()
    (message,) = mails.messages()
    found = re.search(r"https://bakery.test(/\S+)", message.get_content())
    assert found
    return found[1]


async def test_a_supervisor_is_told_by_mail_and_answers_by_the_link_in_it(tmp_path):
    async with mail_server() as mails, bakery_with_mail(tmp_path, mails.port) as bakery:
        await bakery.customer(ANN)
        held = (await bakery.propose("give_refund", ANN, arguments={"cents": 7000}))["invocation"]
        link = await link_of(mails)
        shown = await bakery.get(link, None)
        assert shown.status_code == 200
        assert "Give money back" in shown.text
        assert "<dt>You answer as</dt><dd>sue</dd>" in shown.text
        assert "<dd>1, of whom 0 have approved</dd>" in shown.text
        assert len((await bakery.get("/v1/approvals", "sue")).json()["approvals"]) == 1
        (binding,) = re.findall(r'name="binding" value="([0-9a-f]+)"', shown.text)
        form = {"answer": "approve", "note": "fine", "binding": binding}
        done = await bakery.ask("POST", link, None, data=form)
        assert "being carried out" in done.text
        assert (await bakery.get("/v1/approvals?all=true", "sue")).json()["approvals"] == []
        assert "Nothing to answer" in (await bakery.get(link, None)).text
        assert (await bakery.get(f"/v1/outbox/{held}")).status_code == 200


@pytest.mark.parametrize("change", [lambda link: link[:-3] + "xxx", lambda link: link.replace("inv_", "inv_0")])
async def test_a_link_that_was_changed_opens_nothing(tmp_path, change):
    async with mail_server() as mails, bakery_with_mail(tmp_path, mails.port) as bakery:
        await bakery.customer(ANN)
        await bakery.propose("give_refund", ANN, arguments={"cents": 7000})
        link = change(await link_of(mails))
        problem(await bakery.get(link, None), 403, "link-invalid")
        problem(await bakery.ask("POST", link, None, data={"answer": "approve"}), 403, "link-invalid")
        for bad in (link, link.partition("?")[0]):
            seen = await bakery.get(bad, None, headers={"accept": "text/html,*/*"})
            assert (seen.status_code, seen.headers["content-type"]) == (403, "text/html; charset=utf-8")
            assert "This link is not good" in seen.text


async def failures(bakery):
    """Return the first facts that tell of a failure, once there are any."""
    async with asyncio.timeout(10):
        while True:
            facts = (await bakery.get("/v1/facts")).json()["facts"]
            if found := [each for each in facts if each["type"] == "InvocationFailed"]:
                return found
            await asyncio.sleep(0.01)


async def test_a_link_for_an_operator_who_does_not_exist_is_not_sent(tmp_path):
    async with mail_server() as mails, bakery_with_mail(tmp_path, mails.port, "nobody") as bakery:
        await bakery.customer(ANN)
        await bakery.propose("give_refund", ANN, arguments={"cents": 7000})
        (told,) = await failures(bakery)
        assert told["data"]["detail"] == "there is no operator 'nobody' whom a link could let answer"
        assert mails.messages() == []


async def test_nobody_but_the_release_itself_sends_links(tmp_path):
    async with mail_server() as mails, bakery_with_mail(tmp_path, mails.port) as bakery:
        await bakery.customer(ANN)
        held = (await bakery.propose("give_refund", ANN, arguments={"cents": 7000}))["invocation"]
        await link_of(mails)
        arguments = {"invocation": held, "operator": "root"}
        asked = await bakery.propose("tell_supervisor", ANN, "olga", arguments=arguments, wait=5)
        assert asked["outcome"]["status"] == "failed"
        assert len(mails.messages()) == 1


async def test_whoever_may_look_at_the_outbox_does_not_answer_in_anothers_name(tmp_path):
    async with mail_server() as mails, bakery_with_mail(tmp_path, mails.port) as bakery:
        await bakery.customer(ANN)
        await bakery.propose("give_refund", ANN, arguments={"cents": 7000})
        await link_of(mails)
        requests = (await bakery.get("/v1/outbox")).json()["requests"]
        (told,) = [each["invocation"] for each in requests if each["action"] == "tell_supervisor"]
        seen = (await bakery.get(f"/v1/outbox/{told}")).text
        link = re.search(r"https://bakery.test(/[^\s\"\\]+)", seen)
        assert link
        problem(await bakery.get(link[1], None), 403, "link-invalid")
