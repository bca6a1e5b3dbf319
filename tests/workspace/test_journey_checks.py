"""Every mistake in a journey is told with its line, its cause and what to write instead."""

import pytest

from tests.workspace.journey_material import ALL, EVERYTHING, with_journeys, with_steps
from tests.workspace.material import compiled, line_of, problems_of
from xop.workspace import starter_files

PATH = "journeys/everything.yaml"

MISTAKES = [
    ("signal: cart.abandoned\n    when", "signal: cart.abandonedd\n    when", "abandonedd", "no signal type", "cart.abandoned"),
    ("  - segment: big", "  - segment: bigg", "segment: bigg", "no segment 'bigg'", "'big'"),
    ("{segment: big, at", "{segment: bug, at", "segment: bug", "no segment 'bug'", "'big'"),
    ("- api: true", "- api: false", "api: false", "nothing leads in", "exactly one"),
    ("- api: true", "- {api: true, segment: big}", "api: true", "`segment` and `api`", "exactly one"),
    ("signal.data.total > 5", "signal.data.totl > 5", "totl", "undefined field 'totl'", "total"),
    ("signal.data.total > 5", "run.key == ''", "run.key == ''", "undeclared reference", "customer, now, signal"),
    ("signal: xop.unsubscribe", "signal: xop.unsubscrib", "xop.unsubscrib}", "no signal type", "xop.unsubscribe"),
    ("gone: {signal: xop.unsubscribe}", "gone: {description: x}", "gone:", "nothing says when", "`signal: …`"),
    ("gone: {", "goal: {", "  goal: {signal: xop", "named as the goal", "another name"),
    ("customer.counters.carts_abandoned > 30", "run.key == 'x'", "many:", "reads nothing of the customer", "`signal: …`"),
    ("reentry: 7d", "reentry: never", "reentry:", "does not fit", "once"),
    ("reentry: 7d", "longest: 0d", "longest", "no time at all", "1d"),
    ("action: send_cart_reminder", "action: send_card", "send_card", "no action", "send_cart_reminder"),
    ('arguments: {total: "{{run.vars.total}}"}', "arguments: {total: lots}", "total: lots", "does not fit", "what the input"),
    ('arguments: {total: "{{run.vars.total}}"}', "arguments: {}", "arguments", "needs the argument 'total'", "add `total"),
    ("      failed: apologise", "      purpose: service", "purpose: service", "does not serve", "marketing"),
    ("{{run.vars.total}}", "{{run.vars.totl}}", "  remind:", "nothing sets the variable 'totl'", "'total'"),
    ("{{run.vars.total}}", "{{signal.data.total}}", 'arguments: {total: "{{signal.data', "undeclared reference", "run"),
    ("failed: apologise", "failed: apologize", "apologize", "no step 'apologize'", "'apologise'"),
    ("failed: apologise", "failed: join", "failed: join", "cannot be `join`", "next: join"),
    ("denied: wait", "denied: wat", "denied: wat", "no step 'wat'", "'wait'"),
    ("      denied: wait\n", "", "propose:", "has no 'denied'", "add `denied"),
    ("{for: 1d, until: 09:00, days: [mon]}", "{}", "wait: {}", "how long to wait", "`for: 1d`"),
    ("{for: 1d, until: 09:00, days: [mon]}", "{for: 1d, days: [mon]}", "days: [mon]}", "go with a clock time", "until"),
    ("{for: 1d, until: 09:00, days: [mon]}", "{for: 0s, until: 09:00}", "0s", "no time at all", "1d"),
    ('{moment: "{{run.vars.word}}"}', '{moment: "{{run.vars.word}}", for: 1d}', "moment: {wait", "wait by itself", "leave out"),
    ("signal: xop.profile, go", "signal: xop.profil, go", "xop.profil,", "no signal type", "xop.profile"),
    ("signal.data.total > 3", "signal.data.ttal > 3", "ttal", "undefined field 'ttal'", "total"),
    ("within: 3d", "within: 0d", "within: 0d", "no time at all", "1d"),
    ("late: weigh", "late: weih", "late: weih", "no step 'weih'", "'weigh'"),
    ("otherwise: apologise", "otherwise: xyz", "xyz", "no step 'xyz'", "use one of"),
    ("run.vars.total > 9", "run.vars.total >", 'when: "run.vars.total >"', "ends too early", "CEL syntax"),
    ("name: control, weight: 1", "name: treated, weight: 1", "weight: 1, ", "two shares", "of its own"),
    ("weight: 9, go: both", "weight: 9, go: both, control: true", "weight: 1,", "two control groups", "one of the two"),
    ("paths: [left, right]", "paths: [left, left]", "paths:", "two paths begin", "of its own"),
    ("paths: [left, right]", "paths: [left, rihgt]", "paths:", "no step 'rihgt'", "'right'"),
    ("role: supervisor\n", "role: superviser\n", "superviser", "nobody has the role", "'supervisor'"),
    ("role: supervisor, reason", "role: boss, reason", "role: boss", "nobody has the role", "supervisor"),
    ("journey: helper", "journey: helpr", "helpr", "no journey 'helpr'", "'helper'"),
    ("helped: over", "helpd: over", "helpd", "never ends with the outcome 'helpd'", "'helped'"),
    ("journey: helper", "journey: everything", "journey: everything", "comes to call itself", "drop one"),
    ("finish: {end: {outcome: sorted}}", "finish: {end: {}, next: over}", "finish: {", "never goes on to `next`", "leave it out"),
    ("finish: {end: {outcome: sorted}}", "finish: {description: x}", "  finish:", "does nothing", "one kind"),
    ("finish: {end: {outcome: sorted}}", "finish: {end: {}, set: {}}", "  finish:", "several kinds: set, end", "of its own"),
    ("{end: {outcome: sorted}}", "{end: {}}\n  lonely: {set: {a: 1}}", "  lonely:", "nothing leads to the step 'lon", "drop it"),
    ("left: {wait: {for: 500ms}, next: join}", "left: {wait: {for: 500ms}}", "left: {", "goes on from 'left' to", "next: join"),
    ("otherwise: apologise", "otherwise: join", "otherwise: join", "ends one path of a parallel", "name a step"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "marker", "cause", "remedy"), MISTAKES)
