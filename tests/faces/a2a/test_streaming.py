"""Streams: a task, what becomes of it, and the end."""

import asyncio
from typing import Any

from a2a.types import SubscribeToTaskRequest

from tests.faces.a2a.desk import WORKSPACE, S, about, desk_here, output, request, serving, wish
from xop.adapters.simulated.adapter import SimulatedAdapter
from xop.adapters.simulated.kind import SimulatedKind
from xop.adapters.simulated.settings import Settings
from xop.assembly import KINDS, workspace_files
from xop.kernel.actions.model import Connection
from xop.ports.adapter import Secrets, Sending, Sent


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


class Chatty(SimulatedAdapter):
    """Tells how far it has come, and goes on once it was heard."""

    def __init__(self, heard: asyncio.Event) -> None:
        super().__init__(Settings())
        self.heard = heard
        self.along: list[dict[str, Any]] = []

    async def send(self, sending: Sending) -> Sent:
        """Say that half of it is done, then do the rest."""
        assert sending.line is not None
        self.along.append(dict(sending.line.along))
        sending.line.tell("notifications/progress", {"progress": 1, "total": 2, "message": "half of it is printed"})
        await self.heard.wait()
        return await super().send(sending)


class ChattyKind(SimulatedKind):
    """The kind `simulated`, with one adapter for all."""

    def __init__(self, adapter: Chatty) -> None:
        self._adapter = adapter

    def open(self, connection: Connection, secrets: Secrets) -> Chatty:  # noqa: ARG002 - as the kind has it
        """Return the adapter."""
        return self._adapter


async def test_a_dismissed_agent_s_streams_end_without_another_word(tmp_path, binding):
    adapter = Chatty(asyncio.Event())
    kinds = {**KINDS, "simulated": ChattyKind(adapter)}
    async with desk_here(tmp_path, workspace_files(WORKSPACE), kinds) as desk:
        await desk.signal("seen")
        async with desk.agent(binding=binding) as agent:
            held = await agent.ask(wish("issue_credit", arguments={"cents": 9_086}))
            listening = agent.client.subscribe(SubscribeToTaskRequest(id=held.id))
            working = agent.client.send_message(request(wish("print_label")))
            await anext(listening)
            assert (await anext(working)).task.status.state == S.TASK_STATE_WORKING
            await anext(working)
            await desk.dismiss("clerk")
            await desk.approve(about(held)["invocation"], approved=False)
            adapter.heard.set()
            assert (await _rest(listening), await _rest(working)) == ([], [])


async def test_progress_is_heard_in_the_stream_and_the_trace_goes_along(tmp_path, binding):
    adapter = Chatty(asyncio.Event())
    kinds = {**KINDS, "simulated": ChattyKind(adapter)}
    async with desk_here(tmp_path, workspace_files(WORKSPACE), kinds) as desk:
        await desk.signal("seen")
        async with desk.agent(binding=binding) as agent:
            agent.http.headers["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            stream = agent.client.send_message(request(wish("print_label")))
            assert (await anext(stream)).task.status.state == S.TASK_STATE_WORKING
            told = (await anext(stream)).status_update.status
            assert (told.state, told.message.parts[0].text) == (S.TASK_STATE_WORKING, "half of it is printed")
            adapter.heard.set()
            assert (await _rest(stream))[-1].status_update.status.state == S.TASK_STATE_COMPLETED
    assert adapter.along == [{"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}]
