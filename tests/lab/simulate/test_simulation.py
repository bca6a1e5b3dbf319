"""A simulation repeats itself, keeps to the rules, and reaches nobody."""

import os
import socket
import subprocess
import sys
from html.parser import HTMLParser
from itertools import count

import msgspec
import pytest

from tests.kit.canaries import Examined, strewn
from tests.lab.simulate.village import did, files, lived, settled
from xop.lab.simulate import encoded, page, report, run
from xop.lab.simulate.plan import SHARDS, shared

PICKS = {"picks": {"signal": "picked", "by": "shop", "per_day": 1}}
ASKS = {"asks": {"propose": "give_credit", "by": "helper", "on_day": 0, "at": "20:00", "data": {"cents": 500}}}
PEOPLE = {"team": {"operator": "mira", "count": 2, "handling": {"median": "10m", "shape": "fixed"}}}
BUSY = {"signals": PICKS | ASKS, "people": PEOPLE, "connections": {"post": {"retry": 0.1, "failed": 0.05}}}

SCRIPT = """
import sys
from tests.lab.simulate.test_simulation import BUSY
from tests.lab.simulate.village import settled
from xop.lab.simulate import encoded, report, run
if __name__ == "__main__":
    found = settled(seed=int(sys.argv[1]), **BUSY)
    sys.stdout.buffer.write(encoded(report(found, run(found, int(sys.argv[2])))))
"""


def in_a_process(folder, seed, jobs, hashes):
    """Return the report that a fresh process makes."""
    script = folder / "script.py"
    script.write_text(SCRIPT)
    path = os.pathsep.join(sys.path)
    env = {**os.environ, "PYTHONHASHSEED": hashes, "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, str(script), str(seed), str(jobs)], env=env, capture_output=True, check=True, timeout=50
    ).stdout


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path):
    first = in_a_process(tmp_path, 1, 1, "1")
    assert first == in_a_process(tmp_path, 1, 2, "77")
    other = in_a_process(tmp_path, 2, 2, "1")
    assert other != first
    assert b'"digest"' in first


def test_what_one_customer_does_depends_on_nothing_but_the_seed_and_themselves():
    picks = {"picks": PICKS["picks"] | {"chance": 0.5}}
    alone = lived(signals=picks)
    beside = lived(signals=picks | {"reads": {"signal": "read", "by": "shop", "per_day": 2, "chance": 0.5}})
    assert did(alone, "picks") == did(beside, "picks")
    assert 0 < did(alone, "picks")["count"] < did(lived(signals=PICKS), "picks")["count"]
    assert did(beside, "reads")["count"] > 0


def test_nobody_is_contacted_more_often_than_the_cap():
    told = lived(signals=PICKS)
    assert [row["most_within_7_days"] for row in told["pressure"]] == [2, 2]
    denied = {row["rule"]: row["count"] for row in told["not_permitted"]}
    sent = sum(row["count"] for row in told["carried_out"])
    assert denied == {"xop.contact_cap": did(told, "picks")["count"] - sent}


def test_pressure_counts_every_week_of_every_customer():
    told = lived(signals={"picks": {"signal": "picked", "by": "shop", "on_day": 0, "at": "09:00", "share": 0.25}})
    sent = told["carried_out"][0]["count"]
    weeks = [row["contacts_in_a_week"] for row in told["pressure"]]
    assert sum(week.get("1", 0) for week in weeks) == sent
    assert sum(sum(week.values()) for week in weeks) == 80
    assert sum(row["customers"] for row in told["pressure"]) == 40


def test_a_denial_is_told_with_an_example():
    told = lived(signals=PICKS)
    row = told["not_permitted"][0]
    assert row["asked"] == [{"action": "send_news", "stage": "proposal", "count": row["count"]}]
    assert sum(row["by_day"]) == row["count"]
    assert "contacted as often as the caps allow" in row["example"]["story"]
    assert row["example"]["decision"].startswith("dec_")


