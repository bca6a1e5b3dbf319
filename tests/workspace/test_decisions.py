"""Each kind of mistake in a decision set is told with its file and line, what is wrong and what to write instead."""

from typing import Any

import pytest

from tests.kit.choosing import BOUGHT, CREDIT, OFFER, decision_set, files_with, release_of
from tests.workspace.material import compiled, problems_of
from xop.kernel.choices.model import DecisionSet
from xop.workspace import decisions
from xop.workspace.schemas import schemas

READ = {"name": "read", "treatments": [{"name": "bill", "action": "read_bill"}]}


def treated(**changes: Any) -> dict[str, Any]:
    return decision_set(candidates=[OFFER | {"treatments": [OFFER["treatments"][0] | changes]}])


MISTAKES = [
    (treated(action="send_ofer"), "there is no action 'send_ofer'", "'send_offer'"),
    (treated(arguments={"raeson": "x"}), "takes no argument 'raeson'", "'reason'"),
    (
        treated(arguments={"reason": 5}),
        "the argument 'reason' does not fit: the value is not",
        "the input of 'send_offer'",
    ),
    (treated(weight=0), "the weight is not above 0", "above 0"),
    (treated(when="customer.age > 3"), "undefined field", "profile"),
    (
        decision_set(candidates=[CREDIT | {"treatments": [{"name": "x", "action": "issue_credit"}]}]),
        "needs the argument 'cents'",
        "cents: …",
    ),
    (decision_set(candidates=[READ]), "'read_bill' only reads", "`write`"),
    (decision_set(candidates=[OFFER, OFFER]), "another candidate 'offer'", "name of its own"),
    (
        decision_set(candidates=[OFFER | {"treatments": OFFER["treatments"] * 2}]),
        "another treatment 'mail'",
        "of its own",
    ),
    (decision_set(candidates=[OFFER | {"value": "much"}]), "'much' is no number", "`{{…}}`"),
    (decision_set(candidates=[OFFER | {"eligible": "request.x +"}]), "request.x +", "CEL"),
    (decision_set(candidates=[OFFER | {"context": [{"when": "true", "weight": -1}]}]), "weight", "> 0"),
    (decision_set(candidates=[]), "candidates", "length"),
    (decision_set(model={"kind": "guess"}), "which is no choice", "fixed, http"),
    (decision_set(model={"kind": "table"}), "the table is empty", "a propensity for each candidate"),
    (decision_set(model={"kind": "table", "table": {"ofer": 0.1}}), "no candidate 'ofer'", "'offer'"),
    (decision_set(model={"kind": "table", "table": {"offer/male": 0.1}}), "no treatment 'male'", "'mail'"),
    (decision_set(model={"kind": "table", "table": {"offer": 2}}), "is 2", "<= 1"),
    (decision_set(model={"kind": "http"}), "no action to ask", "kind `read`"),
    (decision_set(model={"kind": "http", "action": "send_offer"}), "is no read action", "kind `read`"),
    (decision_set(model={"kind": "thompson"}), "nothing to learn from", "add `results`"),
    (
        decision_set(results=BOUGHT, model={"kind": "thompson", "key": "'a'", "features": {"key": "1"}}),
        "kept as a feature of that name",
        "another name",
    ),
    (decision_set(arms={"random": 0.5, "no_model": 0.4, "holdout": 0.2}), "larger than everybody", "1 at most"),
    (decision_set(levers={"gro": 2}), "no candidate is of 'gro'", "'grow'"),
    (decision_set(levers={"grow": 0}), "the lever is not above 0", "above 0"),
    (decision_set(results=[{"outcome": "none", "signal": "offer.bought"}]), "the platform's own", "otherwise"),
    (
        decision_set(results=[{"outcome": "sold", "signal": "offer.sold"}]),
        "no signal type 'offer.sold'",
        "did you mean",
    ),
    (decision_set(results=[{"outcome": "sold", "signal": "xop.sold"}]), "no signal type 'xop.sold'", "did you mean"),
    (decision_set(results=[BOUGHT[0] | {"when": "choice.name == ''"}]), "undefined field 'name'", "candidate"),
]


@pytest.mark.parametrize(
    ("declared", "cause", "remedy"), MISTAKES, ids=lambda each: each if isinstance(each, str) else ""
)
def test_a_mistake_in_a_decision_set_is_told(declared, cause, remedy):
    found = [str(each) for each in problems_of(files_with(declared)) if each.file == "decisions/next.yaml"]
    assert any(cause in each and remedy in each for each in found), found


def test_a_treatment_argument_with_a_placeholder_is_left_to_the_moment_it_is_filled():
    compiled(files_with(treated(arguments={"reason": "{{request.x}}"})))


def test_a_decision_set_has_the_name_of_its_file():
    files = files_with(decision_set())
    files["decisions/other.yaml"] = files.pop("decisions/next.yaml")
    assert "stands in a file named 'other'" in str(problems_of(files)[0])


def test_a_principal_may_only_be_granted_a_decision_set_that_there_is():
    agents = {
        "agents": {"helper_bot": {"decisions": ["next", "nxt"], "autonomy": "act"}},
        "operators": {"fay": {"roles": ["finance", "supervisor"]}},
    }
    [problem] = problems_of(files_with(decision_set(), agents=agents))
    assert "there is no decision set 'nxt'" in str(problem)


def test_a_model_whose_package_is_missing_is_told_with_how_to_install_it(monkeypatch):
    monkeypatch.setattr(decisions, "find_spec", lambda _name: None)
    declared = decision_set(results=BOUGHT, model={"kind": "logistic"})
    [problem] = problems_of(files_with(declared))
    assert "needs the package river" in problem.cause
    assert "xop[learn]" in problem.remedy


def test_every_decision_set_of_a_workspace_is_compiled():
    release = release_of(decision_set(), decision_set(name="other"))
    assert sorted(release.decision_sets) == ["next", "other"]
    assert isinstance(release.decision_sets["other"].definition, DecisionSet)


def test_another_decision_set_is_another_release():
    assert release_of(decision_set()).digest != release_of(decision_set(floor=1.0)).digest


def test_decision_sets_have_a_published_schema():
    schema = schemas()["decisions/*.yaml"]
    assert {"name", "description", "candidates"} <= set(schema["$defs"]["DecisionSet"]["required"])
