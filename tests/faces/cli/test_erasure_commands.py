"""`xop erase`, `xop erasures`, `xop legal-hold`, `xop export` and `xop retention`, on a data folder and on a server."""

import io
import json
import zipfile

import pytest

from tests.faces.cli.conftest import serving, write_workspace

ADA = "email:ada@example.com"


@pytest.fixture
def officer(monkeypatch):
    """The key of a data protection officer."""
    monkeypatch.setenv("XOP_DPO_KEY", "dpo-key")


@pytest.fixture
def place(tmp_path, xop, officer):
    """A data folder of a workspace with such an officer, who keeps evidence for an hour."""
    workspace = write_workspace(tmp_path / "workspace")
    officers = '  dpo: {key: "${env:XOP_DPO_KEY}", scopes: [customers:read, privacy:write, exports:read]}\n'
    with (workspace / "agents.yaml").open("a") as agents:
        agents.write(officers)
    (workspace / "retention.yaml").write_text("evidence: 1ms\n")
    folder = tmp_path / "data"
    assert xop("publish", workspace, "--data", folder).code == 0
    event = ("--data", '{"total": 4200}', "--data-folder", folder)
    assert xop("send", "cart.abandoned", "--id", ADA, *event).code == 0
    return folder


def as_officer(folder):
    return ("--data", folder, "--as", "dpo")


def test_a_plan_shows_what_would_go_and_does_nothing(xop, place):
    told = xop("erase", ADA, "--plan", *as_officer(place))
    assert (told.code, told.err) == (0, "")
    for words in ("what would go", "ledger", "not contacted again by", ADA, "Nobody else is told."):
        assert words in told.out
    assert xop("context", ADA, "--data", place).code == 0


def test_a_customer_is_erased_and_the_command_waits_for_it(xop, place):
    erased = xop("erase", ADA, "--yes", "--json", *as_officer(place))
    assert (erased.code, erased.json["state"]) == (0, "done"), erased.out
    assert erased.json["counts"]["ledger"] > 1
    assert xop("context", ADA, "--data", place, "--json").json["error"]["problem"]["code"] == "customer-unknown"
    listed = xop("erasures", *as_officer(place))
    assert erased.json["erasure"] in listed.out
    assert ADA.partition(":")[2] not in listed.out
    assert xop("erasures", erased.json["erasure"], "--json", *as_officer(place)).json == erased.json


def test_the_list_of_erasures_goes_on_where_it_ended(xop, place):
    names = ["dora", "emil", "fay"]
    for name in names:
        event = ("--id", f"email:{name}@example.com", "--data", '{"total": 4200}', "--data-folder", place)
        assert xop("send", "cart.abandoned", *event).code == 0
        asked = ("--yes", "--within", "1d", "--no-wait", *as_officer(place))
        assert xop("erase", f"email:{name}@example.com", *asked).code == 0
    first = xop("erasures", "--limit", "2", "--json", *as_officer(place)).json
    assert [each["state"] for each in first["erasures"]] == ["requested", "requested"]
    assert f"--after {first['next']}" in xop("erasures", "--limit", "2", *as_officer(place)).err
    rest = xop("erasures", "--limit", "2", "--after", first["next"], "--json", *as_officer(place)).json
    assert len({each["erasure"] for each in [*first["erasures"], *rest["erasures"]]}) == len(names)
    assert rest["next"] is None
    last = rest["erasures"][-1]["erasure"]
    assert "There are no more." in xop("erasures", "--after", last, *as_officer(place)).out


@pytest.mark.parametrize("said", ["", "n\n"])
def test_nothing_is_erased_before_somebody_says_so(xop, place, monkeypatch, said):
    monkeypatch.setattr("sys.stdin", io.StringIO(said))
    asked = xop("erase", ADA, *as_officer(place))
    assert asked.code == 1
    assert "nothing was erased" in asked.err
    assert "what would go" in asked.out
    assert xop("erase", ADA, "--json", *as_officer(place)).code == 2
    assert xop("context", ADA, "--data", place).code == 0


def test_a_legal_hold_forbids_it_and_is_named(xop, place):
    imposed = xop("legal-hold", "impose", ADA, "case-7", "--ground", "legal_claims", *as_officer(place))
    assert (imposed.code, "case-7" in imposed.out) == (0, True), imposed.err
    refused = xop("erase", ADA, "--yes", *as_officer(place))
    assert (refused.code, "case-7 (legal_claims)" in refused.err) == (1, True)
    assert "case-7" in xop("erase", ADA, "--plan", *as_officer(place)).out
    lifted = xop("legal-hold", "lift", ADA, "case-7", "--json", *as_officer(place))
    assert lifted.json == {"holds": []}
    assert xop("legal-hold", "list", ADA, "--json", *as_officer(place)).json == {"holds": []}
    assert xop("erase", ADA, "--yes", *as_officer(place)).code == 0


