"""What releases are made of, and publishing one that was published before."""

import pytest

from tests.faces.http.bakery import FOLDER, problem

RULE = '\n@id("late.no_cakes")\n@message("No cakes at night.")\nforbid (principal, action == Action::"bake_cake", resource);\n'


@pytest.fixture
def files() -> dict[str, str]:
    """The bakery's workspace, with one more rule and a tasting that asks otherwise."""
    found = {path.relative_to(FOLDER).as_posix(): path.read_text() for path in FOLDER.rglob("*") if path.is_file()}
    tasting = found["journeys/tasting.yaml"].replace("  agree:", "  consider:").replace("{for: 3d}", "{for: 4d}")
    return {**found, "policies/late.cedar": RULE, "journeys/tasting.yaml": tasting}


async def rules(bakery) -> str:
    return (await bakery.get("/v1/releases/active")).json()["digest"]


async def published(bakery, **body):
    answer = await bakery.post("/v1/releases", body, "paul")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_releases_files_are_read_as_they_were_published(bakery, files):
    digest = (await published(bakery, files=files))["digest"]
    listed = (await bakery.get(f"/v1/releases/{digest}/files", "paul")).json()["files"]
    assert [each["path"] for each in listed] == sorted(files)
    read = await bakery.get(f"/v1/releases/{digest}/file", "paul", params={"path": "policies/late.cedar"})
    assert read.json()["text"] == RULE
    assert {each["path"]: each["size"] for each in listed}["policies/late.cedar"] == len(RULE)
    for path in ("../workspace.toml", ".baseline/policies/ai.cedar", ".journeys/moves.json"):
        problem(await bakery.get(f"/v1/releases/{digest}/file", "paul", params={"path": path}), 404, "file-unknown")
    problem(await bakery.get("/v1/releases/rel_none/files", "paul"), 404, "release-unknown")


@pytest.mark.parametrize("path", ["files", "file?path=workspace.toml", "changes"])
async def test_whoever_may_not_publish_reads_no_files(bakery, path):
    problem(await bakery.get(f"/v1/releases/{await rules(bakery)}/{path}", "olga"), 403, "scope-missing")


async def test_what_one_release_changes_of_another_is_told_part_by_part(bakery, files):
    first = await rules(bakery)
    second = (await published(bakery, files=files))["digest"]
    told = (await bakery.get(f"/v1/releases/{second}/changes", "paul", params={"before": first})).json()["changes"]
    assert told["files"] == [
        {"path": "journeys/tasting.yaml", "change": "changed"},
        {"path": "policies/late.cedar", "change": "new"},
    ]
    (rule,) = told["rules"]
    shown = {"rule": "late.no_cakes", "change": "new", "effect": "forbid", "message": "No cakes at night."}
    assert rule == {**shown, "differs": []}
    (journey,) = told["journeys"]
    assert (journey["journey"], journey["change"]) == ("tasting", "changed")
    assert (journey["added"], journey["removed"], "rest" in journey["changed"]) == (["consider"], ["agree"], True)
    back = (await bakery.get(f"/v1/releases/{first}/changes", "paul")).json()
    assert (back["before"], back["changes"]["rules"][0]["change"]) == (second, "gone")


async def test_a_rule_that_is_only_laid_out_anew_is_not_told_as_another(bakery, files):
    digest = (await published(bakery, files=files))["digest"]
    laid_out = {**files, "policies/late.cedar": RULE.replace("principal, ", "principal,\n  ")}
    preview = (await bakery.post("/v1/releases/preview", {"files": laid_out}, "paul")).json()
    assert preview["before"] == digest
    assert (len(preview["changes"]["files"]), preview["changes"]["rules"]) == (1, [])
    weaker = {**files, "policies/late.cedar": RULE.replace("No cakes at night.", "None.")}
    preview = (await bakery.post("/v1/releases/preview", {"files": weaker}, "paul")).json()
    assert preview["changes"]["rules"][0]["differs"] == ["message"]


async def test_a_release_published_before_rules_again_and_can_be_observed(bakery, files):
    first = await rules(bakery)
    second = (await published(bakery, files=files))["digest"]
    preview = (await bakery.post("/v1/releases/preview", {"release": first}, "paul")).json()
    assert (preview["before"], [each["change"] for each in preview["changes"]["rules"]]) == (second, ["gone"])
    observed = (await bakery.post("/v1/shadow", {"release": first}, "paul")).json()
    assert observed["observing"]
    again = (await published(bakery, release=first))["digest"]
    assert again == preview["digest"] == observed["shadow"]["digest"] == await rules(bakery)
    changes = (await bakery.get(f"/v1/releases/{first}/changes", "paul")).json()["changes"]
    assert changes == {"files": [], "contracts": [], "rules": [], "journeys": []}


async def test_a_workspace_that_is_not_given_is_refused(bakery):
    for path in ("/v1/releases", "/v1/releases/preview", "/v1/shadow"):
        problem(await bakery.post(path, {}, "paul"), 422, "body-invalid")
    problem(await bakery.post("/v1/releases", {"release": "rel_none"}, "paul"), 404, "release-unknown")


async def test_files_are_laid_over_a_release(bakery, files):
    first = await rules(bakery)
    whole = (await bakery.post("/v1/releases/preview", {"files": files}, "paul")).json()
    kept = {each["path"] for each in whole["changes"]["files"]}
    over = {"release": first, "files": {path: text for path, text in files.items() if path in kept}}
    assert 0 < len(over["files"]) < len(files)
    assert (await bakery.post("/v1/releases/preview", over, "paul")).json()["digest"] == whole["digest"]
    assert (await published(bakery, **over))["digest"] == whole["digest"]


async def test_nothing_is_published_on_another_release_than_was_seen(bakery, files):
    first = await rules(bakery)
    second = (await published(bakery, files=files, before=first))["digest"]
    refused = await bakery.post("/v1/releases", {"release": first, "before": first}, "paul")
    problem(refused, 409, "publication-outdated")
    problem(await bakery.post(f"/v1/releases/undo?before={first}", {}, "paul"), 409, "publication-outdated")
    assert await rules(bakery) == second
    undone = (await bakery.post(f"/v1/releases/undo?before={second}", {}, "paul")).json()
    assert undone["before"] == second != await rules(bakery)
