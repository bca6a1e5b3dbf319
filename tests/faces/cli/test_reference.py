"""The reference pages follow from the code and are up to date."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from xop.faces.cli.program import SECTIONS, program
from xop.faces.cli.reference.facts import fact_types
from xop.faces.cli.reference.pages import pages

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def expected():
    return pages(program, SECTIONS)


def test_the_reference_is_up_to_date():
    command = [sys.executable, "-m", "xop.faces.cli.reference", "--check", "--out", str(ROOT / "docs" / "reference")]
    checked = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")
    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_stale_page_is_found_and_written_anew(xop, tmp_path):
    assert xop("reference", "--out", tmp_path).code == 0
    (tmp_path / "cli.md").write_text("old")
    (tmp_path / "facts.md").unlink()
    (tmp_path / "schemas" / "gone.schema.json").write_text("{}")
    (tmp_path / "notes.md").write_text("written by a person")
    stale = xop("reference", "--check", "--out", tmp_path)
    assert stale.code == 1
    for name in ("cli.md", "facts.md", "schemas/gone.schema.json"):
        assert name in stale.err
    assert (tmp_path / "cli.md").read_text() == "old"
    assert xop("reference", "--out", tmp_path, "--json").json["different"] == ["cli.md"]
    assert xop("reference", "--check", "--out", tmp_path).code == 0
    assert (tmp_path / "notes.md").read_text() == "written by a person"


def test_every_command_and_fact_has_its_place(expected):
    for commands in SECTIONS.values():
        for command in commands:
            assert f"### xop {command.name}\n" in expected["cli.md"]
    for fact in fact_types():
        assert f"### {fact.__name__}\n" in expected["facts.md"]


def test_every_baseline_rule_and_signal_has_its_place(expected):
    assert "### xop.granted\n" in expected["policies.md"]
    assert "## xop.consent.granted\n" in expected["signals.md"]


def test_problems_lists_what_the_api_and_the_kernel_say(expected):
    codes = re.findall(r"^\| `([a-z_.-]+)`", expected["problems.md"], re.MULTILINE)
    assert {"key-missing", "signal-unknown", "merge-declined", "xop.nobody_permits", "xop.expired"} <= set(codes)


def test_the_api_document_is_openapi(expected):
    document = json.loads(expected["openapi.json"])
    assert document["openapi"].startswith("3.1")
    assert "/v1/signals" in document["paths"]


def test_help_does_not_depend_on_the_terminal(expected, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("XOP_URL", "http://elsewhere:1")
    assert pages(program, SECTIONS)["cli.md"] == expected["cli.md"]
