"""The six situations, each played through the public API and checked against what it promises to show."""

from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from examples.northwind_mobile.client import Client, Refused
from examples.northwind_mobile.customers import Customer, Event, call_ended, call_started, page, selected
from examples.northwind_mobile.screen import Screen
from examples.northwind_mobile.witness import PATIENCE, NotAsTold, Witness

SIM_SWAPPED = "org.camaraproject.sim-swap-subscriptions.v0.swapped"


@dataclass(slots=True)
class Stage:
    """Everything a situation needs, and the decisions it leaves behind."""

    client: Client
    screen: Screen
    witness: Witness
    cast: list[Customer]
    ids: dict[int, str]
    """Customer ids by the customer's number."""
    arrived: SimpleQueue[str]
    """What reached the outside world on behalf of the cast, in words."""
    shown: dict[str, str] = field(default_factory=dict)
    """The id of the decision that a situation is about, by the situation's title."""

    def send(self, text: str, *events: Event) -> int:
        """Say what happens, let it happen, and return the mark from before it."""
        self.screen.step(text)
        since = self.witness.mark()
        self.client.send(*events)
        return since

    def rules(self, customer: Customer, action: str, since: int, *, stage: str = "proposal") -> dict[str, Any]:
        """Wait for a ruling on an action for a customer."""
        return self.witness.decision(self.ids[customer.number], action, since, stage)

    def show(self, decision: dict[str, Any] | str, verdict: str, rule: str) -> dict[str, Any]:
        """Print the platform's account of a decision; raises NotAsTold when it is another one than announced."""
        name = decision if isinstance(decision, str) else str(decision["decision"])
        found: dict[str, Any] = self.client.get(f"/v1/decisions/{name}")
        self.screen.story(found["story"], found["verdict"])
        ruled = [each["rule"] for each in found["determined_by"]]
        if found["verdict"] != verdict or rule not in ruled:
            said = f"{found['verdict']} by {', '.join(ruled) or found['code']}"
            raise NotAsTold(f"{name} should be {verdict} by {rule}, but is {said}")
        return found

    def carried_out(self, decision: dict[str, Any]) -> None:
        """Wait until what a decision permitted was carried out, and print what reached the outside world."""
        self.witness.done(decision["invocation"])
        try:
            self.screen.message(self.arrived.get(timeout=PATIENCE))
        except Empty:
            raise NotAsTold(f"{decision['invocation']} is done, but nothing reached the outside world") from None


def promotion_meets_support_call(stage: Stage) -> str:
    """Play a campaign that reaches somebody who is on the phone with support."""
    who = stage.cast[0]
    stage.send(f"{who.name} calls about a bill; the contact centre reports it", call_started(who, "bill"))
    since = stage.send("marketing selects the same customer for a campaign", selected(who, "spring", "20% off"))
    withheld = stage.rules(who, "send_offer_email", since)
    stage.show(withheld, "deny", "xop.suppressed_by_support")
    stage.send("the call ends, the question is answered", call_ended(who, "bill"))
    since = stage.send("marketing selects the customer once more", selected(who, "spring", "20% off"))
    sent = stage.rules(who, "send_offer_email", since)
    stage.show(sent, "permit", "xop.granted")
    stage.carried_out(sent)
    return str(withheld["decision"])


def fresh_sim_swap(stage: Stage) -> str:
    """Play a SIM swap, after which whoever holds the number must not get at money or PIN."""
    who = stage.cast[1]
    verified = Event("app", "xop.verified", who, {"level": 2, "method": "app_login"})
    stage.send(f"{who.name} signs in to the app", verified)
    bill = {"invoice": "I-2011", "amount_cents": 2999}
    stage.screen.step("and pays a bill there: the app proposes it")
    paid = stage.client.propose("app", who, "make_payment", arguments=bill)
    stage.show(paid, "permit", "xop.granted")
    stage.carried_out(paid)
    swapped = Event("network", SIM_SWAPPED, who, {"phoneNumber": who.phone})
    since = stage.send("the network's CAMARA gateway reports: the SIM was swapped", swapped)
    stage.carried_out(stage.rules(who, "send_security_alert", since))
    stage.screen.step("somebody in the same app wants to pay another bill")
    payment = stage.client.propose("app", who, "make_payment", arguments={"invoice": "I-2012", "amount_cents": 89900})
    stage.show(payment, "hold", "network.sim_swap_pauses")
    stage.screen.step("and calls Robin in the contact centre for a new PIN: people are held by the same rule")
    pin = stage.client.propose("robin", who, "reset_pin")
    stage.show(pin, "hold", "network.sim_swap_pauses")
    in_person = Event("contact_centre", "xop.verified", who, {"level": 3, "method": "passport_in_shop"})
    since = stage.send(f"{who.name} shows a passport in a shop: what was paused goes on by itself", in_person)
    stage.show(stage.rules(who, "reset_pin", since, stage="reconsideration"), "permit", "xop.granted")
    stage.carried_out(pin)
    stage.carried_out(payment)
    return str(payment["decision"])


def visits_to_the_cancel_page(stage: Stage) -> str:
    """Play somebody who hesitates over leaving, and is offered a person's help."""
    who = stage.cast[2]
    since = stage.send(f"{who.name} opens /cancel in the web shop (a Segment page call)", page(who, "/cancel"))
    stage.send("and again", page(who, "/cancel/fees"))
    if any(each["customer"] == stage.ids[who.number] for each in stage.witness.decisions[since : stage.witness.mark()]):
        raise NotAsTold("two visits to the cancel page should not lead to an offer of help")
    since = stage.send("and a third time: a trigger proposes live help", page(who, "/cancel/confirm"))
    offered = stage.rules(who, "offer_live_help", since)
    stage.show(offered, "permit", "contact.help_is_wanted")
    stage.carried_out(offered)
    return str(offered["decision"])


