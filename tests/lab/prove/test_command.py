"""`xop prove` tells a person, a program and a pull request what it found, and ends with a code that says so."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tests.lab.prove.material import FILES, HEAD, LIMIT, invariant
from xop.faces.cli.commands.prove import prove
from xop.faces.cli.failure import MISUSED, CommandFailed
from xop.lab.prove import solver

pytest.importorskip("z3")

LARGE = "context.arguments has cents && context.arguments.cents > 5000 && !context.approved"


@pytest.fixture
def folder(tmp_path) -> Path:
    return written(tmp_path / "bank", LIMIT)


def written(folder: Path, rules: str, invariants: str = "") -> Path:
    for path, content in {
        **FILES,
        "policies/pay.cedar": rules.encode(),
        "invariants.yaml": invariants.encode(),
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def xop(*arguments: str | Path) -> Result:
    return CliRunner().invoke(prove, [str(argument) for argument in arguments])


def test_a_sound_workspace_ends_with_0(folder):
    (folder / "invariants.yaml").write_text(invariant(LARGE, over="{actions: [pay]}"))
    done = xop(folder)
    assert done.exit_code == 0, done.output
    assert "counterexample" not in done.output
    assert "xop.do_not_contact_is_kept" in done.output


def test_a_counterexample_ends_with_1_and_can_be_judged_again(folder, tmp_path):
    (folder / "invariants.yaml").write_text(invariant(LARGE.replace("5000", "4000"), over="{actions: [pay]}"))
    done = xop(folder, "--json", "--out", tmp_path / "found")
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    assert report["ok"] is False
    (broken,) = [each for each in report["proofs"] if each["result"] == "counterexample"]
    file = tmp_path / "found" / "it.json"
    assert json.loads(file.read_text()) == broken["witness"]["request"]
    again = xop(folder, "--request", file, "--json")
    assert again.exit_code == 1
    answer = json.loads(again.stdout)
    assert (answer["verdict"]["outcome"], answer["agreed"], answer["breaks"]) == ("permit", True, ["it"])
    (folder / "invariants.yaml").write_text(invariant(LARGE, over="{actions: [pay]}"))
    assert xop(folder, "--request", file).exit_code == 0


def test_a_request_that_only_an_earlier_release_lets_in_is_told_with_its_remedy(folder):
    (folder / "invariants.yaml").write_text(
        invariant("!(context.arguments has cents)", over="{actions: [pay], principals: [Operator]}")
    )
    for told in (xop(folder).output, xop(folder, "--markdown").output):
        assert [line for line in told.splitlines() if line.startswith("Only an invocation proposed under an earlier")]
        assert "a Cedar rule" in told


def test_an_invariant_of_no_request_is_told_as_vacuous_with_its_message(folder):
    (folder / "invariants.yaml").write_text(invariant('context.kind == "read"', over="{actions: [pay]}"))
    row = next(line for line in xop(folder).output.splitlines() if line.startswith("it "))
    message = json.loads(xop(folder, "--json").stdout)["proofs"][-1]["message"]
    assert "proved, vacuous" in row
    assert f"{message} (no request is like this at all)" in row


def test_a_rule_without_effect_ends_with_1(tmp_path):
    dead = '@id("pay.dead") @message("m") forbid(principal, action, resource) when { context.kind == "read" };'
    done = xop(written(tmp_path / "bank", dead))
    assert done.exit_code == 1
    assert "pay.dead" in done.output
    assert "policies/pay.cedar:1" in done.output


PLANTED = {
    "dead": ("forbid", "context.facts.owed > 5 && context.facts.owed < 6"),
    "contradicted": ("permit", "context.facts.owed > 500"),
    "shadowed": ("forbid", "context.facts.owed > 600"),
}


@pytest.mark.parametrize("flaw", PLANTED)
def test_a_planted_rule_is_reported_with_what_decides_and_its_request_shows_it(tmp_path, flaw):
    effect, test = PLANTED[flaw]
    rules = (
        f'@id("pay.stop") @message("m") forbid({HEAD}) when {{ context.facts.owed > 400 }};\n'
        f'@id("pay.planted") @message("m") {effect}({HEAD}) when {{ {test} }};\n'
    )
    folder = written(tmp_path / "bank", rules)
    done = xop(folder, "--json", "--out", tmp_path / "found")
    assert done.exit_code == 1
    file = tmp_path / "found" / "pay.planted.json"
    (found,) = json.loads(done.stdout)["effectless"]
    assert (found["rule"], found["flaw"], found["place"]) == ("pay.planted", flaw, "policies/pay.cedar:2")
    if flaw == "dead":
        assert (found["by"], found["witness"], file.exists()) == ([], None, False)
        return
    assert found["by"] == ["pay.stop"]
    assert json.loads(file.read_text()) == found["witness"]["request"]
    with_it = json.loads(xop(folder, "--request", file, "--json").stdout)
    without = written(tmp_path / "without", rules.splitlines()[0])
    without_it = json.loads(xop(without, "--request", file, "--json").stdout)
    assert with_it["agreed"]
    assert "pay.stop" in with_it["verdict"]["determining"]
    applied = [*with_it["verdict"]["determining"], *(rule for rule, _ in with_it["verdict"]["overruled"])]
    assert "pay.planted" in applied
    assert with_it["verdict"]["outcome"] == without_it["verdict"]["outcome"] == "deny"


def test_a_planted_hole_is_found_and_its_request_goes_through_it(tmp_path):
    ceiling = f'@id("pay.stop") @message("m") forbid({HEAD}) when {{ context.facts.owed > 400 }};'
    never = invariant("context.facts.owed >= 400", over="{actions: [pay]}")
    folder = written(tmp_path / "bank", ceiling, never)
    (found,) = [
        each for each in json.loads(xop(folder, "--json").stdout)["proofs"] if each["result"] == "counterexample"
    ]
    request = found["witness"]["request"]
    assert request["context"]["facts"]["owed"] == 400
    file = tmp_path / "request.json"
    file.write_text(json.dumps(request))
    answer = json.loads(xop(folder, "--request", file, "--json").stdout)
    assert (answer["verdict"]["outcome"], answer["agreed"], answer["breaks"]) == ("permit", True, ["it"])
    mended = written(tmp_path / "mended", ceiling.replace("> 400", ">= 400"), never)
    assert xop(mended).exit_code == 0
    assert xop(mended, "--request", file).exit_code == 0


def test_a_difference_is_told_in_every_form_and_changes_no_exit_code(folder, tmp_path):
    other = written(tmp_path / "before", LIMIT.replace("> 5000", ">= 5000"))
    told = xop(folder, "--against", other)
    assert told.exit_code == 0
    assert "hold → permit" in told.output
    assert "context.arguments.cents" in told.output
    markdown = xop(folder, "--against", other, "--markdown")
    assert "| hold | permit | `xop.granted` | `pay.limit` | pay |" in markdown.stdout
    document = json.loads(xop(folder, "--against", other, "--json", "--out", tmp_path / "found").stdout)
    (difference,) = document["comparison"]["differences"]
    file = tmp_path / "found" / "difference-1.json"
    assert json.loads(file.read_text()) == difference["new"]["request"]
    outcomes = [
        json.loads(xop(each, "--request", file, "--json").stdout)["verdict"]["outcome"] for each in (other, folder)
    ]
    assert outcomes == ["hold", "permit"]


def test_a_mistake_in_the_invariants_is_a_problem_with_its_line(folder):
    (folder / "invariants.yaml").write_text(invariant("context.facts.owned > 5", over="{actions: [pay]}"))
    done = xop(folder)
    assert done.exit_code == 1
    assert "invariants.yaml:6: invariant it:" in done.output
    problems = json.loads(xop(folder, "--json").stdout)["problems"]
    assert [(each["file"], each["line"]) for each in problems] == [("invariants.yaml", 6)]


@pytest.mark.parametrize(
    "arguments",
    [("--json", "--markdown"), ("--data", "."), ("--request", "nowhere.json"), ("--against", "nowhere")],
)
def test_wrong_usage_ends_with_2(folder, arguments):
    done = xop(folder, *arguments)
    failed = done.exception
    code = failed.code if isinstance(failed, CommandFailed) else done.exit_code
    assert code == MISUSED
    assert isinstance(failed, CommandFailed | SystemExit | click.ClickException)


def test_a_file_that_holds_no_request_is_refused(folder):
    failed = xop(folder, "--request", folder / "workspace.toml").exception
    assert isinstance(failed, CommandFailed)
    assert "holds no request" in failed.cause


def test_without_the_solver_it_says_what_to_install(folder, monkeypatch):
    def absent(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(solver, "import_module", absent)
    for name in list(vars(solver.z3)):
        monkeypatch.delattr(solver.z3, name)
    failed = xop(folder).exception
    assert isinstance(failed, CommandFailed)
    assert (failed.code, "xop[prove]" in failed.remedy) == (MISUSED, True)
