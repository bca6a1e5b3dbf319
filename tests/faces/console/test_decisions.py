"""Decisions in the console over HTTP: found by what is asked for, told in full, compared, and never a way in for scripts."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from babel import Locale

from tests.kit.console import Visitor
from tests.kit.rulings import ANA, SCRIPT, Rulings, ruling
from xop.faces.console.decision.graph import graph_of
from xop.faces.console.words import Words, zone_named

PLACE = "/console/decisions"

_ROW = re.compile(r'href="([^"]+)" data-peek')

_OLDER = re.compile(r'href="([^"]+)" rel="next"')


@pytest.fixture(scope="module")
def rulings(tmp_path_factory) -> Iterator[Rulings]:
    """A server with decisions of every sort."""
    with ruling(tmp_path_factory.mktemp("rulings")) as made:
        yield made


@pytest.fixture(scope="module")
def cora(rulings) -> Iterator[Visitor]:
    """The compliance officer."""
    with rulings.console.visited("cora") as visitor:
        yield visitor


def listed(page: str) -> list[str]:
    """Return the decisions of a list, from above."""
    return [parse_qs(urlsplit(unescape(address)).query)["peek"][0] for address in _ROW.findall(page)]


def one(visitor: Visitor, rulings: Rulings, name: str, **query: Any) -> str:
    """Return the page of a decision."""
    return visitor.look(f"{PLACE}/{rulings.decisions[name]}", **query)


def test_the_newest_decision_stands_first(rulings, cora):
    found = listed(cora.look(PLACE))
    wanted = ["halted", "evaluated", "chosen", "permitted", "denied", "held"]
    assert [each for each in found if each in rulings.decisions.values() and each != rulings.decisions["approved"]] == [
        rulings.decisions[name] for name in wanted
    ]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"verdict": "deny"}, {"denied", "halted"}),
        ({"actor": "operator:olga", "verdict": "permit"}, {"chosen"}),
        ({"action": "send_notice", "actor": "agent:helper_bot"}, {"denied"}),
        ({"code": "xop.halted"}, {"halted"}),
        ({"customer": ANA, "code": "harbour.rude"}, {"denied"}),
        ({"until": "2020-01-01T00:00:00Z"}, set()),
        ({"since": "2020-01-01T00:00", "code": "harbour.rude"}, {"denied"}),
        ({"since": "1h", "code": "harbour.rude"}, {"denied"}),
    ],
)
def test_a_filter_leaves_what_was_asked_for(rulings, cora, asked, names):
    page = cora.look(PLACE, **asked)
    assert set(listed(page)) == {rulings.decisions[name] for name in names}
    for name in asked.keys() - {"since", "until"}:
        assert escape(asked[name]) in page
    if not names:
        assert "No decision is like this" in page


def test_a_moment_is_one_on_the_readers_clock(rulings, cora):
    cora.client.cookies.set("xop_zone", "Pacific%2FKiritimati")
    ahead = datetime.now(UTC) + timedelta(hours=14)
    before, after = (ahead + timedelta(hours=hours) for hours in (-2, 2))
    assert listed(cora.look(PLACE, since=before.strftime("%Y-%m-%dT%H:%M")))
    assert not listed(cora.look(PLACE, since=after.strftime("%Y-%m-%dT%H:%M")))
    cora.client.cookies.delete("xop_zone")


@pytest.mark.parametrize(
    "query", [{"since": "yesterday"}, {"verdict": "perhaps"}, {"before": "x"}, {"until": "99999-01-01"}]
)
def test_a_filter_that_is_none_is_answered_with_what_to_do(cora, query):
    answer = cora.get(PLACE, **query)
    assert answer.status_code == 400
    assert "What to do" in answer.text


def test_pages_go_on_where_the_last_one_ended_and_keep_the_filters(rulings, cora):
    for number in range(60):
        body = {"action": "issue_credit", "customer": ANA, "arguments": {"cents": 30_000 + number}}
        rulings.tell("olga", "POST", "/v1/evaluations", json=body)
    asked = {"actor": "operator:olga", "action": "issue_credit", "code": "harbour.large_credit"}
    first = cora.look(PLACE, **asked)
    following = unescape(_OLDER.findall(first)[0])
    assert {name: values[0] for name, values in parse_qs(urlsplit(following).query).items()}.items() >= asked.items()
    second = cora.look(following)
    assert len(listed(first)) == 50
    assert len(listed(second)) == 10
    assert not set(listed(first)) & set(listed(second))
    assert not _OLDER.findall(second)
    assert "data-live=" in first
    assert "data-live=" not in second


def test_new_decisions_wait_at_the_head(rulings, cora):
    page = cora.look(PLACE, action="reset_pin")
    live = unescape(re.findall(r'data-live="([^"]+)"', page)[0])
    with cora.client.stream("GET", live, headers={"accept": "text/event-stream"}) as stream:
        lines = stream.iter_lines()
        assert "new" not in next(line for line in lines if "hx-partial" in line)
        for count in (1, 2):
            rulings.tell("olga", "POST", "/v1/evaluations", json={"action": "reset_pin", "customer": ANA})
            rulings.tell("olga", "POST", "/v1/evaluations", json={"action": "read_bill", "customer": ANA})
            assert f"{count} new" in next(line for line in lines if " new" in line)


def test_a_row_opens_beside_the_list(rulings, cora):
    denied = rulings.decisions["denied"]
    page = cora.look(PLACE, verdict="deny", peek=denied)
    assert rulings.decisions["halted"] in listed(page)
    beside = page.partition('id="peek"')[2]
    assert "A notice must not shout." in beside
    assert f'href="{PLACE}/{denied}"' in beside
    gone = cora.look(PLACE, verdict="deny", peek="dec_gone")
    assert "No such decision" in gone
    assert listed(gone) == listed(page)


def test_the_story_says_what_was_asked_which_rule_decided_and_what_it_read(rulings, cora):
    page = one(cora, rulings, "held")
    assert "The agent helper_bot asked to issue credit for the purpose of service." in page
    assert "It is held until somebody approves it." in page
    deciding = re.findall(r'<article class="rule decided.*?</article>', page, re.DOTALL)
    assert len(deciding) == 1
    assert "Credits above 50 need a supervisor." in deciding[0]
    assert "policies/harbour.cedar:" in deciding[0]
    assert "this one decided" in deciding[0]
    assert "a hold outranks a permit" in page
    assert re.search(r"arguments\.cents.*?9,000", page, re.DOTALL)
    assert "With cents 5000 instead of 9000, this would have been permitted." in page
    assert "The part of AI" in page


def test_what_was_read_is_said_in_words_beside_its_name(rulings, cora):
    facts = one(cora, rulings, "held").partition('id="facts"')[2].partition("</section>")[0]
    assert "whether somebody had approved exactly this" in facts
    assert "approvals on record" in facts
    assert "as it was asked for" in facts


def test_what_was_held_and_carried_out_since_is_told_in_the_past(rulings, cora):
    page = one(cora, rulings, "approved")
    opening = page.partition('class="lead opening"')[2].partition("</p>")[0]
    assert "It was held for somebody to approve it." in opening
    assert "It is held" not in page
    assert "It is judged again" not in page


def test_a_decision_says_for_whom_it_was_as_far_as_that_may_be_seen(rulings, cora):
    title = one(cora, rulings, "held").partition("<h1>")[2].partition("</h1>")[0]
    assert title.startswith("Issue credit for ")
    assert "cus_" not in title


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("harbour.rude", ("harbour.rude",)),
        ("harbour.credit_above_the_limit", ("harbour.credit_above", "_the_limit")),
        ("x" * 30, ("x" * 20, "x" * 10)),
        ("harbour." + "y" * 40, ("harbour", f".{'y' * 18}…")),
    ],
)
def test_a_name_of_the_graph_is_whole_or_says_that_it_is_not(rulings, cora, name, shown):
    text = cora.get(f"{PLACE}/{rulings.decisions['denied']}/json").text
    told = json.loads(text.replace("harbour.rude", name))
    graph = graph_of(told, Words(Locale("en"), zone_named("UTC"), 0))
    found = [box.lines for box in graph.boxes if box.node.title == name]
    assert found == [shown]


def test_a_decision_says_how_it_is_verified_without_the_server(rulings, cora):
    along = one(cora, rulings, "held").partition('id="along"')[2].partition("</section>")[0]
    assert f"verify_log.py evidence {rulings.decisions['held']}-evidence.json --policy log.policy" in along
    for file in ("verify_log.py", "log.policy"):
        assert f'href="/console/log/{file}"' in along
        assert cora.get(f"/console/log/{file}").status_code == 200


def test_a_rule_is_told_with_its_legal_basis(rulings, cora):
    assert "House rule 7" in one(cora, rulings, "denied")


def test_a_person_and_what_they_remarked_are_told(rulings, cora):
    page = one(cora, rulings, "approved")
    assert re.search(r"Approved</strong>.*?olga", page)
    assert f"<q>{escape(SCRIPT, quote=False)}" in page.replace("&#39;", "'").replace("&#34;", '"')


def test_a_choice_tells_why_every_other_candidate_lost(rulings, cora):
    page = one(cora, rulings, "chosen")
    considered = page.partition('id="considered"')[2].partition("</section>")[0]
    assert considered.count("<tr") == 4
    assert considered.count("chosen</span>") == 1
    assert "xop.consent_unknown" in considered
    assert "rank 1: context 1" in considered
    assert "It chose notice." in page


def test_a_halt_is_told_with_who_imposed_it(rulings, cora):
    behind = one(cora, rulings, "halted").partition('id="halt"')[2].partition("</section>")[0]
    assert "agent:helper_bot" in behind
    assert "olga" in behind


def test_the_graph_leads_to_sections_of_the_page_and_is_a_list_too(rulings, cora):
    for name in rulings.decisions:
        page = one(cora, rulings, name)
        graph = page.partition("<svg viewBox")[2].partition("</svg>")[0]
        targets = set(re.findall(r'href="#([^"]+)"', graph))
        assert {"asked", "verdict", "outcome"} <= targets
        assert all(f'id="{target}"' in page for target in targets)
        nodes = [unescape(each) for each in re.findall(r"<title>(.*?)</title>", graph)]
        as_list = page.partition('class="listed"')[2].partition("</details>")[0]
        assert as_list.count('href="#') == len(nodes)


def test_the_customer_is_shown_exactly_the_text_that_they_get(rulings, cora):
    page = one(cora, rulings, "held", audience="customer")
    told = rulings.tell(
        "cora", "GET", f"/v1/decisions/{rulings.decisions['held']}/explanation", params={"audience": "customer"}
    )
    article = page.partition("<article")[2].partition("</header>")[2].partition("</article>")[0]
    shown = [unescape(each) for each in re.findall(r"<(?:h3|p|li)>(.*?)</", article)]
    assert shown == [line.removeprefix("- ") for line in told["text"].split("\n") if line]


def test_that_the_customer_was_given_it_is_recorded_once_somebody_says_so(rulings, cora):
    place = f"{PLACE}/{rulings.decisions['permitted']}"
    leaves = rulings.tell("cora", "GET", "/v1/log")["leaves"]
    cora.look(place, audience="customer")
    assert rulings.tell("cora", "GET", "/v1/log")["leaves"] == leaves
    page = cora.send(f"{place}?audience=customer", f"{place}/given")
    assert "It is recorded that the customer was given this explanation." in page.text
    assert rulings.tell("cora", "GET", "/v1/log")["leaves"] == leaves + 1


def test_the_customer_is_given_the_text_in_a_language_that_somebody_picks(rulings, cora):
    assert "Language of the text" not in one(cora, rulings, "evaluated", audience="customer")
    folder = rulings.console.data / "catalogues"
    folder.mkdir()
    (folder / "eo.po").write_text('msgid "What was decided"\nmsgstr "Kio estis decidita"\n', encoding="utf-8")
    place = f"{PLACE}/{rulings.decisions['evaluated']}"
    address = f"{place}?audience=customer&language=eo"
    assert f'<a href="{escape(address)}">Esperanto</a>' in cora.look(place, audience="customer")
    page = cora.look(place, audience="customer", language="eo")
    assert '<div class="body" lang="eo">' in page
    assert "<h3>Kio estis decidita</h3>" in page
    assert '<h2 id="letter-title">The text</h2>' in page
    assert "It is recorded that the customer was given this explanation." in cora.send(address, f"{place}/given").text
    timeline = rulings.tell("cora", "GET", f"/v1/decisions/{rulings.decisions['evaluated']}")["asked"]["customer"]
    steps = rulings.tell("cora", "GET", f"/v1/customers/{timeline}/timeline")["steps"]
    given = [fact for step in steps for fact in step["facts"] if fact["type"] == "ExplanationDelivered"]
    assert given[0]["data"]["language"] == "eo"


def test_another_release_decides_the_same_request_again(rulings, cora):
    before, after = rulings.releases
    other = one(cora, rulings, "held", release=after).partition('id="compare"')[2]
    assert "The other release comes to another verdict." in other
    assert "xop.granted" in other.partition("</table>")[0]
    assert "The other release decides the same." in one(cora, rulings, "held", release=before)
    assert "no release &#39;rel_none&#39; was ever published here" in one(cora, rulings, "held", release="rel_none")


def test_evidence_is_for_whoever_may_read_facts(rulings, cora):
    place = f"{PLACE}/{rulings.decisions['held']}"
    export = cora.get(f"{place}/bundle")
    assert export.headers["content-disposition"] == f'attachment; filename="{rulings.decisions["held"]}-evidence.json"'
    assert export.json()["format"] == "xop.bundle/1"
    assert "9000" in cora.get(f"{place}/proof").json()["bundle"]["entry"]
    assert f'href="{place}/bundle"' in cora.look(place)
    with rulings.console.visited("dpo") as officer:
        assert f'href="{place}/bundle"' not in officer.look(place)
        assert officer.get(f"{place}/bundle").status_code == 403
        assert officer.get(f"{place}/proof").json()["bundle"] is None


def test_a_decision_is_taken_along_as_a_scenario_only_where_that_is_true(rulings, cora):
    held = f"{PLACE}/{rulings.decisions['held']}/scenario"
    assert f'href="{held}"' in one(cora, rulings, "held")
    kept = cora.get(held)
    assert kept.headers["content-disposition"].endswith('.yaml"')
    assert "harbour.large_credit" in kept.text
    assert "/scenario" not in one(cora, rulings, "chosen")
    halted = cora.get(f"{PLACE}/{rulings.decisions['halted']}/scenario")
    assert halted.status_code == 409
    assert "No scenario tells this truly" in halted.text


def test_whoever_may_not_read_decisions_sees_none(rulings):
    with rulings.console.visited("pete") as publisher:
        for path in ("", f"/{rulings.decisions['held']}", f"/{rulings.decisions['held']}/proof"):
            answer = publisher.get(f"{PLACE}{path}")
            assert answer.status_code == 403
            assert "Credits above 50" not in answer.text


def test_a_decision_that_is_not_there_says_so(cora):
    answer = cora.get(f"{PLACE}/dec_none")
    assert answer.status_code == 404
    assert "No such decision" in answer.text
    assert cora.get(f"{PLACE}/dec_none/proof").json()["code"] == "decision-not-logged"


def test_the_whole_explanation_can_be_taken_along(rulings, cora):
    kept = json.loads(cora.get(f"{PLACE}/{rulings.decisions['denied']}/json").text)
    assert kept["decision"] == rulings.decisions["denied"]
    assert kept["audience"] == "auditor"
