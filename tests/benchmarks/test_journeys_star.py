"""Task graphs become journeys that foretell a desk, follow it when it deviates, and know nothing of what comes later."""

import json

import pytest

from benchmarks.star.charts import branches, chart
from benchmarks.star.desk import desk_files
from benchmarks.star.happenings import Acted, Heard, happenings, turns
from benchmarks.star.listening import Listener
from benchmarks.star.procedures import START, Edge, procedure, read_procedures
from benchmarks.star.rounds import play, proposed, signal_id, signals_of
from xop.assembly import compiled

FERRY = procedure(
    "ferry_book",
    {
        "hello": "ferry_ask_port",
        "ferry_ask_port": "query_check",
        "available": "ferry_offer",
        "unavailable": "ferry_none",
        "yes": "query_book",
        "no": "ferry_ask_port",
        "query_success": "ferry_booked",
        "query_failure": "ferry_failed",
        "ferry_booked": "anything_else",
    },
    dict.fromkeys(("hello", "ferry_ask_port", "ferry_offer", "ferry_none", "ferry_booked", "anything_else"), ""),
)
PROCEDURES = {"ferry_book": FERRY, "reception": procedure("reception", {"hello": "ask_name"}, {"hello": ""})}


def said(text):
    return {"Agent": "User", "Action": "utter", "Text": text}


def label(name):
    return {"Agent": "Wizard", "Action": "pick_suggestion", "ActionLabel": name, "Text": "(told)"}


def call(request):
    constraints = [{"RequestType": f'"{request}"'}]
    return {"Agent": "Wizard", "Action": "query", "APIName": "ferry_book", "Constraints": constraints}


def result(message):
    return {"Agent": "KnowledgeBase", "Action": "return_item", "APIName": "ferry_book", "Item": {"Message": message}}


def dialogue(*events, tasks=("ferry_book",)):
    able = [{"Task": each} for each in tasks]
    return {"DialogueID": 1, "Scenario": {"WizardCapabilities": able}, "Events": list(events)}


async def foretold(lived, learned=()):
    """Return each labelled act or call with what the journeys had proposed before it."""
    ways = {task: branches(each, learned) for task, each in PROCEDURES.items()}
    release = compiled(desk_files(chart(each, ways[task]) for task, each in PROCEDURES.items()))
    listener = Listener(learned) if learned else None
    played = await play(release, [signals_of("one", lived, listener, ways)], lambda _count: None)
    found = await proposed(played.runtime)
    return [(acted.act, found[signal_id("one", acted.number)]) for _, acted in turns(lived)]


def test_what_a_service_answers_belongs_to_the_call_that_it_answers():
    assert FERRY.edges["query_check"] == (Edge("ferry_offer", "available"), Edge("ferry_none", "unavailable"))
    assert FERRY.edges["query_book"] == (Edge("ferry_booked", "query_success"), Edge("ferry_failed", "query_failure"))


def test_what_a_customer_answers_belongs_to_the_acts_that_leave_something_open():
    answers = (Edge("query_book", "yes"), Edge("ferry_ask_port", "no"))
    assert FERRY.edges["ferry_offer"] == FERRY.edges["ferry_none"] == answers
    assert FERRY.edges["ferry_ask_port"] == (Edge("query_check"),)
    assert "anything_else" not in FERRY.edges


def test_that_something_is_missing_belongs_to_what_was_asked_for_before_the_call():
    graph = {
        "hello": "x_ask_number",
        "x_ask_number": "query",
        "info_missing": "x_ask_birth",
        "x_ask_birth": "query",
        "info_missing2": "x_refuse",
    }
    edges = procedure("x", graph, dict.fromkeys(("hello", "x_ask_number", "x_ask_birth", "x_refuse"), "")).edges
    assert edges["x_ask_number"] == (Edge("query"), Edge("x_ask_birth", "info_missing"))
    assert edges["x_ask_birth"] == (Edge("query"), Edge("x_refuse", "info_missing2"))
    assert edges["hello"] == (Edge("x_ask_number"),)


