"""Push notifications: told to the address that was given, and to no internal one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from a2a.types import (
    AuthenticationInfo,
    DeleteTaskPushNotificationConfigRequest,
    GetTaskPushNotificationConfigRequest,
    ListTaskPushNotificationConfigsRequest,
    TaskPushNotificationConfig,
)
from a2a.utils.errors import InvalidParamsError, TaskNotFoundError
from aiohttp import web

from tests.faces.a2a.desk import WORKSPACE, about, desk_here, request, serving, wish, without
from xop.assembly import workspace_files
from xop.faces.a2a.notes import Notes

INTERNAL = (
    "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.7/hook",
    "https://192.168.1.1/hook",
    "http://[fd00::1]/hook",
    "http://[::ffff:10.0.0.7]/hook",
    "http://[2002:a00:7::1]/hook",
    "http://[fec0::1]/hook",
    "http://0.0.0.0/hook",
    "ftp://127.0.0.1/hook",
    "http://user:secret@127.0.0.1/hook",
    "nowhere",
)


@pytest.mark.parametrize("url", INTERNAL)
async def test_an_internal_or_strange_address_is_refused(desk, binding, url):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("issue_credit", arguments={"cents": 9_100}))
        with pytest.raises(InvalidParamsError, match="cannot go there"):
            await agent.client.create_task_push_notification_config(
                TaskPushNotificationConfig(task_id=task.id, url=url)
            )
        asked = request(wish("read_bill"))
        asked.configuration.task_push_notification_config.url = url
        with pytest.raises(InvalidParamsError, match="cannot go there"):
            await anext(agent.sender.send_message(asked))


async def test_the_outcome_is_told_with_the_token_that_was_given(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent, _listening() as (url, told):
        task = await agent.ask(wish("issue_credit", arguments={"cents": 9_101}))
        config = TaskPushNotificationConfig(
            task_id=task.id,
            url=url,
            token="mine",
            authentication=AuthenticationInfo(scheme="Bearer", credentials="hook-secret"),
        )
        await agent.client.create_task_push_notification_config(config)
        headers, first = await _next(told)
        assert first["statusUpdate"]["status"]["state"] == "TASK_STATE_AUTH_REQUIRED"
        assert (headers["x-a2a-notification-token"], headers["authorization"]) == ("mine", "Bearer hook-secret")
        await desk.approve(about(task)["invocation"])
        states = [(await _next(told))[1]["statusUpdate"]["status"]["state"]]
        while states[-1] != "TASK_STATE_COMPLETED":
            states.append((await _next(told))[1]["statusUpdate"]["status"]["state"])
    assert first["statusUpdate"]["taskId"] == task.id


async def test_an_address_that_came_with_the_message_is_told(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent, _listening() as (url, told):
        asked = request(wish("issue_credit", arguments={"cents": 102}))
        asked.configuration.task_push_notification_config.url = url
        [event] = [each async for each in agent.sender.send_message(asked)]
        body: dict[str, Any] = {}
        while body.get("statusUpdate", {}).get("status", {}).get("state") != "TASK_STATE_COMPLETED":
            _, body = await _next(told)
    assert body["statusUpdate"]["taskId"] == event.task.id
    assert "artifacts" not in body


async def test_settings_can_be_read_and_deleted_but_tell_no_credentials(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent, desk.agent("shy", binding) as shy, _listening() as (url, _):
        task = await agent.ask(wish("issue_credit", arguments={"cents": 9_103}))
        info = AuthenticationInfo(scheme="Bearer", credentials="hook-secret")
        config = TaskPushNotificationConfig(task_id=task.id, url=url, authentication=info, id="one")
        await agent.client.create_task_push_notification_config(config)
        one = GetTaskPushNotificationConfigRequest(task_id=task.id, id="one")
        assert (await agent.client.get_task_push_notification_config(one)).authentication.credentials == ""
        everything = ListTaskPushNotificationConfigsRequest(task_id=task.id)
        with pytest.raises(TaskNotFoundError):
            await shy.client.list_task_push_notification_configs(everything)
        gone = DeleteTaskPushNotificationConfigRequest(task_id=task.id, id="one")
        await agent.client.delete_task_push_notification_config(gone)
        assert not (await agent.client.list_task_push_notification_configs(everything)).configs
        with pytest.raises(TaskNotFoundError):
            await agent.client.get_task_push_notification_config(one)


async def test_what_happened_while_the_server_was_down_is_told_after_the_start(tmp_path):
    async with _listening() as (url, told):
        with serving(tmp_path) as desk:
            await desk.signal("seen")
            async with desk.agent() as agent:
                task = await agent.ask(wish("issue_credit", arguments={"cents": 9_104}))
                await agent.client.create_task_push_notification_config(
                    TaskPushNotificationConfig(task_id=task.id, url=url)
                )
                await _next(told)
            desk.kill()
        with serving(tmp_path) as desk:
            await desk.approve(about(task)["invocation"])
            state = ""
            while state != "TASK_STATE_COMPLETED":
                state = (await _next(told))[1]["statusUpdate"]["status"]["state"]
        with serving(tmp_path) as desk:
            async with desk.agent() as agent:
                rest = ListTaskPushNotificationConfigsRequest(task_id=task.id)
                assert not (await agent.client.list_task_push_notification_configs(rest)).configs


async def test_nothing_is_told_any_more_to_the_address_of_a_dismissed_agent(tmp_path):
    async with _listening() as (url, told), desk_here(tmp_path, workspace_files(WORKSPACE), loopback=True) as desk:
        dismissed, other = await _followed(desk, url, told)
        await desk.dismiss("clerk")
        assert await _told_of(desk, told, dismissed, other) == {other.id}


async def test_the_address_of_an_agent_that_is_gone_after_the_start_is_forgotten(tmp_path):
    async with _listening() as (url, told):
        async with desk_here(tmp_path, workspace_files(WORKSPACE), loopback=True) as desk:
            dismissed, other = await _followed(desk, url, told)
        async with desk_here(tmp_path, without("clerk"), loopback=True) as desk:
            assert {each.task for each in Notes(tmp_path, 0).targets()} == {other.id}
            assert await _told_of(desk, told, dismissed, other) == {other.id}


async def _followed(desk, url, told):
    """A task of the clerk's and another agent's, both told at an address as they stand."""
    await desk.signal("seen")
    tasks = []
    for who in ("clerk", "shy"):
        async with desk.agent(who) as agent:
            task = await agent.ask(wish("issue_credit", arguments={"cents": 9_105}))
            config = TaskPushNotificationConfig(task_id=task.id, url=url)
            await agent.client.create_task_push_notification_config(config)
            await _next(told)
        tasks.append(task)
    return tasks


async def _told_of(desk, told, *tasks):
    """The tasks that are told of, once all are refused, until the last one is."""
    for task in tasks:
        await desk.approve(about(task)["invocation"], approved=False)
    found = set()
    while tasks[-1].id not in found:
        found.add((await _next(told))[1]["statusUpdate"]["taskId"])
    return found


@asynccontextmanager
async def _listening() -> AsyncIterator[tuple[str, "asyncio.Queue[Any]"]]:
    told: asyncio.Queue[Any] = asyncio.Queue()

    async def hear(heard: web.Request) -> web.Response:
        told.put_nowait((heard.headers, await heard.json()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", told
    finally:
        await runner.cleanup()


async def _next(told: "asyncio.Queue[Any]") -> Any:
    return await asyncio.wait_for(told.get(), 20)
