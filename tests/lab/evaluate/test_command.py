"""`xop evaluate`: what it takes, what it prints, and how it ends."""

import asyncio
import json
from typing import Any

import click
import pytest

from tests.kit.choosing import BOUGHT, CREDIT, NOTICE, agreed, choice, decision_set, files_with
from tests.kit.harbour import NOON, signal
from xop.assembly import KINDS, compiled, keep
from xop.engine.engine import Engine
from xop.faces.cli.commands.evaluate import evaluate_command
from xop.faces.cli.failure import CommandFailed
from xop.kernel.identity.model import Identifier
from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.simulated import SimulatedClock

EXPLORING = decision_set(results=BOUGHT, candidates=[NOTICE, CREDIT], explore={"rate": 1})


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder in which half of those bought whom a notice was chosen for."""
    folder = tmp_path_factory.mktemp("evaluate") / "data"
    asyncio.run(_live(folder))
    return folder


async def _live(folder, days=8):
    clock = SimulatedClock(NOON, lambda: 0)
    runtime = await EmbeddedRuntime.open(folder, clock=clock)
    files = files_with(EXPLORING)
    engine = Engine(runtime, compiled(files), KINDS, lambda _name: "secret")
    await engine.start()
    await keep(runtime, engine.release, files, "olga")
    for number in range(240):
        who = f"account:k{number}"
        for each in agreed(who, f"k{number}@harbour.example"):
            await engine.submit(each)
        answer: Any = await engine.submit(choice(number, propose=False), _identifier(who))
        bought = number % 2 == 0 and answer.entry.facts[0].chosen.candidate == "notice"
        if days == 0:
            continue
        await engine.submit(signal(f"b{number}", "offer.bought" if bought else "page.viewed", who, **_data(bought)))
        await engine.submit(signal(f"r{number}", "offer.bought", who, candidate="nobody"))
    await clock.advance(days * 86_400_000)
    await engine.stop()
    await runtime.close()


def _identifier(who):
    namespace, _, value = who.partition(":")
    return Identifier(namespace, value)


def _data(bought):
    return {"candidate": "notice"} if bought else {"path": "/"}


@pytest.fixture
def run(capsys, data):
    """Runs the command on the folder; gives what it printed."""

    def call(*arguments):
        evaluate_command.main([*arguments, "--data", str(data)], standalone_mode=False)
        return capsys.readouterr().out

    return call


def test_a_strategy_is_evaluated_with_intervals_and_as_json(run):
    found = json.loads(run("next", "--policy", "random", "--json"))
    evaluation = found["evaluation"]
    assert found["choices"] == 240
    assert evaluation["evidence"]["enough"]
    assert 0.15 < evaluation["dr"]["value"] < 0.35
    assert evaluation["dr"]["interval"][0] < evaluation["dr"]["value"] < evaluation["dr"]["interval"][1]
    assert {"ips", "snips", "dr", "gain", "logged", "finding"} <= set(evaluation)
    assert found["arms"][0]["arm"] == "business"


def test_a_person_is_told_the_same(run):
    told = run("next", "--policy", "random")
    assert "SNIPS" in told
    assert "95 % interval" in told
    assert "equally weighted" in told


def test_a_workspace_is_asked_what_it_would_have_chosen(run, tmp_path):
    for path, content in files_with(decision_set(candidates=[NOTICE], results=BOUGHT)).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    found = json.loads(run("next", "--policy", f"release:{tmp_path}", "--json"))["evaluation"]
    assert found["finding"] == "better"
    assert 0.3 < found["snips"]["value"] < 0.7


def test_a_span_without_choices_is_not_enough_evidence(run):
    told = run("next", "--from", "2100-01-01T00:00:00Z")
    assert "Not enough evidence" in told


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (("next", "--policy", "best"), "is no strategy"),
        (("next", "--policy", "release:nowhere"), "is no workspace folder"),
        (("next", "--from", "yesterday"), "no time with a zone"),
        (("next", "--from", "2100-01-01T00:00:00Z", "--to", "2000-01-01T00:00:00Z"), "must be earlier"),
    ],
)
def test_wrong_usage_is_told(run, arguments, cause):
    with pytest.raises(click.UsageError, match=cause):
        run(*arguments)


def test_a_decision_set_that_is_not_there_is_told_with_those_that_are(run):
    with pytest.raises(CommandFailed) as failed:
        run("best_of_all")
    assert "there is no decision set 'best_of_all'" in failed.value.cause
    assert "next" in failed.value.remedy


def test_choices_that_all_wait_are_told_with_the_first_due_and_nothing_else(tmp_path, capsys):
    asyncio.run(_live(tmp_path / "young", days=0))
    evaluate_command.main(["next", "--data", str(tmp_path / "young")], standalone_mode=False)
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("240 choices still wait for results, the first is due 2026-")


def test_a_folder_without_history_is_told(tmp_path):
    with pytest.raises(CommandFailed) as failed:
        evaluate_command.main(["next", "--data", str(tmp_path)], standalone_mode=False)
    assert "holds no history" in failed.value.cause
