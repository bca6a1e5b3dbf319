"""What does not fit the workspace is a problem with its line and what to write instead, before anything runs."""

import pytest

from tests.kit.harbour import release
from tests.lab.scenarios.material import FIRST_LINE, ana, files_with, problems
from xop.assembly import compiled
from xop.lab.scenarios.suite import suite_of

WHEN = "when:\n  - after: 1s\nthen:\n  - {0}\n"
THEN = "when:\n  - {0}\nthen:\n  - not_sent: {{}}\n"

MISTAKES = [
    (THEN, "signal: page.vieweds", "there is no signal type 'page.vieweds'", "did you mean 'page.viewed'?"),
    (THEN, "{signal: page.viewed, data: {path: 7}}", "the data does not fit: path:", "'page.viewed' declares"),
    (THEN, "{signal: sim.swapped, source: wep}", "there is no source 'wep'", "did you mean 'web'?"),
    (THEN, "{signal: sim.swapped, customer: anna}", "no customer 'anna' was introduced", "did you mean 'ana'?"),
    (THEN, "{signal: sim.swapped, identifiers: {accounts: x}}", "there is no namespace 'accounts'", "'account'"),
    (THEN, "{signal: sim.swapped, ago: soon}", "'scenarios[0].when[0].ago' is 'soon'", "a whole number"),
    (THEN, "{signal: sim.swapped, after: 1h}", "'signal' and 'after' are two acts", "begin each with"),
    (THEN, "{after: 1h, customer: ana}", "'customer' has no meaning beside 'after'", "leave it out"),
    (THEN, "{until: noon}", "'scenarios[0].when[0].until'", ""),
    (THEN, '{until: "25:00"}', "'25:00' is no time", "write a clock time such as 09:00"),
    (THEN, "{data: {}}", "nothing happens here", "signal, after, until"),
    (THEN, "{customer: ana, identifiers: {account: z}}", "'ana' was introduced on line 5", "name the second"),
    (THEN, "{customer: ben}", "nothing tells who the customer is", "account"),
    (THEN, "{customer: ben, identifiers: {account: b}, consents: [{purpose: marketing}]}", "no consent", "channel"),
    (
        THEN,
        "{customer: ben, identifiers: {account: b}, consents: [{purpose: marketings, channel: sms}]}",
        "there is no purpose 'marketings'",
        "did you mean 'marketing'?",
    ),
    (
        THEN,
        "propose: {action: send_ofer, actor: operator:olga}",
        "there is no action 'send_ofer'",
        "did you mean 'send_offer'?",
    ),
    (
        THEN,
        "propose: {action: send_offer, actor: operator:olgo}",
        "there is no actor 'operator:olgo'",
        "did you mean 'operator:olga'?",
    ),
    (
        THEN,
        "propose: {action: issue_credit, actor: operator:olga}",
        "the arguments do not fit",
        "'issue_credit' asks for",
    ),
    (
        THEN,
        "propose: {action: send_offer, actor: operator:olga, purpose: service}",
        "does not serve the purpose",
        "marketing",
    ),
    (THEN, "approve: {by: operator:oto}", "there is no actor 'operator:oto'", "did you mean 'operator:otto'?"),
    (THEN, "respond: {connection: dsk}", "there is no connection 'dsk'", "did you mean 'desk'?"),
    (THEN, "respond: {connection: desk, action: read_bill}", "an action or of a connection", "keep one"),
    (THEN, "respond: {result: perhaps}", "is 'perhaps', which is no choice", "use one of"),
    (THEN, "enter: {journey: onboarding, actor: operator:olga}", "there is no journey 'onboarding'", "declare it"),
    (WHEN, "{verdict: deny, rule: harbour.sim_swop}", "there is no rule 'harbour.sim_swop'", "'harbour.sim_swap'"),
    (WHEN, "{verdict: deny, action: reset_pn}", "there is no action 'reset_pn'", "did you mean 'reset_pin'?"),
    (WHEN, '{verdict: deny, actor: "trigger:page.viewed#4"}', "there is no actor", "page.viewed#"),
    (WHEN, "{verdict: deny, until: approval}", "a deny waits for nothing", "expect `verdict: hold`"),
    (WHEN, "{verdict: deny, sent: {}}", "'verdict' and 'sent' are two expectations", "begin each with"),
    (WHEN, "{sent: {}, rule: xop.granted}", "'rule' has no meaning beside 'sent'", "leave it out"),
    (WHEN, "{rule: xop.granted}", "nothing is expected here", "verdict, sent"),
    (WHEN, "sent: {action: send_ofer}", "there is no action 'send_ofer'", "'send_offer'"),
    (WHEN, "sent: {action: send_offer, arguments: {reasons: x}}", "there is no argument of 'send_offer'", "'reason'"),
    (WHEN, 'sent: {between: ["09:00"]}', "holds 1 times, not two", "the first and the last"),
    (WHEN, 'sent: {between: ["09:00", later]}', "'later' is no time", "write a clock time"),
    (WHEN, "not_sent: {count: 1}", "'count' is no field", "use one of"),
    (WHEN, "held: {approver: boss}", "there is no role 'boss'", "supervisor"),
    (WHEN, "outcome: {status: done, rule: xop.expired}", "no rule makes an invocation done", "leave `rule` out"),
    (WHEN, "context: customer.flag.support", "undefined field", "use one of its fields"),
    (WHEN, "context: customer.id", "not of type bool", "compare it with something"),
    (WHEN, "{context: 1 == 1, customer: anna}", "no customer 'anna' was introduced", "'ana'"),
    (WHEN, "journey: {name: welcome, at: hello}", "there is no journey 'welcome'", "declare it first"),
    (WHEN, "verdikt: deny", "'verdikt' is no field", "did you mean 'verdict'?"),
]


