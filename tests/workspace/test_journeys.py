"""Journeys compile into the routes of a release; a version says how a journey behaves."""

import pytest

from tests.workspace.journey_material import ALL, EVERYTHING, HELPER, with_journeys, with_steps
from tests.workspace.material import compiled, problems_of
from xop.assembly import KINDS
from xop.kernel.release import Move, Release
from xop.workspace import compile_workspace, starter_files
from xop.workspace.journeys.retained import kept_files, retained_file, retained_path, split_kept

STEP = "  first: {set: {x: 1}}"


def routes(files):
    return compiled(files).routes


def version_of(text, name="everything"):
    return routes(with_journeys(**{**ALL, name: text})).journeys[name].version


def test_a_journey_has_its_steps_with_where_they_go_on():
    journey = routes(with_journeys(**ALL)).journeys["everything"]
    assert journey.first == "remind"
    assert {name: step.next for name, step in journey.steps.items()} == {
        "remind": "pause", "pause": "moment", "moment": "listen", "listen": "weigh", "weigh": "divide", "divide": "both",
        "both": "other", "left": "join", "right": "other", "other": "over", "over": "apologise", "apologise": "finish",
        "finish": "end",
    }  # fmt: skip
    assert [step.kind for step in journey.steps.values()] == [
        "propose", "wait", "wait", "wait_for", "branch", "split", "parallel", "wait", "ask", "call", "handover", "sets",
        "end",
    ]  # fmt: skip


def test_the_last_step_goes_on_to_the_end():
    assert routes(with_steps(STEP)).journeys["j"].steps["first"].next == "end"


def test_a_step_has_every_template_that_a_run_fills_there():
    steps = routes(with_journeys(**ALL)).journeys["everything"].steps
    assert {name: set(step.templates) for name, step in steps.items() if step.templates} == {
        "remind": {"arguments"}, "pause": {"moment"}, "moment": {"moment"}, "left": {"moment"}, "listen": {"set.0", "set.1"},
        "right": {"question"}, "other": {"set"}, "over": {"reason", "conversation", "intent"}, "apologise": {"set"},
    }  # fmt: skip
    assert [condition is not None for condition in steps["listen"].conditions] == [True, False]
    assert len(steps["weigh"].conditions) == 2
    data = {"run": {"id": "r", "key": "", "vars": {"total": 7}}}
    assert steps["remind"].templates["arguments"].render(data) == {"total": 7}


def test_entries_are_found_by_signal_and_by_segment():
    found = routes(with_journeys(**ALL))
    assert {name: [each.number for each in entries] for name, entries in found.entries.items()} == {
        "cart.abandoned": [0],
        "xop.segment.entered": [1],
    }
    assert [each.number for each in found.schedules["big"]] == [2]
    entry = found.entries["cart.abandoned"][0]
    seen = {"signal": {"data": {"total": 6}}}
    assert entry.condition is not None
    assert entry.condition.holds(seen) is True
    assert entry.key is not None
    assert entry.key.render(seen) == 6
    assert entry.variables is not None
    assert entry.variables.render(seen)["number"] == "1e5"


def test_the_highest_priority_comes_first_and_then_the_name():
    def journey(name, priority):
        return f"name: {name}\ndescription: x\npriority: {priority}\nentries: [{{signal: xop.gpc}}]\nsteps:\n{STEP}\n"

    files = with_journeys(a=journey("a", 10), b=journey("b", 90), c=journey("c", 90))
    assert [each.journey for each in routes(files).entries["xop.gpc"]] == ["b", "c", "a"]


def test_everything_a_journey_listens_to_is_heard():
    assert routes(with_journeys(**ALL)).heard == {
        "cart.abandoned",
        "xop.segment.entered",
        "xop.unsubscribe",
        "xop.profile",
    }
    waiting = "  first: {wait_for: {signals: [{signal: xop.segment.left}], within: 1d, late: end}}"
    assert routes(with_steps(waiting)).heard == {"cart.abandoned", "xop.segment.left"}
    assert routes(starter_files()).heard == frozenset()


def test_endings_come_with_the_goal_first_and_what_they_read():
    journey = routes(with_journeys(**ALL)).journeys["everything"]
    assert [each.name for each in journey.endings] == ["goal", "gone", "many"]
    assert journey.ending_paths == ("customer.counters.carts_abandoned",)
    assert journey.ending_signals == {"cart.abandoned", "xop.unsubscribe"}


def test_settings_say_how_much_goes_on_at_a_time():
    files = starter_files()
    more = b"\n[journeys]\nconcurrent = 3\nwakeups_per_second = 50\n"
    limited = compiled(files | {"workspace.toml": files["workspace.toml"] + more})
    assert (limited.routes.limit, limited.pace) == (3, 50.0)
    assert (compiled(files).routes.limit, compiled(files).pace) == (0, None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Every kind", "Another kind"),
        ('"Say\\nsorry"', "Apology"),
        ("reentry: 7d", "reentry: 7d\npriority: 90"),
        ("failed: apologise", "failed: apologise\n      again: 1d"),
        ("gone: {signal: xop.unsubscribe}", "gone: {signal: xop.unsubscribe, description: Left us.}"),
    ],
)
def test_what_does_not_change_how_a_journey_behaves_keeps_its_version(old, new):
    assert EVERYTHING.count(old) == 1
    assert version_of(EVERYTHING.replace(old, new)) == version_of(EVERYTHING)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("for: 1d", "for: 2d"),
        ("otherwise: apologise", "otherwise: finish"),
        ("reentry: 7d", "reentry: 8d"),
        ("weight: 9", "weight: 8"),
        ("failed: apologise", "failed: finish"),
        ("  many: {", "  lots: {"),
    ],
)
def test_what_changes_how_a_journey_behaves_changes_its_version(old, new):
    assert EVERYTHING.count(old) == 1
    assert version_of(EVERYTHING.replace(old, new)) != version_of(EVERYTHING)


