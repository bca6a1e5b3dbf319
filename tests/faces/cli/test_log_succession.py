"""`xop log begin`: a log put back from a backup goes on under another origin, and strangers can verify both."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.faces.cli.conftest import KEYS, serving

ADA = "email:ada@example.com"
WHY = ("--reason", "the disk was lost, and the backup of the night put back")
NAMED = ("--origin", "log.example/second", *WHY)


def _credited(xop, data: Path) -> str:
    sent = xop("send", "cart.abandoned", "--id", ADA, "--data", '{"total": 100}', "--data-folder", data)
    assert sent.code == 0, sent.err
    ran = xop("propose", "issue_credit", "--customer", ADA, "--arg", "amount=5", "--data", data, "--json")
    decision: str = ran.json["decision"]
    return decision


@pytest.fixture
def restored(xop, data, tmp_path) -> Path:
    """A data folder put back from a backup; the other one went on meanwhile."""
    _credited(xop, data)
    shutil.copytree(data, tmp_path / "restored")
    _credited(xop, data)
    return tmp_path / "restored"


def _key(xop, data: Path) -> str:
    key: str = xop("log", "head", "--data", data, "--json").json["key"]
    return key


def test_the_log_that_follows_has_every_leaf_and_both_verify_offline(xop, restored, data, tmp_path):
    old = _key(xop, restored)
    begun = xop("log", "begin", *NAMED, "--data", restored, "--json")
    assert begun.code == 0, begun.err
    new, follows = begun.json["key"], begun.json["follows"]
    decision = _credited(xop, restored)
    assert _key(xop, restored) == new
    assert begun.json["origin"] == "log.example/second"
    assert new.startswith("log.example/second+")

    program = tmp_path / "verify.py"
    program.write_text(xop("log", "verifier").out)
    closed = restored / "log/closed/1"
    both = ("--vkey", new, "--vkey", old, "--older", closed / "checkpoint")
    command = [sys.executable, "-I", program, "log", restored / "log", *both, "--json"]
    done = subprocess.run(command, capture_output=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["continues"] >= follows["size"]
    assert xop("log", "verify", restored / "log", *both).code == 0
    assert xop("log", "verify", closed, "--vkey", old, "--json").json["size"] >= follows["size"]
    assert xop("log", "prove", decision, "--data", restored).code == 0

    leaves = b"".join(path.read_bytes() for path in (restored / "log/tile/entries").rglob("*") if path.is_file())
    assert f'"follows":{{"origin":"{old.partition("+")[0]}","root":"{follows["root"]}"'.encode() in leaves
    assert b"backup" not in leaves


def test_a_copy_of_the_closed_log_is_left_alone(xop, restored, tmp_path):
    copy = tmp_path / "copy"
    assert xop("log", "export", copy, "--data", restored).code == 0
    before = sorted((path, path.read_bytes()) for path in copy.rglob("*") if path.is_file())
    assert xop("log", "begin", *NAMED, "--data", restored).code == 0
    _credited(xop, restored)
    ran = xop("log", "export", copy, "--data", restored)
    assert (ran.code, "into a folder of its own" in ran.err) == (1, True)
    assert sorted((path, path.read_bytes()) for path in copy.rglob("*") if path.is_file()) == before
    assert xop("log", "export", tmp_path / "new", "--data", restored).code == 0


def test_what_was_signed_after_the_backup_is_not_passed_over(xop, restored, data):
    old = _key(xop, restored)
    new = xop("log", "begin", *NAMED, "--data", restored, "--json").json["key"]
    for _ in range(3):
        _credited(xop, restored)
    ran = xop("log", "verify", restored / "log", "--vkey", new, "--vkey", old, "--older", data / "log/checkpoint")
    assert (ran.code, "rewritten" in ran.out) == (1, True)


def test_a_log_that_does_not_say_whom_it_follows_follows_nobody(xop, data, tmp_path, workspace):
    other = tmp_path / "other"
    xop("log", "init", "--origin", "log.example/other", "--data", other)
    assert xop("publish", workspace, "--data", other).code == 0
    for folder in (data, other):
        _credited(xop, folder)
    keys = ("--vkey", _key(xop, data), "--vkey", _key(xop, other))
    ran = xop("log", "verify", data / "log", *keys, "--older", other / "log/checkpoint", "--json")
    assert (ran.code, "or one that it follows" in ran.json["why"]) == (1, True)


def test_only_a_person_who_may_publish_rules_begins_another_log_and_says_why(xop, data):
    _credited(xop, data)
    for arguments, told in (
        ((*NAMED, "--as", "concierge"), "releases:write"),
        (("--origin", "log.example/second", "--reason", " "), "needs a reason"),
        (("--origin", "a name", *WHY), "cannot be the origin"),
        (("--origin", _key(xop, data).partition("+")[0], *WHY), "is called"),
    ):
        ran = xop("log", "begin", *arguments, "--data", data)
        assert (ran.code, told in ran.err) == (1, True), ran.err
    assert not (data / "log/closed").exists()


def test_a_closed_log_is_served_and_signs_nothing_more(xop, restored):
    with serving(restored) as about:
        reach, url = ("--url", about["url"]), about["url"]
        assert xop("log", "begin", *NAMED, *reach).code == 0
        head = xop("log", "head", *reach, "--json").json
        assert (head["state"], "log.example/second follows it" in head["fault"]) == ("refused", True)
        again = xop("log", "begin", "--origin", "log.example/third", *WHY, *reach)
        assert (again.code, "the log is closed" in again.err) == (1, True)
    with serving(restored) as about:
        url = about["url"]
        bearer = {"authorization": f"Bearer {KEYS['XOP_SUPERVISOR_KEY']}"}
        kept = (restored / "log/closed/1/checkpoint").read_bytes()
        with httpx.Client(base_url=url, trust_env=False) as client:
            assert client.get("/log/closed/1/checkpoint").status_code == 401
            assert client.get("/log/closed/1/checkpoint", headers=bearer).content == kept
            tile = next((restored / "log/closed/1/tile/0").rglob("*.p/*"))
            path = tile.relative_to(restored / "log").as_posix()
            assert client.get(f"/log/{path}", headers=bearer).content == tile.read_bytes()
            for none in (
                "closed/2/checkpoint",
                "closed/0/checkpoint",
                "closed/1/origin",
                "closed/1/closed/1/checkpoint",
            ):
                assert client.get(f"/log/{none}", headers=bearer).status_code == 404, none