@pytest.mark.parametrize(("around", "written", "cause", "remedy"), MISTAKES)
def test_a_mistake_has_its_line_its_cause_and_a_remedy(around, written, cause, remedy):
    found = problems(ana(around.format(written)))
    matching = [each for each in found if cause in each.cause and remedy in each.remedy]
    assert matching, "\n".join(map(str, found))
    line = FIRST_LINE + (1 if around is THEN else 3)
    assert {(each.file, each.line) for each in matching} == {("scenarios/harbour.yaml", line)}


def test_whom_it_is_about_must_be_said_when_there_are_two():
    two = """
  - customer: ben
    identifiers: {account: b}
when:
  - propose: {action: send_offer, actor: operator:olga}
then:
  - verdict: deny
"""
    [problem] = problems(ana(two))
    assert problem.line == FIRST_LINE + 3
    assert "with one of: ana, ben" in problem.remedy


def test_nobody_can_be_spoken_of_before_they_are_introduced():
    text = """
scenarios:
  - name: Early
    when:
      - signal: sim.swapped
        customer: ana
      - customer: ana
        identifiers: {account: a}
    then:
      - not_sent: {}
"""
    [problem] = problems(text)
    assert (problem.line, problem.cause) == (6, "no customer 'ana' was introduced before")
    assert "introduce them first" in problem.remedy


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        ("- a\n", 1, "no map of sections"),
        ("scenario: []\n", 1, "'scenario' is no section"),
        ("scenarios: {a: 1}\n", 1, "the section is no list"),
        ("scenarios:\n  - name: A\n", 2, "expects nothing"),
        ("scenarios:\n  - name: A\n    at: soon\n    then: [not_sent: {}]\n", 3, "'soon' is no time"),
        ("scenarios:\n  - then: [not_sent: {}]\n", 2, "has no 'name'"),
        (
            "scenarios:\n  - name: A\n    then: [not_sent: {}]\n  - name: A\n    then: [not_sent: {}]\n",
            4,
            "has the name",
        ),
        ("scenarios: [\n", 2, "no YAML"),
        ("scenarios:\n  - &a name: A\n", 2, "anchor"),
    ],
)
def test_a_file_that_is_no_list_of_scenarios_is_a_problem(text, line, cause):
    found = problems(text)
    assert any(cause in each.cause and each.line == line for each in found), "\n".join(map(str, found))


def test_scenarios_rule_nothing():
    sound = ana("then:\n  - not_sent: {}\n")
    assert compiled(files_with(sound)).digest == release().digest
    assert compiled(files_with("scenarios: [broken\n")).digest == release().digest
    found = suite_of(files_with("scenarios: [broken\n"))
    assert isinstance(found, list)
    assert found[0].file == "scenarios/harbour.yaml"


def test_a_workspace_with_problems_is_reported_before_its_scenarios():
    found = suite_of({**files_with("scenarios: []\n"), "purposes.yaml": b"purpose: {}\n"})
    assert isinstance(found, list)
    assert "purposes.yaml" in {each.file for each in found}


def test_scenarios_of_a_folder_further_in_are_none_of_a_workspaces():
    found = suite_of({**files_with("scenarios: []\n"), "scenarios/more/a.yaml": b"scenarios: []\n"})
    assert isinstance(found, list)
    assert found[0].cause == "a workspace has no such file"
