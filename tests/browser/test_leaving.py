"""Signing out at the provider too: a real browser goes there and comes back, although forms may lead nowhere else."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.kit.lobby import lobby_files
from tests.kit.provider import SECRET, OpenIdProvider, open_provider
from tests.kit.serving import serving

pytestmark = pytest.mark.browser


@contextmanager
def provided() -> Iterator[OpenIdProvider]:
    """Run a provider in a thread of its own until the block ends."""
    ready, over, opened = threading.Event(), asyncio.Event(), list[OpenIdProvider]()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        async with open_provider() as provider:
            opened.append(provider)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        assert ready.wait(20)
        yield opened[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(20)
        loop.close()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def test_who_signs_out_is_taken_to_the_provider_and_back(browser, tmp_path):
    with provided() as provider:
        provider.offers_leaving()
        port = free_port()
        for name, text in lobby_files(provider.settings(), f"http://127.0.0.1:{port}").items():
            (tmp_path / "workspace" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "workspace" / name).write_bytes(text)
        secrets = {"CONSOLE_SECRET": SECRET, "HARBOUR_PAUL_KEY": "paul-key"}
        with serving(tmp_path / "data", tmp_path / "workspace", secrets, port) as server:
            context = browser.new_context(base_url=server.url)
            page, faults = context.new_page(), list[str]()
            page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
            page.goto("/console/sign-in?then=/console/account")
            page.get_by_role("link", name="Sign in with").click()
            page.wait_for_url("**/console/account")
            page.get_by_role("button", name="Sign out", exact=True).first.click()
            page.wait_for_url("**/console/sign-in/oidc/left?state=*")
            expect(page.get_by_role("status")).to_contain_text("You are signed out here, and where you signed in.")
            assert [sorted(each) for each in provider.left] == [
                ["client_id", "id_token_hint", "post_logout_redirect_uri", "state", "tenant"]
            ]
            assert page.goto("/console/account").url.startswith(f"{server.url}/console/sign-in")
            assert faults == []
            context.close()
