"""Reversals: what was carried out is undone once, and as the rules allow."""

import asyncio
import json

import pytest

from tests.faces.http.bakery import FOLDER, problem
from xop.assembly import workspace_files

ANN = "email:ann@example.org"


def action(name, kind="write", **more):
    schema = {"type": "object", "properties": {"order": {"type": "string"}}, "additionalProperties": False}
    binding = {"connection": "oven", "request": {"output": {"order": "o-7"}}}
    return {
        "name": name, "version": 1, "description": "An order.", "kind": kind, "purpose": "service",
        "input": schema, "output": schema, "binding": binding, **more,
    }  # fmt: skip


TAKE = action("take_order", reversible_by="cancel_order", reversal={"order": "{{output.order}}"})
CANCEL = action("cancel_order")
FORBIDDING = b"""
@id("today.no_cancelling")
@message("Nothing is cancelled today.")
forbid (principal == Operator::"root", action == Action::"cancel_order", resource);
"""


@pytest.fixture
async def taken(bakery) -> str:
    """An invocation that can be undone."""
    files = workspace_files(FOLDER) | {"policies/today.cedar": FORBIDDING}
    for each in (TAKE, CANCEL, action("close_shop")):
        files[f"actions/{each['name']}.yaml"] = json.dumps(each).encode()
    await bakery.platform.publish(files, "cli")
    await bakery.customer(ANN)
    told = await bakery.propose("take_order", ANN, arguments={"order": "bread"}, wait=10)
    assert told["outcome"]["status"] == "done"
    invocation: str = told["invocation"]
    return invocation


def reverse(bakery, invocation, who="olga"):
    return bakery.post(f"/v1/invocations/{invocation}/reversal", {}, who)


async def done(bakery, invocation):
    while (await bakery.get(f"/v1/outbox/{invocation}")).json()["state"] != "done":
        await bakery.platform.engine.grown()


async def test_the_action_that_undoes_it_gets_its_arguments_from_what_came_of_it(bakery, taken):
    told = (await reverse(bakery, taken)).json()
    assert (told["verdict"], told["action"], told["reverses"]) == ("permit", "cancel_order", taken)
    stored = await bakery.platform.runtime.ledger.decided(told["decision"])
    assert stored.entry.command.arguments == {"order": "o-7"}
    assert stored.entry.command.cause.startswith(f"outcome:{taken}")


async def test_what_was_undone_is_not_undone_again(bakery, taken):
    told = (await reverse(bakery, taken)).json()
    await done(bakery, told["invocation"])
    problem(await reverse(bakery, taken), 409, "reversal-done")


async def test_many_askers_at_once_undo_it_once(bakery, taken):
    answers = await asyncio.gather(*(reverse(bakery, taken) for _ in range(5)))
    fresh = [each for each in answers if each.status_code == 200 and not each.json()["duplicate"]]
    assert len(fresh) == 1


async def test_undoing_is_judged_and_may_be_asked_for_anew_after_a_refusal(bakery, taken):
    refused = (await reverse(bakery, taken, "root")).json()
    assert (refused["verdict"], refused["code"]) == ("deny", "today.no_cancelling")
    again = (await reverse(bakery, taken, "root")).json()
    assert (again["verdict"], again["duplicate"], again["decision"] == refused["decision"]) == ("deny", False, False)
    assert (await reverse(bakery, taken)).json()["verdict"] == "permit"


async def test_what_was_not_carried_out_cannot_be_undone(bakery, taken):
    held = (await bakery.propose("give_refund", ANN, arguments={"cents": 7000}))["invocation"]
    problem(await reverse(bakery, held), 404, "invocation-unknown")
    failed = (await bakery.propose("bake_cake", ANN, wait=10))["invocation"]
    problem(await reverse(bakery, failed), 409, "reversal-not-done")


async def test_what_nothing_undoes_is_refused(bakery, taken):
    told = await bakery.propose("close_shop", ANN, wait=10)
    problem(await reverse(bakery, told["invocation"]), 409, "reversal-none")
