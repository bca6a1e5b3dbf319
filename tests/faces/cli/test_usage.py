"""Options, exit codes and what a command says when it cannot do its work."""

import re
import shlex
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import click
import pytest

from tests.faces.cli.conftest import KEYS
from xop.faces.cli.program import SECTIONS

COMMANDS = [
    (*((command.name,) if isinstance(command, click.Group) else ()), each.name)
    for commands in SECTIONS.values()
    for command in commands
    for each in (command.commands.values() if isinstance(command, click.Group) else (command,))
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_and_json(xop, command):
    told = xop(*command, "--help")
    assert (told.code, told.err) == (0, "")
    assert "--json" in told.out


@pytest.fixture
def closed_port():
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("context", "email:a@example.com"),
        ("decisions",),
        ("facts", "--follow"),
        ("propose", "x", "--customer", "email:a@example.com"),
        ("send", "x"),
        ("dead-letters",),
        ("runs", "list"),
        ("enter", "email:a@example.com", "x"),
        ("answer", "run_1", "yes"),
    ],
)
def test_a_server_that_does_not_answer_is_told_apart(xop, closed_port, arguments):
    url = f"http://127.0.0.1:{closed_port}"
    failed = xop(*arguments, "--url", url)
    assert failed.code == 3
    assert failed.out == ""
    assert f"{url} does not answer" in failed.err
    assert "xop serve" in failed.err
    document = xop(*arguments, "--url", url, "--json")
    assert (document.code, document.err) == (3, "")
    assert document.json["error"]["exit_code"] == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",),
        ("send",),
        ("send", "a", "--data", "[1]"),
        ("send", "a", "--data", "{"),
        ("propose", "issue_credit"),
        ("reconcile", "inv_1", "perhaps"),
        ("facts", "--limit", "0"),
        ("outbox", "--state", "lost"),
        ("replay", "--data", "."),
        ("runs", "list", "--waits", "luck"),
        ("enter", "email:a@example.com"),
        ("enter", "email:a@example.com", "x", "--data", "[1]"),
        ("answer", "run_1"),
        ("publish", "--choose", "tasting"),
        ("publish", "--choose", "tasting=vanish"),
        ("publish", "--choose", "tasting.=stay"),
        ("publish", "--choose", "Tasting=stay"),
        ("publish", "--choose", "tasting=stay", "--choose", "tasting=leave"),
        ("publish", "--undo", "--choose", "tasting=stay"),
        ("publish", ".", "--undo"),
        ("context", "email:a@example.com", "--as", "supervisor"),
        ("context", "email:a@example.com", "--data", ".", "--url", "http://127.0.0.1:1"),
        ("context", "email:a@example.com", "--data", ".", "--key", "k"),
        ("context", "email:a@example.com", "--url", "http://["),
        ("context", "email:a@example.com", "--key", "sch\u00fcssel"),
    ],
)
def test_wrong_usage_ends_with_two_and_one_document(xop, arguments):
    told = xop(*arguments)
    assert (told.code, told.out) == (2, "")
    assert told.err
    document = xop(*arguments, "--json")
    assert (document.code, document.err) == (2, "")
    assert document.json["error"]["cause"]


def test_a_folder_without_a_release_says_what_to_do(xop, tmp_path):
    refused = xop("decisions", "--data", tmp_path)
    assert refused.code == 1
    assert "→ run `xop publish FOLDER --data DIR` first" in refused.err


def test_acting_as_somebody_who_is_not_declared_is_refused(xop, data):
    refused = xop("decisions", "--as", "nobody", "--data", data)
    assert refused.code == 1
    assert "no principal 'nobody'" in refused.err
    assert "supervisor" in refused.err


def test_a_workspace_without_operators_says_whom_to_act_as(xop, data, workspace):
    (workspace / "agents.yaml").write_text('sources: {web: {key: "${env:XOP_WEB_KEY}"}}\n')
    for path in ("policies/reminders.cedar", "privacy.yaml"):
        (workspace / path).unlink()
    assert xop("publish", workspace, "--data", data).code == 0
    refused = xop("releases", "--data", data)
    assert refused.code == 1
    assert "--as (there are: web)" in refused.err
    assert xop("releases", "--as", "web", "--data", data).code == 0


def test_the_owner_of_a_folder_needs_no_keys(xop, data, monkeypatch):
    for name in (*KEYS, "XOP_KEY"):
        monkeypatch.delenv(name)
    assert xop("decisions", "--data", data).code == 0


def test_another_server_is_not_taken_for_xop(xop, not_xop):
    failed = xop("releases", "--url", not_xop)
    assert failed.code == 1
    assert "check that --url names an XOP server" in failed.err


@pytest.fixture
def not_xop():
    """The URL of a web server that speaks of something else."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>hello</html>")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{web.server_address[1]}"
        web.shutdown()
        thread.join()


def test_a_fate_that_is_none_is_refused_in_plain_words(xop):
    refused = xop("publish", "--choose", "win_back=delete")
    assert "a fate is `stay`" in refused.err
    assert "Expected" not in refused.err


@pytest.mark.parametrize("command", [("send", "a"), ("enter", "email:a@example.com", "chat")])
def test_a_folder_where_json_belongs_is_told_its_option(xop, tmp_path, command):
    refused = xop(*command, "--data", tmp_path)
    assert refused.code == 2
    assert "for a data folder give --data-folder" in refused.err
    assert "Expecting" not in refused.err


def test_the_next_step_leads_to_the_same_data_folder(xop, data):
    told = xop(
        "send", "support.opened", "--id", "email:a@example.com", "--data", '{"case": "1"}', "--data-folder", data
    )
    step = re.search(r"Next: `xop ([^`]+)`", told.out)
    assert step is not None
    assert xop(*shlex.split(step[1])).code == 0


def test_the_next_step_leads_to_the_same_server(xop, server, monkeypatch):
    arguments = ("send", "support.opened", "--id", "email:a@example.com", "--data", '{"case": "1"}')
    assert f" --url {server}`." in xop(*arguments, "--url", server).out
    monkeypatch.setenv("XOP_URL", server)
    assert "--url" not in xop(*arguments).out
