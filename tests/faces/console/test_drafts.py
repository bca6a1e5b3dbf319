"""Files that are changed in the console: checked, looked at, tried, published, and never by whoever may not."""

import json
import re
from html import unescape

import pytest

from tests.kit.harbour import OLGA, signal
from tests.kit.lobby import open_lobby
from tests.kit.stewardship import GREETING, SCRIPT, changed_files, steward_files
from xop.faces.http.routes import examinations
from xop.kernel.commands import Enter

HOME, EDIT = "/console/workspace", "/console/workspace/edit"

PATH = "journeys/greeting.yaml"

PAGE = f"{EDIT}?path={PATH}"

LONGER = GREETING.replace("rest: {wait: {for: 3d}}", "rest: {wait: {for: 4d}}")

POPULATION = b"""
customers: 4
days: 2
start: "2026-01-05"
identifiers: {email: "customer.{{customer.number}}@harbour.test"}
personas: {browser: {share: 1}}
signals: {visits: {signal: page.viewed, by: web, per_day: 2, data: {path: /}}}
"""


@pytest.fixture
async def lobby(tmp_path):
    """A console of the workspace under governance, with one customer in its journey and a population to try it with."""
    async with open_lobby(tmp_path, {**steward_files(), "population.yaml": POPULATION}) as opened:
        engine = opened.platform.engine
        known = await engine.submit(signal(1, "page.viewed", "email:ana@harbour.test", path="/"))
        entered = await engine.submit(Enter("enter:test:1", OLGA, "greeting"), known.customer)
        assert entered.refusal is None, entered
        yield opened


@pytest.fixture
async def petra(lobby):
    """Whoever publishes."""
    return await lobby.guest("petra")


async def typed(petra, text: str, page: str = PAGE, **more: str):
    """Send a file as it was typed, with the line ends of browsers."""
    return await petra.post(EDIT, **{**await petra.hidden(page, EDIT), "text": text.replace("\n", "\r\n"), **more})


async def drafted(petra, text: str = LONGER, page: str = PAGE, **more: str) -> str:
    """Change a file and return the address of its preview."""
    answer = await typed(petra, text, page, **more)
    assert answer.status_code == 303, answer.text
    address: str = answer.headers["location"]
    return address


