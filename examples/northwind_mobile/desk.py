"""What waits for people when the day is over: two credits to approve, and a customer whom the AI agent hands over."""

from examples.northwind_mobile.customers import Customer, Event
from examples.northwind_mobile.situations import Stage

_CREDITS = ((7, "chat-4820", 4500, "three days without network"), (0, "chat-4821", 2600, "billed twice for roaming"))


def play_desk(stage: Stage) -> None:
    """Leave two requests and a handover for whoever opens the console."""
    for number, chat, cents, reason in _CREDITS:
        who = stage.cast[number]
        _opened(stage, who, chat, "bill")
        arguments = {"amount_cents": cents, "reason": reason}
        stage.client.call_tool("care_bot", who, "issue_credit", arguments, chat)
    who = stage.cast[2]
    _opened(stage, who, "chat-4822", "bill")
    stage.screen.step(f"the AI agent cannot help {who.name} and hands the chat over to people, with all it knows")
    stage.client.post("/v1/handovers", "care_bot", _handover(who, "chat-4822"))


def _opened(stage: Stage, who: Customer, chat: str, topic: str) -> None:
    told = Event("contact_centre", "chat.started", who, {"chat": chat, "topic": topic})
    stage.send(f"{who.name} opens a chat with the AI agent", told)


def _handover(who: Customer, chat: str) -> dict[str, object]:
    return {
        "customer": f"account:{who.account}",
        "conversation": chat,
        "queue": "care",
        "intent": "bill",
        "summary": (
            f"{who.name} does not recognise a charge of 12.40 on the last bill and was told twice that it would be "
            "looked into. The AI agent found that it is a third party's subscription, which it may not cancel."
        ),
        "tried": [
            {"what": "Explained the bill line by line", "outcome": "failed", "detail": "not understood"},
            {"what": "Looked for the subscription", "outcome": "done", "detail": "found, and not ours to cancel"},
        ],
        "suggested": [
            {
                "title": "Give back the charge",
                "action": "issue_credit",
                "arguments": {"amount_cents": 1240, "reason": "a third party's subscription"},
                "reason": "They were told twice that somebody would look into it",
            }
        ],
    }