def test_the_order_of_steps_and_exits_belongs_to_the_version():
    one, other = "  a: {set: {x: 1}}", "  b: {set: {x: 2}}"
    versions = {routes(with_steps(f"{x}\n{y}")).journeys["j"].version for x, y in ((one, other), (other, one))}
    rest = "entries: [{api: true}]\nexits:\n"
    left, right = "  a: {signal: xop.gpc}", "  b: {signal: xop.profile}"
    versions |= {
        routes(with_steps(STEP, f"{rest}{x}\n{y}")).journeys["j"].version for x, y in ((left, right), (right, left))
    }
    assert len(versions) == 4


def test_a_version_is_named_by_its_digest():
    version = version_of(HELPER, "helper")
    assert version.startswith("jny_")
    assert len(version) == 24
    assert routes(with_journeys(**ALL)).versions[version].journey.name == "helper"


def retained(text, name):
    return {retained_path(name, version_of(text, name)): text.encode()}


def test_a_former_version_goes_on_but_nobody_enters_it():
    former = retained(EVERYTHING, "everything")
    release = compile_workspace(with_journeys(helper=HELPER, segments=""), KINDS, retained=former)
    assert isinstance(release, Release), release
    assert release.routes.journeys.keys() == {"helper"}
    assert version_of(EVERYTHING) in release.routes.versions
    assert not release.routes.entries
    assert not release.routes.schedules
    assert {"xop.profile", "xop.unsubscribe"} <= release.routes.heard
    assert "xop.segment.entered" not in release.routes.heard


def test_a_former_version_is_kept_whatever_its_texts_hold():
    text = HELPER.replace("{note:", '{odd: "a\\x85b\\u2028c\\x7f", note:')
    path, content = retained_file(routes(with_journeys(helper=text)).journeys["helper"].journey)
    release = compile_workspace(starter_files(), KINDS, retained={path: content})
    assert isinstance(release, Release), release
    assert version_of(text, "helper") in release.routes.versions


def test_what_a_former_version_needs_must_be_there_still():
    former = retained(EVERYTHING, "everything")
    found = compile_workspace(with_journeys(segments=""), KINDS, retained=former)
    assert isinstance(found, list)
    (problem,) = found
    assert problem.file == next(iter(former))
    assert "there is no journey 'helper'" in problem.cause


def test_a_former_version_that_is_not_what_its_name_says_is_refused():
    (path,) = retained(HELPER, "helper")
    found = compile_workspace(starter_files(), KINDS, retained={path: HELPER.replace("first", "begin").encode()})
    assert isinstance(found, list)
    assert "another version" in found[0].cause


def test_what_is_kept_belongs_to_the_digest_only_when_there_is_something():
    files = with_journeys(**ALL)
    move = Move("helper", "jny_1", "migrate", {"a": "b"}, to="jny_2")
    kept: tuple[tuple[dict[str, bytes], tuple[Move, ...]], ...]
    kept = (({}, ()), (retained(EVERYTHING.replace("7d", "8d"), "everything"), ()), ({}, (move,)))
    releases = [compile_workspace(files, KINDS, retained=former, moves=moves) for former, moves in kept]
    digests = [each.digest for each in releases if isinstance(each, Release)]
    assert digests[0] == compiled(files).digest
    assert len(set(digests)) == 3


def test_what_is_kept_is_found_again_among_the_files_of_a_release():
    former, moves = retained(HELPER, "helper"), (Move("helper", "jny_1", "leave", {"a": ""}),)
    files = with_journeys(**ALL) | {".baseline/signals.yaml": b"x"} | kept_files(former, moves)
    kept = split_kept(files)
    assert (dict(kept.retained), kept.moves) == (former, moves)
    assert split_kept(starter_files()).moves == ()
    assert kept_files({}, ()) == {}


def test_kept_files_are_no_part_of_a_workspaces_own():
    kept = kept_files(retained(HELPER, "helper"), (Move("helper", "jny_1", "leave", {}),))
    assert compiled(starter_files() | kept).digest == compiled(starter_files()).digest


def test_a_journey_stands_in_a_file_of_its_name():
    (problem,) = problems_of(with_journeys(other=HELPER))
    assert (problem.cause, problem.remedy) == (
        "the journey 'helper' stands in a file named 'other'",
        "rename the file to helper.yaml, or the journey",
    )


def test_a_large_journey_compiles_and_a_hostile_one_is_told():
    steps = "\n".join(f"  s{number}: {{parallel: {{paths: [s{number + 1}, last]}}}}" for number in range(400))
    found = problems_of(
        with_steps(f"{steps}\n  s400: {{set: {{x: 1}}, next: join}}\n  last: {{set: {{x: 1}}, next: join}}")
    )
    assert any("below more than 20 others" in each.cause for each in found)