def test_what_waits_for_a_person_waits_for_working_hours():
    told = lived(signals=ASKS, people=PEOPLE)
    people = told["people"]
    # Asked at eight in the evening of a Monday; two people begin at nine and take ten minutes each.
    assert (people["asked"], people["approved"], people["unanswered"], people["longest_queue"]) == (40, 40, 0, 40)
    hour = 3_600_000
    assert people["until_taken_ms"] == {"p50": 13 * hour + 9 * 600_000, "p95": 16 * hour, "max": 16 * hour + 600_000}
    assert told["carried_out"][0]["count"] == 40
    assert told["questions"] == [{"question": "give_credit", "asked": 40, "became": {"approved": 40}}]


def test_somebody_who_refuses_stops_it():
    refusing = {"team": PEOPLE["team"] | {"approves": 0}}
    told = lived(signals=ASKS, people=refusing)
    assert told["people"]["refused"] == 40
    assert told["questions"][0]["became"] == {"refused": 40}
    assert told["outcomes"] == [{"action": "give_credit", "outcome": "stopped: xop.refused_by_person", "count": 40}]


def test_without_people_what_waits_is_given_up():
    told = lived(signals=ASKS)
    assert (told["people"]["asked"], told["people"]["withdrawn"], told["people"]["unanswered"]) == (40, 40, 0)
    assert told["outcomes"] == [{"action": "give_credit", "outcome": "stopped: xop.expired", "count": 40}]
    assert told["questions"][0]["became"] == {"withdrawn": 40}


def test_a_connection_fails_as_often_as_it_is_said_to():
    told = lived(
        customers=400,
        signals={"picks": PICKS["picks"] | {"per_day": None, "on_day": 0}},
        connections={"post": {"failed": 0.3}},
    )
    outcomes = {row["outcome"]: row["count"] for row in told["outcomes"]}
    assert outcomes["done"] + outcomes["failed"] == 400
    assert abs(outcomes["failed"] - 120) < 4 * 9.2


def test_an_uncertain_answer_is_sent_again_only_where_the_receiver_knows_the_key():
    picks = {"picks": {"signal": "picked", "by": "shop", "on_day": 0}}
    lost = {"post": {"uncertain": 0.2}}
    told = lived(signals=picks, connections=lost)
    assert {row["outcome"] for row in told["outcomes"]} == {"done", "uncertain"}
    knowing = files()["connections.yaml"].replace(b'127.0.0.1:9"', b'127.0.0.1:9", idempotent: true')
    told = lived(signals=picks, connections=lost, workspace={"connections.yaml": knowing})
    assert {row["outcome"]: row["count"] for row in told["outcomes"]} == {"done": 40}


def test_what_an_action_gives_back_is_drawn():
    found = settled(
        signals={"picks": {"signal": "picked", "by": "shop", "on_day": 0}},
        outputs={"send_news": {"n": {"one_of": [7]}}},
    )
    plain = settled(signals={"picks": {"signal": "picked", "by": "shop", "on_day": 0}})
    assert run(found, 1).digest != run(plain, 1).digest


