"""Commands on a data folder that no server runs on: signals, proposals, consent, identity, and why."""

import json
import logging

import pytest

from tests.kit.serving import BEGUN
from xop.faces.cli.door import folder_door


def sent(xop, data, address, total=4200):
    """Send a signal about a customer and return the customer's id."""
    event = json.dumps({"total": total})
    taken = xop("send", "cart.abandoned", "--id", f"email:{address}", "--data", event, "--data-folder", data, "--json")
    assert taken.code == 0, taken.out
    return taken.json["customer"]


def test_a_signal_is_taken_once(xop, data):
    event = ("send", "cart.abandoned", "--id", "email:ada@example.com", "--data", '{"total": 100}', "--event-id", "e1")
    first = xop(*event, "--data-folder", data, "--json").json
    again = xop(*event, "--data-folder", data, "--json").json
    assert (first["duplicate"], again["duplicate"]) == (False, True)
    assert again["customer"] == first["customer"]
    assert "Taken before" in xop(*event, "--data-folder", data).out


def test_a_signal_that_does_not_fit_is_refused_with_the_remedy(xop, data):
    refused = xop("send", "cart.abandoned", "--id", "email:ada@example.com", "--data-folder", data)
    assert refused.code == 1
    assert refused.out == ""
    assert "total" in refused.err
    assert "→ send the data that signals.yaml declares" in refused.err

    document = xop("send", "nothing.known", "--id", "email:ada@example.com", "--data-folder", data, "--json")
    assert document.code == 1
    assert document.json["error"]["problem"]["code"] == "signal-unknown"
    assert document.json["error"]["exit_code"] == 1


def test_several_identifiers_of_one_signal_lead_to_one_customer(xop, data):
    identifiers = ("--id", "email:ada@example.com", "--id", "user_id:u-1", "--id", "anonymous_id:c-77")
    customer = xop("send", "support.opened", *identifiers, "--data", '{"case": "4"}', "--data-folder", data, "--json")
    found = xop("context", "anonymous_id:c-77", "--data", data, "--json").json
    assert found["id"] == customer.json["customer"]
    assert {f"{each['namespace']}:{each['value']}" for each in found["identifiers"]} == {
        "email:ada@example.com",
        "user_id:u-1",
        "anonymous_id:c-77",
    }


def test_context_tells_what_is_true_now(xop, data):
    sent(xop, data, "ada@example.com")
    told = xop("context", "email:ada@example.com", "--data", data)
    assert (told.code, told.err) == (0, "")
    assert "email:ada@example.com" in told.out
    assert "carts_abandoned" in told.out


def test_nobody_is_known_by_an_identifier_never_heard_of(xop, data):
    unknown = xop("context", "email:nobody@example.com", "--data", data)
    assert unknown.code == 1
    assert "or was erased, is not known" in unknown.err
    malformed = xop("context", "fax:1", "--data", data, "--json")
    assert malformed.json["error"]["problem"]["code"] == "identifier-refused"


def test_consent_is_answered_for_any_moment(xop, data):
    sent(xop, data, "ada@example.com")
    customer = ("consent", "email:ada@example.com")
    assert permitted(xop(*customer, "--data", data, "--json").json) is False
    granted = ("--grant", "marketing", "--channel", "email", "--proof", "form-7", "--at", "2026-01-10T10:00:00Z")
    assert xop(*customer, *granted, "--data", data).code == 0
    withdrawn = ("--withdraw", "marketing", "--at", "2026-03-10T10:00:00Z")
    assert xop(*customer, *withdrawn, "--data", data, "--json").json["facts"] > 0

    between = xop(*customer, "--at", "2026-02-01T00:00:00Z", "--data", data, "--json").json
    assert permitted(between) is True
    assert permitted(xop(*customer, "--data", data, "--json").json) is False
    told = xop(*customer, "--at", "2026-02-01T00:00:00Z", "--data", data).out
    assert "form-7" in told
    assert "granted" in told


def permitted(answer):
    [found] = [each for each in answer["answers"] if (each["purpose"], each["channel"]) == ("marketing", "email")]
    return found["permitted"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("--grant", "marketing"), "channel-missing"),
        (("--grant", "gambling", "--channel", "email"), "purpose-unknown"),
        (("--object", "marketing", "--channel", "fax"), "channel-unknown"),
        (("--refuse", "marketing", "--at", "yesterday"), "time-unreadable"),
    ],
)
def test_a_change_of_consent_that_means_nothing_is_refused(xop, data, change, code):
    sent(xop, data, "ada@example.com")
    refused = xop("consent", "email:ada@example.com", *change, "--data", data, "--json")
    assert refused.code == 1
    assert refused.json["error"]["problem"]["code"] == code


