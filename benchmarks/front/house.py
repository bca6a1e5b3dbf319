"""The house: Northwind Mobile with its console, in this process, on a folder of its own."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import time

import httpx

from examples.northwind_mobile.server import WORKSPACE, fresh_secrets
from xop.assembly import Platform, open_platform
from xop.faces.console import console_mount
from xop.faces.console.sign_in.doorkeeper import Doorkeeper
from xop.faces.http import listen, serve
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Evaluation, Signal
from xop.kernel.identity.model import Identifier

CLERK = Actor("operator", "sam")
"""Who asks, and who looks."""

_SHOP = Actor("source", "web_shop")

_PASSWORD = "correct horse battery staple"  # noqa: S105 - of a made-up person on a folder that is thrown away

_NOTICE = {"subject": "Your line", "text": "It works again."}


@dataclass(slots=True)
class House:
    """A platform that is served, with the moments at which decisions were told to who asked for them."""

    platform: Platform
    url: str
    token: str
    """The clerk's session."""
    decided: list[float] = field(default_factory=list)
    """When each decision, durable by then, was told to who asked for it, in seconds since the epoch."""
    _names: Iterator[int] = field(default_factory=count)

    async def told(self, customer: int, amount: int = 1) -> str:
        """Have a customer's pages opened so often, and return the customer's id."""
        now, account = self.platform.runtime.clock.now(), Identifier("account", f"NW-{customer:06d}")
        for begin in range(0, amount, 200):
            waiting = [
                self.platform.engine.submit(
                    Signal(
                        f"signal:bench/{next(self._names)}",
                        "segment.page",
                        "/bench",
                        now,
                        _SHOP,
                        (account,),
                        {"properties": {"path": "/plans"}},
                    )
                )
                for _ in range(min(200, amount - begin))
            ]
            answers = await asyncio.gather(*waiting)
        assert answers[-1].customer, answers[-1].refusal
        return answers[-1].customer

    async def ask(self, customer: str, action: str = "send_service_notice") -> None:
        """Have one decision made."""
        arguments = _NOTICE if action == "send_service_notice" else {}
        command = Evaluation(f"evaluation:bench/{next(self._names)}", CLERK, action, arguments)
        answer = await self.platform.engine.submit(command, customer)
        # Answers are given once they are durable: whoever asked is told no later than any page.
        self.decided.append(time())
        assert answer.decision is not None, answer.refusal

    async def drip(self, customers: list[str], rate: int, seconds: float) -> None:
        """Have decisions made at a steady rate, each on time whether or not earlier ones are done."""
        loop = asyncio.get_running_loop()
        begin, waiting = loop.time(), set[asyncio.Task[None]]()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begin + number / rate - loop.time()))
            task = asyncio.create_task(self.ask(customers[number % len(customers)]))
            waiting.add(task)
            task.add_done_callback(waiting.discard)
        await asyncio.gather(*waiting)


@asynccontextmanager
async def house(data: Path) -> AsyncIterator[House]:
    """Serve Northwind's workspace on a data folder until the block ends."""
    os.environ.update(fresh_secrets().environment)
    platform = await open_platform(data, WORKSPACE)
    await platform.start()
    listening, ready, stop = listen(), asyncio.Event(), asyncio.Event()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    invitation = Doorkeeper.opened(data, platform.runtime.clock).accounts.invite(CLERK.id)
    serving = asyncio.create_task(serve(platform, listening, ready.set, stop, (console_mount(data, url),)))
    await ready.wait()
    try:
        yield House(platform, url, await _signed_in(url, invitation))
    finally:
        stop.set()
        await serving
        await platform.stop()


async def _signed_in(url: str, invitation: str) -> str:
    headers = {"sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
        answer = await client.post(f"/console/invitations/{invitation}", data={"password": _PASSWORD})
        assert answer.status_code == 303, answer.text
        return str(client.cookies["xop_session"])