def withdrawal_stops_queued_message(stage: Stage) -> str:
    """Play a consent withdrawn while a permitted newsletter waits in the outbox."""
    who = stage.cast[3]
    planned = Event("campaigns", "newsletter.planned", who, {"issue": "week 47"})
    since = stage.send(f"the newsletter is planned for {who.name}; it leaves in ten minutes", planned)
    queued = stage.rules(who, "send_newsletter", since)
    stage.show(queued, "permit", "xop.granted")
    waiting = _outbox(stage, queued["invocation"])
    stage.screen.message(f"outbox: {waiting['action']} is {waiting['state']}, due {waiting['due']}")
    choice = {"purpose": "marketing", "channel": "email", "allowed": False, "form": "preferences page"}
    since = stage.send("a minute later the customer switches e-mail offers off", _preference(who, choice))
    stopped = stage.rules(who, "send_newsletter", since, stage="reconsideration")
    stage.show(stopped, "deny", "xop.consent_withdrawn")
    after = _outbox(stage, queued["invocation"])
    stage.screen.message(f"outbox: {after['action']} is {after['state']} ({after.get('detail', '')})")
    if (waiting["state"], after["state"]) != ("pending", "cancelled"):
        raise NotAsTold("the newsletter should wait in the outbox and then be cancelled")
    return str(stopped["decision"])


def cap_across_senders(stage: Stage) -> str:
    """Play three promotional messages from two senders, after which nobody may send a fourth."""
    who = stage.cast[4]
    since = stage.send(f"we send {who.name} an offer", selected(who, "spring", "20% off"))
    first = stage.rules(who, "send_offer_email", since)
    stage.show(first, "permit", "xop.granted")
    stage.carried_out(first)
    theirs = [
        Event("bluebird", "email.delivered", who, {"message": f"bb-{number}", "promotional": True}) for number in (1, 2)
    ]
    stage.send("Bluebird, another company's e-mail platform, reports two newsletters of its own", *theirs)
    since = stage.send("we select the customer again: the cap is three a week", selected(who, "spring", "30% off"))
    capped = stage.rules(who, "send_offer_email", since)
    stage.show(capped, "deny", "contact.cap_reached")
    return str(capped["decision"])


def credit_above_the_limit(stage: Stage) -> str:
    """Play an AI agent that gives away money over MCP, up to the limit at which a person decides."""
    who = stage.cast[5]
    chat = {"chat": "chat-4711", "topic": "bill"}
    stage.send(f"{who.name} complains to the AI agent in chat", Event("contact_centre", "chat.started", who, chat))
    stage.screen.step("over MCP the agent calls the tool issue_credit: $12")
    small, _ = _credit(stage, who, 1200)
    stage.show(small, "permit", "xop.granted")
    stage.carried_out(small)
    stage.screen.step("the customer insists; the agent calls it again: $35 more")
    large, told = _credit(stage, who, 3500)
    stage.show(large, "hold", "billing.credit_above_limit")
    stage.screen.message(f"the agent is told: {told}")
    place = f"/v1/invocations/{large['invocation']}/approval"
    stage.screen.step("Robin, who answers calls, tries to approve it")
    try:
        stage.client.post(place, "robin", {"approved": True})
    except Refused as refused:
        stage.screen.message(refused.detail)
    else:
        raise NotAsTold("only a supervisor should be able to approve the credit")
    stage.screen.step("Sam, a supervisor, looks at what waits and approves exactly that")
    request = stage.client.get(f"/v1/approvals/{large['invocation']}")
    approval = {"approved": True, "note": "the bill was wrong", "binding": request["binding"]}
    answer = stage.client.post(place, "sam", approval)
    stage.show(answer["ruling"]["decision"], "permit", "xop.granted")
    stage.carried_out(large)
    stage.screen.step(
        "in another customer's name the same call goes nowhere: the agent is in no conversation with them"
    )
    other, _ = _credit(stage, stage.cast[4], 1200)
    stage.show(other, "deny", "xop.not_engaged")
    return str(large["decision"])


def _credit(stage: Stage, who: Customer, cents: int) -> tuple[dict[str, Any], str]:
    """Have the AI agent call the tool; return the decision and what the agent was told."""
    since = stage.witness.mark()
    arguments = {"amount_cents": cents, "reason": "a wrong bill"}
    result = stage.client.call_tool("care_bot", who, "issue_credit", arguments, "chat-4711")
    return stage.rules(who, "issue_credit", since), str(result["content"][0].get("text", ""))


def _preference(who: Customer, choice: dict[str, Any]) -> Event:
    return Event("web_shop", "preferences.saved", who, choice)


def _outbox(stage: Stage, invocation: str) -> dict[str, Any]:
    found: dict[str, Any] = stage.client.get(f"/v1/outbox/{invocation}")
    return found


SITUATIONS: tuple[tuple[str, Callable[[Stage], str]], ...] = (
    ("A promotion meets a support call", promotion_meets_support_call),
    ("A fresh SIM swap pauses payment and PIN", fresh_sim_swap),
    ("Visits to the cancel page earn a live-help offer", visits_to_the_cancel_page),
    ("A withdrawn consent stops a queued message", withdrawal_stops_queued_message),
    ("A frequency cap counts every sender", cap_across_senders),
    ("A credit above the limit waits for a supervisor", credit_above_the_limit),
)
"""The situations in the order of the demonstration; each returns the id of the decision it is about."""
