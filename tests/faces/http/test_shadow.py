"""A workspace in shadow over HTTP: set, reported, stopped, and back after a restart."""

import pytest

from tests.faces.http.bakery import FOLDER, open_bakery, problem

FORBIDDEN = '\n@id("none.none")\n@message("None.")\nforbid (principal, action, resource);\n'


@pytest.fixture
def files() -> dict[str, str]:
    """The bakery's workspace, with a rule that forbids everything."""
    found = {path.relative_to(FOLDER).as_posix(): path.read_text() for path in FOLDER.rglob("*") if path.is_file()}
    return found | {"policies/none.cedar": FORBIDDEN}


async def observe(bakery, files, who="paul"):
    return await bakery.post("/v1/shadow", {"files": files}, who)


async def proposed(bakery):
    """Propose something and return the verdict."""
    await bakery.customer("user_id:u1")
    return await bakery.propose("give_refund", "user_id:u1", arguments={"cents": 5})


async def test_without_a_shadow_there_is_nothing_to_report(bakery):
    found = (await bakery.get("/v1/shadow")).json()
    assert (found["shadow"], found["observing"], found["decisions"], found["groups"]) == (None, False, 0, [])


async def test_a_workspace_is_observed_and_nothing_follows(bakery, files):
    active = (await bakery.get("/v1/releases/active")).json()
    started = (await observe(bakery, files)).json()
    assert started["observing"]
    assert started["shadow"]["digest"] != active["digest"]
    assert started["shadow"]["by"] == "operator:paul"
    decided = await proposed(bakery)
    assert decided["verdict"] == "permit"
    found = (await bakery.get("/v1/shadow")).json()
    group = next(each for each in found["groups"] if each["stage"] == "proposal")
    assert (group["kind"], group["differs_in"]) == ("release", "verdict")
    assert group["live"].startswith("permit ")
    assert group["shadow"] == "deny none.none"
    assert group["examples"][0]["decision"] == decided["decision"]
    assert group["examples"][0]["shadow"]["reasons"][0]["message"] == "None."
    assert (await bakery.get("/v1/releases/active")).json()["digest"] == active["digest"]
    assert len((await bakery.get("/v1/releases")).json()["releases"]) == 1


async def test_stopping_ends_it_and_the_report_stays(bakery, files):
    await observe(bakery, files)
    await proposed(bakery)
    differing = (await bakery.get("/v1/shadow")).json()["differing"]
    stopped = (await bakery.post("/v1/shadow/end", {}, "paul")).json()
    assert not stopped["observing"]
    assert stopped["shadow"]["ended"]
    found = (await bakery.get("/v1/shadow")).json()
    assert found["differing"] >= differing > 0


async def test_a_shadow_is_back_after_a_restart(tmp_path, files):
    async with open_bakery(tmp_path) as bakery:
        digest = (await observe(bakery, files)).json()["shadow"]["digest"]
    async with open_bakery(tmp_path) as bakery:
        await proposed(bakery)
        found = (await bakery.get("/v1/shadow")).json()
        assert (found["observing"], found["shadow"]["digest"]) == (True, digest)
        assert found["differing"] > 0


async def test_a_shadow_is_not_what_undoing_a_publication_goes_back_to(bakery, files):
    await observe(bakery, files)
    problem(await bakery.post("/v1/releases/undo", {}, "paul"), 409, "nothing-before")


async def test_a_workspace_with_problems_is_not_observed(bakery, files):
    files["policies/none.cedar"] = "permit(principal, action, resource) when { context.nonsense };"
    refused = problem(await observe(bakery, files), 422, "workspace-refused")
    assert refused["errors"][0]["where"].startswith("policies/none.cedar")
    assert (await bakery.get("/v1/shadow")).json()["shadow"] is None


async def test_who_may_not_publish_may_not_observe(bakery, files):
    problem(await observe(bakery, files, "olga"), 403, "scope-missing")
    problem(await bakery.post("/v1/shadow/end", {}, "olga"), 403, "scope-missing")
    assert (await bakery.get("/v1/shadow", "olga")).status_code == 200


async def test_a_shadow_that_no_longer_compiles_keeps_nobody_from_starting(tmp_path, files):
    async with open_bakery(tmp_path) as bakery:
        await observe(bakery, files)
        shadows = bakery.platform.runtime.shadows
        broken = {"workspace.toml": b"nonsense"}
        await shadows.begin("sha256:broken", "bakery", broken, bakery.platform.runtime.clock.now(), "somebody")
    async with open_bakery(tmp_path) as bakery:
        assert (await proposed(bakery))["verdict"] == "permit"
        found = (await bakery.get("/v1/shadow")).json()
        assert not found["observing"]
        assert "problem" in found["fault"]
        assert (await observe(bakery, files)).json()["fault"] == ""
