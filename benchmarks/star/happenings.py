"""A recorded dialogue as the desk lived it: what it heard, and what it did next."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.star.acts import status_text
from benchmarks.star.procedures import CALLS, RECEPTION, START, Procedure
from benchmarks.star.translation import words

_REQUESTS = {"Check": "query_check", "Book": "query_book"}


class Heard(Struct, frozen=True):
    """Something after which the desk may act: words, a service's answer, or a task it has selected."""

    kind: Literal["said", "answered", "selected"]
    task: str
    place: str
    """The desk's last act within the task."""
    told: tuple[str, ...]
    """All its acts in the dialogue before this, in order."""
    words: str = ""
    """What was said or answered; with a selected task, what the customer had said that was still to be acted on."""


class Acted(Struct, frozen=True):
    """What the desk did: the label of its answer, a call, or nothing for an answer in its own words."""

    task: str
    act: str
    number: int = 0
    """Its place among the happenings of the dialogue."""


Happening = Heard | Acted


def learned_from(dialogue: Mapping[str, Any]) -> bool:
    """Say whether a dialogue belongs to the half that is learned from; its identifier alone decides."""
    return bool(sha256(str(dialogue.get("DialogueID")).encode()).digest()[0] & 1)


def happenings(dialogue: Mapping[str, Any], procedures: Mapping[str, Procedure]) -> list[Happening]:
    """Return what happened in a dialogue, in order, each with what was known at that moment and nothing later."""
    lived = _Desk(procedures, _given_task(dialogue, procedures)).live(dialogue.get("Events") or ())
    return [replace(each, number=number) if isinstance(each, Acted) else each for number, each in enumerate(lived)]


def turns(lived: Iterable[Happening]) -> Iterator[tuple[Heard, Acted]]:
    """Yield every labelled act and call with the last thing heard before it."""
    heard: Heard | None = None
    for each in lived:
        if isinstance(each, Heard):
            heard = each
        elif each.act and heard is not None:
            yield heard, each


def _given_task(dialogue: Mapping[str, Any], procedures: Mapping[str, Procedure]) -> str:
    """A desk set up for one task never selects it; one set up for several selects from the reception."""
    able = (dialogue.get("Scenario") or {}).get("WizardCapabilities") or ()
    tasks = {str(each.get("Task") or "") for each in able if isinstance(each, dict)} & set(procedures)
    return tasks.pop() if len(tasks) == 1 else RECEPTION


class _Desk:
    """Goes through one dialogue and keeps what later happenings need of earlier ones."""

    def __init__(self, procedures: Mapping[str, Procedure], task: str) -> None:
        self.procedures = procedures
        self.task = task
        self.place = START
        self.told: tuple[str, ...] = ()
        self.unanswered = ""

    def live(self, events: Iterable[Any]) -> Iterator[Happening]:
        yield self._heard("selected", "")
        for event in events:
            if not isinstance(event, dict):
                continue
            match event.get("Agent"), event.get("Action"):
                case "User", "utter":
                    self.unanswered = words(str(event.get("Text") or ""))
                    yield self._heard("said", self.unanswered)
                case "KnowledgeBase", _:
                    self.unanswered = ""
                    yield self._heard("answered", _answer(event))
                case "Wizard", "select_task":
                    yield from self._select(str(event.get("Task") or ""), START, self.unanswered)
                case "Wizard", "query":
                    yield from self._call(event)
                case "Wizard", "utter" | "pick_suggestion":
                    yield self._act(str(event.get("ActionLabel") or ""))
                case _:
                    pass

    def _heard(self, kind: Literal["said", "answered", "selected"], text: str) -> Heard:
        return Heard(kind, self.task, self.place, self.told, text)

    def _act(self, act: str) -> Acted:
        self.unanswered = ""
        if act:
            self.place, self.told = act, (*self.told, act)
        return Acted(self.task, act)

    def _call(self, event: Mapping[str, Any]) -> Iterator[Happening]:
        """A call of another task's service tells that the desk has turned to that task."""
        service, request = str(event.get("APIName") or ""), _request(event)
        yield self._act(self._node(self.task, request))
        if service in self.procedures:
            yield from self._select(service, self._node(service, request), "")

    def _select(self, task: str, place: str, unanswered: str) -> Iterator[Happening]:
        if task != self.task and task in self.procedures:
            self.task, self.place = task, place
            yield self._heard("selected", unanswered)

    def _node(self, task: str, request: str) -> str:
        """Return the call's node in a task's graph; graphs without such a node have one call for everything."""
        acts, wanted = self.procedures[task].acts, _REQUESTS.get(request, "query")
        return wanted if wanted in acts else next((call for call in CALLS if call in acts), "query")


def _request(event: Mapping[str, Any]) -> str:
    given = [each for each in event.get("Constraints") or () if isinstance(each, dict)]
    named = [str(each["RequestType"]).strip('"') for each in given if "RequestType" in each]
    return named[-1] if named else ""


def _answer(event: Mapping[str, Any]) -> str:
    item = event.get("Item")
    item = item if isinstance(item, dict) else {}
    return words(status_text(item)).strip() or ("something found" if item else "nothing found")
