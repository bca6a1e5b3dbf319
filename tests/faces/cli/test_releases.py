"""Releases on the command line: their files, what one changes of another, and letting a former one rule again."""

import pytest

from tests.faces.cli.conftest import serving, write_workspace

RULE = '@id("night.none")\n@message("Not at night.")\nforbid (principal, action == Action::"issue_credit", resource);\n'


@pytest.fixture
def first(xop, data) -> str:
    """The release of the data folder."""
    return active(xop, "--data", data)


@pytest.fixture
def second(xop, data, workspace, first) -> str:
    """A release after it, with one more rule and an action described otherwise."""
    change(workspace)
    return xop("publish", workspace, "--data", data, "--json").json["digest"]


def change(workspace) -> None:
    (workspace / "policies" / "night.cedar").write_text(RULE)
    action = workspace / "actions" / "issue_credit.yaml"
    action.write_text(action.read_text().replace("Change what the customer owes.", "Give something back."))


def active(xop, *reach) -> str:
    told = xop("releases", *reach, "--json").json["releases"]
    return next(each["digest"] for each in told if each["active"])


def test_the_files_of_a_release_are_listed_and_read(xop, data, first, second):
    listed = xop("releases", "files", second, "--data", data)
    assert listed.code == 0
    assert "policies/night.cedar" in listed.out
    assert f"`xop releases files {second}" not in listed.err
    assert f"xop releases file {second} " in listed.err
    assert "policies/night.cedar" not in xop("releases", "files", first, "--data", data).out
    read = xop("releases", "file", second, "policies/night.cedar", "--data", data)
    assert (read.code, read.out) == (0, RULE)
    document = xop("releases", "file", second, "policies/night.cedar", "--data", data, "--json").json
    assert document == {"release": second, "path": "policies/night.cedar", "text": RULE}


def test_two_releases_are_compared_part_by_part_and_line_by_line(xop, data, first, second):
    told = xop("releases", "changes", second, "--before", first, "--data", data)
    assert told.code == 0
    rows = [line.split()[:3] for line in told.out.splitlines()]
    for row in (
        ["file", "policies/night.cedar", "new"],
        ["rule", "night.none", "new"],
        ["file", "actions/issue_credit.yaml", "changed"],
        ["action", "issue_credit", "compatible"],
    ):
        assert row in rows, told.out
    assert f"xop releases changes {second} --before {first} --lines" in told.err
    with_lines = xop("releases", "changes", second, "--before", first, "--lines", "--data", data)
    assert "-description: Change what the customer owes." in with_lines.out.splitlines()
    assert "+description: Give something back." in with_lines.out.splitlines()
    assert '+@id("night.none")' in with_lines.out.splitlines()
    assert with_lines.err == ""
    document = xop("releases", "changes", first, "--lines", "--data", data, "--json").json
    assert (document["release"], document["before"]) == (first, second)
    assert {"rule": "night.none", "change": "gone"}.items() <= document["changes"]["rules"][0].items()
    assert '-@id("night.none")' in document["lines"]["policies/night.cedar"]


def test_a_release_compared_with_itself_is_the_same(xop, data, first):
    told = xop("releases", "changes", first, "--data", data)
    assert (told.code, "The two are the same in every file." in told.out) == (0, True)


def test_what_was_never_published_says_what_to_do(xop, data, first):
    for arguments in (("files", "rel_none"), ("changes", first, "--before", "rel_none"), ("changes", "rel_none")):
        refused = xop("releases", *arguments, "--data", data)
        assert (refused.code, refused.out) == (1, "")
        assert "no release 'rel_none' was ever published here" in refused.err
        assert "→ list them with `xop releases`" in refused.err
    refused = xop("releases", "file", first, "none.yaml", "--data", data, "--json")
    assert refused.code == 1
    assert refused.json["error"]["remedy"] == "list them with `xop releases files RELEASE`"
    assert refused.json["error"]["problem"]["code"] == "file-unknown"


def test_options_before_a_subcommand_are_not_lost_silently(xop, data, first):
    refused = xop("releases", "--data", data, "files", first)
    assert (refused.code, "write --data after `files`" in refused.err) == (2, True)


def test_a_former_release_rules_again(xop, data, first, second):
    preview = xop("publish", "--release", first, "--preview", "--data", data)
    assert (preview.code, preview.out.splitlines()[0]) == (0, "starter would rule again. Nothing has changed yet.")
    assert active(xop, "--data", data) == second
    told = xop("publish", "--release", first, "--data", data)
    assert (told.code, told.out.splitlines()[0]) == (0, "starter rules again from the next command on.")
    assert active(xop, "--data", data) == first
    document = xop("publish", "--release", second, "--data", data, "--json").json
    assert (document["published"], document["digest"], document["before"]) == (True, second, first)
    assert document["settled"]


def test_a_release_that_never_was_cannot_rule(xop, data, first, tmp_path):
    for more in ((), ("--preview",)):
        refused = xop("publish", "--release", "rel_none", *more, "--data", data)
        assert (refused.code, refused.out) == (1, "")
        assert "→ list them with `xop releases`" in refused.err
    assert active(xop, "--data", data) == first
    for more in ((), ("--preview",)):
        nowhere = xop("publish", "--release", first, *more, "--data", tmp_path / "new")
        assert (nowhere.code, "→ run `xop publish FOLDER --data DIR` first" in nowhere.err) == (1, True)
        assert not (tmp_path / "new").exists()


def test_what_is_to_rule_is_named_once(xop, data, first, workspace):
    for more in ((workspace,), ("--undo",)):
        assert xop("publish", *more, "--release", first, "--data", data).code == 2


@pytest.mark.slow
def test_the_same_over_a_running_server(xop, tmp_path):
    workspace = write_workspace(tmp_path / "workspace")
    with serving(tmp_path / "data", "--workspace", workspace) as about:
        reach = ("--url", about["url"])
        change(workspace)
        second = xop("publish", workspace, *reach, "--json").json["digest"]
        changes = xop("releases", "changes", second, "--before", about["release"], *reach, "--json").json["changes"]
        assert [each["rule"] for each in changes["rules"]] == ["night.none"]
        preview = xop("publish", "--release", about["release"], "--preview", *reach, "--json").json
        assert (preview["published"], preview["before"]) == (False, second)
        told = xop("publish", "--release", about["release"], *reach)
        assert (told.code, told.out.splitlines()[0]) == (0, "starter rules again from the next command on.")
        refused = xop("publish", "--release", "rel_none", *reach)
        assert (refused.code, "→ list them with `xop releases`" in refused.err) == (1, True)
