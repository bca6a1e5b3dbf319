"""Journeys in the console over HTTP: counted, drawn, followed, compared, tried out, and never a way in for scripts."""

import re
from html import escape, unescape

from tests.kit.console import words
from tests.kit.rulings import SCRIPT

LIST, PLACE = "/console/journeys", "/console/journeys/crossing"


def row(page: str, step: str) -> str:
    """Return what the table of steps says of one."""
    found = re.search(rf"<tr data-row[^>]*><th scope=\"row\"><a href=\"[^\"]*\">{step}</a>.*?</tr>", page, re.DOTALL)
    assert found is not None, step
    return words(found[0])


def test_the_list_says_what_became_of_those_who_came(dora):
    told = words(dora.look(LIST))
    assert "crossing" in told
    assert re.search(r"66[.,]7% of those whose run is over left 5 2 1 0 2 0", told), told


def test_a_journey_says_where_people_drop_off_and_draws_it(crossings, dora):
    page = dora.look(PLACE, version=crossings.former())
    assert re.search(r"5 1 1 1 over 2 40% ?: turned back 2", row(page, "landing")), row(page, "landing")
    assert 'aria-label="landing waits for a signal: 5 came, 1 are here, 2 left here (40%)"' in page
    assert "40% ✕" in page
    assert "This is not the version that customers enter now." in page


def test_the_version_that_customers_enter_says_who_is_in_former_ones(crossings, dora):
    page = dora.look(PLACE)
    assert "In a former version 2" in words(page)
    assert f"version={crossings.former()}" in page


def test_who_stands_at_a_step_is_listed_with_what_they_wait_for(crossings, dora):
    page = dora.look(PLACE, version=crossings.former(), step="landing")
    assert "Who stands at landing" in page
    assert crossings.customers["ana"] in page
    assert "for a signal" in page
    assert crossings.customers["dan"] not in page
    assert "Nobody stands here now" in dora.look(PLACE, version=crossings.former(), step="missed")
    assert "Pick a step" in dora.look(PLACE, step="nowhere")


def test_a_customer_is_followed_by_any_identifier(crossings, dora):
    for reference in (crossings.customers["dan"], "email:dan@harbour.test"):
        page = dora.look(PLACE, customer=reference)
        assert re.search(r'class="node circle been now"', page)
        told = words(page)
        assert "Came in by signal" in told
        assert "landing entered" in told
        assert "aboard call.started" in told
    over = words(dora.look(PLACE, customer="email:eva@harbour.test"))
    assert re.search(r"Over: goal goal", over)
    assert "No such customer" in dora.look(PLACE, customer="cus_nobody")
    assert dora.look(PLACE, customer="nothing:x").count("notice wait inside") == 1


def test_a_page_that_did_not_look_at_every_publication_says_so_and_looks_further(crossings, dora):
    said = "There are earlier publications, which were not looked through."
    assert said not in dora.look(PLACE)
    page = dora.look(PLACE, releases="1")
    assert said in page
    assert "It was published once" not in page
    (further,) = re.findall(r'href="([^"]+)#versions">Look further back', page)
    assert f'value="{crossings.releases[0]}"' in dora.look(unescape(further))


def test_versions_are_compared_in_the_drawing_and_as_text(crossings, dora):
    page = dora.look(PLACE, against=crossings.releases[0])
    assert "3 steps are different." in page
    assert "<ins>+   within: 3d</ins>" in page
    assert "<del>-   within: 2d</del>" in page
    assert re.search(r'class="node circle added"', page)
    back = dora.look(PLACE, version=crossings.releases[0], against=crossings.releases[1])
    assert re.search(r"ashore</strong> <span class=\"mark bad\">removed", back)


def test_its_scenarios_are_run_and_told(crossings, dora):
    page = dora.send(PLACE, f"{PLACE}/tried")
    assert page.status_code == 200
    crossings.examined("scenarios")
    told = words(dora.look(PLACE))
    assert "1 of 2 scenarios of this journey passed." in told
    assert "failed Whoever waits is over already" in told
    assert "A stolen card resets nothing" not in told


def test_whoever_may_not_see_customers_sees_no_journeys(crossings):
    with crossings.console.visited("rita") as rita:
        assert rita.get(LIST).status_code == rita.get(PLACE).status_code == 403
        assert PLACE not in rita.get("/console/account").text


def test_what_is_not_there_is_said(dora):
    assert dora.get("/console/journeys/nowhere").status_code == 404
    assert dora.get(PLACE, version="jny_none").status_code == 404


def test_names_and_words_of_a_workspace_are_never_run(crossings, dora):
    for query in ({"step": "landing"}, {"customer": crossings.customers["ana"]}, {"against": crossings.releases[0]}):
        for path in (LIST, PLACE):
            page = dora.look(path, version=crossings.former(), **query) if path == PLACE else dora.look(path)
            assert SCRIPT not in page
            assert "<img" not in page
            assert escape(SCRIPT)[:20] in page
    strange = dora.look(PLACE, step=SCRIPT, customer=SCRIPT, run=SCRIPT)
    assert "<img" not in strange


def test_a_drawing_is_cut_off_nowhere_and_shrinks_only_as_far_as_it_can_be_read(dora):
    page = dora.look(PLACE)
    left, _top, width, _height = map(int, re.findall(r'class="journey" viewBox="(\d+) (\d+) (\d+) (\d+)"', page)[0])
    least = int(re.findall(r'class="least" width="(\d+)"', page)[0])
    assert width * 10 // 12 == least
    middles = [int(each) for each in re.findall(r'<text x="(\d+)"', page)]
    assert left < min(middles) - 60
    assert max(middles) < left + width - 60


def test_whoever_does_not_publish_is_offered_no_change(dora):
    assert "/console/workspace/edit" not in dora.look(PLACE)
    assert "Whoever may publish" in dora.look(PLACE)
