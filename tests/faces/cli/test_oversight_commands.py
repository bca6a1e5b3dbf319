"""AI systems, incidents and the report of a month on the command line."""

import json

import pytest

from tests.faces.cli.conftest import write_workspace

ADA = "email:ada@example.com"

REGISTER = {
    "deployer": {"name": "The shop", "contact": "ai@shop.test"},
    "systems": {
        "concierge": {
            "covers": ["agent:concierge"],
            "provider": "A maker of models",
            "purpose": "Helps customers.",
            "risk_class": "annex_iii:5b",
            "rationale": "It says who pays later.",
            "disclosure": "hello",
        }
    },
    "texts": {"hello": {"kind": "disclosure", "version": 1, "languages": {"en": "An AI of the shop."}}},
}


@pytest.fixture
def workspace(tmp_path):
    """The workspace of these tests with a register."""
    folder = write_workspace(tmp_path / "workspace")
    (folder / "systems.yaml").write_text(json.dumps(REGISTER))
    (folder / "agents.yaml").write_text(
        (folder / "agents.yaml")
        .read_text()
        .replace("      - metrics:read", "      - metrics:read\n      - halts:write")
    )
    return folder


def test_check_says_what_a_register_lacks_and_from_when(xop, workspace):
    ran = xop("check", workspace)
    assert ran.code == 0, ran.out
    assert "systems.yaml:1: concierge: no text that tells people of it" in ran.out
    assert "Art. 26(11) binds from 2027-12-02." in ran.out


def test_check_notes_agents_without_a_register(xop, tmp_path):
    ran = xop("check", write_workspace(tmp_path / "plain"), "--json")
    (note,) = [each for each in ran.json["notes"] if "systems.yaml" in each]
    assert note.startswith("agents.yaml:4: no register says what the AI systems concierge are")


def test_systems_are_listed_and_shown_with_their_duties(xop, data):
    told = xop("systems", "--data", data)
    assert "notice (from 2027-12-02)" in told.out
    shown = xop("systems", "concierge", "--data", data)
    assert "Art. 27" in shown.out
    assert "no assessment of its impact" in shown.out
    assert xop("systems", "concierge", "--data", data, "--json").json["risk_class"] == "annex_iii:5b"
    unknown = xop("systems", "nobody", "--data", data)
    assert (unknown.code, "→ list them with `xop systems`" in unknown.err) == (1, True)


def test_what_a_customer_was_told_is_recorded(xop, data):
    assert xop("send", "cart.abandoned", "--id", ADA, "--data", '{"total": 100}', "--data-folder", data).code == 0
    ran = xop("inform", ADA, "hello", "--language", "en", "--channel", "email", "--data", data, "--json")
    assert (ran.code, ran.json["facts"]) == (0, 1)
    refused = xop("inform", ADA, "hullo", "--language", "en", "--channel", "email", "--data", data)
    assert refused.code == 1
    assert "name one of: hello" in refused.err
    nowhere = xop("inform", ADA, "hello", "--language", "en", "--data", data)
    assert (nowhere.code, "→ name it with --channel" in nowhere.err) == (1, True)


@pytest.mark.parametrize("month", ["2026-13", "november", "2026-1"])
def test_a_month_that_is_none_says_how_to_write_one(xop, data, month):
    refused = xop("oversight", "report", "--month", month, "--data", data)
    assert (refused.code, "write it as 2026-11" in refused.err) == (2, True)


def test_an_incident_goes_from_open_to_closed(xop, data):
    opened = xop(
        "incidents", "open", "serious", "--agent", "agent:concierge", "--summary", "odd", "--data", data, "--json"
    )
    name = opened.json["incident"]
    listed = xop("incidents", "list", "--data", data)
    assert name in listed.out
    assert "14 d 23 h" in listed.out
    assert xop("incidents", "close", name, "--data", data).code == 1
    assert "other" in xop("incidents", "classify", name, "other", "--data", data).out
    assert "the provider" in xop("incidents", "report", name, "--to", "the provider", "--data", data).out
    assert "closed" in xop("incidents", "close", name, "--outcome", "corrected", "--data", data).out
    assert "No incident is open." in xop("incidents", "list", "--data", data).out
    assert name in xop("incidents", "list", "--all", "--data", data).out
    assert "corrected" in xop("incidents", "show", name, "--data", data).out


def test_the_report_of_a_month_is_written_as_a_page(xop, data, tmp_path):
    out = tmp_path / "report.html"
    ran = xop("oversight", "report", "--month", "2026-11", "--out", out, "--data", data)
    assert ran.code == 0, ran.err
    assert "Nothing was asked of people." in ran.out
    assert out.read_text().startswith("<!doctype html>")
    assert xop("oversight", "report", "--out", out, "--data", data).code == 1
    assert xop("oversight", "report", "--out", out, "--force", "--data", data).code == 0
    assert xop("oversight", "report", "--month", "2026-11", "--data", data, "--json").json["month"] == "2026-11"
    assert xop("oversight", "report", "--out", tmp_path / "no" / "where.html", "--data", data).code == 1
