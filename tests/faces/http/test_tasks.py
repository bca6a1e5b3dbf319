"""Tasks over HTTP: the list of what people carry out, and their word on it."""

import json

import pytest

from tests.faces.http.bakery import FOLDER, problem
from xop.assembly import workspace_files

ANN = "email:ann@example.org"

TASTE = {
    "name": "taste_cake",
    "version": 1,
    "description": "Have a baker taste a cake.",
    "kind": "write",
    "purpose": "service",
    "input": {"type": "object", "properties": {"cake": {"type": "string"}}, "required": ["cake"]},
    "output": {"type": "object", "properties": {"sweet": {"type": "boolean"}}, "required": ["sweet"]},
    "binding": {"task": {"role": "baker", "question": "How is the {{arguments.cake}}?", "within": "1h"}},
}


@pytest.fixture
async def task(bakery) -> str:
    """A task that is open."""
    files = workspace_files(FOLDER) | {"actions/taste_cake.yaml": json.dumps(TASTE).encode()}
    await bakery.platform.publish(files, "cli")
    await bakery.customer(ANN)
    told = await bakery.propose("taste_cake", ANN, "root", arguments={"cake": "tart"})
    invocation: str = told["invocation"]
    while not (await bakery.get("/v1/tasks?all=true")).json()["tasks"]:
        await bakery.platform.engine.grown()
    return invocation


def complete(bakery, task, who="olga", **body):
    return bakery.post(f"/v1/tasks/{task}/completion", {"output": {"sweet": True}, **body}, who)


async def test_the_list_holds_ones_own_tasks_and_all_of_them_on_asking(bakery, task):
    mine = (await bakery.get("/v1/tasks")).json()["tasks"]
    assert [(each["invocation"], each["question"], each["mine"]) for each in mine] == [(task, "How is the tart?", True)]
    assert (await bakery.get("/v1/tasks", "sue")).json()["tasks"] == []
    assert [each["mine"] for each in (await bakery.get("/v1/tasks?all=true", "sue")).json()["tasks"]] == [False]
    assert (await bakery.get("/v1/tasks?queue=other")).json()["tasks"] == []


async def test_a_task_shows_the_schema_that_its_output_must_fit(bakery, task):
    shown = (await bakery.get(f"/v1/tasks/{task}")).json()
    assert (shown["output"], shown["arguments"]) == (TASTE["output"], {"cake": "tart"})
    problem(await bakery.get("/v1/tasks/inv_none"), 404, "invocation-unknown")


async def test_a_completed_task_is_over(bakery, task):
    assert (await complete(bakery, task)).status_code == 200
    assert (await bakery.get("/v1/tasks?all=true")).json()["tasks"] == []
    assert (await bakery.get(f"/v1/outbox/{task}")).json()["state"] == "done"
    problem(await complete(bakery, task), 409, "task-not-open")


async def test_the_same_word_again_gets_the_first_answer(bakery, task):
    key = {"idempotency-key": "once"}
    first = (await bakery.post(f"/v1/tasks/{task}/completion", {"output": {"sweet": True}}, headers=key)).json()
    again = await bakery.post(f"/v1/tasks/{task}/completion", {"output": {"sweet": True}}, headers=key)
    assert again.json() == {**first, "duplicate": True}


async def test_words_that_do_not_count_change_nothing(bakery, task):
    problem(await complete(bakery, task, "sue"), 403, "task-role")
    problem(await complete(bakery, task, output={"sweet": "very"}), 422, "output-unfit")
    problem(await complete(bakery, "inv_none"), 404, "invocation-unknown")
    assert (await complete(bakery, task, done=False, note="dropped it")).status_code == 200
    assert (await bakery.get(f"/v1/outbox/{task}")).json()["detail"] == "dropped it"