def told(page: str) -> str:
    """Return what a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def waits(lobby) -> str:
    """Return how long the journey waits, as it rules."""
    return str(lobby.platform.engine.release.routes.journeys["greeting"].steps["rest"])


async def test_a_file_is_changed_looked_at_and_rules_once_somebody_says_so(lobby, petra):
    before, was = lobby.platform.engine.release.digest, waits(lobby)
    assert unescape((await petra.get(PAGE)).text).count(GREETING.strip()) == 1
    preview = await drafted(petra)
    page = (await petra.get(preview)).text
    assert "It passes every check." in page
    assert "greeting · rest" in told(page)
    assert lobby.platform.engine.release.digest == before
    after = await petra.send(preview, f"{HOME}/publish")
    assert "Put what you changed into your repository too" in after
    assert waits(lobby) != was
    assert set(await _files(lobby)) == {*steward_files(), "population.yaml"}
    assert (await _files(lobby))[PATH] == LONGER.encode()


async def _files(lobby) -> dict[str, bytes]:
    found = await lobby.platform.runtime.releases.files(lobby.platform.engine.release.digest)
    return {path: body for path, body in found.items() if not path.startswith(("baseline/", "."))}


async def test_what_is_wrong_is_told_with_its_line_and_nothing_typed_is_lost(lobby, petra):
    before = lobby.platform.engine.release.digest
    answer = await typed(petra, GREETING.replace("for: 3d", f"span: {json.dumps(SCRIPT)}"))
    assert answer.status_code == 422
    assert re.search(r"journeys/greeting\.yaml:6\s+rest: \{wait:", told(answer.text)), told(answer.text)
    assert "<script>document" not in answer.text
    assert json.dumps(SCRIPT) in unescape(answer.text)
    broken = await typed(petra, GREETING.replace("for: 3d", "span: 3d"))
    assert "span: 3d" in broken.text.partition("<textarea")[2]
    assert lobby.platform.engine.release.digest == before


async def test_files_are_changed_together_and_handed_out_as_they_were_changed(petra):
    upload = (await drafted(petra)).partition("upload=")[2]
    also = f"{EDIT}?path=retention.yaml&upload={upload}"
    assert f"path=journeys%2Fgreeting.yaml&amp;upload={upload}" in (await petra.get(also)).text
    both = await drafted(petra, "evidence: 120d\n", also)
    page = told((await petra.get(both)).text)
    assert "evidence: 120d" in page
    assert "greeting · rest" in page
    handed = await petra.get(f"{HOME}/file?path={PATH}&{both.partition('?')[2]}")
    assert handed.text == LONGER
    assert handed.headers["content-disposition"] == 'attachment; filename="greeting.yaml"'
    assert (await petra.get(f"{HOME}/file?path={PATH}")).text.strip() == GREETING.strip()


async def test_a_new_journey_begins_with_one_that_passes(lobby, petra):
    page = f"{EDIT}?path=journeys/new_journey.yaml&new=1"
    text = unescape((await petra.get(page)).text.partition("<textarea")[2].partition(">")[2].partition("</textarea")[0])
    preview = await drafted(petra, text.replace("new_journey", "farewell"), page, file="journeys/farewell.yaml")
    await petra.send(preview, f"{HOME}/publish")
    assert "farewell" in lobby.platform.engine.release.routes.journeys
    assert (await petra.get(f"{EDIT}?path=journeys/nothing.yaml")).status_code == 404


async def test_what_is_as_it_rules_is_no_draft(petra):
    answer = await typed(petra, GREETING)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, EDIT)
    assert "nothing was changed" in (await petra.get(answer.headers["location"])).text


async def test_another_publication_of_the_same_file_is_told_and_others_stay(lobby, petra):
    preview = await drafted(petra)
    rules = changed_files()["policies/harbour.cedar"]
    await lobby.platform.publish({**steward_files(), "policies/harbour.cedar": rules}, "cli")
    page = (await petra.get(preview)).text
    assert "Another workspace was published since you began" not in page
    assert "harbour.large_credit" not in told(page)
    await lobby.platform.publish(changed_files(), "cli")
    assert "Another workspace was published since you began" in (await petra.get(preview)).text


OVERTAKEN = "Another workspace was published since you began"


async def test_what_was_published_while_somebody_typed_is_not_taken_back_unnoticed(lobby, petra):
    """Two have the same file open; whoever sends theirs later is told of what the other one published."""
    opened = await petra.hidden(PAGE, EDIT)
    longest = GREETING.replace("rest: {wait: {for: 3d}}", "rest: {wait: {for: 9d}}").encode()
    await lobby.platform.publish({**steward_files(), "population.yaml": POPULATION, PATH: longest}, "cli")
    sent = await petra.post(EDIT, **{**opened, "text": LONGER})
    assert OVERTAKEN in (await petra.get(sent.headers["location"])).text
    assert OVERTAKEN not in (await petra.get(await drafted(petra))).text


async def test_each_file_is_held_against_what_ruled_when_it_was_taken_up(lobby, petra):
    upload = (await drafted(petra)).partition("upload=")[2]
    await lobby.platform.publish({**steward_files(), "retention.yaml": b"evidence: 200d\n"}, "cli")
    both = await drafted(petra, "evidence: 120d\n", f"{EDIT}?path=retention.yaml&upload={upload}")
    assert OVERTAKEN not in (await petra.get(both)).text


async def test_what_is_changed_in_one_window_stays_when_another_changes_something_else(petra):
    first = await drafted(petra)
    second = await drafted(petra, "evidence: 120d\n", f"{EDIT}?path=retention.yaml")
    assert "greeting · rest" in told((await petra.get(first)).text)
    assert "evidence: 120d" in told((await petra.get(second)).text)


async def test_what_is_not_kept_any_more_is_told_and_not_left_out_in_silence(lobby, petra):
    upload = (await drafted(petra)).partition("upload=")[2]
    also = f"{EDIT}?path=retention.yaml&upload={upload}"
    opened = await petra.hidden(also, EDIT)
    lobby.restart()
    assert "What you had changed before is not here any more" in (await petra.get(also)).text
    assert "not here any more" not in (await petra.get(PAGE)).text
    sent = await petra.post(EDIT, **{**opened, "text": "evidence: 120d\n"})
    page = (await petra.get(sent.headers["location"])).text
    assert f"change it again: {PATH}" in page
    assert "evidence: 120d" in told(page)


async def test_a_new_file_takes_no_other_ones_place(lobby, petra):
    page = f"{EDIT}?path=journeys/new_journey.yaml&new=1"
    before = lobby.platform.engine.release.digest
    answer = await typed(petra, GREETING.replace("3d", "5d"), page, file=PATH)
    assert answer.status_code == 422
    assert "there is a file" in told(answer.text)
    assert "for: 5d" in unescape(answer.text)
    hidden = await typed(petra, "[]", page, file=".journeys/moves.json")
    assert hidden.status_code == 422
    assert "begins with a dot" in told(hidden.text)
    assert lobby.platform.engine.release.digest == before


async def test_a_draft_is_tried_before_it_rules(lobby, petra):
    before, preview = lobby.platform.engine.release.digest, await drafted(petra)
    fields = await petra.hidden(preview, f"{HOME}/tried")
    answer = await petra.post(f"{HOME}/tried", **{**fields, "subject": "simulation"})
    assert answer.status_code == 303, answer.text
    bench = examinations._BENCHES[lobby.platform]
    for each in bench._known.values():
        if each.task is not None:
            await each.task
            assert each.fault == ""
    page = told((await petra.get(answer.headers["location"])).text)
    assert "4 made-up customers for 2 days; under what rules now → under this" in page
    assert "how often each step was reached" in page
    assert lobby.platform.engine.release.digest == before


async def test_whoever_does_not_publish_changes_nothing(lobby, petra):
    hidden = await petra.hidden(PAGE, EDIT)
    dora = await lobby.guest("dora")
    assert (await dora.get(PAGE)).status_code == 403
    assert (await dora.get(f"{HOME}/file?path={PATH}")).status_code == 403
    mine = await dora.hidden("/console/account", "/console/sign-out")
    assert (await dora.post(EDIT, **{**hidden, **mine, "text": LONGER})).status_code == 403
    assert EDIT not in (await dora.get("/console/journeys/greeting")).text
    upload = (await drafted(petra)).partition("upload=")[2]
    other = await lobby.guest("petra")
    assert "for: 4d" not in (await other.get(f"{PAGE}&upload={upload}")).text
