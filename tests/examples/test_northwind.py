"""The example operator: its workspace is sound, its six situations come out as told, its demonstration runs."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from examples.northwind_mobile.customers import Event, arrival, call_ended, call_started, page, population, selected
from examples.northwind_mobile.server import PRINCIPALS, WORKSPACE
from examples.northwind_mobile.situations import SIM_SWAPPED, SITUATIONS
from tests.examples.northwind import reads, rules
from xop.assembly import KINDS
from xop.kernel.release import Release
from xop.workspace import compile_workspace, read_folder

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples" / "northwind_mobile" / "demo.py"


def test_the_workspace_has_no_problem():
    folder = read_folder(WORKSPACE)
    release = compile_workspace(folder.files, KINDS)
    assert folder.problems == []
    assert isinstance(release, Release), release
    assert {principal.name for principal in release.principals.values()} == set(PRINCIPALS)


async def test_a_promotion_is_withheld_from_somebody_in_a_support_call(northwind):
    await northwind.happens(call_started(northwind.who, "bill"))
    await northwind.happens(selected(northwind.who, "spring", "20% off"))
    withheld = await northwind.ruling("send_offer_email")
    assert withheld["verdict"] == "deny"
    assert rules(withheld) == ["xop.suppressed_by_support"]
    assert "open support case" in withheld["story"]
    assert "from call.started" in withheld["story"]

    await northwind.happens(call_ended(northwind.who, "bill"))
    await northwind.happens(selected(northwind.who, "spring", "20% off"))
    sent = await northwind.ruling("send_offer_email", number=2)
    assert sent["verdict"] == "permit"
    await northwind.done(sent["asked"]["invocation"])
    assert northwind.messages == [f"e-mail to {northwind.who.email}: 20% off"]


async def test_a_fresh_sim_swap_pauses_payment_and_pin_until_somebody_is_verified_in_person(northwind):
    await northwind.signal("app", "xop.verified", level=2, method="app_login")
    bill = {"invoice": "I-1", "amount_cents": 2999}
    assert (await northwind.propose("app", "make_payment", arguments=bill, wait=10))["outcome"]["status"] == "done"

    await northwind.signal("network", SIM_SWAPPED, phoneNumber=northwind.who.phone)
    payment = await northwind.propose("app", "make_payment", arguments={**bill, "invoice": "I-2"})
    pin = await northwind.propose("robin", "reset_pin")
    for held in (payment, pin):
        told = await northwind.explanation(held["decision"])
        assert (told["verdict"], told["until"], rules(told)) == ("hold", "verification", ["network.sim_swap_pauses"])
        assert reads(told)["facts.sim_swapped_recently"] is True
        assert "changed within 72 hours" in told["story"]
    alert = await northwind.ruling("send_security_alert")
    await northwind.done(alert["asked"]["invocation"])
    assert northwind.messages[-1].startswith(f"e-mail to {northwind.who.email}: security warning")
    assert northwind.requests == [f"$29.99 paid for {northwind.who.account}"]

    await northwind.signal("contact_centre", "xop.verified", level=3, method="passport_in_shop")
    for held in (payment, pin):
        await northwind.done(held["invocation"])
    assert sorted(northwind.requests) == sorted(
        [*(f"$29.99 paid for {northwind.who.account}",) * 2, f"PIN letter ordered for {northwind.who.account}"]
    )


async def test_a_sim_swap_three_days_ago_pauses_nothing(northwind):
    await northwind.signal("app", "xop.verified", level=2, method="app_login")
    event = {
        "specversion": "1.0",
        "id": "old",
        "source": "/northwind/network",
        "type": SIM_SWAPPED,
        "time": "2026-01-01T00:00:00Z",
        "data": {"phoneNumber": northwind.who.phone},
    }
    await northwind.ask("POST", "/v1/signals", "network", event, media_type="application/cloudevents+json")
    assert (await northwind.propose("robin", "reset_pin"))["verdict"] == "permit"


async def test_three_visits_to_the_cancel_page_earn_one_offer_of_live_help(northwind):
    for path in ("/cancel", "/phones", "/cancel/fees"):
        await northwind.happens(page(northwind.who, path))
    assert await northwind.decisions() == []

    await northwind.happens(page(northwind.who, "/cancel/confirm"))
    offered = await northwind.ruling("offer_live_help")
    assert offered["verdict"] == "permit"
    assert "contact.help_is_wanted" in rules(offered)
    assert reads(offered)["facts.cancel_page_views"] == 3
    assert offered["asked"]["actor"].startswith("trigger:segment.page")
    await northwind.done(offered["asked"]["invocation"])
    assert northwind.requests == ["invitation shown on /cancel/confirm"]

    await northwind.happens(page(northwind.who, "/cancel/confirm"))
    await northwind.happens(selected(northwind.who, "spring", "20% off"))
    assert "contact.nothing_to_sell_to_somebody_leaving" in rules(await northwind.ruling("send_offer_email"))
    assert [each["action"] for each in await northwind.decisions()].count("offer_live_help") == 2  # asked and sent


async def test_a_withdrawn_consent_stops_a_message_that_waits_in_the_outbox(northwind):
    await northwind.signal("campaigns", "newsletter.planned", issue="week 47")
    queued = await northwind.ruling("send_newsletter")
    assert queued["verdict"] == "permit"
    invocation = queued["asked"]["invocation"]
    assert (await northwind.outbox(invocation))["state"] == "pending"

    choice = {"purpose": "marketing", "channel": "email", "allowed": False, "form": "preferences page"}
    await northwind.signal("web_shop", "preferences.saved", **choice)
    stopped = await northwind.ruling("send_newsletter", "reconsideration")
    assert (stopped["verdict"], rules(stopped)) == ("deny", ["xop.consent_withdrawn"])
    assert "from /northwind/web_shop" in stopped["story"]
    after = await northwind.outbox(invocation)
    assert (after["state"], after["detail"]) == ("cancelled", "xop.consent_withdrawn")
    assert northwind.messages == []


async def test_a_frequency_cap_counts_what_other_senders_send(northwind):
    await northwind.happens(selected(northwind.who, "spring", "20% off"))
    assert (await northwind.ruling("send_offer_email"))["verdict"] == "permit"
    await northwind.signal("bluebird", "email.delivered", message="bb-1", promotional=True)
    await northwind.signal("bluebird", "email.delivered", message="bb-2", promotional=False)
    await northwind.happens(selected(northwind.who, "spring", "25% off"))
    assert (await northwind.ruling("send_offer_email", number=2))["verdict"] == "permit"

    await northwind.happens(selected(northwind.who, "spring", "30% off"))
    capped = await northwind.ruling("send_offer_email", number=3)
    assert (capped["verdict"], rules(capped)) == ("deny", ["contact.cap_reached"])
    assert "3 contacts on record" in capped["story"]


async def test_a_warning_about_fraud_is_not_lost_to_a_cap(northwind):
    for number in range(12):
        await northwind.signal("bluebird", "email.delivered", message=f"bb-{number}", promotional=True)
    await northwind.signal("network", SIM_SWAPPED, phoneNumber=northwind.who.phone)
    assert (await northwind.ruling("send_security_alert"))["verdict"] == "permit"


async def credited(northwind, **details):
    """Have the AI agent propose a credit in the chat that it is in with the customer."""
    return await northwind.propose("care_bot", "issue_credit", conversation="chat-1", **details)


async def chatting(northwind):
    """Have the customer begin a chat."""
    await northwind.happens(Event("contact_centre", "chat.started", northwind.who, {"chat": "chat-1", "topic": "bill"}))


async def test_a_credit_above_the_limit_waits_for_a_supervisor(northwind):
    await chatting(northwind)
    small = {"amount_cents": 1200, "reason": "a wrong bill"}
    answer = await credited(northwind, arguments=small, wait=10)
    assert answer["outcome"]["status"] == "done"

    held = await credited(northwind, arguments={**small, "amount_cents": 3500})
    told = await northwind.explanation(held["decision"])
    assert (told["verdict"], told["until"], told["approvers"]) == ("hold", "approval", ["supervisor"])
    assert rules(told) == ["billing.credit_above_limit"]
    assert reads(told)["arguments.amount_cents"] == 3500

    refused = await northwind.approve("robin", held["invocation"], status=403)
    assert refused["code"] == "approval-role"
    approved = await northwind.approve("sam", held["invocation"])
    assert approved["ruling"]["verdict"] == "permit"
    await northwind.done(held["invocation"])
    assert northwind.requests == [f"${amount} credited to {northwind.who.account}" for amount in ("12.00", "35.00")]


async def test_small_credits_add_up_to_a_large_one(northwind):
    await chatting(northwind)
    small = {"amount_cents": 2000, "reason": "a wrong bill"}
    for _ in range(2):
        answer = await credited(northwind, arguments=small, wait=10)
        assert answer["outcome"]["status"] == "done"
    held = await credited(northwind, arguments=small)
    told = await northwind.explanation(held["decision"])
    assert (told["verdict"], rules(told)) == ("hold", ["billing.credits_add_up"])
    assert reads(told)["facts.credited_cents"] == 4000
    assert "from read_billing_account" in told["story"]


async def test_a_credit_is_denied_when_billing_cannot_be_asked(northwind):
    await chatting(northwind)
    await northwind.outside.stop()
    northwind.outside.token = "changed"
    credit = {"amount_cents": 100, "reason": "a wrong bill"}
    answer = await credited(northwind, arguments=credit)
    assert (answer["verdict"], answer["code"]) == ("deny", "xop.fact_unknown")


async def test_customers_who_share_an_address_that_shops_type_in_stay_two(northwind):
    ids = set()
    for person in population(3, Random(1))[1:]:
        registered = next(iter(arrival(person)))
        await northwind.happens(replace(registered, data={**registered.data, "email": "noemail@northwind.example"}))
        known = await northwind.ask("GET", f"/v1/customers/account:{person.account}")
        ids.add(known["id"])
        assert [each["value"] for each in known["identifiers"] if each["namespace"] == "email"] == []
    assert len(ids) == 2


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_demonstration_shows_all_six_situations_and_every_decision_can_be_replayed(tmp_path):
    data = tmp_path / "demo"
    told = _run(DEMO, "--exit", "--customers", "60", "--seconds", "1", "--port", "0", "--data", data)
    assert told.returncode == 0, told.stdout + told.stderr
    for number, (name, _) in enumerate(SITUATIONS, 1):
        assert f"{number} of 6 · {name}" in told.stdout
    for reason in (
        "This purpose rests while the customer has an open support case. (rule xop.suppressed_by_support)",
        "(rule network.sim_swap_pauses)",
        "(rule contact.help_is_wanted)",
        "The customer withdrew consent to this purpose. (rule xop.consent_withdrawn)",
        "(rule contact.cap_reached)",
        "(rule billing.credit_above_limit)",
    ):
        assert reason in " ".join(told.stdout.split())
    governance = told.stdout.partition("21:00")[2]
    for shown in ("to be reported by", "(rule xop.halted)", "Bluebird was told", "case-2026-17 (legal_claims)"):
        assert shown in governance
    assert "leaves, all of them cosigned by auditor" in governance
    assert "\x1b" not in told.stdout
    wide = [line for line in told.stdout.splitlines() if len(line) > 100]
    assert [line for line in wide if str(data) not in line] == []

    replayed = _run(Path(sys.executable).with_name("xop"), "replay", "--all", "--data", data / "store", python=False)
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr


def test_the_demonstration_leaves_a_folder_that_holds_something_alone(tmp_path):
    (tmp_path / "precious").touch()
    told = _run(DEMO, "--exit", "--data", tmp_path)
    assert told.returncode == 1
    assert "is not empty" in told.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["precious"]


def _run(*command: Path | str, python: bool = True) -> subprocess.CompletedProcess[str]:
    words = [*([sys.executable] if python else []), *map(str, command)]
    return subprocess.run(words, check=False, capture_output=True, encoding="utf-8", timeout=150, cwd=ROOT)


@pytest.mark.parametrize("hour", range(24))
def test_it_is_day_for_the_cast_whatever_the_hour_here(hour):
    now = datetime(2026, 11, 20, hour, 59, tzinfo=UTC)
    people = population(30, Random(1), now)
    hours = [now.astimezone(ZoneInfo(person.zone)).hour for person in people]
    assert all(10 < each < 18 for each in hours[:14])
    assert hours[14] < 5