def test_everybody_whose_data_must_be_kept_is_listed(xop, place):
    assert "Nothing keeps anybody's data." in xop("legal-hold", "list", *as_officer(place)).out
    others = [f"email:{number}@example.com" for number in range(3)]
    for number, who in enumerate(others):
        sent = ("send", "cart.abandoned", "--id", who, "--data", '{"total": 1}', "--data-folder", place)
        assert xop(*sent).code == 0
        more = ("--ground", "legal_claims", "--detail", "see the file")
        assert xop("legal-hold", "impose", who, f"case-{number}", *more, *as_officer(place)).code == 0
    listed = xop("legal-hold", "list", *as_officer(place))
    assert all(f"case-{number}" in listed.out for number in range(3))
    first = xop("legal-hold", "list", "--limit", "2", "--json", *as_officer(place)).json
    rest = xop("legal-hold", "list", "--after", first["next"], "--json", *as_officer(place)).json
    assert [len(each["customers"]) for each in (first, rest)] == [2, 1]
    assert xop("legal-hold", "list", "--data", place, "--as", "supervisor").code == 1
    refused = xop("legal-hold", "impose", ADA, "x", "--ground", "because", *as_officer(place))
    assert (refused.code, "legal_claims" in refused.err) == (2, True)


def test_entries_of_the_erased_are_counted_and_not_replayed(xop, place):
    assert "erased" not in xop("replay", "--all", "--data", place).out
    erased = xop("erase", ADA, "--yes", "--json", *as_officer(place)).json
    replayed = xop("replay", "--all", "--data", place, "--json")
    assert (replayed.code, replayed.json["differences"]) == (0, 0)
    assert replayed.json["erased"] == erased["counts"]["ledger"]
    told = xop("replay", "--all", "--data", place).out
    assert f"erased, not replayed  {replayed.json['erased']}" in told
    assert "Every step that is left came out the same" in told


def test_whoever_may_not_is_told_so(xop, place):
    refused = xop("erase", ADA, "--yes", "--data", place, "--as", "supervisor")
    assert refused.code == 1
    assert "privacy:write" in refused.err


def test_an_export_is_written_whole_and_for_its_owner_only(xop, place, tmp_path):
    out = tmp_path / "ada.zip"
    told = xop("export", ADA, "--out", out, "--json", *as_officer(place))
    assert told.code == 0, told.out
    with zipfile.ZipFile(out) as archive:
        assert [each["name"] for each in told.json["files"]] == archive.namelist()
        assert json.loads(archive.read("profile.json"))["identifiers"][0]["value"] == "ada@example.com"
    assert out.stat().st_mode & 0o077 == 0
    assert xop("export", ADA, "--out", out, *as_officer(place)).code == 1
    nobody = tmp_path / "nobody.zip"
    assert xop("export", "email:nobody@example.com", "--out", nobody, *as_officer(place)).code == 1
    assert not nobody.exists()


def test_retention_is_shown_and_then_run(xop, place, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert xop("propose", "issue_credit", "--customer", ADA, "--arg", "amount=5", "--data", place).code == 0
    (planned,) = xop("retention", "plan", "--json", *as_officer(place)).json["classes"]
    assert (planned["name"], planned["period"], planned["count"] > 0) == ("evidence", "1ms", True)
    assert "evidence" in xop("retention", "plan", *as_officer(place)).out
    assert xop("retention", "run", *as_officer(place)).code == 1
    ran = xop("retention", "run", "--yes", "--json", *as_officer(place))
    assert ran.code == 0, ran.out
    assert ran.json["last"]["counts"]["evidence"] >= planned["count"]
    assert ran.json["last"]["over"]


def test_a_server_does_the_same(xop, place, tmp_path):
    with serving(place) as about:
        reach = ("--url", about["url"], "--key", "dpo-key")
        assert xop("export", ADA, "--out", tmp_path / "ada.zip", *reach).code == 0
        erased = xop("erase", ADA, "--yes", "--no-suppress", "--idempotency-key", "k1", "--json", *reach)
        assert erased.json["state"] == "done"
        again = xop("erase", ADA, "--yes", "--idempotency-key", "k1", "--json", *reach)
        assert again.json == erased.json
        assert xop("erasures", erased.json["erasure"], "--wait", *reach).code == 0
