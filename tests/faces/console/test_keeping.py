"""Accounts and sessions outlast the server, in a file that tells whoever reads it no way in."""

import stat
from contextlib import closing

import pytest

from tests.faces.console.test_passkeys import add
from tests.kit.authenticator import Authenticator
from tests.kit.console import PASSWORD, Visitor, consoling
from tests.kit.lobby import PUBLIC, lobby_files, open_lobby
from tests.kit.serving import serving


@pytest.mark.slow
def test_accounts_and_sessions_survive_a_server_that_is_killed(tmp_path):
    with consoling(tmp_path) as console:
        visitor = console.visitor("olga")
        kept = visitor.client.cookies["xop_session"]
        console.server.process.kill()
        console.server.process.wait(timeout=30)
    with serving(tmp_path / "data") as server, closing(Visitor(server.url).client) as client:
        client.cookies.set("xop_session", kept)
        assert client.get("/console/account").status_code == 200
        with closing(Visitor(server.url).client) as other:
            answer = other.post("/console/sign-in", data={"name": "olga", "password": PASSWORD})
            assert answer.status_code == 303
    visitor.client.close()


async def test_the_file_is_its_owners_alone(tmp_path):
    (tmp_path / "console.db").touch(mode=0o644)
    (tmp_path / "console.db").chmod(0o644)
    async with open_lobby(tmp_path) as lobby:
        await lobby.guest()
        files = sorted(tmp_path.glob("console.db*"))
        assert [each.name for each in files] == ["console.db", "console.db-shm", "console.db-wal"]
        assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}


async def test_the_file_holds_no_password_and_no_token(tmp_path):
    async with open_lobby(tmp_path, lobby_files(address=PUBLIC), PUBLIC) as lobby:
        invitation = lobby.invitation("otto")
        browser = await lobby.guest()
        await add(browser, Authenticator(PUBLIC))
        await lobby.browser().sign_in(PASSWORD + " typed as a name", "a wrong password")
        form = (await browser.hidden("/console/account", "/console/account"))["form_token"]
        secrets = [PASSWORD, "typed as a name", "a wrong password", invitation.rpartition("/")[2]]
        secrets += [form, browser.client.cookies["__Host-xop_session"]]
        told = b"".join(each.read_bytes() for each in tmp_path.glob("console.db*"))
    assert b"$argon2id$" in told
    assert [each for each in secrets if each.encode() in told] == []
