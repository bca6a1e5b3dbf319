"""The inbox over HTTP: what waits is read in full, answered once, changed, undone, and never told apart from a probe."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
import pytest

from tests.kit.console import Visitor
from tests.kit.supervision import Place, staffed

INBOX = "/console/approvals"


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[Place]:
    """A server with people in front of it."""
    with staffed(tmp_path_factory.mktemp("approvals")) as opened:
        yield opened


@pytest.fixture
def who(place, request) -> str:
    """A customer of the test's own."""
    name = f"email:{request.node.name[:60].replace('_', '')}@harbour.test"
    place.counter.known(name)
    return name


def page(invocation: str) -> str:
    return f"{INBOX}/{invocation}"


def answered(visitor: Visitor, invocation: str, **fields: str):
    """Send the form of a request as somebody has it before them."""
    return visitor.send(page(invocation), page(invocation), **fields)


def outcome(place: Place, invocation: str) -> list[str]:
    told = place.counter.get(f"/v1/invocations/{invocation}")
    return [each["what"] for each in told["after"]]


def test_a_request_is_read_in_full_as_a_sentence(place, who):
    place.counter.signal("profile.changed", who, name="Ana Kovacs")
    held = place.counter.held(who, cents=7000, reason="charged twice", tell=True)
    text = place.olga.get(page(held)).text
    assert "The agent helper_bot wants to issue credit for Ana Kovacs, for the purpose of service." in text
    for part in (
        "Credits above 50 need a supervisor.",
        "harbour.large_credit",
        "charged twice",
        "70.00",
        "risk: medium",
    ):
        assert part in text
    assert "It can be undone afterwards, by take back credit." in text
    assert "Nothing is done, and the request is over." in text
    assert "The head of the counter" in text
    assert "Helps people at the counter." in text
    assert re.search(r'href="/console/customers/[^"]+">All of this customer', text)
    assert re.search(r'href="/console/decisions/dec_[^"]+"', text)


def test_the_list_names_the_customers(place, who):
    held = place.counter.held(who)
    place.counter.signal("profile.changed", who, name="Ada Quay")
    row = place.olga.get(INBOX).text.partition(f'id="row-approval--{held}"')[2].partition("</li>")[0]
    assert "<strong>Ada Quay</strong>" in row


def test_the_oldest_deadline_stands_first_and_opens_by_itself(place, who):
    credit, gift = place.counter.held(who), place.counter.held(who, "send_gift")
    text = place.olga.get(INBOX).text
    assert text.index(gift) < text.index(credit)
    assert "wants to send gift" in text


def test_what_is_for_others_is_not_in_ones_inbox(place, who):
    held = place.counter.held(who)
    assert held not in place.fay.get(INBOX).text
    shown = place.fay.get(page(held)).text
    assert 'value="approve"' not in shown
    assert place.dpo.get(INBOX).status_code == 403


def test_an_approved_request_is_carried_out_and_the_next_one_opens(place, who):
    first, second = place.counter.held(who, cents=7000), place.counter.held(who, cents=7001)
    shown = answered(place.olga, first, answer="approve", note="they are loyal")
    assert "Approved: it is on its way." in shown.text
    assert shown.url.path.startswith(INBOX)
    assert shown.url.path != page(first)
    assert "approved" in outcome(place, first)
    assert second in shown.text


def test_a_refusal_needs_a_note(place, who):
    held = place.counter.held(who)
    refused = answered(place.olga, held, answer="refuse", note="  ")
    assert refused.status_code == 400
    assert "A refusal needs a note." in refused.text
    assert outcome(place, held) == []
    assert "Refused: nothing is done." in answered(place.olga, held, answer="refuse", note="not owed").text
    told = place.counter.get(f"/v1/invocations/{held}")["after"][0]
    assert (told["what"], told["by"], told["note"]) == ("refused", "operator:olga", "not owed")


