"""The handover desk over HTTP: who waits is found, read in full, taken by one, helped through the arbiter, handed back once."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest

from tests.kit.supervision import SCRIPT, Place, staffed

DESK = "/console/handovers"


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[Place]:
    """A server with people in front of it."""
    with staffed(tmp_path_factory.mktemp("handovers")) as opened:
        yield opened


@pytest.fixture
def who(request) -> str:
    """A customer of the test's own."""
    return f"email:{request.node.name[:60].replace('_', '')}@harbour.test"


def page(handover: str) -> str:
    return f"{DESK}/{handover}"


def opened(place: Place, who: str, **changes) -> str:
    return place.counter.handed_over(who, f"call-{who[6:40]}", **changes)


def accepted(place: Place, who: str, **changes) -> str:
    """Have olga take a new handover."""
    name = opened(place, who, **changes)
    taken = place.olga.send(page(name), f"{page(name)}/acceptance")
    assert "It is yours" in taken.text
    return name


def test_who_waits_is_listed_with_what_they_want_the_urgent_first(place, who):
    calm = opened(place, who, summary="Wants the berth next door.", intent="move_berth")
    urgent = place.counter.handed_over(f"{who}.uk", "call-urgent", urgent=True)
    text = place.olga.get(DESK).text
    assert text.index(urgent) < text.index(calm)
    for part in ("move berth", "Wants the berth next door.", "urgent"):
        assert part in text
    assert calm not in place.olga.get(DESK, queue="supervisors").text
    assert place.olga.get(DESK, queue="moon").status_code == 422


def test_the_whole_packet_is_read(place, who):
    name = opened(place, who)
    text = place.olga.get(page(name)).text
    for part in (
        "Charged twice in May; wants the second charge back.",
        "https://calls.harbour.test/c1",
        "asked for the invoice number",
        "pay it back",
        "charged twice",
        "unverified",
        "support",
        f"/v1/handovers/{name}/packet?",
    ):
        assert part in text
    assert re.search(r'href="/console/customers/[^"]+">All of this customer', text)
    assert 'href="https://calls' not in text


def test_of_two_who_accept_at_once_one_has_it_and_the_other_is_told_who(place, who):
    name = opened(place, who)
    ready = [(person, person.hidden(page(name), f"{page(name)}/acceptance")) for person in (place.olga, place.otto)]
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda each: each[0].post(f"{page(name)}/acceptance", **each[1]), ready))
    assert sorted(each.status_code for each in said) == [303, 409]
    winner = ("olga", "otto")[0 if said[0].status_code == 303 else 1]
    assert f"with {winner}" in next(each for each in said if each.status_code == 409).text


def test_a_suggested_step_is_proposed_in_the_conversation_and_the_verdict_told(place, who):
    name = accepted(place, who)
    shown = place.olga.send(page(name), f"{page(name)}/proposals")
    assert "Permitted: The actor has been granted this action." in shown.text
    assert "proposed=dec_" in str(shown.url)
    decisions = place.counter.get(f"/v1/decisions?customer={who}&action=issue_credit")["decisions"]
    assert decisions[-1]["actor"] == "operator:olga"
    state = place.counter.get(f"/v1/handovers/{name}")
    assert ("issue_credit", "done") in {(each["what"], each["outcome"]) for each in state["packet"]["tried"]}


def test_any_granted_action_is_filled_in_and_judged(place, who):
    name = accepted(place, who, suggested=[])
    form = f"{page(name)}?act=issue_credit"
    strict = place.olga.send(form, f"{page(name)}/proposals", wanted="reset_pin", arguments="")
    assert "It waits: " in strict.text
    wrong = place.olga.send(
        form, f"{page(name)}/proposals", wanted="issue_credit", arguments="", **{"argument.cents": "x"}
    )
    assert wrong.status_code == 400
    assert 'value="x"' in wrong.text
    done = place.olga.send(
        form, f"{page(name)}/proposals", wanted="issue_credit", arguments="", **{"argument.cents": "5"}
    )
    assert "Permitted" in done.text


def test_a_decision_set_is_asked_and_proposes_nothing(place, who):
    name = accepted(place, who)
    shown = place.olga.send(page(name), f"{page(name)}/choices", decision_set="help")
    assert "first choice" in shown.text
    assert f"{page(name)}?act=mail_statement" in shown.text
    listed = place.counter.get(f"/v1/decisions?customer={who}&action=mail_statement")["decisions"]
    assert {each["stage"] for each in listed} <= {"choice"}


def test_it_is_handed_back_with_an_outcome_and_what_was_learned(place, who):
    name = accepted(place, who)
    fields = {"outcome": "resolved", "continues": "agent", "notes": "paid back", "facts": "plan: Large\nberths: 2"}
    assert "Handed back." in place.olga.send(page(name), f"{page(name)}/return", **fields).text
    state = place.counter.get(f"/v1/handovers/{name}")
    assert (state["handover"]["status"], state["outcome"], state["notes"]) == ("returned", "resolved", "paid back")
    profile = place.counter.get(f"/v1/customers/{who}")["profile"]
    assert (profile["plan"]["value"], profile["berths"]["value"]) == ("Large", 2)
    over = place.olga.get(page(name)).text
    assert "paid back" in over
    assert f"{page(name)}/return" not in over