def test_a_receipt_tells_what_was_said_and_can_be_kept_signed(xop, data, tmp_path):
    sent(xop, data, "ada@example.com")
    ada = "email:ada@example.com"
    granted = ("--grant", "marketing", "--channel", "email", "--method", "web_form", "--proof", "form-7")
    assert xop("consent", ada, *granted, "--data", data).code == 0
    asked = ("consents", "receipt", ada, "--purpose", "marketing", "--data", data)
    told = xop(*asked, "--out", tmp_path / "receipt.jws")
    assert "dpv:ConsentGiven" in told.out
    assert "granted" in told.out
    signed = (tmp_path / "receipt.jws").read_text().strip()
    assert signed.count(".") == 2
    (tmp_path / "receipt.jws").write_text("another receipt")
    again = xop(*asked, "--out", tmp_path / "receipt.jws")
    assert (again.code, "write over it with --force" in again.err) == (1, True)
    assert (tmp_path / "receipt.jws").read_text() == "another receipt"
    assert xop(*asked, "--out", tmp_path / "receipt.jws", "--force").code == 0
    assert (tmp_path / "receipt.jws").read_text().count(".") == 2
    assert xop(*asked, "--out", tmp_path / "no" / "receipt.jws").code == 1
    assert xop(*asked, "--jws").out.count(".") == 2
    [event] = xop(*asked, "--json").json["receipt"]["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"]
    assert (event["xop:evidence"], event["dpv:hasIndicationMethod"]) == ("form-7", "web_form")
    nothing = xop("consents", "receipt", ada, "--purpose", "service", "--data", data)
    assert (nothing.code, "has said nothing" in nothing.err) == (1, True)


def test_a_link_leads_to_the_customers_own_page(xop, data):
    sent(xop, data, "ada@example.com")
    ada = "email:ada@example.com"
    link = xop("consents", "link", ada, "--data", data, "--json").json
    assert link["url"].startswith("/v1/preferences/cus_")
    both = xop("consents", "link", ada, "--purpose", "marketing", "--channel", "email", "--data", data, "--json").json
    assert both["unsubscribe_url"].startswith("/v1/unsubscriptions/cus_")
    assert xop("consents", "link", ada, "--purpose", "marketing", "--data", data).code == 2


@pytest.mark.parametrize("options", [("--grant", "a", "--refuse", "b"), ("--proof", "x")])
def test_a_change_of_consent_is_one_change(xop, data, options):
    assert xop("consent", "email:ada@example.com", *options, "--data", data).code == 2


def test_a_permitted_proposal_is_carried_out_and_explained(xop, data):
    sent(xop, data, "ada@example.com")
    ruled = propose(xop, data, "issue_credit", "--wait", "5")
    assert ruled.code == 0
    assert ruled.json["verdict"] == "permit"
    assert ruled.json["outcome"]["status"] == "done"
    told = xop("explain", ruled.json["decision"], "--data", data)
    assert told.code == 0
    assert "was permitted" in told.out
    assert "xop.granted" in told.out
    assert "actor.granted" in told.out
    explained = xop("explain", ruled.json["decision"], "--data", data, "--json").json
    assert explained["facts_read"][0]["source"]
    [carried_out] = xop("outbox", "--state", "done", "--data", data, "--json").json["requests"]
    assert carried_out["invocation"] == ruled.json["invocation"]


def propose(xop, data, action, *more, amount=5):
    return xop(
        "propose", action, "--customer", "email:ada@example.com", "--arg", f"amount={amount}", *more, "--data", data,
        "--json",
    )  # fmt: skip


def test_a_denied_proposal_ends_with_one_and_says_why(xop, data):
    sent(xop, data, "ada@example.com")
    denied = xop("propose", "send_cart_reminder", "--customer", "email:ada@example.com", "--arg", "total=5000",
                 "--data", data)  # fmt: skip
    assert denied.code == 1
    assert "xop.consent_unknown" in denied.out
    assert "No consent to this purpose on this channel is on record." in denied.out


def test_a_held_proposal_waits_for_another_person(xop, data):
    sent(xop, data, "ada@example.com")
    held = propose(xop, data, "issue_credit", "--as", "concierge")
    assert (held.code, held.json["verdict"], held.json["until"]) == (0, "hold", "approval")
    approved = xop("approve", held.json["invocation"], "--note", "looks right", "--data", data, "--json")
    assert approved.json["status"] == "queued"
    assert approved.json["ruling"]["verdict"] == "permit"
    again = xop("approve", held.json["invocation"], "--data", data)
    assert again.code == 1
    assert "waits for an approval" in again.err


