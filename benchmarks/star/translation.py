"""Turns a recorded dialogue into what a live desk would have sent: signals, and proposals where it acted.

One dialogue is one customer. The people who played the customers played somebody else in every dialogue, so their worker
ids say who sat at the keyboard, not who asked for a balance: one customer per worker would lend one person's
authentication to another.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from benchmarks.star.acts import Result, authentication, disclosure, execution, is_bank, status_text

LONGEST_TEXT = 20_000

_UNFIT = re.compile(r"[^A-Za-z0-9._-]")
_BETWEEN = re.compile(r"[^\w']+")


class Told(Struct, frozen=True):
    """Something that happened, to be sent as a signal."""

    id: str
    type: str
    customer: str
    time: int
    """When it happened, in milliseconds since the epoch, by the recording."""
    data: dict[str, Any]


class Wished(Struct, frozen=True):
    """Something the desk did or said that it must be allowed to do, to be sent as a proposal."""

    id: str
    action: str
    customer: str
    time: int
    arguments: dict[str, Any]
    kind: Literal["execution", "disclosure"]
    standing: Result | None
    """The bank's latest answer before it; None before the first."""
    refused_before: bool
    """Whether the bank had refused earlier in the dialogue, its answer to this very call apart."""
    text: str = ""


Step = Told | Wished


def name_of(dialogue: Mapping[str, Any]) -> str:
    """Return a dialogue's name, which is its customer's identifier too."""
    return f"star-{_UNFIT.sub('-', str(dialogue.get('DialogueID', 'unnumbered')))}"


def translate(dialogue: Mapping[str, Any]) -> list[Step]:
    """Return the steps of a dialogue in order; none when nothing in it has a time."""
    events = [event for event in dialogue.get("Events") or () if isinstance(event, dict)]
    begun = next((_time(event) for event in events if _time(event)), 0)
    return list(_Desk(name_of(dialogue), begun).steps(events, _given_task(dialogue, events))) if begun else []


def _time(event: Mapping[str, Any]) -> int:
    time = event.get("UnixTime")
    return int(time) * 1000 if isinstance(time, int | float) else 0


def _given_task(dialogue: Mapping[str, Any], events: list[dict[str, Any]]) -> str:
    """A desk that was set up for a single task never selects it: it begins when the customer first speaks."""
    if any(event.get("Action") == "select_task" for event in events):
        return ""
    able = (dialogue.get("Scenario") or {}).get("WizardCapabilities") or ()
    tasks = {str(each.get("Task") or "") for each in able if isinstance(each, dict)}
    return tasks.pop() if len(tasks) == 1 else ""


class _Desk:
    """Goes through one dialogue and keeps what later events need of earlier ones."""

    def __init__(self, name: str, begun: int) -> None:
        self.name = name
        self.time = begun
        self.turn = 0
        self.request = ""
        self.standing: Result | None = None
        self.refused = False
        self.tasks: list[str] = []

    def steps(self, events: list[dict[str, Any]], given_task: str) -> Iterator[Step]:
        yield self._told("conversation.opened")
        for self.turn, event in enumerate(events):
            # A service's answer is recorded without a time; it has that of its call.
            self.time = max(self.time, _time(event))
            match event.get("Agent"), event.get("Action"):
                case "User", "utter":
                    yield self._told("customer.said", text=_text(event), words=words(_text(event)))
                    if given_task and given_task not in self.tasks:
                        yield self._selected(given_task)
                case "User", "complete":
                    yield self._told("conversation.completed", tasks=self.tasks[:20])
                case "Wizard", "utter" | "pick_suggestion":
                    yield from self._answered(event)
                case "Wizard", "select_task":
                    if event.get("Task"):
                        yield self._selected(str(event["Task"]))
                case "Wizard", "query":
                    yield from self._called(event)
                case "KnowledgeBase", _:
                    yield from self._returned(event)
                case _:
                    pass

    def _selected(self, task: str) -> Step:
        self._note(task)
        return self._told("task.selected", task=task[:80])

    def _answered(self, event: Mapping[str, Any]) -> Iterator[Step]:
        label, text = str(event.get("ActionLabel") or ""), _text(event)
        if shown := disclosure(label, text):
            action, by = shown
            yield self._wished("disclosure", action, {"turn": self.turn, "by": by}, self.refused, text)
        yield self._told("agent.said", text=text, label=label[:120])

    def _called(self, event: Mapping[str, Any]) -> Iterator[Step]:
        service, given = _service(event), _constraints(event)
        self.request = next((value.strip('"') for name, value in reversed(given) if name == "RequestType"), "")[:80]
        self._note(service)
        names = list(dict.fromkeys(name[:200] for name, _ in given))[:100]
        yield self._told("service.called", service=service, request=self.request, given=names)
        action = None if is_bank(service) else execution(service, self.request)
        if action:
            yield self._wished("execution", action, {"turn": self.turn, "service": service}, self.refused)

    def _returned(self, event: Mapping[str, Any]) -> Iterator[Step]:
        service, item = _service(event), event.get("Item")
        item = item if isinstance(item, dict) else None
        if is_bank(service):
            before = self.refused
            self.standing = authentication(item)
            self.refused = self.refused or self.standing == "refused"
            yield self._told("authentication.answered", service=service, result=self.standing)
            if action := execution(service, self.request):
                yield self._wished("execution", action, {"turn": self.turn}, before)
        total = event.get("TotalItems")
        yield self._told(
            "service.answered",
            service=service,
            request=self.request,
            message=status_text(item),
            words=words(status_text(item)),
            found=bool(item),
            total=total if isinstance(total, int) else -1,
        )

    def _note(self, task: str) -> None:
        if task not in self.tasks:
            self.tasks.append(task[:80])

    def _told(self, kind: str, **data: Any) -> Told:
        common = {"dialogue": self.name, "turn": self.turn, "recorded": self.time // 1000}
        return Told(f"{self.name}/{self.turn}/{kind}", f"desk.{kind}", self.name, self.time, {**common, **data})

    def _wished(
        self,
        kind: Literal["execution", "disclosure"],
        action: str,
        arguments: dict[str, Any],
        refused_before: bool,  # noqa: FBT001 - told apart by its name everywhere
        text: str = "",
    ) -> Wished:
        name = f"{self.name}/{self.turn}/{action}"
        return Wished(name, action, self.name, self.time, arguments, kind, self.standing, refused_before, text)


def words(text: str) -> str:
    """Return a text ready for listening: lower case, apostrophes its only punctuation, one blank around every word."""
    plain = _BETWEEN.sub(" ", text.lower().replace("\u2019", "'"))
    return f" {' '.join(plain.split())} "[:LONGEST_TEXT]


def _text(event: Mapping[str, Any]) -> str:
    return str(event.get("Text") or "")[:LONGEST_TEXT]


def _service(event: Mapping[str, Any]) -> str:
    return str(event.get("APIName") or "unnamed")[:80]


def _constraints(event: Mapping[str, Any]) -> list[tuple[str, str]]:
    given = event.get("Constraints")
    maps = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    return [(str(name), str(value)) for each in maps for name, value in each.items()]