def test_what_is_wrong_with_a_hand_back_is_said_and_what_was_typed_stays(place, who):
    name = accepted(place, who)
    fields = {"outcome": "resolved", "continues": "agent", "notes": "nearly lost", "facts": "no colon"}
    wrong = place.olga.send(page(name), f"{page(name)}/return", **fields)
    assert wrong.status_code == 400
    assert "is no fact" in wrong.text
    assert ">nearly lost</textarea>" in wrong.text
    unfit = place.olga.send(page(name), f"{page(name)}/return", **{**fields, "outcome": "Not One", "facts": ""})
    assert unfit.status_code == 422
    assert place.counter.get(f"/v1/handovers/{name}")["handover"]["status"] == "accepted"


def test_declining_needs_a_reason_and_somebody_else_is_asked(place, who):
    name = opened(place, who)
    assert "Declining needs a reason." in place.olga.send(page(name), f"{page(name)}/decline").text
    assert "Declined" in place.olga.send(page(name), f"{page(name)}/decline", reason="no French").text
    assert place.counter.get(f"/v1/handovers/{name}")["handover"]["status"] == "waiting"


def test_whoever_may_not_take_it_is_told_why(place, who):
    name = opened(place, who)
    refused = place.fay.send(page(name), f"{page(name)}/acceptance")
    assert refused.status_code == 403
    assert place.counter.get(f"/v1/handovers/{name}")["handover"]["status"] == "waiting"


def test_only_a_person_reads_summaries_in_the_list_and_the_look_is_recorded(place, who):
    name = opened(place, who)
    path = f"/v1/handovers?customer={who}"
    shown = next(each for each in place.counter.get(f"{path}&summaries=true")["handovers"] if each["handover"] == name)
    assert shown["summary"].startswith("Charged twice")
    assert place.counter.get(path)["handovers"][0]["summary"] == ""
    assert place.counter.get(f"{path}&summaries=true", "bot-key")["handovers"][0]["summary"] == ""
    facts = place.counter.get(f"/v1/customers/{who}/facts")["facts"]
    assert any("handover.summary" in str(each) and "operator:olga" in str(each) for each in facts)


def test_who_waits_is_called_by_name_in_the_list_and_first_in_the_packet(place, who):
    name = opened(place, who)
    place.counter.signal("profile.changed", who, name="Ada Quay")
    listed = place.olga.get(DESK).text
    assert f'<a href="{page(name)}">Ada Quay</a>' in listed
    text = place.olga.get(page(name)).text
    assert "<h1>Ada Quay \N{EN DASH} refund</h1>" in text
    assert "<title>Ada Quay \N{EN DASH} refund" in text


def test_what_was_said_in_the_conversation_is_read_as_a_chat(place, who):
    call = f"call-{who[6:40]}"
    name = opened(place, who)
    assert "Nothing of it came in as text" in place.olga.get(page(name)).text
    place.counter.signal("chat.written", who, call=call, text="Where is my money?")
    place.counter.signal("chat.written", who, **{"call": call, "text": SCRIPT, "from": "person"})
    place.counter.signal("chat.written", who, call="another", text="Not of this call.")
    text = place.olga.get(page(name)).text
    assert re.search(r'<li class="customer">.*?Where is my money\?.*?<li class="person">', text, re.DOTALL)
    assert SCRIPT not in text
    assert "Not of this call." not in text


def test_what_was_said_before_the_last_turns_is_led_to(place, who):
    call, name = f"call-{who[6:40]}", opened(place, who)
    for number in range(205):
        place.counter.signal("chat.written", who, call=call, text=f"turn {number}.")
    last = place.olga.get(page(name)).text
    assert ("turn 204." in last, "turn 3." in last, "What was said last" in last) == (True, False, False)
    (before,) = re.findall(r'href="([^"]+)" rel="prev">What was said before', last)
    first = place.olga.get(unescape(before)).text
    assert ("turn 204." in first, "turn 3." in first, "What was said before" in first) == (False, True, False)
    (back,) = re.findall(r'href="([^"]+)" rel="next">What was said last', first)
    assert "turn 204." in place.olga.get(unescape(back)).text
    # The page that follows what happens goes on showing what was asked for.
    (live,) = re.findall(r'data-live="([^"]+)"', first)
    assert "said=" in live


def test_what_was_done_at_the_desk_is_undone_there(place, who):
    name = accepted(place, who)
    shown = place.olga.send(page(name), f"{page(name)}/proposals")
    invocation = shown.text.partition('name="invocation" value="')[2].partition('"')[0]
    undone = place.olga.send(str(shown.url.raw_path, "ascii"), f"{page(name)}/undo", invocation=invocation)
    assert "It is being undone." in undone.text
