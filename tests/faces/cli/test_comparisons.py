"""Decisions under another release, and as scenarios, on the command line."""

import pytest

ADA = "email:ada@example.com"


@pytest.fixture
def decision(xop, data) -> str:
    """The decision on a credit for somebody."""
    sent = xop("send", "cart.abandoned", "--id", ADA, "--data", '{"total": 100}', "--data-folder", data)
    assert sent.code == 0, sent.err
    ran = xop("propose", "issue_credit", "--customer", ADA, "--arg", "amount=5", "--data", data, "--json")
    name: str = ran.json["decision"]
    return name


def test_a_decision_is_made_again_under_another_release(xop, data, workspace, decision):
    before = xop("releases", "--data", data, "--json").json["releases"][0]["digest"]
    told = xop("compare", decision, before, "--data", data)
    assert told.code == 0, told.err
    assert "nothing: both decide the same" in told.out
    policy = 'forbid (principal, action == Action::"issue_credit", resource);\n'
    (workspace / "policies" / "none.cedar").write_text(f'@id("none.credits")\n@message("No more credits.")\n{policy}')
    published = xop("publish", workspace, "--data", data, "--json")
    assert published.code == 0, published.err
    told = xop("compare", decision, published.json["digest"], "--data", data)
    assert "the verdict" in told.out
    assert "There: No more credits. (rule none.credits)" in told.out
    unknown = xop("compare", decision, "rel_none", "--data", data)
    assert unknown.code == 1
    assert "no release 'rel_none' was ever published here" in unknown.err


def test_a_decision_is_printed_as_a_scenario_that_passes(xop, data, workspace, decision):
    told = xop("retell", decision, "--data", data)
    assert told.code == 0, told.err
    assert "ada@" not in told.out
    (workspace / "scenarios").mkdir(exist_ok=True)
    (workspace / "scenarios" / "retold.yaml").write_text(told.out)
    ran = xop("test", workspace, "--scenario", "Issue credit")
    assert ran.code == 0, ran.out
