"""Finding customers, what happened to them, their past, and previews of merges, on the command line."""

import json


def sent(xop, data, address, total):
    """Send a signal about a customer and return the customer's id."""
    event = json.dumps({"total": total})
    taken = xop("send", "cart.abandoned", "--id", f"email:{address}", "--data", event, "--data-folder", data, "--json")
    assert taken.code == 0, taken.out
    return taken.json["customer"]


def test_a_customer_is_found_by_what_people_write(xop, data):
    ada = sent(xop, data, "ada@example.com", 100)
    assert [each["id"] for each in xop("find", "ADA@example.com", "--data", data, "--json").json["found"]] == [ada]
    assert ada in xop("find", ada, "--data", data).out
    nobody = xop("find", "bob@example.com", "--data", data)
    assert nobody.code == 0
    assert "Nobody was found" in nobody.out
    assert "nobody is known by it" in nobody.out


def test_what_happened_is_told_the_latest_first_and_goes_on(xop, data):
    ada = sent(xop, data, "ada@example.com", 100)
    sent(xop, data, "ada@example.com", 200)
    steps = xop("timeline", ada, "--kind", "signals", "--data", data, "--json").json["steps"]
    assert [step["position"] for step in steps] == sorted((step["position"] for step in steps), reverse=True)
    first = xop("timeline", ada, "--limit", "1", "--kind", "signals", "--data", data)
    assert "SignalReceived" in first.out
    assert f"--kind signals --before {steps[0]['position']}" in first.out + first.err


def test_a_customer_is_shown_as_they_were(xop, data):
    ada = sent(xop, data, "ada@example.com", 100)
    first = xop("timeline", ada, "--data", data, "--json").json["steps"][-1]
    sent(xop, data, "ada@example.com", 200)
    was = xop("context", ada, "--position", str(first["position"]), "--data", data, "--json").json
    assert was["at"] == first["at"]
    assert was["counters"]["carts_abandoned"] == 1
    assert xop("context", ada, "--data", data, "--json").json["counters"]["carts_abandoned"] == 2
    assert first["at"] in xop("context", ada, "--position", str(first["position"]), "--data", data).out
    assert xop("context", ada, "--at", "2001-01-01T00:00:00Z", "--data", data).code == 1


def test_a_merge_and_its_undoing_are_previewed(xop, data):
    ada, countess = sent(xop, data, "ada@example.com", 100), sent(xop, data, "countess@example.com", 300)
    told = xop("merge", ada, countess, "--preview", "--data", data, "--json").json
    assert told["possible"]
    assert told["after"][0]["parts"] == [ada, countess]
    assert xop("context", countess, "--data", data, "--json").json["id"] == countess
    assert "possible" in xop("merge", ada, ada, "--preview", "--data", data).out
    assert xop("merge", ada, countess, "--data", data).code == 0
    undone = xop("unmerge", ada, countess, "--preview", "--data", data)
    assert "email:countess@example.com" in undone.out
    assert xop("context", ada, "--data", data, "--json").json["parts"] == [ada, countess]
