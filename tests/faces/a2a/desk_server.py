"""A server with the HTTP API and the A2A face, in a process of its own: `python -m tests.faces.a2a.desk_server DIR PORT`."""

import asyncio
import sys
from functools import partial
from pathlib import Path

from tests.faces.a2a.desk import WORKSPACE
from xop.assembly import open_platform
from xop.faces.a2a import a2a_mount
from xop.faces.http import listen, serve
from xop.kernel.decisions.model import Decision


async def verification(decision: Decision, part: str, conversation: str | None, base: str) -> str:
    """Return where customers of the desk confirm who they are."""
    assert part
    return f"{base}/verify/{decision.invocation}?call={conversation}"


async def main(data: Path, port: int) -> None:
    """Serve until the process is told to stop."""
    platform = await open_platform(data, WORKSPACE)
    listening = listen(port=port)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    mount = a2a_mount(data, url, step_up=verification, loopback=True)
    await platform.start()
    try:
        await serve(platform, listening, partial(print, url, flush=True), mounts=[mount])
    finally:
        await platform.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
