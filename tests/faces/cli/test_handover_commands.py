"""Handovers on the command line: handed over, listed, taken, told and handed back."""

import json

import pytest

from tests.kit.counter import ANA, CALL, queue_files


@pytest.fixture
def desk(tmp_path, xop, monkeypatch):
    """Runs `xop` on a data folder with queues, where somebody has called."""
    workspace, data = tmp_path / "workspace", tmp_path / "data"
    for path, content in queue_files().items():
        (workspace / path).parent.mkdir(parents=True, exist_ok=True)
        (workspace / path).write_bytes(content)
    for name in ("WEB", "BOT", "OLGA", "OTTO", "FAY"):
        monkeypatch.setenv(f"HARBOUR_{name}_KEY", f"{name.lower()}-key")
    assert xop("publish", workspace, "--data", data).code == 0

    def run(*arguments, who="otto", folder="--data"):
        return xop(*arguments, folder, data, "--as", who)

    called = run(
        "send",
        "call.started",
        "--id",
        ANA,
        "--data",
        json.dumps({"call": CALL}),
        folder="--data-folder",
        who="web",
    )
    assert called.code == 0, called.out + called.err
    return run


def opened(desk, *more):
    """Hand the call over and return the answer."""
    given = ("--conversation", CALL, "--queue", "care", "--intent", "refund", "--json", *more)
    return desk("handovers", "open", ANA, *given, who="helper_bot")


def test_a_handover_goes_from_the_agent_to_a_person_and_back(desk):
    ran = opened(desk, "--summary", "Charged twice.", "--transcript", "vcon:c1")
    name = ran.json["handover"]
    assert (ran.code, ran.json["status"]) == (0, "waiting")
    assert desk("queues", "--json").json["queues"][0]["waiting"] == 1
    listed = desk("handovers", "list", "--queue", "care")
    assert name in listed.out
    assert "xop handovers accept" in listed.out
    taken = desk("handovers", "accept", name)
    assert "Charged twice." in taken.out
    assert "operator:otto" in taken.out
    taken_already = desk("handovers", "accept", name, who="olga")
    assert (taken_already.code, "operator:otto has accepted it" in taken_already.err) == (1, True)
    projected = desk("handovers", "project", name, "--bytes", "512", "--json")
    assert len(json.dumps(projected.json, separators=(",", ":"), ensure_ascii=False).encode()) <= 512
    done = desk("handovers", "return", name, "resolved", "--notes", "paid", "--fact", "name=Ana", "--json")
    assert (done.code, done.json["held_by"]) == (0, "agent:helper_bot")
    shown = desk("handovers", "show", name, "--json").json
    assert (shown["handover"]["status"], shown["outcome"], shown["notes"]) == ("returned", "resolved", "paid")


def test_a_packet_is_told_for_a_purpose_with_the_names_of_what_is_left_out(tmp_path, desk, xop):
    workspace = tmp_path / "workspace"
    declared = {"identifiers": {"email": "contact"}, "purposes": {"service": ["contact"], "marketing": []}}
    (workspace / "privacy.yaml").write_text(json.dumps(declared))
    assert xop("publish", workspace, "--data", tmp_path / "data").code == 0
    name = opened(desk, "--summary", "Charged twice.", "--transcript", "vcon:c1").json["handover"]
    assert ANA in desk("handovers", "show", name).out
    for command in ("show", "project"):
        told = desk("handovers", command, name, "--purpose", "marketing").out
        assert "identifiers.email" in told
        assert ANA not in told


def test_remedies_name_commands_and_a_misspelt_outcome_is_asked_about(desk):
    unknown = desk("handovers", "accept", "hnd_none")
    assert "list them with `xop handovers list`" in unknown.err
    assert "/v1/" not in unknown.err
    assert "list them with `xop decisions`" in desk("explain", "dec_none").err
    name = opened(desk, "--summary", "Charged twice.", "--transcript", "vcon:c1").json["handover"]
    desk("handovers", "accept", name)
    slip = desk("handovers", "return", name, "resolvd")
    assert (slip.code, "did you mean 'resolved'" in slip.err) == (1, True)
    assert desk("handovers", "return", name, "resolved").code == 0


def test_what_is_missing_is_told(desk):
    ran = opened(desk)
    assert ran.code == 1
    assert [each["where"] for each in ran.json["error"]["problem"]["errors"]] == ["/summary", "/transcript"]
    assert opened(desk, "--anyway").json["missing"] == ["summary", "transcript", "tried"]


def test_what_is_declined_goes_on(desk):
    name = opened(desk, "--urgent").json["handover"]
    assert "supervisors" in desk("handovers", "decline", name, "--reason", "not ours").out
