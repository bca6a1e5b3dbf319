"""Acting from a customer's page: any granted action, judged like anybody's wish, and undone where that is possible."""

from collections.abc import Iterator

import pytest

from tests.kit.supervision import SCRIPT, Place, staffed


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[Place]:
    """A server with people in front of it."""
    with staffed(tmp_path_factory.mktemp("acts")) as opened:
        yield opened


@pytest.fixture
def who(request, place) -> str:
    """The page of a customer of the test's own."""
    name = f"email:{request.node.name[:60].replace('_', '')}@harbour.test"
    place.counter.known(name)
    found = place.counter.get(f"/v1/customers/{name}")
    return f"/console/customers/{found['id']}"


def done(place: Place, who: str, **fields: str):
    form = f"{who}/act?act=issue_credit"
    return place.olga.send(form, f"{who}/act", wanted="issue_credit", **fields)


def test_the_way_to_act_stands_on_every_page_of_a_customer(place, who):
    for part in ("", "/context", "/identity"):
        assert f'href="{who}/act#act-title" data-key="p"' in place.olga.get(f"{who}{part}").text
    assert "Do something" not in place.dpo.get(who).text
    assert place.dpo.get(f"{who}/act").status_code == 403


def test_a_granted_action_is_filled_in_judged_and_undone(place, who):
    shown = done(place, who, **{"argument.cents": "500"})
    assert "Permitted: The actor has been granted this action." in shown.text
    assert "carried out" in shown.text
    told = place.counter.get(f"/v1/decisions?customer={who.rpartition('/')[2]}&action=issue_credit")["decisions"]
    assert told[-1]["actor"] == "operator:olga"
    invocation = shown.text.partition('name="invocation" value="')[2].partition('"')[0]
    undone = place.olga.send(str(shown.url.raw_path, "ascii"), f"{who}/act/undo", invocation=invocation)
    assert "It is being undone." in undone.text
    again = place.olga.send(f"{who}/act", f"{who}/act/undo", invocation=invocation)
    assert "It is being undone." not in again.text


def test_what_was_done_can_be_undone_from_the_timeline(place, who):
    done(place, who, **{"argument.cents": "700"})
    text = place.olga.get(who).text
    address = text.partition(f'href="{who}/act?invocation=')[2].partition('"')[0]
    shown = place.olga.get(f"{who}/act?invocation={address}").text
    assert "Undo it" in shown
    assert f'name="invocation" value="{address}"' in shown


def test_what_is_wrong_is_said_beside_what_was_typed(place, who):
    wrong = done(place, who, **{"argument.cents": "a lot", "argument.reason": SCRIPT})
    assert wrong.status_code == 400
    assert 'value="a lot"' in wrong.text
    assert SCRIPT not in wrong.text


def test_what_was_denied_to_another_may_be_proposed_by_who_is_granted_it(place, who):
    wish = {"action": "take_back_credit", "customer": who.rpartition("/")[2], "arguments": {"cents": 5}}
    assert place.counter.post("/v1/proposals", wish)["verdict"] == "deny"
    offered = f'href="{who}/act?act=take_back_credit#act-title">Propose it yourself'
    assert offered in place.olga.get(who).text
    assert "Propose it yourself" not in place.dpo.get(who).text


def test_a_wish_of_ones_own_that_has_not_left_is_taken_back(place, who):
    form = f"{who}/act?act=send_gift"
    shown = place.olga.send(form, f"{who}/act", wanted="send_gift", **{"argument.what": "a cake"})
    assert "Take it back" in shown.text
    invocation = shown.text.partition('name="invocation" value="')[2].partition('"')[0]
    back = place.olga.send(str(shown.url.raw_path, "ascii"), f"{who}/act/undo", invocation=invocation)
    assert "Taken back: nothing is done." in back.text
