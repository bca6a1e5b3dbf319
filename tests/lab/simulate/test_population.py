"""A population lives as it is declared."""

import pytest

from tests.lab.simulate.village import did, files, lived, settled
from xop.assembly import KINDS, compiled
from xop.lab.simulate import PopulationUnfit, run
from xop.workspace import compile_workspace
from xop.workspace.populations import read_population

READS = {"signal": "read", "by": "shop"}
PICKED = {"signal": "picked", "by": "shop"}


def test_a_rate_is_met():
    told = lived(customers=400, signals={"reads": {**READS, "per_week": 3.5}})
    # 400 customers in two weeks: 2,800 are expected, with a standard deviation of 53.
    assert abs(did(told, "reads")["count"] - 2800) < 4 * 53
    assert did(told, "reads")["count"] == 2740


def test_each_day_has_its_weight():
    told = lived(customers=200, signals={"reads": {**READS, "per_week": 3, "weekdays": {"sat": 3, "sun": 0}}})
    by_day = did(told, "reads")["by_day"]
    assert [by_day[6], by_day[13]] == [0, 0]
    assert min(by_day[5], by_day[12]) > 2 * max(by_day[:5])


def test_a_persona_factor_scales_a_rate_and_the_others_do_nothing():
    told = lived(customers=400, signals={"reads": {**READS, "per_day": 1, "personas": {"lively": 2}}})
    lively = told["personas"]["lively"]
    assert 60 < lively < 140
    assert abs(did(told, "reads")["count"] - lively * 28) < 4 * (lively * 28) ** 0.5


def test_what_is_planned_meets_its_share_on_its_days_only():
    event = {**READS, "on_day": 3, "at": "10:00", "every_days": 7, "share": 0.5}
    told = lived(customers=400, signals={"reads": event})
    by_day = did(told, "reads")["by_day"]
    assert [day for day, count in enumerate(by_day) if count] == [3, 10]
    assert all(abs(by_day[day] - 200) < 4 * 10 for day in (3, 10))


def test_local_hours_are_those_of_the_customer():
    event = {**PICKED, "on_day": 0, "at": "12:00"}
    quiet = b"""
channels: {email: {namespace: email}}
purposes:
  news: {basis: legitimate_interest, channels: [email], quiet_hours: {from: "13:00", to: "09:00"}}
  care: {basis: contract}
"""
    zoned = {"workspace": {"purposes.yaml": quiet}, "signals": {"picks": event}}
    lives = {
        "initial": [
            {"signal": "joined", "data": {"email": "m{{customer.number + 1}}@village.example"}},
            {"signal": "xop.profile", "data": {"traits": {"time_zone": "{{customer.time_zone}}"}}},
        ],
        "traits": {"time_zone": {"one_of": ["Asia/Tokyo", "America/New_York"]}},
    }
    told = lived(**zoned, **lives)
    assert told["carried_out"][0]["count"] == 40
    assert told["not_permitted"] == []


def test_every_occasion_leads_to_a_reaction_of_chance_one():
    reaction = {"to": {"actions": ["send_news"]}, "after": {"median": "2h", "shape": "fixed"}, **READS}
    told = lived(signals={"picks": {**PICKED, "on_day": 2, "at": "08:00"}}, reactions={"reads_it": reaction})
    assert told["carried_out"] == [
        {"action": "send_news", "channel": "email", "purpose": "news", "count": 40, "by_day": [0, 0, 40] + [0] * 11}
    ]
    assert did(told, "reads_it")["by_day"] == [0, 0, 40] + [0] * 11
    assert told["reactions"] == [{"name": "reads_it", "occasions": 40, "came": 40}]


def test_a_reaction_can_ask_how_often_the_customer_was_contacted():
    leaves = {"to": {"purposes": ["news"]}, "when": "contacts >= 2", "signal": "left", "by": "shop"}
    picks = {**PICKED, "on_day": 0, "at": "08:00", "every_days": 1}
    told = lived(signals={"picks": picks}, reactions={"leaves": leaves})
    assert told["reactions"] == [{"name": "leaves", "occasions": 80, "came": 40}]
    assert told["consents"] == [{"consent": "news/email", "objected": 40}]
    assert sum(row["count"] for row in told["carried_out"]) == 80


