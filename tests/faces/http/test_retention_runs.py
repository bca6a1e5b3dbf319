"""Runs of retention over HTTP: the last one, and those before it."""

import asyncio

from tests.faces.http.bakery import FOLDER, problem
from xop.assembly import workspace_files


async def ran(bakery) -> str:
    """Let go of what is past its time, and return the run once it is over."""
    begun = await bakery.post("/v1/retention/runs", {}, "dpo")
    assert begun.status_code == 200, begun.text
    async with asyncio.timeout(20):
        while not (last := (await bakery.get("/v1/retention/runs?wait=5", "dpo")).json()["last"])["over"]:
            pass
    return last["run"]


async def test_runs_before_the_last_one_are_told_newest_first(bakery):
    problem(await bakery.post("/v1/retention/runs", {}, "dpo"), 409, "retention-none")
    await bakery.platform.publish(workspace_files(FOLDER) | {"retention.yaml": b"evidence: 90d\n"}, "cli")
    assert (await bakery.get("/v1/retention/runs?history=9", "dpo")).json() == {"last": None, "earlier": []}
    runs = [await ran(bakery) for _ in range(4)]
    assert len(set(runs)) == 4
    told = (await bakery.get("/v1/retention/runs?history=2", "dpo")).json()
    assert told["last"]["run"] == runs[3]
    assert [each["run"] for each in told["earlier"]] == [runs[2], runs[1]]
    assert all(each["over"] and each["by"] == "operator:dpo" for each in told["earlier"])
    everything = (await bakery.get("/v1/retention/runs?history=9", "dpo")).json()
    assert [each["run"] for each in everything["earlier"]] == runs[2::-1]
    assert (await bakery.get("/v1/retention/runs", "dpo")).json()["earlier"] == []