def test_a_mistake_in_a_journey_is_told(old, new, marker, cause, remedy):
    assert EVERYTHING.count(old) == 1, old
    files = with_journeys(**(ALL | {"everything": EVERYTHING.replace(old, new)}))
    line, found = line_of(files, PATH, marker), problems_of(files)
    assert [each for each in found if (each.file, each.line) == (PATH, line) and cause in each.cause] != [], found
    assert [each for each in found if cause in each.cause and remedy in each.remedy] != [], found


def test_one_mistake_in_a_target_gives_one_problem():
    files = with_journeys(**(ALL | {"everything": EVERYTHING.replace("late: weigh", "late: way")}))
    assert len(problems_of(files)) == 1


@pytest.mark.parametrize("word", ["end", "join", "wait", "skip"])
def test_a_step_cannot_be_named_as_a_target_that_means_something_else(word):
    found = problems_of(with_steps(f"  {word}: {{set: {{x: 1}}}}"))
    assert any("stands for something else" in each.cause for each in found)


PATHS = "  fast: {set: {y: 1}, next: join}\n  slow: {wait: {for: 1d}, next: join}"
SET, WAIT = "{set: {x: 1}", "{wait: {for: 1d}"


@pytest.mark.parametrize(
    "waiting",
    [
        "{wait: {for: 1d}}",
        "{wait: {until: 09:00}}",
        "{wait_for: {signals: [{signal: xop.gpc}], within: 1d, late: back}}",
        "{ask: {role: supervisor, question: x, options: {on: back}, within: 1d, late: back}}",
        "{handover: {role: supervisor, reason: x, within: 1d, late: back}}",
        "{parallel: {paths: [slow, fast], join: all}, next: back}\n" + PATHS,
    ],
)
def test_a_circle_with_a_wait_in_it_is_sound(waiting):
    compiled(with_steps(f"  pause: {waiting}\n  back: {SET}, next: pause}}"))


@pytest.mark.parametrize(
    "hasty",
    [
        "{set: {y: 1}}",
        '{wait: {moment: "{{run.key}}"}}',
        "{propose: {action: send_cart_reminder, arguments: {total: 1}, denied: skip, held: skip}}",
        "{branch: {cases: [{when: customer.id == '', go: end}], otherwise: back}}",
        "{parallel: {paths: [slow, fast], join: any}, next: back}\n" + PATHS,
    ],
)
def test_a_circle_without_a_wait_is_told(hasty):
    (found,) = problems_of(with_steps(f"  pause: {hasty}\n  back: {SET}, next: pause}}"))
    assert "go round without waiting" in found.cause
    assert "pause → back → pause" in found.cause


def test_a_circle_within_a_path_is_told():
    steps = (
        f"  fork: {{parallel: {{paths: [a, b]}}, next: end}}\n  a: {WAIT}, next: join}}\n"
        f"  b: {{branch: {{cases: [{{when: customer.id == '', go: join}}], otherwise: c}}}}\n  c: {SET}, next: b}}"
    )
    (found,) = problems_of(with_steps(steps))
    assert "go round without waiting: b → c → b" in found.cause