def test_a_reaction_knows_what_it_is_a_reaction_to():
    buys = {"signal": "bought", "by": "shop", "on_day": 1, "data": {"order": "o{{customer.number}}"}}
    arrives = {
        "to": {"signals": ["bought"]},
        "personas": {"quiet": 1},
        "after": {"median": "1d", "shape": "fixed"},
        "signal": "arrived",
        "by": "shop",
        "data": {"order": "{{cause.order}}"},
    }
    told = lived(signals={"buys": buys}, reactions={"arrives": arrives})
    promises, quiet = told["promises"], told["personas"]["quiet"]
    assert 20 < quiet < 40
    assert [promises[each] for each in ("made", "kept", "broken", "open")] == [40, quiet, 40 - quiet, 0]


def test_a_reaction_comes_as_often_as_its_chance_where_its_condition_holds():
    buys = {"signal": "bought", "by": "shop", "on_day": 1, "data": {"order": "{{drawn.order}}"}}
    buys["draws"] = {"order": {"one_of": {"shoes": 3, "hat": 1}}}
    likes = {"to": {"signals": ["bought"]}, "when": "cause.order == 'shoes'", "chance": 0.5, **READS}
    told = lived(customers=800, signals={"buys": buys}, reactions={"likes": likes})
    # 600 of 800 buy shoes, and half of them like it: 300, with a standard deviation of 14.
    assert told["reactions"][0]["occasions"] == 800
    assert abs(told["reactions"][0]["came"] - 300) < 4 * 14


def test_customers_that_cannot_be_told_apart_are_refused():
    found = settled(identifiers={"member": "m{{customer.number / 10}}"})
    with pytest.raises(PopulationUnfit, match=r"customers 0 and 4 are both member:m0"):
        run(found, jobs=1)
    with pytest.raises(PopulationUnfit, match="are both"):
        run(found, jobs=2)


def test_an_identifier_that_is_none_is_refused():
    found = settled(identifiers={"member": "m{{customer.number + 1}}", "email": "nobody"})
    with pytest.raises(PopulationUnfit, match="customer 0 has no email"):
        run(found, jobs=1)


@pytest.mark.parametrize(
    ("change", "line", "cause"),
    [
        ({"signals": {"reads": {"signal": "page.raid", "per_day": 1}}}, 17, "no signal type 'page.raid'"),
        ({"signals": {"reads": {**READS, "per_day": 1, "when": "customer.age >"}}}, 20, "'customer.age >'"),
        ({"signals": {"reads": {**READS}}}, 16, "per_week"),
        ({"reactions": {"r": {**READS, "to": {"actions": ["send_nwes"]}}}}, 21, "no action 'send_nwes'"),
        ({"people": {"team": {"operator": "nobody"}}}, 17, "no operator 'nobody'"),
        ({"connections": {"pots": {"failed": 0.1}}}, 16, "no connection 'pots'"),
        ({"signals": {"reads": {**READS, "per_day": 1, "personas": {"loud": 1}}}}, 21, "no persona 'loud'"),
        ({"traits": {"age": {"between": [9, 1]}}}, 16, "between"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(change, line, cause):
    content = files(**change)
    for found in (read_population(content), compile_workspace(content, KINDS)):
        assert isinstance(found, list), found
        assert [problem.file for problem in found] == ["population.yaml"]
        assert cause in str(found[0])
        assert found[0].line == line


def test_a_workspace_without_a_population_says_what_to_add():
    content = files()
    del content["population.yaml"]
    found = read_population(content)
    assert isinstance(found, list)
    assert [str(problem) for problem in found] == [
        "population.yaml: the workspace has no population.yaml; add one: personas, what they do, and how they react"
    ]


def test_a_population_rules_nothing_so_the_release_is_the_same():
    without = {path: content for path, content in files().items() if path != "population.yaml"}
    digests = {compiled(each).digest for each in (files(), files(customers=7), without)}
    assert len(digests) == 1
