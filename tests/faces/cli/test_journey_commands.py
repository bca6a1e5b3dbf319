"""Journeys at run time on the command line: entering, counting, answering, and publishing over people inside."""

import asyncio
import re

import pytest

from tests.faces.cli.conftest import serving, write_workspace
from xop.assembly import KINDS, compiled, keep, workspace_files
from xop.engine.engine import Engine
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Enter, Signal
from xop.kernel.identity.model import Identifier
from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.simulated import SimulatedClock

JOURNEY = """
name: chat
description: Ask somebody whether to call the customer.
entries:
  - api: true
reentry: always
steps:
  agree:
    ask: {role: supervisor, question: Shall we call?, options: {call: later, spare: end}, within: 2d, late: end}
  later:
    wait: {for: 3d}
"""

SEGMENTS = """
segments:
  everybody: {when: customer.id != ''}
"""

ADA = "email:ada@example.com"
BEN = "email:ben@example.com"

LONG_AGO = 1_577_836_800_000
"""The first moment of 2020."""


@pytest.fixture
def workspace(tmp_path):
    """The workspace of these tests with a journey that a supervisor may have customers enter."""
    return with_journey(write_workspace(tmp_path / "workspace"))


def with_journey(folder):
    agents = (
        (folder / "agents.yaml").read_text().replace("roles: [supervisor]", 'roles: [supervisor]\n    journeys: ["*"]')
    )
    (folder / "agents.yaml").write_text(agents)
    (folder / "journeys").mkdir()
    (folder / "journeys" / "chat.yaml").write_text(JOURNEY)
    return folder


def change(workspace):
    """Rename the step that asks, and wait longer at the other."""
    changed = JOURNEY.replace("  agree:", "  consent:").replace("{for: 3d}", "{for: 4d}")
    (workspace / "journeys" / "chat.yaml").write_text(changed)


class Desk:
    """Commands on one platform, however it is reached."""

    def __init__(self, xop, reach):
        self.xop = xop
        self.reach = reach

    def __call__(self, *arguments):
        return self.xop(*arguments, *self.reach)

    def json(self, *arguments):
        told = self(*arguments, "--json")
        assert (told.code, told.err) == (0, ""), told.out + told.err
        return told.json

    def fill(self):
        """Make ada be asked, and ben wait."""
        for who in (ADA, BEN):
            self.json("send", "support.opened", "--id", who, "--data", '{"case": "1"}')
            run = self.json("enter", who, "chat")["runs"][0]
        self.json("answer", run, "call")

    def standing(self):
        return {
            (each["step"], "former" if not version["entered"] else "now"): (each["tokens"], each["aside"])
            for version in self.json("runs", "count", "chat")["versions"]
            for each in version["steps"]
            if each["tokens"] or each["aside"]
        }


@pytest.fixture
def desk(xop, data):
    """A data folder with the workspace published."""
    return Desk(xop, ("--data-folder", data))


@pytest.fixture
def full(desk):
    """A data folder with two customers inside the journey."""
    desk.fill()
    return desk


def test_a_customer_enters_is_shown_and_answered_for(desk):
    desk.json("send", "support.opened", "--id", ADA, "--data", '{"case": "1"}')
    entered = desk.json("enter", ADA, "chat", "--run-key", "case-1", "--idempotency-key", "k1")
    assert desk.json("enter", ADA, "chat", "--run-key", "case-1", "--idempotency-key", "k1")["duplicate"]
    [run] = entered["runs"]
    assert [(each["run"], each["key"]) for each in desk.json("runs", "show", ADA)["runs"]] == [(run, "case-1")]
    shown = desk("runs", "show", ADA, run)
    assert (shown.code, shown.err) == (0, "")
    assert "Shall we call?" in shown.out
    told = desk("questions", "--role", "supervisor")
    assert run in told.out
    assert "Shall we call?" in told.out
    assert "call, spare" in told.out
    assert desk.json("questions", "--role", "baker")["questions"] == []
    answered = desk("answer", run, "spare", "--note", "asleep", "--json")
    assert (answered.json["run"], answered.json["choice"]) == (run, "spare")
    assert "No questions." in desk("questions").out
    assert "No runs." in desk("runs", "list").out
    assert "asleep" in desk("facts", ADA).out