def test_a_refused_proposal_is_over(xop, data):
    sent(xop, data, "ada@example.com")
    held = propose(xop, data, "issue_credit", "--as", "concierge").json
    refused = xop("refuse", held["invocation"], "--data", data)
    assert refused.code == 0
    assert "cancelled" in refused.out
    assert xop("context", "email:ada@example.com", "--data", data, "--json").json["invocations"] == []


def test_a_refusal_is_told_with_its_remark_wherever_one_looks(xop, data):
    sent(xop, data, "ada@example.com")
    held = propose(xop, data, "issue_credit", "--as", "concierge").json
    (waiting,) = xop("approvals", "--data", data, "--json").json["approvals"]
    inbox = xop("approvals", "--data", data).out
    assert waiting["customer"][:8] in inbox
    assert waiting["reasons"][0].split()[0] in inbox
    xop("refuse", held["invocation"], "--note", "had one already", "--data", data)
    for name in (held["decision"], held["invocation"]):
        assert "who remarked: had one already" in xop("explain", name, "--data", data).out
    actor = waiting["actor"]
    listed = ("decisions", "--data", data, "--json", "--action", "issue_credit")
    assert xop(*listed, "--verdict", "hold", "--actor", actor).json["decisions"]
    assert xop(*listed, "--verdict", "deny").json["decisions"] == []
    facts = xop("facts", "--data", data, "--json").json["facts"]
    (stopped,) = [each for each in facts if each["type"] == "InvocationCancelled"]
    assert stopped["actor"].startswith("operator:")
    assert stopped["actor"] in xop("facts", "--data", data).out


def test_whoever_may_not_approve_is_told_so(xop, data):
    sent(xop, data, "ada@example.com")
    held = propose(xop, data, "issue_credit", "--as", "concierge").json
    refused = xop("approve", held["invocation"], "--as", "concierge", "--data", data)
    assert refused.code == 1
    assert "approvals:write" in refused.err


def test_a_proposal_with_the_same_key_counts_once(xop, data):
    sent(xop, data, "ada@example.com")
    first = propose(xop, data, "issue_credit", "--idempotency-key", "k1").json
    again = propose(xop, data, "issue_credit", "--idempotency-key", "k1").json
    assert again["duplicate"] is True
    assert again["decision"] == first["decision"]
    conflict = propose(xop, data, "issue_credit", "--idempotency-key", "k1", amount=6)
    assert conflict.json["error"]["problem"]["code"] == "command-conflict"


def test_arguments_that_do_not_fit_are_refused(xop, data):
    sent(xop, data, "ada@example.com")
    assert propose(xop, data, "issue_credit", amount="five").json["error"]["problem"]["code"] == "arguments-unfit"
    assert propose(xop, data, "fly_away").json["error"]["problem"]["code"] == "action-unknown"
    twice = propose(xop, data, "issue_credit", "--arg", "amount=6")
    assert (twice.code, "names 'amount' twice" in twice.json["error"]["cause"]) == (2, True)
    assert propose(xop, data, "issue_credit", "--arg", "amount").code == 2


def test_an_uncertain_request_waits_for_a_person(xop, data):
    sent(xop, data, "ada@example.com")
    ruled = propose(xop, data, "move_credit", "--wait", "5").json
    assert ruled["outcome"]["status"] == "uncertain"
    listed = xop("dead-letters", "--data", data)
    assert ruled["invocation"] in listed.out
    assert "xop reconcile" in listed.out
    settled = xop("reconcile", ruled["invocation"], "done", "--note", "billing shows it", "--data", data, "--json")
    assert settled.json["state"] == "done"
    assert xop("dead-letters", "--data", data, "--json").json["requests"] == []
    again = xop("reconcile", ruled["invocation"], "drop", "--data", data)
    assert again.code == 1
    assert "is no dead letter" in again.err


def test_sending_again_is_judged_again(xop, data):
    sent(xop, data, "ada@example.com")
    ruled = propose(xop, data, "move_credit", "--wait", "5").json
    resent = xop("reconcile", ruled["invocation"], "resend", "--data", data)
    assert resent.code == 0
    assert "permit" in resent.out


def test_a_merge_can_be_undone(xop, data):
    keep, other = sent(xop, data, "ada@example.com"), sent(xop, data, "countess@example.com", 300)
    before = xop("context", other, "--data", data, "--json").json
    merged = xop("merge", "email:ada@example.com", "email:countess@example.com", "--data", data, "--json").json
    assert (merged["customer"], merged["other"]) == (keep, other)
    assert xop("context", other, "--data", data, "--json").json["id"] == keep
    assert xop("context", keep, "--data", data, "--json").json["parts"] == [keep, other]
    undone = xop("unmerge", keep, other, "--data", data)
    assert undone.code == 0
    assert "two customers again" in undone.out
    assert xop("context", other, "--data", data, "--json").json == before
    assert xop("unmerge", keep, other, "--data", data).code == 1
    assert xop("merge", keep, keep, "--data", data).code == 1