def test_a_path_that_never_ends_is_told():
    steps = (
        f"  fork: {{parallel: {{paths: [a, b], join: any}}, next: end}}\n  a: {WAIT}, next: join}}\n"
        f"  b: {WAIT}, next: c}}\n  c: {SET}, next: b}}"
    )
    (found,) = problems_of(with_steps(steps))
    assert found.cause == "the path 'b' never ends"


def test_a_path_may_end_the_run():
    steps = (
        f"  fork: {{parallel: {{paths: [a, b], join: any}}, next: after}}\n  a: {WAIT}, next: join}}\n"
        f"  b: {WAIT}, next: end}}\n  after: {SET}}}"
    )
    compiled(with_steps(steps))


def test_what_stands_after_paths_that_never_join_is_never_reached():
    steps = (
        f"  fork: {{parallel: {{paths: [a, b]}}, next: after}}\n  a: {WAIT}, next: join}}\n"
        f"  b: {WAIT}, next: end}}\n  after: {SET}}}"
    )
    (found,) = problems_of(with_steps(steps))
    assert found.cause == "nothing leads to the step 'after'"


def test_a_parallel_step_within_a_path_is_sound_and_one_within_itself_is_not():
    inner = f"  x: {WAIT}, next: join}}\n  y: {WAIT}, next: join}}\n  z: {WAIT}, next: join}}"
    again = "  again: {parallel: {paths: [x, y]}, next: join}"
    nested = f"  fork: {{parallel: {{paths: [again, z]}}, next: end}}\n{again}\n{inner}"
    compiled(with_steps(nested))
    (found,) = problems_of(
        with_steps(nested.replace("paths: [x, y]", "paths: [fork, y]").replace(f"  x: {WAIT}, next: join}}\n", ""))
    )
    assert "the parallel step 'fork' stands on its own path" in found.cause


def test_calls_that_come_back_are_told_once():
    def calling(name, other):
        return f"name: {name}\ndescription: x\nsteps:\n  go: {{call: {{journey: {other}}}}}\n"

    found = problems_of(with_journeys(a=calling("a", "b"), b=calling("b", "c"), c=calling("c", "a")))
    assert [each.cause for each in found] == ["the journey comes to call itself: a → b → c → a"]


def test_a_variable_that_may_come_from_elsewhere_is_no_mistake():
    reads = 'name: {name}\ndescription: x\n{entries}steps:\n  go: {{set: {{y: "{{{{{text}}}}}"}}}}\n'
    compiled(with_journeys(a=reads.format(name="a", entries="", text="run.vars.reason")))
    guarded = reads.format(
        name="a", entries="entries: [{api: true}]\n", text="has(run.vars.reason) ? run.vars.reason : ''"
    )
    compiled(with_journeys(a=guarded))
    read = reads.format(name="a", entries="entries: [{api: true}]\n", text="run.vars.reason")
    (found,) = problems_of(with_journeys(a=read))
    assert "nothing sets the variable 'reason'" in found.cause
    calling = "name: b\ndescription: x\nsteps:\n  go: {call: {journey: a, set: {reason: x}}}\n"
    compiled(with_journeys(a=read, b=calling))


def test_the_journeys_that_somebody_may_use_exist():
    files = with_journeys(**ALL)
    text = files["agents.yaml"].decode().replace('journeys: ["*"]', "journeys: [{name}]")
    for name in ("everything", '"*"'):
        compiled(files | {"agents.yaml": text.replace("{name}", name).encode()})
    (found,) = problems_of(files | {"agents.yaml": text.replace("{name}", "everythingg").encode()})
    assert (found.cause, found.remedy) == ("there is no journey 'everythingg'", "did you mean 'everything'?")


def test_a_broken_list_of_people_does_not_make_their_roles_unknown():
    files = with_journeys(**ALL)
    broken = starter_files()["agents.yaml"].replace(b"roles:", b"rolls:")
    assert {each.file for each in problems_of(files | {"agents.yaml": broken})} == {"agents.yaml"}


def test_an_agent_with_a_role_is_nobody_whom_a_journey_can_ask():
    files = with_journeys(**(ALL | {"everything": EVERYTHING.replace("role: supervisor\n", "role: robot\n")}))
    files["agents.yaml"] = files["agents.yaml"].replace(b"    autonomy:", b"    roles: [robot]\n    autonomy:")
    (found,) = problems_of(files)
    assert found.cause == "nobody has the role 'robot'"
