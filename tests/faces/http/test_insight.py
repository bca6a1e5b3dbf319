"""What operations see, over HTTP."""

import pytest

from tests.faces.http.bakery import problem

ANN = "email:ann@example.org"


@pytest.fixture
async def decided(bakery):
    """A permitted, a denied and a held decision."""
    await bakery.customer(ANN)
    asked = [("send_note", {}), ("give_refund", {"cents": 200_000}), ("give_refund", {"cents": 7000})]
    return [await bakery.propose(action, ANN, arguments=arguments) for action, arguments in asked]


async def read(bakery, **query):
    answer = await bakery.get("/v1/insight", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_figures_come_in_total_and_point_by_point(bakery, decided):
    found = await read(bakery, since="1h")
    assert found["totals"]["actions"] == {"send_note": 1, "give_refund": 2}
    assert found["before"] == {}
    assert found["missing"] == 0
    series = found["series"]["actions"]["give_refund"]
    assert len(series) == len(found["points"])
    assert sum(series) == 2
    assert found["latency"]["commands"] >= 3
    assert found["latency"]["p50"] <= found["latency"]["p99"]


async def test_only_the_series_that_are_wanted_come(bakery, decided):
    found = await read(bakery, since="24h", step="1h", series="decisions")
    assert list(found["series"]) == ["decisions"]
    assert "actions" in found["totals"]


async def test_a_span_of_another_time_has_none_of_it(bakery, decided):
    later = await read(bakery, since="2100-01-01T00:00:00Z", until="2101-01-01T00:00:00Z", step="1d")
    assert (later["totals"], later["before"]) == ({}, {})
    assert later["rates"]["failure_share"] is None


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"since": "yesterday"}, "moment"),
        ({"since": "2026-01-01T00:00:00"}, "moment"),
        ({"since": "7d", "step": "1m"}, "points"),
        ({"since": "2020-01-01T00:00:00Z", "until": "2020-01-01T01:00:00Z"}, "kept"),
        ({"since": "1h", "until": "2h"}, "after"),
        ({"series": "gossip"}, "measure"),
    ],
)
async def test_what_cannot_be_answered_says_why(bakery, query, named):
    told = problem(await bakery.get("/v1/insight", params=query), 400, "parameter-invalid")
    assert named in told["detail"]


async def test_the_present_says_what_waits(bakery, decided):
    now = (await bakery.get("/v1/insight/now")).json()
    assert sum(now["verdicts"].values()) >= 3
    assert now["decisions_per_second"] > 0
    assert now["approvals"]["count"] == 1
    assert now["approvals"]["oldest"]
    assert now["halts"] == []
    invocation = decided[2]["invocation"]
    await bakery.post(f"/v1/invocations/{invocation}/approval", {"approved": False}, "sue")
    assert (await bakery.get("/v1/insight/now")).json()["approvals"] == {"count": 0, "oldest": None}


async def test_who_may_not_read_metrics_is_refused(bakery):
    problem(await bakery.get("/v1/insight", "till"), 403, "scope-missing")
    problem(await bakery.get("/v1/insight/now", "till"), 403, "scope-missing")


async def test_decisions_are_found_by_what_decided_and_when(bakery, decided):
    codes = {each["decision"]: each for each in (await bakery.get("/v1/decisions")).json()["decisions"]}
    denied = codes[decided[1]["decision"]]
    found = (await bakery.get("/v1/decisions", params={"code": denied["code"]})).json()
    assert [each["decision"] for each in found["decisions"]] == [denied["decision"]]
    recent = (await bakery.get("/v1/decisions", params={"since": "1h", "verdict": "deny"})).json()["decisions"]
    assert [each["decision"] for each in recent] == [denied["decision"]]
    past = (await bakery.get("/v1/decisions", params={"until": "2020-01-01T00:00:00Z"})).json()
    assert past == {"decisions": [], "next": None}
    of_ann = {"code": denied["code"], "customer": ANN, "since": "1h"}
    assert len((await bakery.get("/v1/decisions", params=of_ann)).json()["decisions"]) == 1
    problem(await bakery.get("/v1/decisions?since=soon"), 400, "parameter-invalid")


async def test_a_rare_decision_is_found_however_many_came_after_it(bakery):
    await bakery.customer(ANN)
    rare = await bakery.propose("give_refund", ANN, arguments={"cents": 200_000})
    for _ in range(30):
        await bakery.propose("send_note", ANN, arguments={})
    found = (await bakery.get("/v1/decisions?action=give_refund&limit=1")).json()
    assert [each["decision"] for each in found["decisions"]] == [rare["decision"]]
    assert (await bakery.get(f"/v1/decisions?action=give_refund&before={found['next']}")).json()["decisions"] == []
