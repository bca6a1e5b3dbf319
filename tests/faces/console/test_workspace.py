"""The workspace's pages: a folder is sent, looked at, published and rolled back; nothing rules before somebody says so."""

import re
from html import unescape
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from tests.kit.harbour import OLGA, signal
from tests.kit.lobby import open_lobby
from tests.kit.stewardship import SCRIPT, changed_files, steward_files, zipped
from xop.kernel.commands import Enter

HOME = "/console/workspace"


@pytest.fixture
async def lobby(tmp_path):
    """A console of the workspace under governance, with one customer in its journey."""
    async with open_lobby(tmp_path, steward_files()) as opened:
        engine = opened.platform.engine
        known = await engine.submit(signal(1, "page.viewed", "email:ana@harbour.test", path="/"))
        entered = await engine.submit(Enter("enter:test:1", OLGA, "greeting"), known.customer)
        assert entered.refusal is None, entered
        yield opened


@pytest.fixture
async def petra(lobby):
    """Whoever publishes."""
    return await lobby.guest("petra")


async def sent(petra, body: bytes, name: str = "harbour.zip", **fields: str):
    """Send a ZIP file as the page's form does."""
    hidden = await petra.hidden(HOME, f"{HOME}/upload")
    files = {"workspace": (name, body, "application/zip")}
    return await petra.client.post(f"{HOME}/upload", data={**hidden, **fields}, files=files)


async def previewed(petra, files=None) -> str:
    """Send a workspace and return the address of its preview."""
    answer = await sent(petra, zipped(files or changed_files()))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def rules(lobby) -> str:
    return lobby.platform.engine.release.digest


async def test_what_publishing_would_do_is_told_before_anything_rules(lobby, petra):
    before = rules(lobby)
    page = (await petra.get(await previewed(petra))).text
    told = unescape(re.sub(r"<[^>]+>", " ", page))
    assert "harbour.large_credit" in told
    assert re.search(r"greeting\s*.*new steps:\s*pause.*gone:\s*rest", told, re.DOTALL)
    assert "greeting · rest" in told
    assert "is gone" in told
    assert "cents > 4000" in told
    assert rules(lobby) == before


async def test_it_rules_once_somebody_says_so_and_is_rolled_back(lobby, petra):
    before, preview = rules(lobby), await previewed(petra)
    page = await petra.send(preview, f"{HOME}/publish")
    published = rules(lobby)
    assert published != before
    assert f"It rules from now on: {published}." in page
    told = unescape(re.sub(r"<[^>]+>", " ", (await petra.get(f"{HOME}/undo")).text))
    assert "harbour.large_credit" in told
    page = await petra.send(f"{HOME}/undo", f"{HOME}/undo")
    assert "The last publication is undone." in page
    assert rules(lobby) != published
    assert "cents > 5000" in lobby.platform.engine.release.policies.rules["harbour.large_credit"].text


async def test_what_becomes_of_runs_is_chosen_step_by_step_and_published_as_it_was_shown(lobby, petra):
    preview = await previewed(petra)
    options = re.findall(
        r'<option value="([^"]+)"', (await petra.get(preview)).text.partition('name="fate.greeting.rest"')[2]
    )
    assert options == ["stay", "migrate:pause", "migrate:again", "leave"]
    chosen = f"{preview}&fate.greeting.rest=migrate:pause"
    page = (await petra.get(chosen)).text
    assert re.search(r"migrate\s*→ pause", page)
    await petra.send(chosen, f"{HOME}/publish")
    moves = lobby.platform.engine.release.routes.moves
    assert [(move.change, dict(move.steps)) for move in moves] == [("migrate", {"rest": "pause"})]


async def test_a_choice_that_is_none_is_shown_as_a_problem_and_publishes_nothing(lobby, petra):
    before, preview = rules(lobby), await previewed(petra)
    page = (await petra.get(f"{preview}&fate.greeting.rest=migrate")).text
    assert "It cannot be published as it is." in page
    assert f'action="{HOME}/publish"' not in page
    assert rules(lobby) == before


async def test_nothing_is_published_that_was_looked_at_under_another_release(lobby, petra):
    preview = await previewed(petra)
    hidden = await petra.hidden(preview, f"{HOME}/publish")
    await lobby.platform.publish(changed_files() | {"signals/more.yaml": b"signals: {bell.rung: {}}\n"}, "cli")
    meanwhile = rules(lobby)
    answer = await petra.post(f"{HOME}/publish", **hidden)
    assert answer.status_code == 303
    assert "Another workspace was published meanwhile" in (await petra.get(answer.headers["location"])).text
    assert rules(lobby) == meanwhile
    undo = await petra.hidden(f"{HOME}/undo", f"{HOME}/undo")
    await lobby.platform.publish(steward_files(), "cli")
    assert (await petra.post(f"{HOME}/undo", **undo)).headers["location"] == f"{HOME}/undo"


