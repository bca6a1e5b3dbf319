"""`xop insight`: what operations see, on the command line."""

ADA = "email:ada@example.com"


def credited(xop, data):
    """Have somebody credited."""
    sent = xop("send", "cart.abandoned", "--id", ADA, "--data", '{"total": 100}', "--data-folder", data)
    assert sent.code == 0, sent.err
    ran = xop("propose", "issue_credit", "--customer", ADA, "--arg", "amount=5", "--data", data, "--json")
    assert ran.code == 0, ran.out
    return ran.json


def test_what_was_decided_is_counted_and_told(xop, data):
    credited(xop, data)
    told = xop("insight", "--since", "24h", "--data", data)
    assert told.code == 0, told.err
    assert "failure demand" in told.out
    row = next(line for line in told.out.splitlines() if "issue_credit" in line)
    assert row.split() == ["actions", "issue_credit", "1", "0"]


def test_a_program_gets_now_and_the_series_in_one_document(xop, data):
    credited(xop, data)
    found = xop("insight", "--since", "15m", "--data", data, "--json").json
    assert sum(found["series"]["actions"]["issue_credit"]) == 1
    assert found["now"]["halts"] == []
    assert found["step"] == "1m"


def test_figures_that_were_lost_are_counted_again_from_the_ledger(xop, data):
    credited(xop, data)
    before = xop("insight", "--since", "24h", "--data", data, "--json").json["totals"]
    for file in data.glob("insight.db*"):
        file.unlink()
    after = xop("insight", "--since", "24h", "--data", data, "--json").json["totals"]
    assert {name: value for name, value in before.items() if name != "latency"} == after


def test_figures_that_are_damaged_are_counted_again_from_the_ledger(xop, data):
    credited(xop, data)
    (data / "insight.db").write_bytes(b"this is no database " * 500)
    found = xop("insight", "--since", "24h", "--data", data, "--json")
    assert found.code == 0, found.err
    assert found.json["totals"]["actions"] == {"issue_credit": 1}


def test_a_moment_that_is_none_is_refused_with_what_to_write(xop, data):
    told = xop("insight", "--since", "yesterday", "--data", data)
    assert told.code == 1
    assert "24h" in told.err


def test_decisions_are_found_by_their_rule_and_time(xop, data):
    decision = credited(xop, data)
    listed = xop("decisions", "--code", decision["code"], "--since", "1h", "--data", data, "--json").json["decisions"]
    assert decision["decision"] in [each["decision"] for each in listed]
    assert xop("decisions", "--code", "no.such", "--data", data, "--json").json["decisions"] == []
