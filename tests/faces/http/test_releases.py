"""Releases and their publishing."""

import pytest

from tests.faces.http.bakery import FOLDER, problem


@pytest.fixture
def files() -> dict[str, str]:
    """The bakery's workspace."""
    return {path.relative_to(FOLDER).as_posix(): path.read_text() for path in FOLDER.rglob("*") if path.is_file()}


async def publish(bakery, files, who="paul"):
    return await bakery.post("/v1/releases", {"files": files}, who)


async def test_a_published_workspace_rules_at_once(bakery, files):
    before = (await bakery.get("/v1/releases/active")).json()
    files["signals.yaml"] += "  bread.smelled: {}\n"
    published = (await publish(bakery, files)).json()
    assert published["active"]
    assert published["by"] == "operator:paul"
    assert published["digest"] != before["digest"]
    assert (await bakery.event(type="bread.smelled", subject="user_id:u1")).status_code == 200
    assert published["before"] == before["digest"]
    active = (await bakery.get("/v1/releases/active")).json()
    assert active == {name: published[name] for name in ("digest", "name", "at", "by", "active")} | {
        "sweeping": False,
        "left": 0,
    }
    listed = (await bakery.get("/v1/releases")).json()["releases"]
    assert {each["digest"]: each["active"] for each in listed} == {published["digest"]: True, before["digest"]: False}


async def test_the_same_workspace_is_the_same_release(bakery, files):
    before = (await bakery.get("/v1/releases/active")).json()
    assert (await publish(bakery, files)).json()["digest"] == before["digest"]


async def test_a_workspace_with_problems_is_refused_with_every_one_and_changes_nothing(bakery, files):
    before = (await bakery.get("/v1/releases")).json()
    files["purposes.yaml"] = files["purposes.yaml"].replace("basis: contract", "basis: whim")
    files["policies/bakery.cedar"] += "\npermit(principal, action, resource) when { context.nonsense };"
    refused = problem(await publish(bakery, files), 422, "workspace-refused")
    assert {each["where"].partition(":")[0] for each in refused["errors"]} >= {"purposes.yaml", "policies/bakery.cedar"}
    assert all(each["detail"] and each["remedy"] for each in refused["errors"])
    assert (await bakery.get("/v1/releases")).json() == before
    assert (await bakery.event(subject="user_id:u1")).status_code == 200


@pytest.mark.parametrize(
    "files",
    [
        {"workspace.toml": ""},
        {"../../etc/passwd": "x"},
        {"/etc/passwd": "x"},
        {"actions/\x00.yaml": "x"},
        {"workspace.toml": "\x00"},
        {"workspace.toml": "name = 'x'", "signals.yaml": "&a [*a, *a]"},
        {"workspace.toml": "name = 'x'", "signals.yaml": "signals: !!python/object:os.system {}"},
        {"workspace.toml": "name = 'x'", "signals.yaml": "{" * 5000},
        {"workspace.toml": "name = 'x'", "policies/a.cedar": "permit(" * 5000},
        {"workspace.toml": "name = 'x'", "signals.yaml": "signals: {a: {conversation: '{{" + "(" * 5000 + "}}'}}"},
    ],
)
async def test_a_hostile_workspace_is_refused(bakery, files):
    problem(await publish(bakery, files), 422, "workspace-refused")


@pytest.mark.parametrize("files", [{}, {"": "x"}, {"a" * 201: "x"}, {"workspace.toml": 5}, None])
async def test_what_is_no_workspace_is_refused(bakery, files):
    problem(await publish(bakery, files), 422, "body-invalid")


async def test_who_may_not_publish_may_still_look(bakery, files):
    problem(await publish(bakery, files, "olga"), 403, "scope-missing")
    assert (await bakery.get("/v1/releases", "till")).status_code == 200


async def test_what_a_workspace_has_beside_its_rules_is_kept_as_it_was_published_last(bakery, files):
    """Scenarios decide nothing, so that they make no other release; whoever publishes them finds them there."""
    before = (await bakery.get("/v1/releases/active")).json()["digest"]
    files["scenarios/later.yaml"] = "scenarios: []\n"
    published = (await publish(bakery, files)).json()
    assert published["digest"] == before
    kept = await bakery.get(f"/v1/releases/{before}/file?path=scenarios/later.yaml", "paul")
    assert (kept.status_code, kept.json().get("text")) == (200, "scenarios: []\n")
    del files["scenarios/later.yaml"]
    await publish(bakery, files)
    gone = await bakery.get(f"/v1/releases/{before}/file?path=scenarios/later.yaml", "paul")
    problem(gone, 404, "file-unknown")


@pytest.mark.parametrize("hidden", [".journeys/moves.json", ".journeys/tasting@jny_none.yaml", ".baseline/x.cedar"])
async def test_what_only_the_platform_keeps_of_releases_is_not_published(bakery, files, hidden):
    """Else it would rule from the next start on."""
    files["signals.yaml"] += "  bread.smelled: {}\n"
    published = (await publish(bakery, {**files, hidden: "[]]"})).json()
    kept = await bakery.platform.runtime.releases.files(published["digest"])
    assert hidden not in kept
    listed = (await bakery.get(f"/v1/releases/{published['digest']}/files", "paul")).json()["files"]
    assert {each["path"] for each in listed} == set(files)