def test_what_is_known_at_a_moment_is_what_came_before_it():
    lived = happenings(dialogue(said("Hi!"), label("hello"), said("To Brest."), label("ferry_ask_port")), PROCEDURES)
    assert [(each.kind, each.place, each.told, each.words) for each in lived if isinstance(each, Heard)] == [
        ("selected", START, (), ""),
        ("said", START, (), " hi "),
        ("said", "hello", ("hello",), " to brest "),
    ]


def test_a_call_of_another_tasks_service_tells_that_the_desk_has_turned_to_it():
    lived = happenings(
        dialogue(said("A ferry"), call("Book"), result("Done"), tasks=("ferry_book", "reception")), PROCEDURES
    )
    assert [(each.task, each.place) for each in lived if isinstance(each, Heard)] == [
        ("reception", START),
        ("reception", START),
        ("ferry_book", "query_book"),
        ("ferry_book", "query_book"),
    ]


async def test_a_desk_that_follows_the_graph_is_foretold():
    lived = happenings(
        dialogue(
            *(said("Hi"), label("hello"), said("A ferry"), label("ferry_ask_port"), said("Brest"), call("Check")),
            *(result("Free"), label("ferry_offer"), said("Yes"), call("Book"), result("Done"), label("ferry_booked")),
        ),
        PROCEDURES,
    )
    found = await foretold(lived)
    assert len(found) == 6
    assert all(act == proposal for act, proposal in found)


async def test_a_deviation_costs_one_act_and_the_journey_goes_on_from_there():
    lived = happenings(
        dialogue(
            said("Hi"), label("ferry_ask_port"), said("Brest"), call("Check"), result("Full"), label("ferry_offer")
        ),
        PROCEDURES,
    )
    assert await foretold(lived) == [
        ("ferry_ask_port", "hello"),
        ("query_check", "query_check"),
        ("ferry_offer", "ferry_offer"),
    ]


async def test_a_task_that_the_desk_turns_to_by_a_call_is_followed_from_that_call_on():
    told = dialogue(said("A ferry"), call("Book"), result("Done"), label("ferry_booked"), tasks=PROCEDURES)
    assert await foretold(happenings(told, PROCEDURES)) == [("query", "hello"), ("ferry_booked", "ferry_booked")]


async def test_an_answer_in_the_desks_own_words_leaves_the_run_where_the_desk_last_stood():
    own = {"Agent": "Wizard", "Action": "utter", "Text": "One moment."}
    lived = happenings(
        dialogue(said("Hi"), label("hello"), said("What?"), own, said("A ferry"), call("Check")), PROCEDURES
    )
    assert await foretold(lived) == [("hello", "hello"), ("query_check", "ferry_ask_port")]


async def test_words_lead_where_they_led_in_the_dialogues_learned_from():
    def answer(text, act):
        return Heard("said", "ferry_book", "ferry_offer", (), f" {text} "), Acted("ferry_book", act)

    learned = [answer("yes please", "query_book"), answer("no thanks", "ferry_ask_port")] * 3
    for text, act in (("No thanks", "ferry_ask_port"), ("Yes please", "query_book")):
        lived = happenings(dialogue(said("Hi"), label("ferry_offer"), said(text), label(act)), PROCEDURES)
        assert (await foretold(lived, learned))[-1] == (act, act)


def test_a_folder_without_task_graphs_is_refused_with_what_is_missing(tmp_path):
    with pytest.raises(SystemExit, match="no task graphs"):
        read_procedures(tmp_path)


def test_task_graphs_are_read_from_their_folders(tmp_path):
    place = tmp_path / "star" / "tasks" / "tide"
    place.mkdir(parents=True)
    (place / "tide.json").write_text(json.dumps({"task": "tide", "graph": {"hello": "query", "query": "tide_tell"}}))
    (place / "responses.json").write_text(json.dumps({"hello": "Hello", "tide_tell": "It is high."}))
    found = read_procedures(tmp_path)
    assert set(found) == {"tide", "reception"}
    assert found["tide"].edges["query"] == (Edge("tide_tell"),)
