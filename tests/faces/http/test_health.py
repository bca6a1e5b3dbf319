"""Health and metrics."""

from tests.faces.http.bakery import EVENT, problem
from xop.engine import writer

ANN = "email:ann@example.org"


async def metrics(bakery) -> dict[str, float]:
    response = await bakery.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in response.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


async def test_a_platform_that_takes_commands_is_ready(bakery):
    told = (await bakery.get("/ready", None)).json()
    assert told == {"status": "ready", "release": bakery.platform.engine.release.digest, "waiting": 0, "log": "ok"}


async def test_a_platform_that_has_stopped_lives_but_is_not_ready(bakery):
    await bakery.platform.engine.stop()
    assert (await bakery.get("/health", None)).json() == {"status": "live"}
    response = await bakery.get("/ready", None)
    problem(response, 503, "stopping")
    assert response.headers["retry-after"] == "1"


async def test_a_command_to_a_stopped_platform_is_refused_for_now(bakery):
    await bakery.platform.engine.stop()
    problem(await bakery.event(subject=ANN), 503, "stopping")
    problem(await bakery.post("/v1/track", {"userId": "u1"}, "till"), 503, "stopping")
    response = await bakery.post("/v1/proposals", {"action": "send_note", "customer": ANN})
    problem(response, 503, "stopping")
    assert response.headers["retry-after"] == "1"


async def test_more_commands_than_can_wait_are_refused_for_now(bakery, monkeypatch):
    await bakery.customer(ANN)
    monkeypatch.setattr(writer, "WAITING", 0)
    problem(await bakery.event(subject=ANN), 503, "overloaded")
    problem(await bakery.post("/v1/proposals", {"action": "send_note", "customer": ANN}), 503, "overloaded")
    monkeypatch.undo()
    assert (await bakery.event(subject=ANN)).status_code == 200


async def test_a_batch_too_long_for_the_moment_can_be_sent_again_whole(bakery, monkeypatch):
    events = [{**EVENT, "id": str(number), "subject": ANN} for number in range(5)]
    headers = {"content-type": "application/cloudevents-batch+json"}
    monkeypatch.setattr(writer, "WAITING", 3)
    problem(await bakery.ask("POST", "/v1/signals", "till", json=events, headers=headers), 503, "overloaded")
    monkeypatch.undo()
    response = await bakery.ask("POST", "/v1/signals", "till", json=events, headers=headers)
    assert [each["receipt"]["duplicate"] for each in response.json()["results"]] == [True] * 3 + [False] * 2


async def test_a_store_that_is_gone_is_a_problem_and_not_a_fault(bakery):
    await bakery.customer(ANN)
    bakery.platform.runtime._store.connection.close()
    problem(await bakery.get("/ready", None), 503, "storage-unavailable")
    problem(await bakery.event(subject="email:new@example.org"), 503, "storage-unavailable")


async def test_the_metrics_count_what_happened(bakery):
    await bakery.customer(ANN)
    await bakery.event(id="twice", subject=ANN)
    await bakery.event(id="twice", subject=ANN)
    await bakery.event(subject=ANN, type="unknown")
    await bakery.propose("bake_cake", ANN, wait=20)
    told = await metrics(bakery)
    assert told['xop_commands_total{kind="signal"}'] == 2
    assert told['xop_refusals_total{code="signal-unknown"}'] == 1
    assert told["xop_duplicates_total"] == 1
    assert told['xop_verdicts_total{actor="operator",verdict="permit"}'] >= 1
    assert told['xop_outcomes_total{outcome="failed"}'] == 1
    assert told['xop_outbox_requests{state="failed"}'] == 1
    assert told['xop_connection_open{connection="broken_oven"}'] == 0
    assert told["xop_customers"] == 1, "the platform itself is none"
    assert told["xop_ledger_position"] == await bakery.platform.runtime.ledger.last()
    assert told['xop_http_request_seconds_count{method="POST",route="/v1/signals",status="200"}'] == 3
    assert told['xop_http_request_seconds_count{method="POST",route="/v1/signals",status="422"}'] == 1


async def test_a_made_up_method_makes_no_series_of_its_own(bakery):
    await bakery.ask("BREW", "/health", None)
    assert not any("BREW" in name for name in await metrics(bakery))
