"""Accepted operations: kept word for word, held against actions, and no text that a server wrote becomes anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workspace.material import compiled, problems_of
from xop.kernel.actions.operations import Operation, Operations, PinnedConnection, fingerprint
from xop.workspace import Problem, starter_files
from xop.workspace.acceptance import accept, action_name, contract, contract_text, differences, hidden
from xop.workspace.operations import operations_text
from xop.workspace.yamltree import read_yaml

NOTE = {
    "name": "note",
    "description": "Take a note.",
    "inputSchema": {"type": "object", "properties": {"note": {"type": "string"}}, "required": ["note"]},
}

PROMPT = {"name": "brief", "arguments": [{"name": "topic", "required": True}, {"name": "tone"}]}

STRANGE = [
    "1e3", "0o7", "1_000", "no", "null", "~", "", " ", "12:30", "2026-07-28", "- a", "a: b", "# no", "{{x}}", "${env:A}",
    "line\nbreak", "tab\t", "\u200b\u202e", "\U000e0041", "é", "'", '"', "\\", "&a *b !!c", "%", "@", "`", "=", "<<",
]  # fmt: skip


def accepted(**kinds):
    kept = {kind: {name: Operation(fingerprint(it), it) for name, it in items.items()} for kind, items in kinds.items()}
    return Operations("notes", **kept)


def workspace(request="{tool: note, arguments: {note: '{{arguments.note}}'}}", operations=None, connection="mcp"):
    """The starter with a connection to notes, its accepted operations and one action bound to it."""
    files = starter_files()
    settings = "{url: 'https://notes.example.com/mcp'}" if connection == "mcp" else "{stream: stdout}"
    files["connections.yaml"] += f"\n  notes: {{adapter: {connection}, settings: {settings}}}\n".encode()
    files["actions/take_note.yaml"] = f"""
