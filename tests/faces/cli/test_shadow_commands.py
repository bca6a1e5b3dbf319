"""A workspace in shadow on the command line: set, looked at, reported and stopped."""

import pytest

from tests.faces.cli.conftest import write_workspace

FORBIDDEN = '@id("none.none")\n@message("None.")\nforbid (principal, action == Action::"issue_credit", resource);\n'
ADA = "email:ada@example.com"


@pytest.fixture
def stricter(tmp_path):
    """A workspace that forbids credits."""
    folder = write_workspace(tmp_path / "stricter")
    (folder / "policies" / "none.cedar").write_text(FORBIDDEN)
    return folder


def credited(xop, data):
    """Credit somebody and return the decision's id."""
    sent = xop("send", "cart.abandoned", "--id", ADA, "--data", '{"total": 100}', "--data-folder", data)
    assert sent.code == 0, sent.err
    ran = xop("propose", "issue_credit", "--customer", ADA, "--arg", "amount=5", "--data", data, "--json")
    assert ran.code == 0, ran.out
    return ran.json["decision"]


def test_a_workspace_is_observed_reported_and_stopped(xop, data, stricter):
    assert "No workspace is observed" in xop("shadow", "status", "--data", data).out
    started = xop("shadow", "start", stricter, "--data", data)
    assert (started.code, "observed" in started.out) == (0, True)
    decision = credited(xop, data)
    report = xop("shadow", "report", "--data", data, "--json").json
    group = next(each for each in report["groups"] if each["stage"] == "proposal")
    assert (group["count"], group["shadow"], group["examples"][0]["decision"]) == (1, "deny none.none", decision)
    told = xop("shadow", "report", "--data", data).out
    assert decision in told
    assert "deny none.none" in told
    status = xop("shadow", "status", "--data", data, "--json").json
    assert (status["observing"], status["differing"], "groups" in status) == (True, report["differing"], False)
    assert "no longer observed" in xop("shadow", "stop", "--data", data).out
    credited_again = credited(xop, data)
    later = xop("shadow", "report", "--data", data, "--json").json
    assert later["differing"] == report["differing"]
    assert credited_again not in str(later)


def test_a_workspace_with_problems_is_not_observed(xop, data, stricter):
    (stricter / "policies" / "none.cedar").write_text("permit(principal, action, resource) when { context.nonsense };")
    refused = xop("shadow", "start", stricter, "--data", data)
    assert (refused.code, "policies/none.cedar" in refused.out) == (1, True)
    assert xop("shadow", "status", "--data", data, "--json").json["shadow"] is None
