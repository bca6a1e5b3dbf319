"""What principals may ask of the platform itself is said by agents.yaml and judged by policies."""

import pytest

from tests.kit.harbour import FOLDER
from xop.assembly import KINDS, compiled, workspace_files
from xop.kernel.base.actor import Actor
from xop.kernel.release import Release
from xop.workspace import compile_workspace
from xop.workspace.baseline import baseline_files

OLGA, BOT = Actor("operator", "olga"), Actor("agent", "helper_bot")


def rules(*texts: str) -> Release:
    """Return the harbour's release with rules about rights."""
    files = workspace_files(FOLDER)
    return compiled({**files, "rights/own.cedar": "\n".join(texts).encode()} if texts else files)


def rule(effect: str, scope: str, condition: str = "", **annotations: str) -> str:
    """Return one rule about a scope."""
    said = "".join(
        f'@{name}("{text}")\n' for name, text in {"id": "own.rule", "message": "Said.", **annotations}.items()
    )
    return f'{said}{effect}(principal, action == Action::"{scope}", resource){condition};'


def scopes(release: Release, actor: Actor) -> set[str]:
    """Return what an actor may ask under a release."""
    return set(release.principals[actor].granted_scopes)


def test_without_rules_of_its_own_a_workspace_gives_what_agents_yaml_says():
    release = rules()
    assert "approvals:write" in scopes(release, OLGA)
    assert scopes(release, BOT) == {"proposals:write", "customers:read", "decisions:read", "handovers:write"}


def test_a_rule_takes_a_right_away_from_everybody_it_is_about():
    forbidden = rules(rule("forbid", "facts:read", ' unless { context.roles.contains("finance") }'))
    assert "facts:read" not in scopes(forbidden, OLGA)
    assert scopes(rules(), OLGA) - scopes(forbidden, OLGA) == {"facts:read"}


def test_a_rule_gives_a_right_that_agents_yaml_does_not():
    given = rules(rule("permit", "exports:read", ' when { principal == Operator::"olga" }'))
    assert scopes(given, OLGA) - scopes(rules(), OLGA) == {"exports:read"}
    assert "exports:read" not in scopes(given, BOT)


def test_a_refusal_outranks_whatever_gives():
    both = rules(rule("permit", "exports:read"), rule("forbid", "exports:read", id="own.against"))
    assert all("exports:read" not in each.granted_scopes for each in both.principals.values())


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (rule("forbid", "facts:read", ' when { context.colour == "red" }'), "colour"),
        (rule("forbid", "facts:burn"), "facts:burn"),
        (rule("forbid", "facts:read", outcome="hold", until="resume"), "nothing waits or follows"),
        (rule("forbid", "facts:read", ' when { context.roles.contains("captian") }'), "captian"),
        ("permit(principal", "rights/own.cedar"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_a_problem_with_its_line(text, cause):
    found = compile_workspace({**workspace_files(FOLDER), "rights/own.cedar": text.encode()}, KINDS)
    assert isinstance(found, list)
    assert any(cause in f"{problem.file} {problem.cause}" for problem in found)


def test_a_workspace_cannot_speak_for_the_platform():
    found = compile_workspace(
        {**workspace_files(FOLDER), "rights/xop.cedar": rule("permit", "exports:read").encode()}, KINDS
    )
    assert isinstance(found, list)
    assert any("the platform's" in problem.cause for problem in found)


def test_a_release_from_before_there_were_rights_keeps_what_it_gave():
    former = {path: text for path, text in baseline_files().items() if not path.startswith("rights/")}
    release = compile_workspace(workspace_files(FOLDER), KINDS, baseline=former)
    assert isinstance(release, Release)
    assert scopes(release, OLGA) == scopes(rules(), OLGA)