name: take_note
version: 1
description: Take a note.
kind: write
purpose: {next(iter(compiled(starter_files()).purposes))}
input: {{type: object, properties: {{note: {{type: string}}}}, required: [note]}}
binding: {{connection: notes, request: {request}}}
""".encode()
    operations = accepted(tools={"note": NOTE}, prompts={"brief": PROMPT}) if operations is None else operations
    if operations:
        files["operations/notes.yaml"] = operations_text(operations).encode()
    return files


def written(operations):
    """What a file of operations holds when it is read."""
    problems: list[Problem] = []
    document = read_yaml("", operations_text(operations), problems)
    assert problems == []
    assert document is not None
    return document.value


def cause(files):
    return "; ".join(each.cause for each in problems_of(files))


def test_a_release_carries_a_connection_with_what_was_accepted_of_it():
    connection = compiled(workspace()).connections["notes"]

    assert isinstance(connection, PinnedConnection)
    assert connection.operations.tools["note"].definition == NOTE
    assert not isinstance(compiled(workspace()).connections["terminal"], PinnedConnection)


def test_another_definition_is_another_release():
    other = accepted(tools={"note": {**NOTE, "title": "Note"}}, prompts={"brief": PROMPT})

    assert compiled(workspace()).digest != compiled(workspace(operations=other)).digest


@pytest.mark.parametrize(
    "request_",
    [
        "{tool: note, arguments: {note: hello}}",
        "{tool: note, arguments: '{{arguments}}'}",
        "{prompt: brief, arguments: {topic: '{{arguments.note}}'}}",
        "{resource: 'notes://{{arguments.note}}'}",
    ],
)
def test_an_action_bound_to_an_accepted_operation_is_sound(request_):
    compiled(workspace(request_))


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ("{tool: noted, arguments: {note: x}}", "the tool 'noted' was not accepted"),
        ("{tool: note}", "the argument 'note' is required and not given"),
        ("{tool: note, arguments: {text: x}}", "the argument 'note' is required and not given"),
        ("{prompt: briefing}", "the prompt 'briefing' was not accepted"),
        ("{prompt: brief, arguments: {tone: x}}", "the argument 'topic' is required and not given"),
        ("{prompt: brief, arguments: '{{arguments}}'}", "the argument 'topic' is required and not given"),
    ],
)
def test_an_action_that_does_not_fit_what_was_accepted_is_a_problem(request_, said):
    assert said in cause(workspace(request_))


def test_an_action_bound_to_a_connection_of_which_nothing_was_accepted_is_a_problem():
    problem = problems_of(workspace(operations=False))[0]

    assert problem.file == "actions/take_note.yaml"
    assert "nothing of the connection 'notes' was accepted" in problem.cause
    assert "xop operations import notes" in problem.remedy


def test_a_definition_edited_by_hand_is_a_problem():
    files = workspace()
    files["operations/notes.yaml"] = files["operations/notes.yaml"].replace(b"Take a note.", b"Take two notes.")

    assert "the definition of 'note' is not the one that was accepted" in cause(files)


def test_operations_of_no_connection_or_of_one_that_has_none_are_a_problem():
    files = starter_files() | {"operations/notes.yaml": operations_text(accepted()).encode()}

    assert "there is no connection 'notes'" in cause(files)
    assert "which has no operations" in cause(workspace("{text: hello}", connection="console"))


def test_a_file_that_has_another_name_is_a_problem():
    files = workspace()
    files["operations/other.yaml"] = files["operations/notes.yaml"]

    assert "stands in a file named 'other'" in cause(files)


@pytest.mark.parametrize("text", STRANGE)
def test_no_text_of_a_server_becomes_anything_else_in_a_file(text):
    definition = {**NOTE, "description": text, "annotations": {text: [text, {text: 1.0}, True, None, 7, 1e20]}}
    kept = written(accepted(tools={text: definition}))["tools"][text]["definition"]

    assert kept == definition
    assert fingerprint(kept) == fingerprint(definition)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_comes_back_to_the_letter(text):
    kept = written(accepted(tools={"note": {**NOTE, "description": text}}))

    assert kept["tools"]["note"]["definition"]["description"] == text


def test_hidden_characters_can_be_seen_in_the_file():
    assert operations_text(accepted(tools={"note": {**NOTE, "description": "a\u200bb"}})).isascii()
    assert hidden({"a": ["b\u202e"]})
    assert hidden({"\U000e0041": 1})
    assert hidden("bell\x07")
    assert not hidden({"a": "plain\n\twords, Grüße"})


def test_what_differs_is_told_and_taken_over_one_by_one():
    before = accepted(tools={"note": NOTE, "old": {**NOTE, "name": "old"}})
    changed = {**NOTE, "description": "Other."}
    found = differences(before, {"tools": {"note": changed, "new": {**NOTE, "name": "new"}}})
    after = accept("notes", before, [each for each in found if each.name != "old"])

    assert [(each.name, each.change) for each in found] == [("new", "new"), ("note", "changed"), ("old", "gone")]
    assert after.tools.keys() == {"note", "new", "old"}
    assert after.tools["note"] == Operation(fingerprint(changed), changed)
    assert (
        differences(accept("notes", before, found), {"tools": {"note": changed, "new": {**NOTE, "name": "new"}}}) == []
    )


def test_a_definition_edited_by_hand_differs():
    edited = Operations("notes", tools={"note": Operation(fingerprint(NOTE), {**NOTE, "title": "x"})})

    assert [each.change for each in differences(edited, {"tools": {"note": NOTE}})] == ["changed"]


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("cancelOrder", "cancel_order"),
        ("Notes.Add-One", "notes_add_one"),
        ("7up", "tool_7up"),
        ("_", "tool"),
        ("a" * 99, "a" * 64),
    ],
)
def test_a_tool_gives_an_action_a_name_that_it_may_have(tool, name):
    assert action_name(tool) == name


def test_a_contract_made_of_a_tool_is_a_write_and_shows_nothing_hidden():
    tool = {**NOTE, "description": "Take\u200b a note.\U000e0041", "annotations": {"readOnlyHint": True}}
    files = workspace(operations=accepted(tools={"note": tool}))
    purpose = next(iter(compiled(starter_files()).purposes))
    files["actions/note.yaml"] = contract_text(contract("notes", tool, "write", purpose)).encode()
    action = compiled(files).actions["note"].action

    assert (action.kind, action.risk, action.description) == ("write", "medium", "Take a note.")
    assert action.binding.request == {"tool": "note", "arguments": "{{arguments}}"}