def test_the_same_form_sent_twice_counts_once(place, who):
    held = place.counter.held(who)
    fields = {**place.olga.hidden(page(held), page(held)), "answer": "approve"}
    first, second = (place.olga.post(page(held), **fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert outcome(place, held).count("approved") == 1


def test_other_arguments_are_approved_as_they_were_typed(place, who):
    held = place.counter.held(who, cents=7000, reason="charged twice", lines=["may"])
    typed = {
        "argument.cents": "2000",
        "argument.kind": "goodwill",
        "argument.reason": "",
        "argument.tell": "false",
        "argument.lines": '["june"]',
    }
    assert "Approved as changed" in answered(place.olga, held, answer="edit", **typed).text
    told = place.counter.get(f"/v1/invocations/{held}")["after"][0]
    assert told["what"] == "edited"
    assert told["arguments"] == {"cents": 2000, "kind": "goodwill", "tell": False, "lines": ["june"]}


def test_what_was_typed_wrongly_is_said_and_stays(place, who):
    held = place.counter.held(who, cents=7000)
    refused = answered(place.olga, held, answer="edit", note="half of it", **{"argument.cents": "many"})
    assert refused.status_code == 400
    assert "Write a whole number." in refused.text
    assert 'value="many"' in refused.text
    assert ">half of it</textarea>" in refused.text
    unfit = answered(place.olga, held, answer="edit", **{"argument.cents": "-5"})
    assert unfit.status_code == 422
    assert outcome(place, held) == []


def test_changed_arguments_are_not_approved_by_the_plain_button(place, who):
    held = place.counter.held(who, cents=7000)
    refused = answered(place.olga, held, answer="approve", **{"argument.cents": "2000"})
    assert "Arguments were changed and would not be approved so." in refused.text
    assert "No argument was changed." in answered(place.olga, held, answer="edit", **{"argument.cents": "7000"}).text
    assert outcome(place, held) == []


def test_nothing_but_what_was_shown_is_approved(place, who):
    held = place.counter.held(who)
    refused = answered(place.olga, held, answer="approve", binding="of something else", note="fine")
    assert refused.status_code == 409
    assert ">fine</textarea>" in refused.text
    assert outcome(place, held) == []


def _at_once(path: str, ready: list[tuple[Visitor, dict[str, str]]]) -> list[httpx.Response]:
    with ThreadPoolExecutor(len(ready)) as pool:
        return list(pool.map(lambda each: each[0].post(path, **each[1]), ready))


def test_of_two_at_once_one_wins_and_the_other_is_told_and_keeps_the_note(place, who):
    for number in range(4):
        held = place.counter.held(who, cents=7100 + number)
        ready = [
            (person, {**person.hidden(page(held), page(held)), "answer": answer, "note": "because of the boat"})
            for person, answer in ((place.olga, "approve"), (place.otto, "refuse"))
        ]
        said = _at_once(page(held), ready)
        assert [each.status_code == 303 for each in said].count(True) == 1
        winner = ("olga", "otto")[0 if said[0].status_code == 303 else 1]
        loser = next(each for each in said if each.status_code in {404, 409})
        did = {"olga": "approved", "otto": "refused"}[winner]
        assert f"Answered already: {did} by {winner}, <time" in loser.text
        assert re.findall(r"<textarea[^>]*readonly>([^<]*)", loser.text) == ["because of the boat"]
        assert outcome(place, held)[0] == did
        assert ("refused" in outcome(place, held)) is (winner == "otto")


def test_where_two_must_approve_the_first_waits_for_the_second(place, who):
    held = place.counter.held(who, cents=60_000)
    assert "so far; it goes on waiting" in answered(place.olga, held, answer="approve").text
    assert "approved by olga" in place.fay.get(page(held)).text
    assert "Approved: it is on its way." in answered(place.fay, held, answer="approve").text


def test_what_was_carried_out_is_undone_by_the_action_that_takes_it_back(place, who):
    held = place.counter.held(who)
    shown = answered(place.olga, held, answer="approve")
    address = str(shown.url.raw_path, "ascii")
    while "Undo it" not in shown.text:
        shown = place.olga.get(address)
    undone = place.olga.send(address, f"{page(held)}/undo")
    assert "It is being undone." in undone.text


def test_what_was_approved_as_changed_is_taken_back_before_it_leaves(place, who):
    held = place.counter.held(who, "send_gift", what="a cake")
    shown = answered(place.olga, held, answer="edit", **{"argument.what": "a card"})
    assert "Take it back" in shown.text
    assert (
        "Taken back: nothing is done." in place.olga.send(str(shown.url.raw_path, "ascii"), f"{page(held)}/undo").text
    )
    assert outcome(place, held)[-1] == "withdrawn"


def test_what_cannot_be_undone_says_so(place, who):
    refused = place.counter.held(who)
    assert (
        "Nothing was done. Whoever asked may ask again."
        in answered(place.olga, refused, answer="refuse", note="no").text
    )
    gift = place.counter.held(who, "send_gift")
    assert "whoever asked for it can take it back" in answered(place.olga, gift, answer="approve").text


def test_what_came_after_the_page_was_opened_is_counted_and_moves_nothing(place, who):
    held = place.counter.held(who)
    since = place.counter.get(f"/v1/approvals/{held}")["at"]
    moment = place.counter.get("/v1/approvals")
    assert moment["approvals"]
    text = place.olga.get(page(held), since=str(_milliseconds(since))).text
    later = place.counter.held(who, "send_gift")
    again = place.olga.get(page(held), since=str(_milliseconds(since))).text
    assert later not in text
    assert f"row-approval--{later}" not in again
    assert re.search(r">1 new</a>", again)
    assert f"row-approval--{later}" in place.olga.get(page(held)).text


def _milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def test_a_probe_looks_like_any_other_request(place, who):
    customer = place.counter.get(f"/v1/customers/{who}")["id"]
    true = place.counter.held(who, cents=9999)
    place.counter.post(f"/v1/customers/{customer}/probes", {"probe": "too_much"}, "otto-key")
    listed = place.counter.get("/v1/approvals")["approvals"]
    probe = next(each["invocation"] for each in listed if each["customer"] == customer and each["invocation"] != true)
    shown = [_plain(place.olga.get(page(name), since="1").text) for name in (true, probe)]
    assert shown[0] == shown[1]


def _plain(text: str) -> str:
    """Return a page without what differs from one request to the next: names, tokens, times, and the list."""
    text = text[text.index('<article class="panel request"') :]
    text = re.sub(r"(inv|dec)_[0-9a-z]+|value=\"[^\"]{16,}\"", "", text)
    return re.sub(r"<time.*?</time>", "", text)


def test_a_task_is_carried_out_with_its_output(place, who):
    name = place.counter.post(
        "/v1/proposals", {"action": "read_meter", "customer": who, "arguments": {"berth": "B12"}}
    )["invocation"]
    address = f"{INBOX}/tasks/{name}"
    while "Read the meter at B12." not in place.olga.get(INBOX).text:
        pass
    assert (
        "Write a whole number" in place.olga.send(address, address, answer="done", **{"argument.litres": "lots"}).text
    )
    assert "needs a note" in place.olga.send(address, address, answer="failed").text
    fields = {"argument.litres": "40", "argument.leaking": "true"}
    assert "Noted: it is done." in place.olga.send(address, address, answer="done", **fields).text
    assert place.counter.get(f"/v1/outbox/{name}")["state"] == "done"
    assert "This task is over" in place.olga.get(address).text


def test_what_a_journey_asks_is_answered(place, who):
    place.counter.signal("page.viewed", who, path="/complain")
    shown = place.olga.get(INBOX, kind="question").text
    (address,) = set(re.findall(r"(/console/approvals/questions/[^?\"]+)\?", shown))
    page_shown = place.olga.get(address).text
    assert f"May we call {who.removeprefix('email:')} about it?" in page_shown
    assert "Answered: the journey goes on." in place.olga.send(address, address, choice="yes_call").text
    assert "This question is over" in place.olga.get(address).text


def test_a_request_nobody_knows_is_a_problem(place):
    assert place.olga.get(page("inv_none")).status_code == 404