def test_runs_are_listed_and_counted(full):
    assert [each["step"] for each in full.json("runs", "list", "--waits", "time")["runs"]] == ["later"]
    assert [each["step"] for each in full.json("runs", "list", "--customer", ADA)["runs"]] == ["agree"]
    assert full.json("runs", "list", "--aside")["runs"] == []
    first = full("runs", "list", "--journey", "chat", "--limit", "1")
    assert "More: `xop runs list --journey chat --after " in first.err
    after = full.json("runs", "list", "--limit", "1")["next"]
    assert len(full.json("runs", "list", "--after", after)["runs"]) == 1
    assert "chat" in full("runs", "count").out
    assert full.standing() == {("agree", "now"): (1, 0), ("later", "now"): (1, 0)}
    assert "agree" in full("runs", "count", "chat").out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("enter", ADA, "flying"), "journey-unknown"),
        (("enter", "email:nobody@example.com", "chat"), "customer-unknown"),
        (("enter", ADA, "chat", "--as", "concierge"), "journey-not-granted"),
        (("answer", "run_none", "call", "--customer", ADA), "question-not-open"),
        (("runs", "count", "flying"), "journey-unknown"),
        (("runs", "list", "--after", "nowhere"), "parameter-invalid"),
        (("runs", "list", "--journey", "caht"), "journey-unknown"),
        (("runs", "list", "--step", "agreed"), "parameter-invalid"),
        (("runs", "list", "--journey", "chat", "--step", "agreed"), "parameter-invalid"),
    ],
)
def test_what_cannot_be_is_refused_with_its_code(full, arguments, code):
    refused = full(*arguments, "--json")
    assert refused.code == 1
    assert refused.json["error"]["problem"]["code"] == code
    assert refused.json["error"]["remedy"]


async def _left_behind(folder, workspace):
    """Have ada be asked long ago, and nobody look after it since."""
    runtime = await EmbeddedRuntime.open(folder, clock=SimulatedClock(LONG_AGO, lambda: 0))
    files = workspace_files(workspace)
    engine = Engine(runtime, compiled(files), KINDS, lambda _name: "secret")
    await engine.start()
    await keep(runtime, engine.release, files, "sam")
    ada, who = Identifier.parse(ADA), Actor("operator", "supervisor")
    assert ada is not None
    await engine.submit(Signal("signal:test|1", "support.opened", "test", LONG_AGO, who, (ada,), {"case": "1"}))
    await engine.submit(Enter("enter:test|1", who, "chat"), ada)
    await engine.stop()
    await runtime.close()


def test_runs_whose_time_has_passed_are_marked(xop, full, workspace, tmp_path):
    assert "(overdue)" not in full("runs", "list").out
    asyncio.run(_left_behind(tmp_path / "old", workspace))
    told = xop("runs", "list", "--data", tmp_path / "old")
    assert (told.code, "2020-01-03T00:00:00.000Z (overdue)" in told.out) == (0, True), told


def test_filters_that_name_nothing_tell_the_names_there_are(full):
    assert "name one of: chat" in full("runs", "list", "--journey", "caht").err
    assert "name one of: agree, later" in full("runs", "list", "--step", "agreed").err
    assert full.json("runs", "list", "--journey", "chat", "--step", "agree")["runs"]


def test_what_is_not_there_says_what_to_do(full):
    for arguments in (("answer", "run_none", "call"), ("runs", "show", ADA, "run_none")):
        refused = full(*arguments)
        assert refused.code == 1
        assert "run_none" in refused.err
        assert "→ list" in refused.err


def test_a_folder_is_published_over_people_inside_who_follow_before_it_ends(full, workspace):
    change(workspace)
    preview = full("publish", workspace, "--preview")
    assert (preview.code, preview.out.splitlines()[0]) == (0, "starter would rule. Nothing has changed yet.")
    assert "would stay" in preview.out
    assert re.search(r"^changed +journeys/chat.yaml$", preview.out, re.MULTILINE)
    assert "--choose" in preview.err
    assert full.standing() == {("agree", "now"): (1, 0), ("later", "now"): (1, 0)}

    choices = ("--choose", "chat=migrate", "--choose", "chat.agree=migrate:consent")
    told = full("publish", workspace, *choices)
    assert told.code == 0
    rows = [line.split() for line in told.out.splitlines() if line.startswith("chat ")]
    assert [(row[2], row[3], row[4], " ".join(row[5:])) for row in rows] == [
        ("agree", "1", "removed", "migrate to consent"),
        ("later", "1", "changed", "migrate to later"),
    ]
    assert "xop publish --undo" in told.err
    assert full.standing() == {("consent", "now"): (1, 0), ("later", "now"): (1, 0)}


