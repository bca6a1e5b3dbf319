"""Journeys in the console over HTTP: counted, drawn, followed, compared, tried out, and never a way in for scripts."""

import re
from collections.abc import Iterator
from contextlib import closing
from html import escape

import pytest

from tests.kit.console import Visitor
from tests.kit.crossings import Crossings, crossing
from tests.kit.rulings import SCRIPT

LIST, PLACE = "/console/journeys", "/console/journeys/crossing"


@pytest.fixture(scope="module")
def crossings(tmp_path_factory) -> Iterator[Crossings]:
    """A server on which customers came to a journey."""
    with crossing(tmp_path_factory.mktemp("crossings")) as made:
        yield made


@pytest.fixture(scope="module")
def dora(crossings) -> Iterator[Visitor]:
    """The designer of journeys."""
    visitor = crossings.console.visitor("dora")
    with closing(visitor.client):
        yield visitor


def looked(visitor: Visitor, path: str, **query: str) -> str:
    """Return a page that there must be."""
    answer = visitor.get(path, **query)
    assert answer.status_code == 200, answer.text
    return answer.text


def words(page: str) -> str:
    """Return what a page says, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def row(page: str, step: str) -> str:
    """Return what the table of steps says of one."""
    found = re.search(rf"<tr data-row[^>]*><th scope=\"row\"><a href=\"[^\"]*\">{step}</a>.*?</tr>", page, re.DOTALL)
    assert found is not None, step
    return words(found[0])


def test_the_list_says_what_became_of_those_who_came(dora):
    told = words(looked(dora, LIST))
    assert "crossing" in told
    assert re.search(r"66[.,]7% of those whose run is over left 5 2 1 0 2 0", told), told


def test_a_journey_says_where_people_drop_off_and_draws_it(crossings, dora):
    page = looked(dora, PLACE, version=crossings.former())
    assert re.search(r"5 1 1 1 over 2 40% ?: turned back 2", row(page, "landing")), row(page, "landing")
    assert 'aria-label="landing waits for a signal: 5 came, 1 are here, 2 left here (40%)"' in page
    assert "40% ✕" in page
    assert "This is not the version that customers enter now." in page


def test_the_version_that_customers_enter_says_who_is_in_former_ones(crossings, dora):
    page = looked(dora, PLACE)
    assert "In a former version 2" in words(page)
    assert f"version={crossings.former()}" in page


def test_who_stands_at_a_step_is_listed_with_what_they_wait_for(crossings, dora):
    page = looked(dora, PLACE, version=crossings.former(), step="landing")
    assert "Who stands at landing" in page
    assert crossings.customers["ana"] in page
    assert "for a signal" in page
    assert crossings.customers["dan"] not in page
    assert "Nobody stands here now" in looked(dora, PLACE, version=crossings.former(), step="missed")
    assert "Pick a step" in looked(dora, PLACE, step="nowhere")


def test_a_customer_is_followed_by_any_identifier(crossings, dora):
    for reference in (crossings.customers["dan"], "email:dan@harbour.test"):
        page = looked(dora, PLACE, customer=reference)
        assert re.search(r'class="node circle been now"', page)
        told = words(page)
        assert "Came in by signal" in told
        assert "landing entered" in told
        assert "aboard call.started" in told
    over = words(looked(dora, PLACE, customer="email:eva@harbour.test"))
    assert re.search(r"Over: goal goal", over)
    assert "No such customer" in looked(dora, PLACE, customer="cus_nobody")
    assert looked(dora, PLACE, customer="nothing:x").count("notice wait inside") == 1


def test_versions_are_compared_in_the_drawing_and_as_text(crossings, dora):
    page = looked(dora, PLACE, against=crossings.releases[0])
    assert "3 steps are different." in page
    assert "<ins>+   within: 3d</ins>" in page
    assert "<del>-   within: 2d</del>" in page
    assert re.search(r'class="node circle added"', page)
    back = looked(dora, PLACE, version=crossings.releases[0], against=crossings.releases[1])
    assert re.search(r"ashore</strong> <span class=\"mark bad\">removed", back)


def test_its_scenarios_are_run_and_told(crossings, dora):
    page = dora.send(PLACE, f"{PLACE}/tried")
    assert page.status_code == 200
    crossings.examined("scenarios")
    told = words(looked(dora, PLACE))
    assert "1 of 2 scenarios of this journey passed." in told
    assert "failed Whoever waits is over already" in told
    assert "A stolen card resets nothing" not in told


def test_whoever_may_not_see_customers_sees_no_journeys(crossings):
    rita = crossings.console.visitor("rita")
    with closing(rita.client):
        assert rita.get(LIST).status_code == rita.get(PLACE).status_code == 403
        assert PLACE not in rita.get("/console/account").text


def test_what_is_not_there_is_said(dora):
    assert dora.get("/console/journeys/nowhere").status_code == 404
    assert dora.get(PLACE, version="jny_none").status_code == 404


def test_names_and_words_of_a_workspace_are_never_run(crossings, dora):
    for query in ({"step": "landing"}, {"customer": crossings.customers["ana"]}, {"against": crossings.releases[0]}):
        for path in (LIST, PLACE):
            page = looked(dora, path, version=crossings.former(), **query) if path == PLACE else looked(dora, path)
            assert SCRIPT not in page
            assert "<img" not in page
            assert escape(SCRIPT)[:20] in page
    strange = looked(dora, PLACE, step=SCRIPT, customer=SCRIPT, run=SCRIPT)
    assert "<img" not in strange
