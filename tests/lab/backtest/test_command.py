"""`xop backtest`: which releases it takes, what it prints, and how it ends."""

import asyncio
import json
import shutil

import click
import pytest

from tests.kit.harbour import BOT, FOLDER, NOON, proposal, signal
from tests.lab.backtest.story import ANA, source
from xop.assembly import KINDS, keep
from xop.engine.engine import Engine
from xop.faces.cli.commands.backtest import backtest_command
from xop.faces.cli.failure import CommandFailed
from xop.kernel.identity.model import Identifier
from xop.lab.backtest import backtest, comparison, groups
from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.embedded.lock import FolderLock
from xop.runtimes.simulated import SimulatedClock

STRICTER = ("> 5000 }", "> 50 }")


@pytest.fixture
def data(tmp_path):
    """A data folder in which a few credits were given under a kept release."""
    asyncio.run(_live(tmp_path / "data"))
    return tmp_path / "data"


async def _live(folder):
    clock = SimulatedClock(NOON, lambda: 0)
    runtime = await EmbeddedRuntime.open(folder, clock=clock)
    engine = Engine(runtime, source().compile(), KINDS, lambda _name: "secret")
    await engine.start()
    await keep(runtime, engine.release, source().files, "olga")
    for number in range(12):
        await engine.submit(signal(number, "page.viewed", f"account:a{number}", path="/"))
        await engine.submit(proposal(number, "issue_credit", BOT, cents=100), Identifier("account", f"a{number}"))
    await clock.advance(60_000)
    await engine.submit(signal("end", "page.viewed", ANA, path="/"))
    await engine.stop()
    await runtime.close()


@pytest.fixture
def stricter(tmp_path):
    """A workspace whose credits wait for a supervisor much earlier."""
    folder = shutil.copytree(FOLDER, tmp_path / "stricter")
    rules = folder / "policies" / "harbour.cedar"
    rules.write_text(rules.read_text().replace(*STRICTER))
    return folder


@pytest.fixture
def run(capsys):
    """Runs the command; gives its exit code and what it printed."""

    def call(*arguments):
        code = backtest_command.main([str(each) for each in arguments], standalone_mode=False)
        return code or 0, capsys.readouterr().out

    return call


def test_two_releases_that_decide_the_same_end_well(run, data):
    digest = source().compile().digest
    code, out = run("--release", FOLDER, "--against", digest[:10], "--data", data)
    assert code == 0
    assert "Both releases decide the same throughout." in out


def test_a_difference_ends_in_one_and_is_told_with_its_rules_and_reasons(run, data, stricter):
    code, out = run("--release", stricter, "--against", FOLDER, "--data", data)
    assert code == 1
    told = "issue_credit by agent:helper_bot: verdict permit → hold (xop.granted → harbour.large_credit)"
    assert told in out
    assert "because harbour.large_credit: Credits above 50 need a supervisor." in out


def test_a_program_gets_one_document(run, data, stricter):
    code, out = run("--release", stricter, "--against", FOLDER, "--data", data, "--json")
    document = json.loads(out)
    assert (code, document["differences"], document["customers"]) == (1, 12, 13)
    assert [(each["kind"], each["count"], each["customers"]) for each in document["groups"]] == [("verdict", 12, 12)]
    assert (document["customers_contacted_more"], document["customers_contacted_less"]) == (0, 0)


def test_a_pull_request_gets_markdown(run, data, stricter):
    code, out = run("--release", stricter, "--against", FOLDER, "--data", data, "--markdown")
    assert code == 1
    assert out.startswith("## Backtest: 12 differences\n")
    assert "| 12 | 12 | issue\\_credit by agent:helper\\_bot: verdict permit → hold" in out


def test_text_of_the_history_cannot_leave_its_place_in_markdown(run, data, stricter):
    rules = stricter / "policies" / "harbour.cedar"
    evil = "``` </details> <script> | a | b |"
    rules.write_text(rules.read_text().replace("Credits above 50 need a supervisor.", evil))
    _, out = run("--release", stricter, "--against", FOLDER, "--data", data, "--markdown")
    assert "\n````json\n" in out
    assert out.count("<script>") == out.count(evil) == 1


