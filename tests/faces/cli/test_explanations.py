"""Explanations on the command line, and exports of decisions that strangers verify with two files and nothing else."""

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from tests.faces.cli.conftest import AGENTS
from xop.assembly import recompiled
from xop.kernel.release import Release
from xop.standalone import verify_log, verify_release
from xop.standalone.verify_release import digest_of

ADA = "email:ada@example.com"


@pytest.fixture
def workspace(workspace) -> Path:
    """The workspace with a supervisor who may have customers erased."""
    (workspace / "agents.yaml").write_text(f"{AGENTS.rstrip()}\n      - privacy:write\n")
    return workspace


@pytest.fixture
def decision(xop, data) -> str:
    """The decision on a credit for somebody."""
    sent = xop("send", "cart.abandoned", "--id", ADA, "--data", '{"total": 100}', "--data-folder", data)
    assert sent.code == 0, sent.err
    ran = xop("propose", "issue_credit", "--customer", ADA, "--arg", "amount=5", "--data", data, "--json")
    assert ran.code == 0, ran.out
    name: str = ran.json["decision"]
    return name


@pytest.fixture
def exported(xop, data, decision, tmp_path):
    """A file with the decision's export, and one with the trust policy of whoever verifies it."""
    file, policy = tmp_path / "decision.json", tmp_path / "log.policy"
    ran = xop("explain", decision, "--bundle", file, "--data", data, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["erased"] == []
    policy.write_text(json.loads(file.read_text())["policy"])
    return file, policy


def verified(file, policy):
    """Verify an export with the two standalone programs, without the platform on the path."""
    programs = [(verify_log, ["evidence", file, "--policy", policy]), (verify_release, [file])]
    return [
        subprocess.run(
            [sys.executable, "-I", "-S", str(program.__file__), *map(str, arguments)], capture_output=True, check=False
        ).returncode
        for program, arguments in programs
    ]


def test_a_customer_and_an_auditor_are_told_in_their_own_words(xop, data, decision):
    customer = xop("explain", decision, "--audience", "customer", "--data", data)
    assert customer.out.startswith("What was decided\n")
    assert "xop.granted" not in customer.out
    assert "was not recorded" in customer.err
    auditor = xop("explain", decision, "--audience", "auditor", "--data", data)
    assert "xop.granted" in auditor.out
    assert xop("explain", decision, "--audience", "customer", "--data", data, "--json").json["language"] == "en"


def test_a_customer_is_told_in_a_language_that_the_data_folder_has(xop, data, decision):
    (data / "catalogues").mkdir()
    (data / "catalogues" / "es.po").write_text('msgid "What was decided"\nmsgstr "Qué se decidió"\n', encoding="utf-8")
    asked = ("explain", decision, "--audience", "customer", "--data", data)
    assert xop(*asked, "--language", "es").out.startswith("Qué se decidió\n")
    assert xop(*asked).out.startswith("What was decided\n")
    refused = xop(*asked, "--language", "fr")
    assert (refused.code, "fr.po" in refused.err) == (1, True)
    assert xop("explain", decision, "--language", "es", "--data", data).code == 2


def test_an_export_is_for_nobody_else_to_read_even_in_place_of_an_older_file(xop, data, decision, exported):
    file, _ = exported
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    assert xop("explain", decision, "--bundle", file, "--data", data).code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    ran = xop("explain", decision, "--bundle", file.parent / "none" / "x.json", "--data", data)
    assert (ran.code, "cannot be used" in ran.err, "name another file" in ran.err) == (1, True, True)


def test_an_export_verifies_offline(exported):
    assert verified(*exported) == [0, 0]


def test_the_files_in_an_export_compile_to_the_release_that_ruled(exported):
    export = json.loads(exported[0].read_text())
    stored = {}
    for each in export["release"]["files"]:
        place, _, path = each["name"].partition("/")
        if place in {"baseline", "workspace"}:
            stored[f".baseline/{path}" if place == "baseline" else path] = b64decode(each["content"])
    release = recompiled(stored)
    assert isinstance(release, Release)
    assert release.digest == export["release"]["digest"]


def texts(export):
    return [name for name in ("leaf", "proof", "salt", "entry", "evidence") if export[name]]


def spoilt(text):
    """Return a text with one character of its middle changed into another that stands for as much."""
    middle = len(text) // 2
    while not text[middle].isalnum():
        middle += 1
    other = "1" if text[middle] != "1" else "2"
    return text[:middle] + other + text[middle + 1 :]


def test_whatever_is_changed_in_an_export_is_found(exported):
    file, policy = exported
    whole = json.loads(file.read_text())
    for name in texts(whole):
        file.write_text(json.dumps({**whole, name: spoilt(whole[name])}))
        assert 1 in verified(file, policy), name
    for number, each in enumerate(whole["release"]["files"]):
        files = list(whole["release"]["files"])
        files[number] = {**each, "content": b64encode(b64decode(each["content"]) + b" ").decode()}
        file.write_text(json.dumps({**whole, "release": {**whole["release"], "files": files}}))
        assert verify_release.main([str(file)]) == 1, each["name"]
    other = whole["release"]["files"][:-1]
    for release in ({**whole["release"], "digest": "rel_" + "a" * 32}, {"digest": digest_of(other), "files": other}):
        for entry in (whole["entry"], None):
            file.write_text(json.dumps({**whole, "release": release, "entry": entry}))
            assert verify_release.main([str(file)]) == 1


def test_an_export_of_what_was_erased_says_so_and_the_older_one_still_verifies(xop, data, decision, exported, tmp_path):
    file, policy = exported
    erased = xop("erase", ADA, "--data", data, "--yes")
    assert erased.code == 0, erased.err
    assert verified(file, policy) == [0, 0]
    later = tmp_path / "later.json"
    refused = xop("explain", decision, "--bundle", later, "--data", data)
    assert (refused.code, "erased" in refused.err) == (1, True)
    index = json.loads(file.read_text())["index"]
    ran = xop("explain", decision, "--bundle", later, "--index", str(index), "--data", data, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["erased"] == ["entry", "evidence"]
    assert verified(later, policy) == [0, 0]
    assert "ada@" not in later.read_text()


@pytest.mark.parametrize("options", [("--index", "1"), ("--bundle", "x.json", "--audience", "customer")])
def test_options_that_do_not_go_together_are_refused(xop, data, decision, options):
    assert xop("explain", decision, *options, "--data", data).code == 2


def test_what_is_no_export_is_misused_or_bad(tmp_path):
    assert verify_release.main([]) == verify_release.MISUSED
    assert verify_release.main([str(tmp_path / "none.json")]) == verify_release.MISUSED
    nonsense = tmp_path / "nonsense.json"
    nonsense.write_text("[]")
    assert verify_release.main([str(nonsense)]) == verify_release.BAD
