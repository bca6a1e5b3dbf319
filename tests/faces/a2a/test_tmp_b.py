"""Review: attacks on the A2A face."""

import asyncio

import pytest
from a2a.types import TaskPushNotificationConfig
from a2a.utils.errors import InvalidParamsError

from tests.faces.a2a import desk as parts
from tests.faces.a2a.desk import S, about, wish


@pytest.mark.parametrize("url", ["https://[2002:a00:7::1]/hook", "https://[fec0::1]/hook"])
async def test_an_address_that_carries_an_internal_one_is_refused(desk, url):
    await desk.signal("seen")
    async with desk.agent() as agent:
        task = await agent.ask(wish("issue_credit", arguments={"cents": 9_100}))
        with pytest.raises(InvalidParamsError, match="cannot go there"):
            await agent.client.create_task_push_notification_config(TaskPushNotificationConfig(task_id=task.id, url=url))


async def test_the_purposes_of_an_action_that_is_not_granted_are_not_told(desk):
    await desk.signal("seen")
    async with desk.agent() as agent:
        task = await agent.ask(wish("close_account", purpose="guess"))
    assert "purposes" not in about(task), about(task)


async def test_who_is_a_customer_is_not_told_to_whom_nothing_is_granted(desk):
    await desk.signal("seen")
    async with desk.agent("shy") as agent:
        known = await agent.ask(wish("close_account"))
        unknown = await agent.ask(wish("close_account", "email:nobody@harbour.test"))
    assert (known.status.state, about(known)["code"]) == (unknown.status.state, about(unknown)["code"])


async def test_who_is_a_customer_is_not_told_by_an_action_that_does_not_exist_either(desk):
    async with desk.agent("shy") as agent:
        there, nowhere = await agent.ask(wish("close_account")), await agent.ask(wish("no_such_action"))
    assert about(there)["code"] == about(nowhere)["code"]


async def test_drafts_of_one_agent_are_bounded(desk):
    async with desk.agent("shy") as agent:
        kept = 0
        for _ in range(300):
            try:
                task = await agent.ask(wish("issue_credit", None, arguments={"cents": 1, "pad": "x" * 50}))
            except Exception:
                break
            kept += task.status.state == S.TASK_STATE_INPUT_REQUIRED
    assert kept < 300, "every message without a customer is kept on disk for a day, up to 1 MiB each"


async def test_nothing_is_told_any_more_to_the_address_of_a_dismissed_agent(tmp_path):
    from aiohttp import web

    from xop.assembly import KINDS, open_with, workspace_files
    from xop.faces.a2a import a2a_mount
    from xop.faces.http import listen, serve

    heard = []

    async def hook(request):
        heard.append(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    place = "http://127.0.0.1:{}/hook".format(runner.addresses[0][1])
    files = workspace_files(parts.WORKSPACE)
    secrets = {f"{name.upper()}_KEY": key for name, key in parts.KEYS.items()}
    platform = await open_with(tmp_path, files, kinds=KINDS, secrets=secrets.get)
    listening, ready, stop = listen(), asyncio.Event(), asyncio.Event()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    await platform.start()
    server = asyncio.create_task(
        serve(platform, listening, ready.set, stop, [a2a_mount(tmp_path, url, loopback=True)])
    )
    try:
        await ready.wait()
        desk = parts.Desk(url)
        await desk.signal("seen")
        async with desk.agent() as agent:
            task = await agent.ask(wish("issue_credit", arguments={"cents": 9_100}))
            await agent.client.create_task_push_notification_config(
                TaskPushNotificationConfig(task_id=task.id, url=place)
            )
        async with asyncio.timeout(5):
            while not heard:
                await asyncio.sleep(0.05)
        text = files["agents.yaml"].decode()
        start, end = text.index("  clerk:"), text.index("  shy:")
        await platform.publish({**files, "agents.yaml": (text[:start] + text[end:]).encode()}, "olga")
        heard.clear()
        await desk.approve(about(task)["invocation"], approved=False)
        await asyncio.sleep(2)
        assert not heard, heard
    finally:
        stop.set()
        await server
        await platform.stop()
        listening.close()
        await runner.cleanup()
