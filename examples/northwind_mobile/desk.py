"""What waits for people when the day is over: two credits to approve, and a customer whom the AI agent hands over."""

from typing import Any

from examples.northwind_mobile.customers import Customer, Event
from examples.northwind_mobile.situations import Stage

Turns = tuple[tuple[str, str], ...]
"""Who writes, and what."""

_CREDITS: tuple[tuple[int, str, int, str, Turns], ...] = (
    (
        7,
        "chat-4820",
        4500,
        "three days without network",
        (
            ("customer", "No network since Monday, and I pay for it all the same?"),
            ("agent", "I am sorry. The outage in your street lasted three days. I ask for 45 dollars back for you."),
            ("customer", "That would be fair."),
        ),
    ),
    (
        0,
        "chat-4821",
        2600,
        "billed twice for roaming",
        (
            ("customer", "My trip to Lisbon is on the bill twice."),
            (
                "agent",
                "I see both: 26 dollars were charged once too often. A colleague must agree before I pay it back.",
            ),
        ),
    ),
)

_CHAT = "chat-4822"

_BEFORE: Turns = (
    ("customer", "There is a charge of 12.40 on my bill that I do not recognise."),
    ("agent", "I have a look at your account."),
)

_AFTER: Turns = (
    ("agent", "It is GameBox, a subscription of another company that is paid through your bill, since October."),
    ("customer", "I never ordered that. Twice I was promised on the phone that somebody would look into it!"),
    (
        "agent",
        "I can see that promise, and that nobody kept it. I am sorry. I may not stop what another company sells.",
    ),
    ("customer", "Then I want to talk to a person."),
    ("agent", "I hand you over now, with all that we wrote. You need not repeat anything."),
)


def play_desk(stage: Stage) -> None:
    """Leave two requests and a handover for whoever opens the console."""
    for number, chat, cents, reason, turns in _CREDITS:
        who = stage.cast[number]
        _opened(stage, who, chat)
        _written(stage, who, chat, turns)
        arguments = {"amount_cents": cents, "reason": reason}
        stage.client.call_tool("care_bot", who, "issue_credit", arguments, chat)
    _hand_over(stage, stage.cast[2])


def _hand_over(stage: Stage, who: Customer) -> None:
    """Play a chat that goes beyond what the AI agent may do, and hand it over to people."""
    promise = {"promise": "charge-2011", "what": "Somebody looks into the charge of 12.40"}
    stage.send(f"on the phone {who.name} is promised something", Event("contact_centre", "promise.given", who, promise))
    _opened(stage, who, _CHAT)
    _written(stage, who, _CHAT, _BEFORE)
    stage.client.call_tool("care_bot", who, "read_billing_account", {}, _CHAT)
    _written(stage, who, _CHAT, _AFTER)
    stage.screen.step(f"the AI agent cannot help {who.name} and hands the chat over to people, with all it knows")
    stage.client.post("/v1/handovers", "care_bot", _handover(who))


def _opened(stage: Stage, who: Customer, chat: str) -> None:
    told = Event("contact_centre", "chat.started", who, {"chat": chat, "topic": "bill"})
    stage.send(f"{who.name} opens a chat with the AI agent", told)


def _written(stage: Stage, who: Customer, chat: str, turns: Turns) -> None:
    """Have the contact centre report what is written, turn by turn."""
    for writer, text in turns:
        stage.client.send(Event("contact_centre", "chat.message", who, {"chat": chat, "from": writer, "text": text}))


def _handover(who: Customer) -> dict[str, Any]:
    return {
        "customer": f"account:{who.account}",
        "conversation": _CHAT,
        "queue": "care",
        "intent": "bill",
        "summary": (
            f"{who.name} does not recognise a charge of 12.40 on the last bill and was told twice that it would be "
            "looked into. The AI agent found that it is GameBox, a third party's subscription, which it may not stop."
        ),
        "transcript": [{"uri": f"https://chats.northwind.example/{_CHAT}", "title": "The chat with the AI agent"}],
        "tried": [
            {"what": "Explained the bill line by line", "outcome": "failed", "detail": "not understood"},
            {"what": "Looked for the subscription", "outcome": "done", "detail": "found, and not ours to cancel"},
        ],
        "suggested": [
            {
                "title": "Have the complaints team stop GameBox",
                "action": "open_case",
                "arguments": {"case": "gamebox-2011", "about": "GameBox, 12.40 a month, was never ordered: stop it"},
                "reason": "Only the complaints team can stop what another company sells",
            },
            {
                "title": "Give back the charge",
                "action": "issue_credit",
                "arguments": {"amount_cents": 1240, "reason": "a third party's subscription"},
                "reason": "They were told twice that somebody would look into it",
            },
        ],
    }
