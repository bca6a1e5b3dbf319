"""The customer's own page: it works without script, and saying no is as easy as saying yes."""

import json
import re
from html.parser import HTMLParser

import pytest

from tests.faces.http.bakery import problem
from tests.faces.http.consenting import ANN, CONDITIONS, adopt, change, codes, published
from xop.assembly import compiled
from xop.faces.http.preference_page import notice_hash

FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}


class Page(HTMLParser):
    """What a page consists of."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.fields, self.checked, self.unlabelled, self._labels = [], {}, {}, [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self._labels += tag == "label"
        if tag == "input" and given["type"] == "hidden":
            self.fields[given["name"]] = given["value"]
        elif tag == "input":
            if not self._labels:
                self.unlabelled.append(given["name"])
            self.checked.setdefault(given["name"], None)
            if "checked" in given:
                self.checked[given["name"]] = given["value"]

    def handle_endtag(self, tag):
        self._labels -= tag == "label"


@pytest.fixture
async def bakery(bakery):
    """A bakery with several purposes, and Ann."""
    await adopt(bakery)
    await bakery.customer(ANN)
    return bakery


async def link(bakery, **wish):
    answer = (await bakery.post(f"/v1/customers/{ANN}/preferences", wish)).json()
    return answer["unsubscribe_url" if wish else "url"].removeprefix("https://bakery.example")


async def shown(bakery, path):
    response = await bakery.get(path, None)
    assert response.status_code == 200, response.text
    return response


async def send(bakery, path, fields, **headers):
    return await bakery.ask("POST", path, None, data=fields, headers={**FORM, **headers})


async def test_the_page_shows_every_purpose_on_each_channel_in_plain_words(bakery):
    await change(bakery, "grant", "marketing", at="2026-01-01T00:00:00Z")
    await change(bakery, "soft_opt_in", "similar", conditions=CONDITIONS)
    text = (await shown(bakery, await link(bakery))).text
    assert "You agreed to this. Since 2026-01-01 00:00 UTC. Until 2027-01-01 00:00 UTC." in text
    assert "You did not say no, so we may write to you about similar products of ours." in text
    assert "This is part of your contract with us" in text
    assert "What &lt;we&gt; bake and sell." in text
    assert "The Commissioner" in text
    assert Page(text).checked == {
        "choice/marketing/email": "yes",
        "choice/marketing/sms": None,
        "choice/marketing/voice": None,
        "choice/similar/email": "yes",
        "choice/study/*": "yes",
        "choice/training/*": None,
    }


async def test_the_page_is_private_without_script_and_can_be_used_by_everybody(bakery):
    response = await shown(bakery, await link(bakery))
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "script" not in policy
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] == "no-referrer"
    page = Page(response.text)
    assert "script" not in page.tags
    assert not page.unlabelled
    assert page.tags.count("fieldset") == page.tags.count("legend") == 5 + 6
    assert '<html lang="en">' in response.text
    assert page.tags.count("h1") == 1
    assert page.tags.count("form") == 1


async def test_looking_changes_nothing(bakery):
    path = await link(bakery)
    before = await bakery.platform.runtime.ledger.last()
    await shown(bakery, path)
    assert await bakery.platform.runtime.ledger.last() == before


async def test_what_is_chosen_is_recorded_with_the_page_as_its_proof(bakery):
    path = await link(bakery)
    page = Page((await shown(bakery, path)).text)
    fields = {**page.fields, "choice/marketing/email": "yes", "choice/marketing/sms": "no", "choice/study/*": "no"}
    done = await send(bakery, path, {**fields, "save": "yes"})
    assert re.search(r'Recorded on <time datetime="20\d\d-', done.text)
    assert done.text.count("<li>") == 3
    known = await codes(bakery)
    assert [known[f"marketing/{each}"] for each in ("email", "sms", "voice")] == ["granted", "refused", "unknown"]
    assert (known["study/email"], known["training/email"]) == ("objected", "unknown")
    answers = (await bakery.get(f"/v1/customers/{ANN}/consents")).json()["answers"]
    record = next(each["record"] for each in answers if each["code"] == "granted")
    assert (record["method"], record["source"]) == ("web_form", "xop:preferences")
    assert record["notice"]["sha256"] == notice_hash(bakery.platform.engine.release)


async def test_a_yes_is_taken_back_as_easily_as_it_was_given(bakery):
    path = await link(bakery)
    for value, code in (("yes", "granted"), ("no", "withdrawn"), ("yes", "granted")):
        page = Page((await shown(bakery, path)).text)
        await send(bakery, path, {**page.fields, "choice/marketing/email": value, "choice/training/*": value})
        known = await codes(bakery)
        assert known["marketing/email"] == code


async def test_the_confirmation_says_how_it_stands_after_the_choice(bakery):
    path = await link(bakery)
    for value, told in (("yes", "You agreed to this."), ("no", "You took your yes back.")):
        page = Page((await shown(bakery, path)).text)
        done = await send(bakery, path, {**page.fields, "choice/marketing/email": value})
        assert told in done.text


async def test_an_objection_from_the_page_ends_a_soft_opt_in(bakery):
    await change(bakery, "soft_opt_in", "similar", conditions=CONDITIONS)
    path = await link(bakery)
    page = Page((await shown(bakery, path)).text)
    await send(bakery, path, {**page.fields, "choice/similar/email": "no"})
    assert (await codes(bakery))["similar/email"] == "objected"


async def test_everything_stops_by_one_press(bakery):
    await change(bakery, "grant", "marketing")
    await change(bakery, "soft_opt_in", "similar", conditions=CONDITIONS)
    path = await link(bakery)
    page = Page((await shown(bakery, path)).text)
    done = await send(bakery, path, {**page.fields, "all": "stop"})
    assert "Recorded on" in done.text
    known = await codes(bakery)
    assert {code for name, code in known.items() if not name.startswith("service/")} == {"withdrawn", "objected"}
    assert known["service/email"] == "not_needed"
    again = await send(bakery, path, {**page.fields, "all": "stop"})
    assert "Nothing had to change" in again.text


@pytest.mark.parametrize("proof", [None, "", "not.a.token"])
async def test_an_answer_to_no_page_that_was_shown_is_refused_and_changes_nothing(bakery, proof):
    path = await link(bakery)
    before = await bakery.platform.runtime.ledger.last()
    fields = {"choice/marketing/email": "yes", **({} if proof is None else {"page": proof})}
    answer = await send(bakery, path, fields)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert Page(answer.text).fields["page"]
    assert await bakery.platform.runtime.ledger.last() == before


async def test_the_page_of_somebody_else_proves_nothing(bakery):
    other = await bakery.customer("email:bob@example.org")
    answer = (await bakery.post(f"/v1/customers/{other}/preferences", {})).json()
    theirs = Page((await shown(bakery, answer["url"].removeprefix("https://bakery.example"))).text).fields
    refused = await send(bakery, await link(bakery), {**theirs, "choice/marketing/email": "yes"})
    assert refused.status_code == 409


@pytest.mark.parametrize("token", ["", "nonsense", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJwcmVmZXJlbmNlOmN1c194In0."])
async def test_a_link_that_is_not_good_shows_and_changes_nothing(bakery, token):
    path = (await link(bakery)).partition("?")[0] + f"?token={token}"
    for method in ("GET", "POST"):
        body = {"data": {"all": "stop"}} if method == "POST" else {}
        page = await bakery.ask(method, path, None, headers=FORM if body else {"accept": "text/html"}, **body)
        assert page.status_code == 403
        assert "not good" in page.text
    problem(await bakery.get(path, None), 403, "link-invalid")


async def test_a_link_is_for_its_customer_alone(bakery):
    other = await bakery.customer("email:bob@example.org")
    token = (await link(bakery)).partition("?")[2]
    problem(await bakery.get(f"/v1/preferences/{other}/page?{token}", None), 403, "link-invalid")


async def test_mail_programs_unsubscribe_by_one_post(bakery):
    await change(bakery, "grant", "marketing")
    await change(bakery, "grant", "marketing", "sms")
    path = await link(bakery, purpose="marketing", channel="email")
    looked = await bakery.get(path, None)
    assert (looked.status_code, (await codes(bakery))["marketing/email"]) == (200, "granted")
    done = await send(bakery, path, {"List-Unsubscribe": "One-Click"})
    assert (done.status_code, "Stopped on" in done.text) == (200, True)
    known = await codes(bakery)
    assert (known["marketing/email"], known["marketing/sms"]) == ("objected", "granted")


async def test_a_purpose_without_channels_of_its_own_stops_on_the_channel_of_the_message(bakery):
    path = await link(bakery, purpose="study", channel="email")
    done = await send(bakery, path, {"List-Unsubscribe": "One-Click"})
    assert (done.status_code, "Stopped on" in done.text) == (200, True)
    known = await codes(bakery)
    assert (known["study/email"], known["study/sms"]) == ("objected", "not_needed")


async def test_a_form_in_parts_unsubscribes_too(bakery):
    await change(bakery, "grant", "marketing")
    path = await link(bakery, purpose="marketing", channel="email")
    done = await bakery.ask("POST", path, None, files={"List-Unsubscribe": (None, "One-Click")})
    assert (done.status_code, (await codes(bakery))["marketing/email"]) == (200, "objected")


NESTED = (
    'Content-Disposition: form-data; name="List-Unsubscribe"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--'
)
STRANGE = (
    'Content-Disposition: form-data; name="List-Unsubscribe"\r\nContent-Type: text/plain; charset=x\r\n\r\nOne-Click'
)


@pytest.mark.parametrize(("part", "status"), [(NESTED, 400), (STRANGE, 200)])
async def test_a_form_in_strange_parts_is_no_fault(bakery, part, status):
    path = await link(bakery, purpose="marketing", channel="email")
    body, headers = f"--b\r\n{part}\r\n--b--\r\n", {"content-type": "multipart/form-data; boundary=b"}
    assert (await bakery.ask("POST", path, None, content=body, headers=headers)).status_code == status


async def test_a_form_of_too_many_parts_is_refused(bakery):
    path = await link(bakery, purpose="marketing", channel="email")
    body = "".join(f'--b\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\nx\r\n' for n in range(5_001))
    headers = {"content-type": "multipart/form-data; boundary=b"}
    problem(await bakery.ask("POST", path, None, content=f"{body}--b--\r\n", headers=headers), 400, "parameter-invalid")


@pytest.mark.parametrize("fields", [{}, {"List-Unsubscribe": "Maybe"}])
async def test_only_the_one_click_field_unsubscribes(bakery, fields):
    await change(bakery, "grant", "marketing")
    path = await link(bakery, purpose="marketing", channel="email")
    problem(await send(bakery, path, fields), 400, "parameter-invalid")
    assert (await codes(bakery))["marketing/email"] == "granted"


async def test_a_message_brings_its_customers_own_links(bakery):
    await bakery.customer(ANN, type="bread.bought", data={"email": "ann@example.org"})
    await change(bakery, "grant", "marketing")
    sent = await bakery.propose("send_note", ANN, purpose="marketing", arguments={"text": "hi"})
    assert sent["verdict"] == "permit", sent
    entry = await bakery.platform.runtime.outbox.get(sent["invocation"])
    request = json.loads(entry.request)
    assert "Your choices" in (await shown(bakery, request["page"])).text
    done = await send(bakery, request["stop"], {"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert (await codes(bakery))["marketing/email"] == "objected"


async def test_a_link_to_unsubscribe_opens_no_preferences(bakery):
    token = (await link(bakery, purpose="marketing", channel="email")).partition("?")[2]
    path = (await link(bakery)).partition("?")[0]
    problem(await bakery.get(f"{path}?{token}", None), 403, "link-invalid")


async def test_who_pursues_some_purposes_has_links_made_for_those_alone(bakery):
    _, files = published()
    sue = b'sue: {key: "${env:SUE_KEY}",'
    agents = files["agents.yaml"].replace(sue, sue + b" purposes: [service],")
    bakery.platform.engine.adopt(compiled({**files, "agents.yaml": agents}))
    path = f"/v1/customers/{ANN}/preferences"
    for wish in ({}, {"purpose": "marketing", "channel": "email"}):
        problem(await bakery.post(path, wish, "sue"), 403, "scope-missing")
    made = (await bakery.post(path, {"purpose": "service", "channel": "email"}, "sue")).json()
    assert set(made) == {"unsubscribe_url", "unsubscribe_until"}
    asked = {"customer": ANN, "purpose": "dpv:DirectMarketing", "scopes": ["email"], "requestCaptureUrl": True}
    told = {who: (await bakery.post("/v1/consents/retrieve", asked, who)).json() for who in ("olga", "sue")}
    assert told["olga"].keys() - told["sue"].keys() == {"captureUrl"}


async def test_links_are_made_by_those_who_may_change_consent(bakery):
    problem(await bakery.post(f"/v1/customers/{ANN}/preferences", {}, "helper"), 403, "scope-missing")
    wrong = await bakery.post(f"/v1/customers/{ANN}/preferences", {"purpose": "spying", "channel": "email"})
    problem(wrong, 422, "purpose-unknown")
    half = await bakery.post(f"/v1/customers/{ANN}/preferences", {"purpose": "marketing"})
    problem(half, 422, "channel-unknown")
