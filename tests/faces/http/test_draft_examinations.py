"""Workspaces that are examined before they are published: over a release, by whoever publishes, against what rules."""

from typing import Any

from tests.faces.http.bakery import problem
from xop.faces.http.routes import examinations

PLACE = "/v1/examinations/{}/preview"


async def draft(bakery) -> dict[str, Any]:
    """Return what rules with one file more."""
    rules = (await bakery.get("/v1/releases/active", "paul")).json()["digest"]
    return {"release": rules, "files": {"segments.yaml": 'segments: {regulars: {when: "customer.flags.size() > 3"}}\n'}}


async def test_a_draft_is_examined_against_what_rules_and_publishes_nothing(bakery):
    asked = await draft(bakery)
    begun = (await bakery.post(PLACE.format("simulation"), asked, "paul")).json()
    preview = (await bakery.post("/v1/releases/preview", asked, "paul")).json()
    assert (begun["release"], begun["against"]) == (preview["digest"], asked["release"])
    assert begun["state"] in {"waiting", "running"}
    assert (await bakery.get("/v1/releases/active", "paul")).json()["digest"] == asked["release"]
    alone = (await bakery.post(PLACE.format("scenarios"), asked, "paul")).json()
    assert (alone["against"], alone["draft"]) == ("", begun["draft"])
    found = f"release={preview['digest']}&draft={begun['draft']}"
    looked = await bakery.get(f"/v1/examinations/scenarios?{found}", "olga")
    assert (looked.status_code, looked.json()["release"]) == (200, preview["digest"])
    problem(await bakery.get(f"/v1/examinations/invariants?{found}", "olga"), 404, "release-unknown")


async def ended(bakery) -> None:
    """Wait until whatever is examined was."""
    for each in list(examinations._BENCHES[bakery.platform]._known.values()):
        if each.task is not None:
            await each.task


async def test_what_a_draft_has_beside_its_rules_says_nothing_of_the_release_that_rules(bakery):
    """Its scenarios make it no other release: what comes of them is not what comes of those that were published."""
    rules = (await bakery.get("/v1/releases/active", "paul")).json()["digest"]
    broken = {"release": rules, "files": {"scenarios/one.yaml": "scenarios: [{name: one, steps: [{expect: {}}]}]\n"}}
    begun = (await bakery.post(PLACE.format("scenarios"), broken, "paul")).json()
    assert begun["release"] == rules
    await ended(bakery)
    drafted = f"/v1/examinations/scenarios?release={rules}&draft={begun['draft']}"
    assert (await bakery.get(drafted, "olga")).json()["state"] == "failed"
    assert (await bakery.get("/v1/examinations/scenarios", "olga")).json()["state"] == "none"
    other = {"release": rules, "files": {"scenarios/one.yaml": "scenarios: []\n"}}
    assert (await bakery.post(PLACE.format("scenarios"), other, "paul")).json()["draft"] != begun["draft"]


async def test_a_draft_is_examined_with_its_own_files_or_not_at_all(bakery):
    asked = await draft(bakery)
    broken = {**asked, "files": {**asked["files"], "scenarios/one.yaml": "scenarios: 3\n"}}
    begun = (await bakery.post(PLACE.format("scenarios"), broken, "paul")).json()
    await ended(bakery)
    again = f"/v1/examinations/scenarios?release={begun['release']}"
    problem(await bakery.post(again, None, "olga"), 404, "release-unknown")
    problem(await bakery.post(f"{again}&draft={begun['draft']}", None, "olga"), 400, "parameter-invalid")
    looked = (await bakery.get(f"{again}&draft={begun['draft']}", "olga")).json()
    assert (looked["state"], looked["fault"].partition(":")[0]) == ("failed", "scenarios/one.yaml")


async def test_what_cannot_be_examined_is_refused(bakery):
    asked = await draft(bakery)
    problem(await bakery.post(PLACE.format("scenarios"), {}, "paul"), 422, "body-invalid")
    problem(await bakery.post(PLACE.format("magic"), asked, "paul"), 400, "parameter-invalid")
    broken = {**asked, "files": {"segments.yaml": "segments: 3\n"}}
    assert problem(await bakery.post(PLACE.format("scenarios"), broken, "paul"), 422, "workspace-refused")
    problem(await bakery.post(PLACE.format("scenarios"), {"release": "rel_none"}, "paul"), 404, "release-unknown")
