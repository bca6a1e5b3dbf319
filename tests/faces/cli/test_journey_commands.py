"""`xop journeys`: what a workspace's journeys are, in any form, and how one is taken over."""

import pytest

JOURNEY = """
name: welcome
description: Says hello.
priority: 70
entries: [{signal: xop.profile}, {api: true}]
steps:
  first: {wait: {for: 1d}}
  last: {end: {outcome: greeted}}
"""


@pytest.fixture
def journeys(workspace):
    (workspace / "journeys").mkdir()
    (workspace / "journeys" / "welcome.yaml").write_text(JOURNEY)
    return workspace


def test_journeys_are_listed_with_their_versions(xop, journeys):
    (listed,) = xop("journeys", "list", "--workspace", journeys, "--json").json["journeys"]
    assert listed["version"].startswith("jny_")
    del listed["version"]
    assert listed == {
        "journey": "welcome", "priority": 70, "steps": 2, "entered_by": ["xop.profile", "request"], "description": "Says hello.",
    }  # fmt: skip
    assert "welcome" in xop("journeys", "list", "--workspace", journeys).out


def test_a_workspace_without_journeys_says_so(xop, workspace):
    assert "No journeys." in xop("journeys", "list", "--workspace", workspace).out


@pytest.mark.parametrize(
    ("form", "begins"),
    [("yaml", "name: welcome\n"), ("json", "{\n"), ("mermaid", "flowchart TD\n"), ("bpmn", "<?xml ")],
)
def test_a_journey_is_shown_in_any_form(xop, journeys, form, begins):
    shown = xop("journeys", "show", "welcome", "--format", form, "--workspace", journeys)
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith(begins)


def test_a_journey_that_is_not_there_is_told_with_the_nearest(xop, journeys):
    refused = xop("journeys", "show", "welcom", "--workspace", journeys)
    assert refused.code == 1
    assert "did you mean 'welcome'?" in refused.err


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_journey_shown_is_taken_over_as_the_same_version(xop, journeys, tmp_path, form):
    before = xop("journeys", "list", "--workspace", journeys, "--json").json
    file = tmp_path / f"taken.{form}"
    file.write_text(xop("journeys", "show", "welcome", "--format", form, "--workspace", journeys).out)
    (journeys / "journeys" / "welcome.yaml").unlink()
    taken = xop("journeys", "import", file, "--workspace", journeys, "--json").json
    assert taken["file"] == "journeys/welcome.yaml"
    assert xop("journeys", "list", "--workspace", journeys, "--json").json == before


def test_a_journey_is_replaced_only_when_that_is_asked_for(xop, journeys, tmp_path):
    file = tmp_path / "other.yaml"
    file.write_text(JOURNEY.replace("1d", "2d"))
    refused = xop("journeys", "import", file, "--workspace", journeys)
    assert refused.code == 1
    assert "--replace" in refused.err
    assert "1d" in (journeys / "journeys" / "welcome.yaml").read_text()
    assert xop("journeys", "import", file, "--replace", "--workspace", journeys).code == 0
    assert "2d" in (journeys / "journeys" / "welcome.yaml").read_text()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("xop.profile", "xop.profil", "no signal type"),
        ("for: 1d", "four: 1d", "did you mean 'for'?"),
        ("steps:", "steps: [", ""),
    ],
)
def test_a_journey_with_a_problem_is_not_taken_over(xop, workspace, tmp_path, old, new, told):
    file = tmp_path / "broken.yaml"
    file.write_text(JOURNEY.replace(old, new))
    refused = xop("journeys", "import", file, "--workspace", workspace)
    assert refused.code == 1
    assert told in refused.out
    assert not (workspace / "journeys").exists()
