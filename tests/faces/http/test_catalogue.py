"""The catalogue over HTTP: what can be done, by whom, and whether it may be relied on."""

import json

from tests.faces.http.bakery import FOLDER, problem
from xop.assembly import workspace_files

ANN = "email:ann@example.org"


async def publish(bakery, **actions):
    files = workspace_files(FOLDER)
    for name, more in actions.items():
        whole = {"name": name, "version": 1, "description": "Bake.", "kind": "write", "purpose": "service"}
        whole |= {"binding": {"connection": "oven", "request": {}}, **more}
        files[f"actions/{name}.yaml"] = json.dumps(whole).encode()
    await bakery.platform.publish(files, "cli")


async def test_deprecated_actions_come_last(bakery):
    await publish(bakery, a_pie={"deprecated": {"since": "2026-01-01"}})
    actions = (await bakery.get("/v1/catalog")).json()["actions"]
    assert [each["name"] for each in actions] == ["bake_cake", "give_refund", "send_note", "a_pie"]
    assert actions[-1]["deprecated"] == {"since": "2026-01-01"}


async def test_the_health_of_a_connection_is_told(bakery):
    await bakery.customer(ANN)

    async def health():
        listed = (await bakery.get("/v1/catalog")).json()["actions"]
        return {each["name"]: each["health"] for each in listed}["give_refund"]

    assert await health() == "unused"
    await bakery.propose("give_refund", ANN, arguments={"cents": 100}, wait=10)
    assert await health() == "closed"
    await bakery.post("/v1/halts", {"scope": "connection:oven", "reason": "fire"})
    assert await health() == "halted"


async def test_an_action_is_shown_with_who_may_use_it_and_what_rules_name_it(bakery):
    shown = (await bakery.get("/v1/catalog/give_refund")).json()
    assert {"agent:helper", "operator:olga"} <= set(shown["granted"])
    assert "agent:shy" not in shown["granted"]
    assert any(each["id"].startswith("bakery.") for each in shown["policies"])
    assert shown["action"]["contract"]["input"]["required"] == ["cents"]
    problem(await bakery.get("/v1/catalog/fly"), 422, "action-unknown")


async def test_the_catalogue_of_an_earlier_release_can_be_read(bakery):
    before = (await bakery.get("/v1/catalog")).json()["release"]
    await publish(bakery, bake_pie={})
    earlier = (await bakery.get("/v1/catalog", params={"release": before, "contracts": "true"})).json()
    assert "bake_pie" not in {each["name"] for each in earlier["actions"]}
    assert all("contract" in each for each in earlier["actions"])
    problem(await bakery.get("/v1/catalog?release=rel_none"), 404, "release-unknown")


async def test_every_decision_about_a_deprecated_action_carries_a_notice(bakery):
    await publish(bakery, bake_pie={"deprecated": {"since": "2026-01-01", "use": "bake_cake"}})
    await bakery.customer(ANN)
    told = await bakery.propose("bake_pie", ANN)
    notice = "bake_pie is deprecated since 2026-01-01; use bake_cake instead."
    assert (told["verdict"], told["notices"]) == ("permit", [notice])
    explained = (await bakery.get(f"/v1/decisions/{told['decision']}")).json()
    assert notice in explained["story"]
    assert "notices" not in await bakery.propose("bake_cake", ANN)


async def test_a_publication_tells_which_contracts_break(bakery):
    await publish(bakery, bake_pie={"input": {"type": "object", "properties": {"n": {"type": "integer"}}}})
    stricter = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    files = workspace_files(FOLDER)
    whole = {"name": "bake_pie", "version": 1, "description": "Bake.", "kind": "write", "purpose": "service"}
    whole |= {"binding": {"connection": "oven", "request": {}}, "input": stricter}
    files["actions/bake_pie.yaml"] = json.dumps(whole).encode()
    texts = {name: content.decode() for name, content in files.items()}
    for path in ("/v1/releases/preview", "/v1/releases"):
        told = (await bakery.post(path, {"files": texts}, "root")).json()
        assert [(each["action"], each["change"]) for each in told["contracts"]] == [("bake_pie", "breaking")]
