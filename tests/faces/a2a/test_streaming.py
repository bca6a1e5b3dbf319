"""Streams: a task, what becomes of it, and the end."""

import asyncio

from a2a.types import SubscribeToTaskRequest

from tests.faces.a2a.desk import S, about, output, request, serving, wish


async def test_a_stream_tells_the_task_its_artifact_and_its_end_in_this_order(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent:
        events = await agent.stream(wish("issue_credit", arguments={"cents": 81}))
    kinds = [event.WhichOneof("payload") for event in events]
    assert kinds == ["task", "artifact_update", "status_update"]
    assert events[-1].status_update.status.state == S.TASK_STATE_COMPLETED


async def test_a_stream_tells_that_a_slow_action_is_under_way_before_it_is_done(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent:
        events = await agent.stream(wish("print_label"))
    assert events[0].task.status.state == S.TASK_STATE_WORKING
    assert about(events[0].task)["decision"].startswith("dec_")
    assert events[-1].status_update.status.state == S.TASK_STATE_COMPLETED


async def test_a_stream_stays_open_until_a_person_has_answered(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent:
        stream = agent.client.send_message(request(wish("issue_credit", arguments={"cents": 9_081})))
        opening = (await anext(stream)).task
        waiting = (await anext(stream)).status_update
        assert waiting.status.state == S.TASK_STATE_AUTH_REQUIRED
        listening = agent.client.subscribe(SubscribeToTaskRequest(id=opening.id))
        known = (await anext(listening)).task
        await desk.approve(about(known)["invocation"])
        first, second = await asyncio.gather(_rest(stream), _rest(listening))
    for events in (first, second):
        assert events[-1].status_update.status.state == S.TASK_STATE_COMPLETED


async def test_a_stream_ends_when_its_sender_must_say_more(desk, binding):
    async with desk.agent(binding=binding) as agent:
        events = await agent.stream(wish("issue_credit", None))
    assert [event.task.status.state for event in events] == [S.TASK_STATE_INPUT_REQUIRED]


async def test_whoever_does_not_wait_learns_the_outcome_by_asking(desk, binding):
    await desk.signal("seen")
    asked = request(wish("print_label"))
    asked.configuration.return_immediately = True
    async with desk.agent(binding=binding) as agent:
        [event] = [each async for each in agent.sender.send_message(asked)]
        assert event.task.status.state == S.TASK_STATE_WORKING
        events = await _rest(agent.client.subscribe(SubscribeToTaskRequest(id=event.task.id)))
        [artifact] = [each.artifact_update.artifact for each in events if each.HasField("artifact_update")]
    event.task.artifacts.append(artifact)
    assert output(event.task) == {"printed": True}


async def _rest(stream):
    return [event async for event in stream]


async def test_open_streams_end_when_the_server_stops(tmp_path):
    with serving(tmp_path) as desk:
        await desk.signal("seen")
        async with desk.agent() as agent:
            task = await agent.ask(wish("issue_credit", arguments={"cents": 9_085}))
            listening = agent.client.subscribe(SubscribeToTaskRequest(id=task.id))
            assert (await anext(listening)).task.id == task.id
            desk.stop()
            assert await _rest(listening) == []
