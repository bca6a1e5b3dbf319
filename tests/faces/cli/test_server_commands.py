"""Commands against a running server, and the server's own beginning and end."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import threading

import pytest

from tests.faces.cli.conftest import KEYS, PATIENCE, process, serving, write_workspace

pytestmark = pytest.mark.slow


@pytest.fixture
def ask(xop, server, monkeypatch):
    """Runs `xop` against the running server."""
    monkeypatch.setenv("XOP_URL", server)
    return xop


def event(number, address, total=100, source="file"):
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"e{number}",
            "source": source,
            "type": "cart.abandoned",
            "subject": address,
            "data": {"total": total},
        }
    )


def test_a_file_of_events_is_sent_once(ask, tmp_path):
    lines = [event(number, f"email:file{number % 7}@example.com") for number in range(450)]
    file = tmp_path / "events.jsonl"
    file.write_text("\n\n".join(lines) + "\n")
    first = ask("send", "--file", file, "--json")
    assert first.code == 0
    assert (first.json["sent"], first.json["acknowledged"], first.json["duplicates"]) == (450, 450, 0)
    again = ask("send", "--file", file, "--json").json
    assert (again["acknowledged"], again["duplicates"], again["facts"]) == (450, 450, 0)
    told = ask("send", "--file", file)
    assert told.out.splitlines()[0].split() == ["sent", "450"]


def test_refused_events_of_a_file_are_named_by_their_line(ask, tmp_path):
    file = tmp_path / "events.jsonl"
    file.write_text(
        "\n".join(
            [
                event(1, "email:l@example.com", source="other"),
                "",
                event(2, "fax:1", source="other"),
                event(3, "email:l@example.com", -1, source="other"),
            ]
        )
    )
    refused = ask("send", "--file", file, "--json")
    assert refused.code == 1
    assert (refused.json["acknowledged"], refused.json["refused"]) == (1, 2)
    assert [each["line"] for each in refused.json["refusals"]] == [3, 4]
    assert all(each["detail"] and each["remedy"] for each in refused.json["refusals"])


def test_a_line_that_is_not_json_is_named(ask, tmp_path):
    file = tmp_path / "events.jsonl"
    file.write_text("{}\nnot json\n")
    broken = ask("send", "--file", file)
    assert broken.code == 1
    assert "line 2 is not JSON" in broken.err


def test_the_whole_loop_over_the_network(ask):
    taken = ask("send", "cart.abandoned", "--id", "email:loop@example.com", "--data", '{"total": 4200}', "--json").json
    ruled = ask(
        "propose", "issue_credit", "--customer", taken["customer"], "--arg", "amount=3", "--wait", "5", "--json"
    )
    assert (ruled.code, ruled.json["verdict"]) == (0, "permit")
    assert "was permitted" in ask("explain", ruled.json["decision"]).out
    assert ruled.json["decision"] in ask("decisions", taken["customer"]).out
    assert ask("context", "email:loop@example.com", "--json").json["id"] == taken["customer"]


def test_a_former_id_leads_to_the_customer_it_became(ask):
    ids = [
        ask("send", "support.opened", "--id", f"email:{name}@example.com", "--data", '{"case": "1"}', "--json").json
        for name in ("kept", "gone")
    ]
    keep, gone = (each["customer"] for each in ids)
    assert ask("merge", keep, gone).code == 0
    assert ask("context", gone, "--json").json["id"] == keep
    assert ask("consent", gone, "--json").json["customer"] == keep


def test_without_a_key_the_remedy_says_how_to_give_one(ask, monkeypatch):
    monkeypatch.delenv("XOP_KEY")
    refused = ask("releases")
    assert refused.code == 1
    assert "→ give the API key of a principal with --key or XOP_KEY" in refused.err
    assert ask("releases", "--key", "wrong").code == 1
    assert ask("releases", "--key", KEYS["XOP_SUPERVISOR_KEY"]).code == 0


def test_what_a_key_may_not_do_is_refused(ask):
    refused = ask("facts", "--key", KEYS["XOP_WEB_KEY"], "--json")
    assert refused.code == 1
    assert refused.json["error"]["problem"]["code"] == "scope-missing"


def test_facts_are_followed_as_they_become_true(ask, server):
    customer = ask("send", "support.opened", "--id", "email:live@example.com", "--data", '{"case": "1"}', "--json").json
    follow = ("facts", customer["customer"], "--follow", "--json", "--url", server)
    with process(*follow, environment={"XOP_KEY": KEYS["XOP_SUPERVISOR_KEY"]}) as child:
        first: list[str] = []
        heard = threading.Event()

        def listen() -> None:
            first.append(child.stdout.readline())
            heard.set()

        reader = threading.Thread(target=listen)
        reader.start()
        for number in range(300):
            case = json.dumps({"case": str(number)})
            assert ask("send", "support.closed", "--id", "email:live@example.com", "--data", case).code == 0
            if heard.wait(0.1):
                break
        reader.join(PATIENCE)
        child.send_signal(signal.SIGINT)
        _, complaints = child.communicate(timeout=PATIENCE)
    assert json.loads(first[0])["customer"] == customer["customer"]
    assert (child.returncode, complaints.strip()) == (130, "")


def test_a_workspace_published_while_the_server_runs_rules_at_once(xop, tmp_path, monkeypatch):
    folder = write_workspace(tmp_path / "workspace")
    with serving(tmp_path / "data", "--workspace", folder) as about:
        monkeypatch.setenv("XOP_URL", about["url"])
        order = ("send", "order.placed", "--id", "email:new@example.com")
        assert xop(*order).code == 1
        (folder / "signals").mkdir()
        (folder / "signals" / "orders.yaml").write_text("signals: {order.placed: {}}\n")
        published = xop("publish", folder, "--json").json
        assert published["before"] == about["release"]
        assert published["digest"] != about["release"]
        assert xop(*order).code == 0
        (folder / "signals" / "orders.yaml").write_text("signals: [")
        assert xop("publish", folder).code == 1
        assert xop(*order).code == 0


def test_a_data_folder_in_use_is_left_to_its_server(xop, tmp_path):
    folder = write_workspace(tmp_path / "workspace")
    with serving(tmp_path / "data", "--workspace", folder):
        data = ("--data", tmp_path / "data")
        for command in (("releases",), ("publish", folder), ("replay", "--all")):
            refused = xop(*command, *data)
            assert refused.code == 3
            assert "in use" in refused.err
            assert "--url" in refused.err
        examined = xop("doctor", *data, "--json")
        assert [each["state"] for each in examined.json["findings"] if each["subject"] == "store"] == ["warning"]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_server_ends_in_order_and_keeps_what_it_took(xop, tmp_path, ending):
    folder = write_workspace(tmp_path / "workspace")
    with process("serve", "--data", tmp_path / "data", "--workspace", folder, "--port", "0") as child:
        lines = [child.stdout.readline() for _ in range(5)]
        url = lines[0].split()[-1]
        sent = xop("send", "cart.abandoned", "--id", "email:a@example.com", "--data", '{"total": 1}', "--url", url)
        assert sent.code == 0
        child.send_signal(ending)
        _, said = child.communicate(timeout=PATIENCE)
    assert lines[0].startswith("XOP serves starter at http://127.0.0.1:")
    assert f"kill {child.pid}" in "".join(lines)
    assert (child.returncode, said) == (0, "Stopped; everything taken is kept.\n")
    assert xop("context", "email:a@example.com", "--data", tmp_path / "data").code == 0
    assert xop("replay", "--all", "--data", tmp_path / "data").code == 0


def test_a_server_refuses_a_port_that_is_taken(xop, tmp_path, workspace):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = xop("serve", "--data", tmp_path / "data", "--workspace", workspace, "--port", port)
    assert refused.code == 3
    assert f"cannot listen on 127.0.0.1 port {port}" in refused.err
    assert "--port" in refused.err


def test_a_server_refuses_a_folder_without_a_release(xop, tmp_path):
    refused = xop("serve", "--data", tmp_path / "data", "--port", "0")
    assert refused.code == 1
    assert "xop publish" in refused.err


def test_a_server_refuses_a_broken_workspace(xop, tmp_path, workspace):
    (workspace / "purposes.yaml").write_text("purposes: 7")
    serve = ("serve", "--data", tmp_path / "data", "--workspace", workspace, "--port", "0")
    told = xop(*serve)
    assert told.code == 1
    assert f"xop check {workspace}" in told.err
    document = xop(*serve, "--json")
    assert "purposes.yaml" in {each["file"] for each in document.json["error"]["problems"]}
    assert not (tmp_path / "data").exists()


def test_the_console_script_is_the_program(tmp_path):
    with process("check", tmp_path, "--json") as child:
        out, complaints = child.communicate(timeout=PATIENCE)
    assert (child.returncode, complaints) == (1, "")
    assert json.loads(out)["ok"] is False


def test_a_reader_who_has_enough_ends_the_answer(tmp_path):
    with process("schemas") as child:
        assert child.stdout.readline() == "{\n"
        child.stdout.close()
        complaints = child.stderr.read()
        child.wait(PATIENCE)
    assert complaints == ""


def test_a_terminal_gets_colour_and_no_color_takes_it_away(tmp_path, workspace):
    shown = {name: in_terminal("check", workspace, variable=name) for name in ("NO_COLOR", "XOP_IRRELEVANT")}
    assert "\x1b" not in shown["NO_COLOR"]
    assert "\x1b[32m" in shown["XOP_IRRELEVANT"]


def in_terminal(*arguments, variable):
    """Run `xop` in a terminal of its own and return everything it shows."""
    keeper, own = pty.openpty()
    try:
        environment = {**os.environ, "TERM": "xterm-256color", variable: "1"}
        environment = (
            environment if variable == "NO_COLOR" else {k: v for k, v in environment.items() if k != "NO_COLOR"}
        )
        command = [sys.executable, "-c", "from xop.faces.cli import main; main()", *map(str, arguments)]
        subprocess.run(command, stdout=own, stderr=own, stdin=own, env=environment, timeout=PATIENCE, check=True)
    finally:
        os.close(own)
    shown = b""
    while True:
        try:
            chunk = os.read(keeper, 4096)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    os.close(keeper)
    return shown.decode()