def test_the_data_folder_stays_as_it_was(run, data, stricter):
    run("--release", FOLDER, "--against", FOLDER, "--data", data)
    before = (data / "xop.db").read_bytes()
    run("--release", stricter, "--against", FOLDER, "--data", data)
    assert (data / "xop.db").read_bytes() == before


def test_only_the_span_asked_for_is_decided_again(run, data, stricter):
    asked = ("--release", stricter, "--against", FOLDER, "--data", data, "--json")
    code, out = run(*asked, "--from", "2026-09-28T12:00:30Z")
    assert (code, json.loads(out)["commands"]) == (0, 1)


@pytest.mark.parametrize("span", [("--from", "2030-01-01T00:00:00Z"), ("--to", "2026-09-28T12:00:00Z")])
def test_a_span_outside_the_history_is_an_error_that_tells_where_it_runs(run, data, span):
    told = "nothing happened in that span; the history runs from 2026-09-28T12:00:00.000Z to 2026-09-28T12:01:00.000Z"
    with pytest.raises(CommandFailed, match=told) as failed:
        run("--release", FOLDER, "--against", FOLDER, "--data", data, *span)
    assert failed.value.code == 2


@pytest.mark.slow
def test_several_processes_find_the_same_as_one(data, monkeypatch):
    monkeypatch.setattr(comparison, "FEW", 0)
    monkeypatch.setattr(groups, "BATCH", 5)
    one, several = (asyncio.run(_compared(data, jobs)) for jobs in (1, 2))
    assert one == several
    assert one.differences == 12


async def _compared(data, jobs):
    runtime = await EmbeddedRuntime.open(data)
    try:
        return await backtest(runtime, source(), source(policies_harbour_cedar=STRICTER), jobs=jobs)
    finally:
        await runtime.close()


def test_a_release_that_is_not_there_is_an_error(run, data):
    with pytest.raises(CommandFailed, match="neither a workspace folder nor a release kept") as failed:
        run("--release", "rel_nobody", "--against", FOLDER, "--data", data)
    assert failed.value.code == 2


def test_a_workspace_with_problems_is_an_error(run, data, stricter):
    (stricter / "purposes.yaml").write_text("purposes: 7")
    with pytest.raises(CommandFailed, match="problem") as failed:
        run("--release", stricter, "--against", FOLDER, "--data", data)
    assert (failed.value.code, "xop check" in failed.value.remedy) == (2, True)


def test_a_folder_in_use_is_an_error(run, data):
    lock = FolderLock(data)
    with pytest.raises(CommandFailed) as failed:
        run("--release", FOLDER, "--against", FOLDER, "--data", data)
    lock.release()
    assert (failed.value.code, "copy" in failed.value.remedy) == (2, True)


def test_a_beginning_that_fits_several_releases_is_an_error(run, data):
    asyncio.run(_kept(data, source(policies_harbour_cedar=STRICTER)))
    with pytest.raises(CommandFailed, match="2 kept releases begin with 'rel_'") as failed:
        run("--release", "rel_", "--against", FOLDER, "--data", data)
    assert failed.value.code == 2


async def _kept(data, another):
    runtime = await EmbeddedRuntime.open(data)
    await keep(runtime, another.compile(), another.files, "olga")
    await runtime.close()


def test_a_folder_without_history_is_an_error_and_stays_empty(run, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandFailed, match="holds no history") as failed:
        run("--release", FOLDER, "--against", FOLDER, "--data", tmp_path / "empty")
    assert failed.value.code == 2
    assert list((tmp_path / "empty").iterdir()) == []


@pytest.mark.parametrize(
    "span",
    [
        ("--from", "yesterday"),
        ("--from", "2026-01-01T00:00:00"),
        ("--from", "2027-01-01T00:00Z", "--to", "2026-01-01T00:00Z"),
    ],
)
def test_a_span_that_is_none_is_wrong_usage(run, data, span):
    with pytest.raises(click.UsageError):
        run("--release", FOLDER, "--against", FOLDER, "--data", data, *span)
