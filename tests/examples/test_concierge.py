"""The concierge desk: what it understands of a conversation, and what it lets the desk do and say."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.star.acts import disclosure, execution
from benchmarks.star.disputes import disputes
from benchmarks.star.player import shifts
from benchmarks.star.server import WORKSPACE
from benchmarks.star.source import read_dialogues
from benchmarks.star.translation import Step, Told, Wished, translate
from xop.assembly import Platform, open_platform
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Proposal, Signal
from xop.kernel.context.customer import Part
from xop.kernel.facts import FlagRaised, IntentReturned
from xop.kernel.identity.model import Identifier

CUSTOMER = "star-7"

REFUSAL = {"Message": "You must provide a name and a PIN. We cannot authenticate the user otherwise."}
BALANCE = {"BankBalance": 812, "BankName": "Harbour Savings"}
FILED = {"Confirmation": "Fraud report submitted successfully."}


def user(text: str) -> dict[str, Any]:
    return {"Agent": "User", "Action": "utter", "Text": text}


def desk(text: str, label: str | None = None) -> dict[str, Any]:
    said = {"Agent": "Wizard", "Action": "utter" if label is None else "pick_suggestion", "Text": text}
    return said if label is None else {**said, "ActionLabel": label}


def task(name: str) -> dict[str, Any]:
    return {"Agent": "Wizard", "Action": "select_task", "Task": name}


def call(service: str, answer: dict[str, Any] | None, **given: str) -> list[dict[str, Any]]:
    constraints = [{name: f'"{value}"'} for name, value in given.items()]
    found = {"Item": {"APIName": service, **answer}, "TotalItems": -1} if answer is not None else {"TotalItems": 0}
    return [
        {"Agent": "Wizard", "Action": "query", "APIName": service, "Constraints": constraints},
        {"Agent": "KnowledgeBase", "Action": "return_item", "APIName": service, **found},
    ]


DONE = {"Agent": "User", "Action": "complete"}


def dialogue(*events: dict[str, Any] | list[dict[str, Any]], number: int = 7, **more: Any) -> dict[str, Any]:
    """Return a recorded dialogue, an event every five seconds; answers of services have no time of their own."""
    flat = [each for event in events for each in (event if isinstance(event, list) else [event])]
    timed = [
        each if each["Agent"] == "KnowledgeBase" else {**each, "UnixTime": 1_400_000_000 + 5 * place}
        for place, each in enumerate(flat)
    ]
    return {"DialogueID": number, "Events": timed, **more}


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Platform]:
    platform = await open_platform(folder, WORKSPACE)
    await platform.start()
    try:
        yield platform
    finally:
        await platform.stop()


async def play(platform: Platform, steps: Iterable[Step], moved: dict[str, int] | None = None) -> dict[str, str]:
    """Submit steps one after the other and return the verdicts by proposal."""
    verdicts: dict[str, str] = {}
    steps = list(steps)
    moved = shifts(steps) if moved is None else moved
    for step in steps:
        who = Identifier("dialogue", step.customer)
        if isinstance(step, Told):
            time = step.time + moved[step.customer]
            name = f"signal:test|{step.id}"
            signal = Signal(name, step.type, "test", time, Actor("source", "desk"), (who,), step.data)
            answer = await platform.engine.submit(signal)
        else:
            agent = Actor("agent", "concierge")
            wish = Proposal(step.id, agent, step.action, step.arguments, "service", step.customer)
            answer = await platform.engine.submit(wish, who)
            assert answer.decision is not None
            verdicts[step.id] = f"{answer.decision.verdict} {answer.decision.code}"
        assert answer.refusal is None, answer.refusal
    return verdicts


async def context(platform: Platform) -> Part:
    customer = await platform.engine.customer(Identifier("dialogue", CUSTOMER))
    assert customer is not None
    return customer.view


async def at_rest(platform: Platform) -> None:
    """Return when every request of the outbox has been answered."""
    async with asyncio.timeout(20):
        while await _requests(platform):  # noqa: ASYNC110 - the outbox tells nobody when it has emptied
            await asyncio.sleep(0)


async def _requests(platform: Platform) -> int:
    counts = await platform.runtime.outbox.counts()
    return sum(count for state, count in counts.items() if state in {"pending", "sending"})


async def facts(platform: Platform) -> list[Any]:
    return [fact for stored in await platform.runtime.ledger.page(0, 10_000) for fact in stored.entry.facts]


async def intents(tmp_path: Path, *events: dict[str, Any] | list[dict[str, Any]], **more: Any) -> dict[str, str]:
    async with running(tmp_path / "data") as platform:
        await play(platform, translate(dialogue(*events, **more)))
        return {name: intent.status for name, intent in (await context(platform)).intents.items()}


async def verdicts_of(tmp_path: Path, *events: dict[str, Any] | list[dict[str, Any]]) -> list[str]:
    async with running(tmp_path / "data") as platform:
        return list((await play(platform, translate(dialogue(*events)))).values())


async def test_a_selected_task_opens_an_intent_and_a_call_of_its_service_is_an_attempt(tmp_path):
    assert await intents(tmp_path, user("A table for two?"), task("restaurant_book")) == {"restaurant_book": "open"}
    offered = call("restaurant_book", {"Message": "Available"}, RequestType="Check")
    events = (user("A table for two?"), task("restaurant_book"), offered)
    assert await intents(tmp_path / "second", *events) == {"restaurant_book": "attempted"}


async def test_the_only_task_of_a_desk_opens_when_the_customer_first_speaks(tmp_path):
    single = {"WizardCapabilities": [{"Task": "weather"}]}
    assert await intents(tmp_path, user("Will it rain on Sunday?"), Scenario=single) == {"weather": "open"}


@pytest.mark.parametrize(
    ("answer", "request_type", "status"),
    [
        ({"ReservationStatus": "Reservation Confirmed"}, "Book", "resolved"),
        ({"ReservationStatus": "Reservation Failed"}, "Book", "attempted"),
        ({"Message": "The slot is unavailable."}, "Book", "attempted"),
        ({"Message": "Available"}, "Check", "attempted"),
        ({"Forecast": "Rain", "TemperatureCelsius": 9}, "", "resolved"),
        (None, "", "attempted"),
    ],
)
async def test_an_intent_is_resolved_by_what_the_service_did(tmp_path, answer, request_type, status):
    given = {"RequestType": request_type} if request_type else {}
    events = (user("Please"), task("some_service"), call("some_service", answer, **given))
    assert await intents(tmp_path, *events) == {"some_service": status}


async def test_thanks_confirm_what_was_done_but_not_what_was_only_tried(tmp_path):
    done = call("ride_book", {"Message": "Ride booked."}, RequestType="Book")
    tried = call("ride_change", {"ChangeStatus": "We are unable to change it."})
    events = (task("ride_book"), done, user("Great, thanks!"), task("ride_change"), tried, user("Thank you anyway"))
    assert await intents(tmp_path, *events) == {"ride_book": "confirmed", "ride_change": "attempted"}


async def test_a_resolved_task_that_is_asked_for_again_comes_back(tmp_path):
    forecast = call("weather", {"Weather": "sunny"})
    async with running(tmp_path / "data") as platform:
        first = (user("Weather?"), task("weather"), forecast, desk("Anything else?", "anything_else"))
        await play(platform, translate(dialogue(*first, user("And on Monday?"), call("weather", None))))
        intent = (await context(platform)).intents["weather"]
        assert (intent.returns, intent.status) == (1, "attempted")


async def test_the_next_question_about_the_same_thing_is_no_return(tmp_path):
    quiz = call("trivia", {"Question": "Which river?"})
    async with running(tmp_path / "data") as platform:
        await play(platform, translate(dialogue(task("trivia"), quiz, desk("Next?"), user("yes"), quiz)))
        assert not any(isinstance(fact, IntentReturned) for fact in await facts(platform))


async def test_an_intent_is_abandoned_when_nothing_is_found_or_the_conversation_ends_without_success(tmp_path):
    none = (task("plane_search"), call("plane_search", None), desk("Nothing there.", "plane_inform_nothing_found"))
    events = (*none, task("hotel_book"), call("hotel_book", {"Message": "Unavailable"}, RequestType="Check"), DONE)
    assert await intents(tmp_path, *events) == {"plane_search": "abandoned", "hotel_book": "abandoned"}


async def test_a_conversation_is_opened_continued_and_closed(tmp_path):
    async with running(tmp_path / "data") as platform:
        steps = translate(dialogue(user("Hello"), desk("Hello, how can I help?", "hello"), DONE))
        await play(platform, steps[:-1])
        assert (await context(platform)).conversations[CUSTOMER].turns == 2
        await play(platform, steps[-1:])
        assert (await context(platform)).conversations == {}


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("This is ridiculous, I told you my name twice", {"annoyed"}),
        ("Actually, make it Sunday", {"changed_mind"}),
        ("Lovely, Sunday it is", set()),
    ],
)
async def test_annoyance_and_changed_minds_are_heard_in_the_customers_words(tmp_path, text, flags):
    async with running(tmp_path / "data") as platform:
        await play(platform, translate(dialogue(user(text), desk(text))))
        raised = [fact.flag for fact in await facts(platform) if isinstance(fact, FlagRaised)]
        assert set(raised) == flags
        assert len(raised) == len(flags), "the desk's own words do not count"


async def test_what_the_bank_confirmed_is_permitted(tmp_path):
    events = (user("My balance?"), call("bank_balance", BALANCE), desk("You have 812.", "bank_inform_balance"))
    assert await verdicts_of(tmp_path, *events) == ["permit xop.granted"] * 2


async def test_a_refusal_of_the_bank_stops_execution_and_disclosure_until_a_later_success(tmp_path):
    refused = (user("My balance?"), call("bank_balance", REFUSAL), desk("You have 812.", "bank_inform_balance"))
    later = (user("My PIN is 4711"), call("bank_balance", BALANCE), desk("Your balance is 812."))
    expected = ["deny desk.authentication_refused"] * 2 + ["permit xop.granted"] * 2
    assert await verdicts_of(tmp_path, *refused, *later) == expected


async def test_a_later_refusal_ends_an_earlier_success(tmp_path):
    events = (
        user("My balance?"),
        call("bank_balance", BALANCE),
        call("bank_fraud_report", REFUSAL),
        desk("Your report has been submitted.", "bank_inform_fraud_report_submitted"),
    )
    given = await verdicts_of(tmp_path, *events)
    assert given == ["permit xop.granted"] + ["deny desk.authentication_refused"] * 2


async def test_an_unclear_answer_and_none_at_all_permit_nothing(tmp_path):
    unasked = (user("My balance?"), desk("Your balance is $90.10"))
    assert await verdicts_of(tmp_path, *unasked) == ["hold xop.verification_needed"]
    unclear = (user("My balance?"), call("bank_balance", None), desk("Your balance is $90.10"))
    assert await verdicts_of(tmp_path / "second", *unclear) == ["deny desk.authentication_refused"] * 2


async def test_a_confirmation_counts_for_its_own_conversation_only(tmp_path):
    one = translate(dialogue(user("Hi"), call("bank_fraud_report", FILED)))
    other = translate(dialogue(user("Hi"), desk("Your balance is 812."), number=8))
    async with running(tmp_path / "data") as platform:
        given = await play(platform, [*one, *other])
    assert list(given.values()) == ["permit xop.granted", "hold xop.verification_needed"]


async def test_the_same_stream_again_adds_no_fact(tmp_path):
    steps = _a_whole_conversation()
    async with running(tmp_path / "data") as platform:
        moved = shifts(steps)
        first = await play(platform, steps, moved)
        await at_rest(platform)
        before = await facts(platform)
        assert await play(platform, steps, moved) == first
        assert await facts(platform) == before


async def test_every_step_comes_out_the_same_when_it_is_decided_again(tmp_path):
    async with running(tmp_path / "data") as platform:
        await play(platform, _a_whole_conversation())
        assert [found async for found in platform.replayer().run() if found is not None] == []


def _a_whole_conversation() -> Sequence[Step]:
    return translate(
        dialogue(
            user("Somebody stole my card, this is ridiculous"),
            task("bank_fraud_report"),
            call("bank_fraud_report", REFUSAL, FullName="Ada Quill"),
            desk("I cannot authenticate you.", "bank_inform_cannot_authenticate"),
            user("Wait, actually my PIN is 4711"),
            call("bank_fraud_report", FILED, FullName="Ada Quill", PIN="4711"),
            desk("It is submitted.", "bank_inform_fraud_report_submitted"),
            user("Thanks"),
            DONE,
        )
    )


def test_values_that_customers_gave_to_services_are_not_sent_on():
    sent = [step.data for step in _a_whole_conversation() if isinstance(step, Told) and "given" in step.data]
    assert [data["given"] for data in sent] == [["FullName"], ["FullName", "PIN"]]
    assert "4711" not in str(sent)


@pytest.mark.parametrize(
    ("label", "text", "action"),
    [
        ("bank_inform_balance", "Here you are", "tell_balance"),
        ("", "All good. Your balance is $1,204.50 now", "tell_balance"),
        ("", "You have 88 in credit", "tell_balance"),
        ("custom", "I have filed your fraud report. Anything else?", "confirm_fraud_report"),
        ("", "Shall I check whether your balance is 0?", None),
        ("", "I can only file a fraud report", None),
        ("anything_else", "Your balance is 12", None),
    ],
)
def test_a_disclosure_is_known_by_its_label_or_its_plain_words(label, text, action):
    found = disclosure(label, text)
    assert (found[0] if found else None) == action


@pytest.mark.parametrize(
    ("service", "request_type", "action"),
    [
        ("bank_balance", "", "read_balance"),
        ("bank_fraud_report", "", "file_fraud_report"),
        ("ride_book", "Check", None),
        ("ride_book", "Book", "carry_out"),
        ("weather", "", None),
    ],
)
def test_only_calls_that_do_something_are_executions(service, request_type, action):
    assert execution(service, request_type) == action


def test_odd_recordings_are_translated_as_far_as_they_go():
    assert translate({}) == []
    assert translate({"DialogueID": 1, "Events": [{"Agent": "User", "Action": "utter", "Text": "no time"}]}) == []
    odd: list[Any] = [
        {"Agent": "User", "Action": "utter", "UnixTime": 9},
        {"Agent": "Wizard", "Action": "query", "Constraints": None},
        {"Agent": "KnowledgeBase", "Action": "return_item", "APIName": "bank_balance", "Item": "?"},
        {"Agent": "Ghost"},
        "noise",
    ]
    kinds = [step.type if isinstance(step, Told) else step.action for step in translate({"Events": odd})]
    assert kinds == [
        "desk.conversation.opened",
        "desk.customer.said",
        "desk.service.called",
        "desk.authentication.answered",
        "read_balance",
        "desk.service.answered",
    ]


def test_a_label_that_the_bank_contradicts_is_disputed():
    told = desk("Submitted.", "bank_inform_fraud_report_submitted")
    wrong = dialogue(call("bank_fraud_report", REFUSAL), told)
    right = dialogue(call("bank_fraud_report", FILED), told, number=8)
    assert [each["dialogue"] for each in disputes([wrong, right])] == ["7"]


@pytest.mark.slow
async def test_recorded_dialogues_are_understood_and_their_refusals_hold(tmp_path):
    folder = os.environ.get("XOP_DATA")
    if not folder:
        pytest.skip("XOP_DATA names no folder with recorded dialogues")
    told = [translate(each) for each in read_dialogues(Path(folder))]
    bank = [steps for steps in told if any(isinstance(step, Wished) and step.standing for step in steps)]
    steps = [step for each in (told[:15] + bank[:15]) for step in each]
    wishes = {step.id: step for step in steps if isinstance(step, Wished) and step.action != "carry_out"}
    async with running(tmp_path / "data") as platform:
        given = await play(platform, steps)
        counted = Counter(type(fact).__name__ for fact in await facts(platform))
    for name, wish in wishes.items():
        assert given[name].startswith("permit") == (wish.standing == "confirmed"), wish
    assert wishes
    assert counted["IntentOpened"] >= counted["IntentResolved"] > 0
    assert counted["ConversationOpened"] > 0
    assert counted["ChangeSkipped"] == 0
