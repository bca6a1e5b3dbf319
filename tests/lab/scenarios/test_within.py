"""Actions that a journey or a person carries out, in scenarios."""

from tests.kit.errands import COUNT, GUIDED, action, files_of, task
from tests.lab.scenarios.material import ana, failures

MORE = {
    path: content.decode()
    for path, content in files_of(GUIDED, action("count_boats", task(), output=COUNT)).items()
    if path.startswith(("journeys/", "actions/", "agents", "workspace"))
}


def test_a_journey_carries_an_action_out_as_it_does_in_production():
    text = ana(
        """
when:
  - propose: {action: welcome_guest, actor: operator:olga, arguments: {pier: "4"}}
  - after: 3h
then:
  - outcome: {action: welcome_guest, status: done}
  - sent: {action: send_notice, count: 1}
"""
    )
    assert failures(text, MORE) == []


def test_people_answer_as_the_scenario_says():
    text = ana(
        """
  - respond: {action: count_boats, output: {boats: 3}}
when:
  - propose: {action: count_boats, actor: operator:olga, arguments: {pier: "4"}}
then:
  - outcome: {action: count_boats, status: done}
"""
    )
    assert failures(text, MORE) == []
