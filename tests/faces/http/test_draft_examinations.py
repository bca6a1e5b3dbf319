"""Workspaces that are examined before they are published: over a release, by whoever publishes, against what rules."""

from tests.faces.http.bakery import problem

PLACE = "/v1/examinations/{}/preview"


async def draft(bakery) -> dict[str, object]:
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
    assert alone["against"] == ""
    looked = await bakery.get(f"/v1/examinations/scenarios?release={preview['digest']}", "olga")
    assert (looked.status_code, looked.json()["release"]) == (200, preview["digest"])
    unknown = await bakery.get(f"/v1/examinations/invariants?release={preview['digest']}", "olga")
    problem(unknown, 404, "release-unknown")


async def test_what_cannot_be_examined_is_refused(bakery):
    asked = await draft(bakery)
    problem(await bakery.post(PLACE.format("scenarios"), {}, "paul"), 422, "body-invalid")
    problem(await bakery.post(PLACE.format("magic"), asked, "paul"), 400, "parameter-invalid")
    broken = {**asked, "files": {"segments.yaml": "segments: 3\n"}}
    assert problem(await bakery.post(PLACE.format("scenarios"), broken, "paul"), 422, "workspace-refused")
    problem(await bakery.post(PLACE.format("scenarios"), {"release": "rel_none"}, "paul"), 404, "release-unknown")
