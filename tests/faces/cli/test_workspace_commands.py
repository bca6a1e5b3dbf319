"""`xop init`, `check`, `schemas`, `publish` and `releases`: from an empty folder to a release that rules."""

import json

import jsonschema_rs
import pytest
import yaml

ENTERED = """
name: one
description: One step.
entries: [{api: true}]
steps: {last: {end: {outcome: done}}}
"""

CHOICES = """
name: next
description: What to do next.
candidates:
  - {{name: offer, issue: grow, group: plans, value: 1, treatments: [{{name: mail, action: {action}}}]}}
"""


def plain_action(folder):
    """Return the name of an action of a workspace, made so that it needs no arguments."""
    for path in sorted((folder / "actions").iterdir()):
        written = yaml.safe_load(path.read_text())
        if written["kind"] != "read":
            written["input"].pop("required", None)
            path.write_text(yaml.safe_dump(written))
            return written["name"]
    raise AssertionError("there is no action that does anything")


def test_init_writes_a_workspace_that_is_sound(xop, tmp_path):
    folder = tmp_path / "new"
    written = xop("init", folder, "--json")
    assert written.code == 0
    assert "workspace.toml" in written.json["files"]
    assert all((folder / path).is_file() for path in written.json["files"])
    checked = xop("check", folder)
    assert (checked.code, checked.err) == (0, "")
    assert "starter is sound." in checked.out


