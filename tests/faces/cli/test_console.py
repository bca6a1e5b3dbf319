"""`xop console` says who may sign in, and `xop serve` where."""

import json
from datetime import datetime

from tests.kit.console import consoling
from xop.faces.cli.program import run


def test_an_invitation_is_a_link_to_where_people_reach_the_server(tmp_path, capfd):
    assert run(["console", "invite", "sam", "--data", str(tmp_path), "--url", "https://xop.test/", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["operator"] == "sam"
    assert told["link"].startswith("https://xop.test/console/invitations/")
    assert datetime.fromisoformat(told["until"]).tzinfo is not None


def test_whoever_was_never_there_is_dismissed_without_a_fuss(tmp_path, capfd):
    assert run(["console", "dismiss", "sam", "--data", str(tmp_path)]) == 0
    assert "signed out everywhere" in capfd.readouterr().out


def test_a_file_that_is_no_store_is_told_with_what_to_do(tmp_path, capfd):
    (tmp_path / "console.db").write_text("what is this" * 100)
    assert run(["console", "invite", "sam", "--data", str(tmp_path)]) == 1
    told = capfd.readouterr()
    assert "cannot be read" in told.out + told.err


def test_a_server_serves_the_console_where_it_says(tmp_path):
    with consoling(tmp_path) as console:
        visitor = console.visitor("olga")
        try:
            assert visitor.get("/console/account").status_code == 200
        finally:
            visitor.client.close()