@pytest.mark.parametrize("choice", ["chat=leave", "chat=stay", "chat.later=migrate"])
def test_every_publication_into_a_folder_is_undone(full, workspace, choice):
    change(workspace)
    published = full.json("publish", workspace, "--choose", choice)
    assert (published["published"], published["settled"]) == (True, True)
    assert full.standing() != {("agree", "now"): (1, 0), ("later", "now"): (1, 0)}
    preview = full.json("publish", "--undo", "--preview")
    assert (preview["published"], preview["before"]) == (False, published["digest"])
    undone = full.json("publish", "--undo")
    assert (undone["before"], undone["digest"], undone["settled"]) == (published["digest"], preview["digest"], True)
    assert full.standing() == {("agree", "now"): (1, 0), ("later", "now"): (1, 0)}


def test_who_does_not_wait_leaves_the_following_to_the_next_start(full, workspace):
    change(workspace)
    published = full("publish", workspace, "--choose", "chat=leave", "--no-wait")
    assert (published.code, published.err.startswith("Undo it with `xop publish --undo --")) == (0, True)
    assert "Runs are still following." in published.out
    assert full.standing() == {("agree", "former"): (1, 0), ("later", "former"): (1, 0)}
    (workspace / "journeys" / "chat.yaml").write_text(JOURNEY.replace("{for: 3d}", "{for: 9d}"))
    assert full.json("publish", workspace)["settled"]
    assert full.standing() == {("agree", "former"): (0, 1), ("later", "former"): (0, 1)}


def test_choices_that_do_not_fit_are_refused_and_nothing_changes(full, workspace):
    change(workspace)
    before = full.json("releases")
    for choice in ("chat=migrate", "flying=leave", "chat.fly=leave"):
        refused = full("publish", workspace, "--choose", choice)
        assert refused.code == 1
        assert "→ " in refused.err
    assert full.json("releases") == before


def test_a_workspace_with_segments_is_followed_without_a_server(full, workspace):
    (workspace / "segments.yaml").write_text(SEGMENTS)
    assert full.json("publish", workspace)["settled"]
    assert "everybody" in full("facts", ADA).out


def test_a_publication_that_keeps_former_versions_says_why_its_digest_is_another(full, workspace):
    change(workspace)
    own = full.xop("check", workspace, "--json").json["digest"]
    told = full("publish", workspace)
    assert f"differs from the workspace's own digest, {own}, because former versions" in told.out
    assert ".journeys/" not in told.out


def test_undoing_says_what_it_takes_back(full, workspace):
    change(workspace)
    published = full.json("publish", workspace)["digest"]
    told = full("publish", "--undo")
    assert told.code == 0
    assert f"takes back the publication of {published} by " in told.err
    assert f"{published} by " not in told.out


def test_undoing_on_a_server_says_what_it_takes_back(xop, workspace, tmp_path):
    with serving(tmp_path / "served", "--workspace", workspace) as about:
        desk = Desk(xop, ("--url", about["url"]))
        change(workspace)
        published = desk.json("publish", workspace)["digest"]
        told = desk("publish", "--undo")
        assert (told.code, f"takes back the publication of {published} by operator:" in told.err) == (0, True), told


def test_there_is_nothing_to_undo_at_first(desk, xop, tmp_path):
    refused = desk("publish", "--undo")
    assert refused.code == 1
    assert "→ publish the workspace that is to rule" in refused.err
    new = xop("publish", "--undo", "--data", tmp_path / "new")
    assert new.code == 1
    assert "→ run `xop publish FOLDER --data DIR` first" in new.err
    assert not (tmp_path / "new").exists()


def test_a_preview_for_a_new_folder_makes_none(xop, workspace, tmp_path):
    told = xop("publish", workspace, "--preview", "--data", tmp_path / "new", "--json")
    assert (told.json["published"], told.json["before"], told.json["impact"]) == (False, None, [])
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_the_same_over_a_running_server(xop, tmp_path):
    workspace = with_journey(write_workspace(tmp_path / "workspace"))
    with serving(tmp_path / "data", "--workspace", workspace) as about:
        desk = Desk(xop, ("--url", about["url"]))
        desk.fill()
        change(workspace)
        assert len(desk.json("publish", workspace, "--preview")["impact"]) == 2
        refused = desk("publish", workspace, "--choose", "chat=migrate")
        assert refused.code == 1
        assert "migrate:STEP" in refused.err
        published = desk.json("publish", workspace, "--choose", "chat=migrate", "--choose", "chat.agree=leave")
        assert (published["before"], published["settled"]) == (about["release"], True)
        assert desk.standing() == {("agree", "former"): (0, 1), ("later", "now"): (1, 0)}
        assert {each["fate"] for each in desk.json("publish", "--undo", "--preview")["impact"]} == {"restore"}
        assert desk.json("publish", "--undo", "--no-wait")["published"]
        assert desk.json("publish", workspace)["settled"]