def test_init_never_overwrites(xop, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    refused = xop("init", tmp_path)
    assert refused.code == 1
    assert "is not empty" in refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_check_prints_the_digest_of_the_release_that_publish_makes(xop, workspace, tmp_path):
    digest = xop("check", workspace, "--json").json["digest"]
    published = xop("publish", workspace, "--data", tmp_path / "data", "--json").json
    assert digest.startswith("rel_")
    assert published["digest"] == digest


def test_check_counts_everything_a_workspace_declares(xop, workspace):
    plain = xop("check", workspace, "--json").json
    assert not {"journeys", "segments", "decision_sets", "scenarios", "invariants", "population"} & plain.keys()
    more = {
        **{path: BESIDE[path] for path in BESIDE},
        "segments.yaml": "segments: {known: {when: customer.id != ''}}",
        "journeys/one.yaml": ENTERED,
        "decisions/next.yaml": CHOICES.format(action=plain_action(workspace)),
        "population.yaml": "identifiers: {email: 'm{{customer.number}}@mail.example'}\npersonas: {all: {}}\ncustomers: 70",
    }
    for path, text in more.items():
        (workspace / path).parent.mkdir(exist_ok=True)
        (workspace / path).write_text(text)
    found = xop("check", workspace, "--json")
    assert found.code == 0, found.json["problems"]
    optional = ("journeys", "segments", "decision_sets", "scenarios", "invariants", "population")
    assert [found.json[name] for name in optional] == [1, 1, 1, 1, 1, 70]


def test_check_notes_what_nobody_may_ask_for(xop, workspace):
    (workspace / "journeys").mkdir()
    (workspace / "journeys" / "one.yaml").write_text(ENTERED)
    (workspace / "decisions").mkdir()
    (workspace / "decisions" / "next.yaml").write_text(CHOICES.format(action=plain_action(workspace)))
    told = xop("check", workspace)
    assert told.code == 0, told.out
    assert "Nobody may enter one by request: name it in `journeys`" in told.out
    assert "Nobody may ask next for a choice: name it in `decisions`" in told.out
    agents = workspace / "agents.yaml"
    granted = agents.read_text().replace('actions: ["*"]', 'actions: ["*"], journeys: [one], decisions: ["*"]', 1)
    agents.write_text(granted)
    notes = xop("check", workspace, "--json").json["notes"]
    assert [note for note in notes if note.startswith("Nobody may")] == []


def test_check_of_another_folder_says_where_the_workspace_is(xop, workspace):
    (workspace.parent / "notes.txt").write_text("x")
    [problem] = xop("check", workspace.parent, "--json").json["problems"]
    assert problem["cause"] == "this is no workspace: it has no workspace.toml"
    assert str(workspace) in problem["remedy"]


def test_check_reports_every_problem_with_its_line_and_remedy(xop, workspace):
    connections = workspace / "connections.yaml"
    connections.write_text(connections.read_text().replace("adapter: simulated}", "adapter: simulatd}"))
    (workspace / "notes.txt").write_text("no part of a workspace")
    found = xop("check", workspace, "--json")
    assert found.code == 1
    assert found.json["ok"] is False
    assert ("connections.yaml", 4) in {(each["file"], each["line"]) for each in found.json["problems"]}
    assert all(each["cause"] and each["remedy"] for each in found.json["problems"])

    told = xop("check", workspace)
    assert told.code == 1
    assert "connections.yaml:4: " in told.out
    assert "notes.txt: " in told.out
    assert " → " in told.out
    assert f"{len(found.json['problems'])} problems." in told.out


BESIDE = {
    "invariants.yaml": """
invariants:
  nothing_is_free:
    message: Nothing happens without consent.
    never: permit
    when: "!context.consent.permitted"
""",
    "scenarios/first.yaml": """
scenarios:
  - name: nothing happens
    given:
      - customer: ada
        identifiers: {email: ada@mail.example}
    when:
      - after: 1h
    then:
      - not_sent: {}
""",
}
"""Files that are checked with a workspace and are no part of its release."""


@pytest.mark.parametrize(
    ("path", "mistake", "line"),
    [
        ("invariants.yaml", ("consent.permitted", "consent.permits"), 6),
        ("invariants.yaml", ("never: permit", "never: allow"), 5),
        ("scenarios/first.yaml", ("after: 1h", "after: soon"), 8),
        ("scenarios/first.yaml", ("customer:", "custmer:"), 5),
    ],
)
def test_check_reports_what_lies_beside_the_release(xop, workspace, path, mistake, line):
    file = workspace / path
    file.parent.mkdir(exist_ok=True)
    file.write_text(BESIDE[path])
    assert xop("check", workspace).code == 0
    file.write_text(BESIDE[path].replace(*mistake))
    found = xop("check", workspace, "--json")
    assert found.code == 1
    assert {(each["file"], each["line"]) for each in found.json["problems"]} == {(path, line)}
    assert all(each["cause"] and each["remedy"] for each in found.json["problems"])
    assert f"{path}:{line}: " in xop("check", workspace).out


def test_a_broken_workspace_is_not_published(xop, data, workspace):
    before = xop("releases", "--data", data, "--json").json
    (workspace / "signals.yaml").write_text("signals: [")
    refused = xop("publish", workspace, "--data", data, "--json")
    assert refused.code == 1
    assert refused.json["published"] is False
    assert refused.json["problems"][0]["file"] == "signals.yaml"
    assert xop("releases", "--data", data, "--json").json == before


def test_publish_tells_which_files_changed(xop, data, workspace):
    (workspace / "actions" / "issue_credit.yaml").unlink()
    (workspace / "signals.yaml").write_text("signals: {}\n")
    (workspace / "signals").mkdir()
    (workspace / "signals" / "orders.yaml").write_text("signals: {order.placed: {}}\n")
    published = xop("publish", workspace, "--data", data, "--json").json
    assert published["changes"] == {
        "added": ["signals/orders.yaml"],
        "changed": ["signals.yaml"],
        "removed": ["actions/issue_credit.yaml"],
    }
    assert published["before"] not in {None, published["digest"]}

    again = xop("publish", workspace, "--data", data)
    assert (again.code, again.err) == (0, "")
    assert "nothing changed" in again.out


def test_releases_keeps_all_that_were_published_and_marks_the_one_that_rules(xop, data, workspace):
    (workspace / "workspace.toml").write_text('name = "second"\ntime_zone = "UTC"\n')
    digest = xop("publish", workspace, "--data", data, "--json").json["digest"]
    listed = xop("releases", "--data", data, "--json").json["releases"]
    assert [(each["name"], each["active"]) for each in listed] == [("second", True), ("starter", False)]
    told = xop("releases", "--data", data).out
    assert [line.split()[-1] for line in told.splitlines() if digest in line] == ["active"]


def test_schemas_are_valid_and_fit_the_starter(xop, tmp_path, workspace):
    written = xop("schemas", "--out", tmp_path / "schemas", "--json")
    assert written.code == 0
    documents = {path.name: json.loads(path.read_text()) for path in (tmp_path / "schemas").iterdir()}
    assert len(written.json["files"]) == len(documents)
    for name, document in documents.items():
        assert jsonschema_rs.meta.is_valid(document), name
    signals = yaml.safe_load((workspace / "signals.yaml").read_text())
    assert jsonschema_rs.is_valid(documents["signals.schema.json"], signals)
    assert xop("schemas").json == documents


def test_a_schema_refuses_what_check_refuses(xop):
    schema = xop("schemas").json["connections.schema.json"]
    assert jsonschema_rs.is_valid(schema, {"connections": {"a": {"adapter": "console"}}})
    assert not jsonschema_rs.is_valid(schema, {"connections": {"a": {"adapter": "fax"}}})


@pytest.mark.parametrize("command", ["check", "publish"])
def test_a_folder_that_is_not_there_is_wrong_usage(xop, tmp_path, command):
    missing = xop(command, tmp_path / "nowhere")
    assert missing.code == 2
    assert "does not exist" in missing.err
