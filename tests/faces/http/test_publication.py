"""Publications over the API that change journeys with customers inside."""

import asyncio

import pytest

from tests.faces.http.bakery import FOLDER, problem

RYE = {"data": {"loaf": "rye"}}
ANN = "email:ann@example.org"
BOB = "email:bob@example.org"


@pytest.fixture
def files() -> dict[str, str]:
    """The bakery's workspace with its tasting changed: who was asked is asked otherwise, and rests longer."""
    found = {path.relative_to(FOLDER).as_posix(): path.read_text() for path in FOLDER.rglob("*") if path.is_file()}
    changed = found["journeys/tasting.yaml"].replace("  agree:", "  consider:").replace("{for: 3d}", "{for: 4d}")
    return {**found, "journeys/tasting.yaml": changed}


@pytest.fixture
async def inside(bakery) -> None:
    """Two customers in the tasting: ann is asked, bob rests."""
    for who in (ANN, BOB):
        await bakery.customer(who)
        entered = await bakery.post(f"/v1/customers/{who}/journeys/tasting", RYE)
        run = entered.json()["runs"][0]
    answered = await bakery.post(f"/v1/customers/{BOB}/runs/{run}/answers", {"choice": "too_little"})
    assert answered.status_code == 200


async def ask(bakery, path, files, choices=None, who="paul"):
    body = {"files": files, **({"choices": choices} if choices is not None else {})}
    return await bakery.post(f"/v1/releases{path}", body, who)


async def settled(bakery):
    async with asyncio.timeout(20):
        while (await bakery.get("/v1/releases/active")).json()["sweeping"]:
            await bakery.platform.engine.sweep.finished()
    assert (await bakery.get("/v1/releases/active")).json()["left"] == 0


async def standing(bakery):
    """Return where each customer stands, in the version that is entered now or in a former one."""
    found = set()
    for who in (ANN, BOB):
        for run in (await bakery.get(f"/v1/customers/{who}/runs")).json()["runs"]:
            found |= {(who, each["step"], run["entered"], bool(run["aside"])) for each in run["tokens"]}
    return found


OLD = {(ANN, "agree", False, False), (BOB, "rest", False, False)}
BEFORE = {(ANN, "agree", True, False), (BOB, "rest", True, False)}

CHOICES = [
    (None, OLD),
    ({"tasting": {"runs": "leave"}}, {(ANN, "agree", False, True), (BOB, "rest", False, True)}),
    (
        {"tasting": {"runs": "migrate", "steps": {"agree": "migrate:consider"}}},
        {(ANN, "consider", True, False), (BOB, "rest", True, False)},
    ),
    ({"tasting": {"steps": {"rest": "migrate"}}}, {(ANN, "agree", False, False), (BOB, "rest", True, False)}),
]


@pytest.mark.parametrize(("choices", "expected"), CHOICES)
async def test_runs_become_what_was_chosen_and_all_of_it_is_undone(bakery, inside, files, choices, expected):
    published = (await ask(bakery, "", files, choices)).json()
    assert len(published["impact"]) == 2
    await settled(bakery)
    assert await standing(bakery) == expected
    preview = (await bakery.get("/v1/releases/undo", "paul")).json()
    undone = await bakery.post("/v1/releases/undo", {}, "paul")
    assert undone.status_code == 200, undone.text
    assert undone.json()["before"] == preview["before"] == published["digest"]
    assert undone.json()["digest"] == preview["digest"]
    await settled(bakery)
    assert await standing(bakery) == BEFORE


async def test_what_a_publication_would_do_is_told_and_nothing_changes(bakery, inside, files):
    active = (await bakery.get("/v1/releases")).json()
    told = (await ask(bakery, "/preview", files, {"tasting": {"steps": {"agree": "leave"}}})).json()
    lines = [(each["step"], each["runs"], each["change"], each["fate"]) for each in told["impact"]]
    assert lines == [("agree", 1, "removed", "leave"), ("rest", 1, "changed", "stay")]
    assert told["before"] == active["releases"][0]["digest"] != told["digest"]
    assert (await bakery.get("/v1/releases")).json() == active
    assert await standing(bakery) == BEFORE


