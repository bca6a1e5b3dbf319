"""What happens to customers of the example operator whom nobody else's test knows."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Self

from examples.northwind_mobile.client import Client
from examples.northwind_mobile.customers import Customer, Event, arrival
from tests.kit.console import Console

AGENT = "care_bot"

_NAMES = ("Irma", "Joris", "Keiko", "Lars", "Maya", "Nils", "Olga", "Paul", "Rania", "Sara", "Tomas", "Ulla")


class Occasions:
    """The world outside, as it tells the operator's platform of its customers."""

    def __init__(self, console: Console, keys: Mapping[str, str]) -> None:
        self._client = Client(console.url, keys, sent=1_000_000)  # other ids than the day's events have
        self._numbers: Iterator[int] = count(900)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    @property
    def client(self) -> Client:
        """Who speaks to the platform, connected anew: a server hangs up where nobody has spoken for a while."""
        self._client.close()
        return self._client

    def newcomer(self) -> Customer:
        """Have somebody register."""
        number = next(self._numbers)
        name = f"{_NAMES[number % len(_NAMES)]} Newcomer"
        who = Customer(number, name, "Europe/Berlin")
        self.client.send(*arrival(who))
        return who

    def id_of(self, who: Customer) -> str:
        """Return the platform's id of a customer."""
        return str(self.client.customer(who)["id"])

    def chat(self, who: Customer) -> str:
        """Have a customer begin a chat with the AI agent, and return its name."""
        name = f"chat-{who.number}"
        self.client.send(Event("contact_centre", "chat.started", who, {"chat": name, "topic": "bill"}))
        return name

    def ask(self, who: Customer, cents: int, reason: str = "a wrong bill") -> dict[str, Any]:
        """Have the AI agent ask for a credit, and return the verdict."""
        arguments = {"amount_cents": cents, "reason": reason}
        details = {"conversation": f"chat-{who.number}", "arguments": arguments}
        return self.client.propose(AGENT, who, "issue_credit", **details)

    def held(self, cents: int, reason: str) -> tuple[Customer, str]:
        """Have the AI agent ask for a credit that waits for a person; return for whom, and the invocation."""
        who = self.newcomer()
        self.chat(who)
        asked = self.ask(who, cents, reason)
        assert asked["verdict"] == "hold", asked
        return who, str(asked["invocation"])

    def let_go_on(self) -> None:
        """Have whatever is halted go on."""
        for each in self.client.get("/v1/halts")["halts"]:
            self.client.post("/v1/halts/resumption", "robin", {"scope": each["scope"], "reason": "over"})

    def ruling(self) -> str:
        """Return the release that rules."""
        return str(self.client.get("/v1/releases/active", "kai")["digest"])

    def bring_back(self, release: str) -> None:
        """Have a release rule again, if another one does."""
        if self.ruling() != release:
            self.client.post("/v1/releases", "kai", {"release": release})

    def denied(self) -> tuple[Customer, str]:
        """Have the AI agent try to give a credit to somebody it does not talk with; return to whom, and the decision."""
        who = self.newcomer()
        self.client.call_tool(AGENT, who, "issue_credit", {"amount_cents": 500, "reason": "a guess"}, "chat-4711")
        latest = self.client.get(f"/v1/decisions?customer=account:{who.account}&limit=1")["decisions"][0]
        assert latest["verdict"] == "deny", latest
        return who, str(latest["decision"])

    def answers(self, invocation: str) -> list[tuple[str, str]]:
        """Return what people answered to a request, and who."""
        told = self.client.get(f"/v1/invocations/{invocation}")["after"]
        return [(each["what"], each["by"]) for each in told if each.get("by", "").startswith("operator:")]

    def handed_over(self) -> tuple[Customer, str]:
        """Have the AI agent hand a customer over to people; return whom, and the handover."""
        who = self.newcomer()
        wish = {
            "customer": f"account:{who.account}",
            "conversation": self.chat(who),
            "queue": "care",
            "intent": "bill",
            "summary": f"{who.name} was billed for a parcel of somebody else.",
            "tried": [{"what": "Looked for the parcel", "outcome": "done", "detail": "it went next door"}],
            "suggested": [
                {
                    "title": "Give back the parcel's price",
                    "action": "issue_credit",
                    "arguments": {"amount_cents": 1240, "reason": "somebody else's parcel"},
                    "reason": "They never had it",
                }
            ],
        }
        return who, str(self.client.post("/v1/handovers", AGENT, wish)["handover"])