def test_limits_of_connections_are_shared_by_the_shards():
    found = settled()
    post = shared(found.release).connections["post"]
    assert (post.rate, post.concurrency) == (40 / SHARDS, 8 // SHARDS)
    assert shared(found.release).digest == found.release.digest


def test_nothing_leaves():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        port = server.getsockname()[1]
        here = files()["connections.yaml"].replace(b"127.0.0.1:9", f"127.0.0.1:{port}".encode())
        told = lived(signals=PICKS, workspace={"connections.yaml": here})
        assert sum(row["count"] for row in told["carried_out"]) > 40
        with pytest.raises(TimeoutError):
            server.accept()


class Reader(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self):
        super().__init__()
        self.tags, self.fetched, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.fetched += [value for name, value in attrs if name in {"src", "href", "srcset", "data"}]

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_stands_alone_and_tells_the_figures():
    found = settled(**BUSY)
    told = report(found, run(found, 1))
    reader = Reader()
    text = page(told)
    reader.feed(text)
    assert reader.fetched == []
    assert not {"script", "link", "img", "iframe"} & set(reader.tags)
    assert "@import" not in text
    assert "url(" not in text
    assert "prefers-color-scheme:dark" in text
    shown = " ".join(reader.text)
    for figure in (told["release"], told["ledger"]["digest"], "xop.contact_cap", "give_credit", "until answered"):
        assert figure in shown


def test_the_page_shows_names_as_text():
    found = settled(signals=PICKS)
    told = report(found, run(found, 1))
    shown = Examined(page(strewn(msgspec.to_builtins(told), count(1))))
    assert shown.faults == []
    assert len(shown.shown) > 10


def test_the_report_is_json_with_a_format():
    found = settled(signals=PICKS)
    assert b'"format": 1' in encoded(report(found, run(found, 1)))


JOURNEY = b"""
name: welcome
description: Asks a colleague whether to write.
entries: [{signal: joined}]
steps:
  ask_somebody:
    ask:
      role: supervisor
      question: Shall we write?
      options: {write: write, leave: end}
      within: 3d
      late: end
  write:
    propose: {action: send_news, denied: end, held: wait, failed: end}
"""


def test_what_a_journey_asks_is_answered_by_people():
    journey = {"journeys/welcome.yaml": JOURNEY}
    team = {"team": PEOPLE["team"] | {"answers": {"write": 1}}}
    told = lived(people=team, workspace=journey)
    assert (told["people"]["asked"], told["people"]["answered"], told["people"]["unanswered"]) == (40, 40, 0)
    assert told["carried_out"][0]["count"] == 40
    assert told["journeys"] == [
        {
            "journey": "welcome",
            "entered": 40,
            "goal": 0,
            "under_way": 0,
            "not_entered": {},
            "ended": {"end": 40},
            "outcomes": {"done": 40},
            "steps": {"ask_somebody": 40, "write": 40},
        }
    ]
    assert told["questions"] == [{"question": "welcome: ask_somebody", "asked": 40, "became": {"answered: write": 40}}]
    late = lived(workspace=journey)
    assert (late["people"]["asked"], late["people"]["withdrawn"]) == (40, 40)
    assert late["carried_out"] == []
    assert late["questions"][0]["became"] == {"too late": 40}
    assert late["journeys"][0]["steps"] == {"ask_somebody": 40, "write": 0}


CHOOSES = b"""
name: next_step
description: Does what is best next and waits for what comes of it.
entries: [{signal: joined}]
goal: {signal: read}
steps:
  pick: {choose: {from: next_best, nothing: end, denied: end, held: wait}}
  rest: {wait: {for: 10d}}
"""
DECISION_SET = b"""
name: next_best
description: What to do next.
candidates:
  - {name: news, value: 2, treatments: [{name: mail, action: send_news}]}
  - {name: credit, value: 1, treatments: [{name: book, action: give_credit, arguments: {cents: 5}}]}
arms: {random: 0, no_model: 0, holdout: 0.3}
explore: {rate: 0}
results: [{outcome: looked, signal: read, reward: 0.25}]
window: 3d
"""


def test_next_best_actions_are_told_by_candidate_and_arm_with_how_they_turned_out():
    workspace = {"journeys/next_step.yaml": CHOOSES, "decisions/next_best.yaml": DECISION_SET}
    looks = {"looks": {"to": {"actions": ["send_news"]}, "after": {"median": "2h"}, "signal": "read", "by": "shop"}}
    found = settled(workspace=workspace, reactions=looks)
    told = report(found, run(found, 1))
    news, nothing = told["choices"]["chosen"]
    assert (news["candidate"], news["treatment"], news["arm"]) == ("news", "mail", "business")
    assert (nothing["candidate"], nothing["arm"]) == ("nothing", "holdout")
    assert news["count"] == news["by_day"][0] == told["journeys"][0]["goal"] > nothing["count"] > 0
    assert news["count"] + nothing["count"] == told["journeys"][0]["steps"]["pick"] == 40
    where = {"decision_set": "next_best"}
    result = {**where, "candidate": "news", "arm": "business"}
    late = {**where, "candidate": "nothing", "arm": "holdout", "outcome": "none", "count": nothing["count"]}
    assert told["choices"]["results"] == [{**result, "outcome": "looked", "count": news["count"]}, late]
    assert told["choices"]["learned"][0] == {**result, "count": news["count"], "reward": 0.25}
    shown = page(told)
    for words in ("Next best actions", "next_best", "holdout", "looked"):
        assert words in shown