def test_facts_are_told_for_a_purpose(xop, workspace, data):
    declared = {"identifiers": {"email": "contact"}, "purposes": {"service": ["contact"], "marketing": []}}
    (workspace / "privacy.yaml").write_text(json.dumps(declared))
    assert xop("publish", workspace, "--data", data).code == 0
    sent(xop, data, "ada@example.com")
    address = {True: "ada@example.com", False: ""}
    for purpose, seen in (("service", True), ("marketing", False)):
        told = xop("facts", "--purpose", purpose, "--data", data, "--json").json["facts"]
        (linked,) = [fact for fact in told if fact["type"] == "IdentifierLinked"]
        assert linked["data"]["identifier"] == ["email", address[seen]]
    more = xop("facts", "--purpose", "service", "--limit", "1", "--data", data)
    assert "xop facts --purpose service --after" in more.out + more.err
    unknown = xop("facts", "--purpose", "spying", "--data", data)
    assert (unknown.code, "spying" in unknown.err) == (1, True)


def test_what_goes_wrong_under_a_command_is_told_in_lines_that_name_nobody(data, keys, capsys, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    with folder_door(data, None, changes=False):
        logging.getLogger("xop.engine").error("%s cannot be loaded: %s", "cus_0123456789abcdef", ValueError("ada"))
        logging.getLogger("xop.http").warning("a key is not set")
    told = capsys.readouterr().err
    assert "ERROR xop.engine: cus~" in told
    assert told.rstrip().endswith(" cannot be loaded: ValueError")
    assert "0123456789abcdef" not in told
    assert "a key" not in told


def test_a_command_leaves_the_log_of_its_process_as_it_was(xop, data):
    level = logging.getLogger("xop").level
    xop("decisions", "--data", data)
    assert logging.getLogger("xop").level == level


def test_facts_are_paged_in_order(xop, data):
    customer = sent(xop, data, "ada@example.com")
    first = xop("facts", "--after", BEGUN, "--limit", "2", "--data", data, "--json").json
    rest = xop("facts", "--after", first["next"], "--data", data, "--json").json
    together = xop("facts", customer, "--data", data, "--json").json
    assert len(first["facts"]) == 2
    assert first["facts"] + rest["facts"] == together["facts"]
    told = xop("facts", "--after", BEGUN, "--limit", "2", "--data", data)
    assert "CustomerCreated" in told.out
    assert f"--after {first['next']}" in told.err


def test_decisions_are_listed_newest_first(xop, data):
    sent(xop, data, "ada@example.com")
    decisions = [propose(xop, data, "issue_credit").json["decision"] for _ in range(2)]
    listed = xop("decisions", "email:ada@example.com", "--data", data, "--json").json["decisions"]
    proposed = [each["decision"] for each in listed if each["stage"] == "proposal" and each["action"] == "issue_credit"]
    assert proposed == decisions[::-1]
    page = xop("decisions", "--limit", "1", "--data", data)
    assert "--before" in page.err


def test_asking_a_question_sends_nothing(xop, data):
    sent(xop, data, "ada@example.com")
    assert propose(xop, data, "await_credit").json["verdict"] == "permit"
    [waiting] = xop("outbox", "--data", data, "--json").json["requests"]
    assert waiting["state"] == "pending"
    before = xop("facts", "--data", data, "--json").json
    for question in (("context", "email:ada@example.com"), ("decisions",), ("outbox",), ("releases",)):
        assert xop(*question, "--data", data).code == 0
    assert xop("facts", "--data", data, "--json").json == before


def test_what_is_carried_out_meanwhile_stays_out_of_the_answer(xop, data):
    sent(xop, data, "ada@example.com")
    printed = propose(xop, data, "print_credit", "--wait", "5")
    assert printed.json["outcome"]["status"] == "done"
    assert printed.err == "credit 5\n"


def test_an_unknown_decision_or_invocation_is_refused(xop, data):
    assert (
        xop("explain", "dec_nothing", "--data", data, "--json").json["error"]["problem"]["code"] == "decision-unknown"
    )
    assert xop("approve", "inv/x?y", "--data", data, "--json").json["error"]["problem"]["code"] == "invocation-unknown"


def test_control_characters_from_outside_do_not_reach_the_terminal(xop, data):
    case = json.dumps({"case": "\x1b[2Jgone\u202e"})
    assert (
        xop("send", "support.opened", "--id", "email:ada@example.com", "--data", case, "--data-folder", data).code == 0
    )
    told = xop("context", "email:ada@example.com", "--data", data).out
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "\\u001b[2Jgone\\u202e" in told