async def test_a_workspace_with_problems_is_told_file_by_file_and_line_by_line(lobby, petra):
    broken = changed_files() | {"purposes.yaml": b"purposes: {service: {basis: whim}}\n"}
    page = (await petra.get(await previewed(petra, broken))).text
    assert re.search(r'<th scope="row" class="mono">purposes\.yaml:\d+</th>', page)
    assert "It cannot be published as it is." in page


async def test_a_release_that_ruled_before_rules_again(lobby, petra):
    first = rules(lobby)
    await lobby.platform.publish(changed_files(), "cli")
    preview = f"{HOME}/publish?release={first}"
    await petra.send(preview, f"{HOME}/publish")
    assert "cents > 5000" in lobby.platform.engine.release.policies.rules["harbour.large_credit"].text


async def test_files_are_read_and_compared_as_text_whatever_is_in_them(lobby, petra):
    first = rules(lobby)
    await lobby.platform.publish(changed_files(), "cli")
    read = (await petra.get(f"{HOME}/releases/{rules(lobby)}?path=policies/harbour.cedar")).text
    compared = (await petra.get(f"{HOME}/changes?before={first}&release={rules(lobby)}")).text
    for page in (read, compared):
        assert SCRIPT in unescape(page)
        assert "<img" not in page
        assert "<script>" not in page
    assert '<li id="L2">' in read
    preview = (await petra.get(await previewed(petra, changed_files() | {f"notes/{SCRIPT[:40]}.yaml": b"a: 1\n"}))).text
    assert "<script>" not in preview


async def test_an_address_of_no_release_or_file_is_told_as_that(petra, lobby):
    assert (await petra.get(f"{HOME}/releases/rel_none")).status_code == 404
    assert (await petra.get(f"{HOME}/releases/{rules(lobby)}?path=../keys/log.key")).status_code == 404
    assert "was ever published here" in (await petra.get(f"{HOME}/changes?before=rel_none")).text


async def test_a_release_is_observed_from_its_preview_and_let_go(lobby, petra):
    preview = await previewed(petra)
    page = await petra.send(preview, f"{HOME}/observed")
    assert "It is in shadow" in page
    assert "End the shadow" in page
    page = await petra.send(f"{HOME}/shadow", f"{HOME}/shadow/end")
    assert "No release is in shadow any more." in page
    assert "End the shadow" not in page


async def test_what_one_person_sent_is_not_there_for_another(lobby, petra):
    preview = await previewed(petra)
    other = await lobby.guest("petra")
    answer = await other.get(preview)
    assert (answer.status_code, answer.headers["location"]) == (303, HOME)
    assert "send it again" in (await other.get(HOME)).text


def bomb() -> bytes:
    """Return a small ZIP file that would be large."""
    from io import BytesIO  # noqa: PLC0415 - only here

    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("workspace.toml", b"\0" * 40_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"no zip file", 422, "is no ZIP file"),
        (b"PK\x03\x04" + b"\0" * 60, 422, "is no ZIP file"),
        (zipped({}), 422, "holds no file"),
        (zipped({".git/config": b"x"}), 422, "holds no file"),
        (zipped({"workspace.toml": b"\xff\xfe"}), 422, "is no text in UTF-8"),
        (zipped({f"a{number}": b"" for number in range(2_001)}), 422, "more than 2000 files"),
        (bomb(), 413, "once unpacked"),
        (b"x" * 5_000_000, 413, "more than 4194304 bytes"),
    ],
    ids=["text", "cut", "empty", "hidden", "bytes", "many", "bomb", "large"],
)
async def test_what_is_no_workspace_is_refused_with_its_cause(petra, body, status, told):
    answer = await sent(petra, body)
    assert answer.status_code == status, answer.text
    assert told in unescape(answer.text)


async def test_a_file_of_a_form_without_the_sessions_token_is_not_taken(petra):
    answer = await sent(petra, zipped(changed_files()), form_token="another")
    assert answer.status_code == 403
    assert "form is out of date" in answer.text
    assert (
        await petra.client.post(f"{HOME}/upload", content=b"--x", headers={"content-type": "multipart/form-data"})
    ).status_code == 400


async def test_whoever_does_not_publish_sees_what_rules_and_no_more(lobby):
    dora = await lobby.guest("dora")
    page = (await dora.get(HOME)).text
    assert rules(lobby) in page
    assert "See what it would do" not in page
    for path in (f"{HOME}/releases/{rules(lobby)}", f"{HOME}/changes", f"{HOME}/undo", f"{HOME}/publish"):
        assert (await dora.get(path)).status_code == 403
