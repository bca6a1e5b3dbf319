"""Every verdict is a state of a task, over both bindings."""

import pytest
from a2a.types import CancelTaskRequest, GetTaskRequest, Part, SubscribeToTaskRequest
from a2a.utils.errors import TaskNotCancelableError

from tests.faces.a2a.desk import S, about, data, output, wish


async def test_what_is_permitted_is_completed_with_its_output(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("issue_credit", arguments={"cents": 500}))
    assert task.status.state == S.TASK_STATE_COMPLETED
    assert output(task) == {"cents": 500}
    assert about(task)["decision"].startswith("dec_")


async def test_what_is_denied_is_rejected_with_the_decision_and_its_reasons(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("issue_credit", arguments={"cents": 200_000}))
    assert task.status.state == S.TASK_STATE_REJECTED
    assert about(task)["code"] == "desk.absurd_credit"
    assert about(task)["reasons"] == ["Nobody is credited more than 1000."]
    assert about(task)["decision"].startswith("dec_")
    assert not task.artifacts


async def test_what_waits_for_a_verification_says_where_it_can_be_had(desk, binding):
    who = f"email:{binding[:4].lower()}.pin@harbour.test"
    await desk.signal("seen", who)
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("reset_pin", who, conversation="call-1"))
        assert task.status.state == S.TASK_STATE_INPUT_REQUIRED
        assert about(task)["until"] == "verification"
        assert about(task)["step-up"] == f"{desk.url}/verify/{about(task)['invocation']}?call=call-1"
        updates = agent.client.subscribe(SubscribeToTaskRequest(id=task.id))
        assert (await anext(updates)).task.status.state == S.TASK_STATE_INPUT_REQUIRED
        await desk.signal("identity.verified", who, call="call-1")
        states = [each.status_update.status.state async for each in updates if each.HasField("status_update")]
    assert states[-1] == S.TASK_STATE_COMPLETED


async def test_a_missing_purpose_is_asked_for_and_taken_in_the_next_message(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("note_reason"))
        assert task.status.state == S.TASK_STATE_INPUT_REQUIRED
        assert about(task)["purposes"] == ["audit"]
        after = await agent.ask(data(purpose="audit"), task=task.id)
    assert (after.id, after.status.state) == (task.id, S.TASK_STATE_COMPLETED)
    assert output(after) == {"purpose": "audit"}


async def test_missing_consent_is_input_that_the_customer_gives(desk, binding):
    who = f"email:{binding[:4].lower()}.news@harbour.test"
    await desk.signal("seen", who)
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("send_news", who))
        assert (task.status.state, about(task)["code"]) == (S.TASK_STATE_INPUT_REQUIRED, "xop.consent_unknown")
        again = await agent.ask(Part(text="now?"), task=task.id)
        assert again.status.state == S.TASK_STATE_INPUT_REQUIRED
        await desk.signal("xop.consent.granted", who, purpose="news", channel="email")
        after = await agent.ask(Part(text="now?"), task=task.id)
    assert after.status.state == S.TASK_STATE_COMPLETED


async def test_what_waits_for_approval_goes_on_once_a_person_has_approved(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("issue_credit", arguments={"cents": 9_000}))
        assert task.status.state == S.TASK_STATE_AUTH_REQUIRED
        assert about(task)["approvers"] == ["supervisor"]
        updates = agent.client.subscribe(SubscribeToTaskRequest(id=task.id))
        await anext(updates)
        await desk.approve(about(task)["invocation"])
        events = [event async for event in updates]
        polled = await agent.client.get_task(GetTaskRequest(id=task.id))
    assert events[-1].status_update.status.state == S.TASK_STATE_COMPLETED
    assert polled.status.state == S.TASK_STATE_COMPLETED
    assert output(polled) == {"cents": 9_000}


async def test_an_approval_that_is_refused_rejects_the_task(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("issue_credit", arguments={"cents": 9_001}))
        await desk.approve(about(task)["invocation"], approved=False)
        polled = await agent.client.get_task(GetTaskRequest(id=task.id))
    assert polled.status.state == S.TASK_STATE_REJECTED
    assert about(polled)["code"] == "xop.refused_by_person"


async def test_what_a_person_approved_instead_is_not_taken_for_what_was_asked(desk, binding):
    await desk.signal("seen")
    cents = 9_100 if binding == "JSONRPC" else 9_200
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("issue_credit", arguments={"cents": cents}))
        updates = agent.client.subscribe(SubscribeToTaskRequest(id=task.id))
        await anext(updates)
        await desk.approve(about(task)["invocation"], arguments={"cents": 100})
        assert [event async for event in updates]
        polled = await agent.client.get_task(GetTaskRequest(id=task.id))
    assert polled.status.state == S.TASK_STATE_COMPLETED
    assert about(polled)["instead"] == {"cents": 100}
    said = polled.status.message.parts[0].text
    assert said == 'A person approved something else instead: {"cents":100}. That is done.'


async def test_saying_that_one_is_authorized_does_not_make_it_so(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("issue_credit", arguments={"cents": 9_002}))
        after = await agent.ask(data(approved=True), task=task.id)
    assert after.status.state == S.TASK_STATE_AUTH_REQUIRED


async def test_what_cannot_be_carried_out_has_failed(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("send_letter"))
    assert task.status.state == S.TASK_STATE_FAILED
    assert "simulated: failed" in task.status.message.parts[0].text


async def test_what_waits_can_be_cancelled_and_is_not_done_then(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("issue_credit", arguments={"cents": 9_003}))
        cancelled = await agent.client.cancel_task(CancelTaskRequest(id=task.id))
        assert cancelled.status.state == S.TASK_STATE_CANCELED
        with pytest.raises(TaskNotCancelableError):
            await agent.client.cancel_task(CancelTaskRequest(id=task.id))
