"""What the data protection officer sees to: an incident, a halt, an erasure, a legal hold, and who watches the log."""

import time
from typing import Any

from examples.northwind_mobile.client import Refused
from examples.northwind_mobile.customers import Customer
from examples.northwind_mobile.situations import Stage
from examples.northwind_mobile.witness import PATIENCE, NotAsTold

OFFICER = "dana"

_AUTHORITY = "the market surveillance authority"

_PROBE = "welcome_gift"
"""A probe of systems.yaml."""

_HOLD = "case-2026-17"


def play_governance(stage: Stage, leaver: Customer, claimant: Customer) -> None:
    """Play what an officer does on an evening; `leaver` wants to be forgotten, `claimant` has a case in court."""
    _play_incident(stage)
    _play_probe(stage)
    _play_erasure(stage, leaver)
    _play_hold(stage, claimant)
    _show_witnesses(stage)


def _play_incident(stage: Stage) -> None:
    """Have the agent stop for what it did, report it, and let it go on by a second person."""
    refused = next(each for each in stage.witness.decisions if each["code"] == "xop.not_engaged")
    stage.screen.step("Dana finds that the AI agent asked in the name of a customer it was not speaking with;")
    stage.screen.step("she opens an incident, and the agent stops at once")
    asked = {
        "category": "serious",
        "summary": (
            "The AI agent asked for a credit in the name of a customer it was in no conversation with. The rules denied "
            "it. Whether it told anybody what is on that customer's bill is being looked into."
        ),
        "agent": "agent:care_bot",
        "decisions": [refused["decision"]],
        "suspend": True,
    }
    incident = stage.client.post("/v1/incidents", OFFICER, asked)
    stage.screen.message(f"{incident['incident']}: {incident['state']}, to be reported by {incident['due'][:10]}")
    who = stage.cast[7]
    since = stage.witness.mark()
    arguments = {"amount_cents": 500, "reason": "a wrong bill"}
    stage.client.call_tool("care_bot", who, "issue_credit", arguments, "chat-4820")
    stage.show(stage.rules(who, "issue_credit", since), "deny", "xop.halted")
    stage.screen.step(f"she tells {_AUTHORITY} for a start; the whole report is still to come")
    report = {"to": _AUTHORITY, "complete": False, "reference": "MSA-2026-0417"}
    stage.client.post(f"/v1/incidents/{incident['incident']}/reports", OFFICER, report)
    stage.screen.step("what she halted, another person lets go on: Sam does, once the cause is found")
    reason = "The chat window had sent the number of a conversation that was over. It is mended."
    stage.client.post("/v1/halts/resumption", "sam", {"scope": "agent:care_bot", "reason": reason})


def _play_probe(stage: Stage) -> None:
    """Put a known-wrong proposal among the requests, and have it caught."""
    who = stage.cast[0]
    stage.screen.step("Do those who approve still look? Dana puts a probe among the requests: a credit nobody is owed")
    since = stage.witness.mark()
    stage.client.post(f"/v1/customers/account:{who.account}/probes", OFFICER, {"probe": _PROBE})
    asked = stage.rules(who, "issue_credit", since)
    request = stage.client.get(f"/v1/approvals/{asked['invocation']}")
    dollars, reason = request["arguments"]["amount_cents"] / 100, request["arguments"]["reason"]
    stage.screen.message(f"Sam sees what {request['actor']} seems to ask for: ${dollars:.0f}, {reason}")
    stage.screen.step("Sam refuses it and says why; had it been approved, nothing would have been done either")
    refusal = {"approved": False, "note": "We give nothing away: no bill of theirs was wrong."}
    stage.client.post(f"/v1/invocations/{asked['invocation']}/approval", "sam", refusal)
    people = stage.client.get("/v1/oversight", OFFICER)["people"]
    probes, caught = (sum(each[name] for each in people) for name in ("probes", "caught"))
    if (probes, caught) != (1, 1):
        raise NotAsTold(f"Sam should have caught the one probe, but {caught} of {probes} are caught")
    stage.screen.message(f"the report of the month: {caught} of {probes} probes caught")


def _play_erasure(stage: Stage, who: Customer) -> None:
    """Erase a customer, and find that nobody is known by their account any more."""
    stage.screen.step(f"{who.name} wants to be forgotten: Dana erases them")
    place = f"/v1/customers/account:{who.account}"
    begun = stage.client.post(f"{place}/erasure", OFFICER, {})
    done = stage.client.get(f"/v1/erasures/{begun['erasure']}?wait=20", OFFICER)
    if done["state"] != "done":
        raise NotAsTold(f"the erasure {begun['erasure']} should be done by now")
    if done["told"] != ["tell_bluebird"]:
        raise NotAsTold(
            f"Bluebird should be told of the erasure {done['erasure']}, but {done['untold'] or 'nobody'} was"
        )
    stage.screen.message(f"Bluebird was told; {sum(done['counts'].values())} rows are gone for good")
    try:
        stage.client.get(place, OFFICER)
    except Refused as refused:
        stage.screen.message(refused.detail)
    else:
        raise NotAsTold(f"{who.account} is erased, and should be known no more")


def _play_hold(stage: Stage, who: Customer) -> None:
    """Keep what a court may ask for, although the customer would have it gone."""
    place = f"/v1/customers/account:{who.account}"
    stage.screen.step(f"{who.name} disputes a bill in court: what is known of them must be kept")
    detail = "The bill of October, before the district court"
    stage.client.post(f"{place}/legal-holds", OFFICER, {"name": _HOLD, "ground": "legal_claims", "detail": detail})
    stage.screen.step("and when they want to be forgotten as well, that has to wait")
    try:
        stage.client.post(f"{place}/erasure", OFFICER, {})
    except Refused as refused:
        stage.screen.message(refused.detail)
    else:
        raise NotAsTold(f"the legal hold {_HOLD} should keep {who.account}")


def _show_witnesses(stage: Stage) -> None:
    """Wait until the witness has cosigned all there is, and say so."""
    stage.screen.step("a witness watches the log of all this: an auditor's in life, here the demonstration's own")
    deadline = time.monotonic() + PATIENCE
    while True:
        log: dict[str, Any] = stage.client.get("/v1/log", OFFICER)
        if log["witnessed_size"] == log["leaves"]:
            break
        if time.monotonic() > deadline:
            raise NotAsTold(f"the witness cosigned {log['witnessed_size']} of {log['leaves']} leaves")
        time.sleep(0.1)
    names = ", ".join(each["name"] for each in log["witnesses"])
    stage.screen.message(f"{log['leaves']:,} leaves, all of them cosigned by {names}")