async def test_what_an_undoing_would_do_is_told(bakery, inside, files):
    await ask(bakery, "", files, {"tasting": {"runs": "migrate", "steps": {"agree": "leave"}}})
    await settled(bakery)
    before = await standing(bakery)
    told = (await bakery.get("/v1/releases/undo", "paul")).json()
    lines = [(each["step"], each["runs"], each["fate"], each["to"]) for each in told["impact"]]
    assert sorted(lines) == [("agree", 1, "restore", "agree"), ("rest", 1, "restore", "rest")]
    assert await standing(bakery) == before


@pytest.mark.parametrize(
    "choices",
    [
        {"flying": {"runs": "leave"}},
        {"tasting": {"steps": {"fly": "leave"}}},
        {"tasting": {"runs": "migrate"}},
        {"tasting": {"steps": {"agree": "migrate:fly"}}},
    ],
)
async def test_choices_that_do_not_fit_change_nothing(bakery, inside, files, choices):
    active = (await bakery.get("/v1/releases")).json()
    for path in ("", "/preview"):
        problem(await ask(bakery, path, files, choices), 422, "choice-impossible")
    assert (await bakery.get("/v1/releases")).json() == active


@pytest.mark.parametrize("choices", [{"tasting": {"runs": "vanish"}}, {"tasting": "leave"}, {"Tasting": {}}, []])
async def test_what_is_no_choice_is_refused(bakery, files, choices):
    problem(await ask(bakery, "", files, choices), 422, "body-invalid")


async def test_there_is_nothing_to_undo_at_first(bakery):
    problem(await bakery.post("/v1/releases/undo", {}, "paul"), 409, "nothing-before")
    problem(await bakery.get("/v1/releases/undo", "paul"), 409, "nothing-before")


async def test_a_workspace_with_problems_has_no_preview(bakery, files):
    problem(await ask(bakery, "/preview", {**files, "signals.yaml": "signals: ["}), 422, "workspace-refused")


async def test_who_may_not_publish_may_neither_preview_nor_undo(bakery, files):
    problem(await ask(bakery, "/preview", files, who="olga"), 403, "scope-missing")
    problem(await bakery.post("/v1/releases/undo", {}, "olga"), 403, "scope-missing")
    problem(await bakery.get("/v1/releases/undo", "olga"), 403, "scope-missing")


async def test_former_versions_are_told_for_as_long_as_they_have_runs(bakery, inside, files):
    await ask(bakery, "", files, {"tasting": {"steps": {"agree": "leave"}}})
    await settled(bakery)
    summary = {each["name"]: each for each in (await bakery.get("/v1/journeys")).json()["journeys"]}["tasting"]
    [former] = summary["former"]
    assert (summary["tokens"], former["tokens"], former["aside"]) == (0, 1, 1)
    now, old = (await bakery.get("/v1/journeys/tasting")).json()["versions"]
    assert (now["version"], old["version"]) == (summary["version"], former["version"])
    assert (now["entered"], old["entered"]) == (True, False)
    assert {each["step"]: (each["tokens"], each["aside"]) for each in old["steps"]} == {
        "agree": (0, 1),
        "invite": (0, 0),
        "rest": (1, 0),
    }


async def test_a_journey_that_is_gone_is_told_for_as_long_as_it_has_runs(bakery, inside, files):
    del files["journeys/tasting.yaml"]
    published = (await ask(bakery, "", files)).json()
    assert {each["change"] for each in published["impact"]} == {"removed"}
    summary = {each["name"]: each for each in (await bakery.get("/v1/journeys")).json()["journeys"]}["tasting"]
    assert (summary["version"], summary["former"][0]["tokens"]) == (None, 2)
    assert summary["description"].startswith("Invite")
    [old] = (await bakery.get("/v1/journeys/tasting")).json()["versions"]
    assert [each["tokens"] for each in old["steps"]] == [1, 0, 1]


async def test_the_active_release_tells_how_far_its_runs_have_followed(bakery, inside, files):
    files["workspace.toml"] += "\n[journeys]\nwakeups_per_second = 0.01\n"
    await ask(bakery, "", files, {"tasting": {"runs": "leave"}})
    first = (await bakery.get("/v1/releases/active")).json()
    assert first["sweeping"]
    async with asyncio.timeout(10):
        while (active := (await bakery.get("/v1/releases/active")).json())["left"]:
            assert active["left"] <= 2
            await bakery.platform.engine.grown()
    assert active["sweeping"]
    assert {aside for _, _, _, aside in await standing(bakery)} == {True}
