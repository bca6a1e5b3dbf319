"""Choices on the command line and over HTTP: asked, listed, explained and exported."""

import asyncio
import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.kit.choosing import BOUGHT, CREDIT, NOTICE, OFFER, agreed, choice, decision_set, files_with
from xop.assembly import open_platform
from xop.faces.cli import run
from xop.faces.cli.extract import COLUMNS
from xop.kernel.identity.model import Identifier

AGENTS = {
    "sources": {"web": {}},
    "agents": {
        "helper_bot": {"key": "${env:HARBOUR_BOT_KEY}", "decisions": ["next"], "autonomy": "act", "customers": "all"}
    },
    "operators": {
        "olga": {
            "key": "${env:HARBOUR_OLGA_KEY}",
            "actions": ["*"],
            "roles": ["supervisor", "finance"],
            "decisions": ["*"],
        },
        "otto": {"key": "${env:HARBOUR_OTTO_KEY}", "actions": ["*"]},
    },
}

SET = decision_set(
    candidates=[
        OFFER | {"value": "{{request.worth}}", "context": [{"when": "request.worth > 90.0", "weight": 1.5}]},
        NOTICE | {"lever": 1.25},
        CREDIT | {"eligible": "request.worth > 50.0"},
        {"name": "help", "value": 30, "treatments": [{"name": "web", "action": "offer_help"}]},
    ],
    model={"kind": "table", "table": {"offer": 0.12, "notice": 0.2, "credit": 0.18, "help": 0.3}},
    explore={"rate": 0.1},
    arms={"random": 0.2, "no_model": 0.1, "holdout": 0.1},
    results=BOUGHT,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """A data folder in which thirty customers were asked about, four times each."""
    workspace, folder = tmp_path_factory.mktemp("workspace"), tmp_path_factory.mktemp("data")
    for path, content in files_with(SET, agents=AGENTS).items():
        place = workspace / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    asyncio.run(_live(workspace, folder))
    return folder


async def _live(workspace: Path, folder: Path) -> None:
    platform = await open_platform(folder, workspace)
    await platform.start()
    for number in range(30):
        who = f"account:c{number}"
        for each in agreed(who, f"c{number}@harbour.example"):
            await platform.engine.submit(each)
        for turn in range(4):
            asked = choice(f"{number}-{turn}", propose=False, request={"worth": 40.0 + 5 * ((7 * number + turn) % 17)})
            await platform.engine.submit(asked, Identifier.parse(who))
    await platform.stop()


@pytest.fixture
def xop(data, capsys):
    """Run a command on the data folder; returns its JSON answer."""

    def command(*arguments: str, code: int = 0, who: str = "olga") -> Any:
        ended = run([*arguments, "--data", str(data), "--as", who, "--json"])
        said = capsys.readouterr()
        assert ended == code, said.err + said.out
        return json.loads(said.out or said.err)

    return command


def test_choosing_tells_the_winner_the_ranking_and_where_to_look_for_why(xop):
    answer = xop("choose", "next", "--customer", "account:c1", "--know", "worth=100.0", "--rank")
    assert answer["decision"].startswith("dec_")
    assert answer["invocation"] == ""
    chosen = [each["candidate"] for each in answer["ranked"] if each["chosen"]]
    assert chosen == ([answer["candidate"]] if answer["candidate"] else [])
    told = xop("explain", answer["decision"])
    assert told["decision_set"] == "next"
    assert {each["name"] for each in told["candidates"]} == {"offer", "notice", "credit", "help"}
    assert "asked the decision set next what to do next" in told["story"]


def test_asking_twice_with_one_key_counts_once(xop):
    asked = ("choose", "next", "--customer", "account:c2", "--know", "worth=60.0", "--idempotency-key", "k1")
    first, second = xop(*asked), xop(*asked)
    assert (first["decision"], first["duplicate"]) == (second["decision"], False)
    assert second["duplicate"] is True


def test_who_was_not_granted_the_decision_set_may_not_ask(xop):
    asked = ("choose", "next", "--customer", "account:c1", "--rank")
    assert xop(*asked, code=1, who="otto")["error"]["problem"]["code"] == "decision-set-not-granted"
    assert xop("choose", "nothing_such", *asked[2:], code=1)["error"]["problem"]["code"] == "decision-set-unknown"


def test_decision_sets_and_open_choices_are_listed(xop):
    [listed] = xop("choices", "sets")["decision_sets"]
    assert (listed["name"], listed["model"], listed["results"]) == ("next", "table", ["bought"])
    found = xop("choices", "open", "account:c9")["choices"]
    assert [each["choice"] for each in found] == [f"choice:test:9-{turn}" for turn in range(4)]
    assert all(xop("explain", each["decision"])["decision"] == each["decision"] for each in found[:1])


def exported(xop, tmp_path, *more: str) -> list[dict[str, str]]:
    xop("choices", "export", "--format", "csv", "--out", str(tmp_path / "choices.csv"), *more)
    with (tmp_path / "choices.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_export_has_one_row_for_each_candidate_that_reached_arbitration(xop, tmp_path):
    rows = exported(xop, tmp_path)
    assert tuple(rows[0]) == COLUMNS
    places = [(row["pxInteractionID"], row["pyName"]) for row in rows]
    assert len(places) == len(set(places))
    by_choice: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_choice.setdefault(row["pxInteractionID"], []).append(row)
    for each in by_choice.values():
        assert [int(row["pxRank"]) for row in each] == list(range(1, len(each) + 1))
        priorities = [float(row["Priority"]) for row in each]
        assert priorities == sorted(priorities, reverse=True)
        for row in each:
            factors = [float(row[name]) for name in ("FinalPropensity", "Value", "ContextWeight", "Weight")]
            product = factors[0] * factors[1] * factors[2] * factors[3]
            assert product == pytest.approx(float(row["Priority"]), abs=1e-9)
    assert {row["ModelControlGroup"] for row in rows} == {"Test", "Control"}


def test_the_export_keeps_to_the_time_and_decision_set_asked_for(xop, tmp_path):
    assert exported(xop, tmp_path, "--to", "2020-01-01T00:00:00Z") == []
    assert len(exported(xop, tmp_path, "--from", "2020-01-01T00:00:00Z", "--set", "next")) > 100


def test_a_decision_set_that_never_was_is_refused_and_the_file_stays(xop, tmp_path):
    (tmp_path / "old.csv").write_text("kept")
    refused = xop("choices", "export", "--out", str(tmp_path / "old.csv"), "--set", "nxet", code=2)
    assert refused["error"]["cause"] == "there is no decision set 'nxet'"
    assert refused["error"]["remedy"] == "name one of: next"
    assert (tmp_path / "old.csv").read_text() == "kept"


@pytest.mark.parametrize("name", ["choices.csv", "choices.txt", "choices"])
def test_the_export_is_csv_unless_the_ending_says_otherwise(xop, tmp_path, name):
    assert xop("choices", "export", "--out", str(tmp_path / name))["format"] == "csv"
    assert (tmp_path / name).read_text().startswith("pySubjectID,")


def test_the_ending_makes_the_export_parquet(xop, tmp_path):
    pytest.importorskip("pyarrow")
    assert xop("choices", "export", "--out", str(tmp_path / "choices.parquet"))["format"] == "parquet"
    assert (tmp_path / "choices.parquet").read_bytes().startswith(b"PAR1")


@pytest.mark.parametrize(("name", "form"), [("choices.csv", "parquet"), ("choices.parquet", "csv")])
def test_a_form_that_the_ending_denies_is_refused(data, capsys, tmp_path, name, form):
    ended = run(["choices", "export", "--out", str(tmp_path / name), "--format", form, "--data", str(data)])
    assert (ended, (tmp_path / name).exists()) == (2, False)
    assert f"--format {form} does not fit {name}" in capsys.readouterr().err


def test_a_person_sees_the_ranking_in_its_order_with_costs_and_the_winner_marked(data, capsys):
    for number in range(8):
        asked = ["choose", "next", "--customer", f"account:c{number}", "--know", "worth=100.0", "--rank"]
        assert run([*asked, "--data", str(data), "--as", "olga"]) == 0
        told = capsys.readouterr().out.splitlines()
        chosen = [line.split()[1] for line in told if line.startswith("chosen")]
        begin = next((at for at, line in enumerate(told) if line.startswith("rank ")), None)
        if begin is None:
            continue
        assert told[begin].split()[-1] == "cost"
        rows = [line.split() for line in told[begin + 1 : -1]]
        assert [int(row[0]) for row in rows] == sorted(int(row[0]) for row in rows)
        assert [row[1] for row in rows if row[-1] == "chosen"] == [each for each in chosen if each != "nothing"]
        assert {row[7] for row in rows if row[1] == "credit"} <= {"5", "5.0"}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_pdstools_reads_the_export_and_tells_how_much_each_factor_matters(xop, tmp_path, form):
    analyser = pytest.importorskip("pdstools.decision_analyzer")
    pytest.importorskip("pyarrow")
    file = tmp_path / f"choices.{form}"
    told = xop("choices", "export", "--format", form, "--out", str(file))
    assert told["choices"] >= 120
    read = analyser.DecisionAnalyzer.from_explainability_extract(str(file))
    sensitivity = read.scoring.get_sensitivity(win_rank=1).collect()
    found = dict(zip(sensitivity["Factor"], sensitivity["Influence"], strict=True))
    assert found
    assert any(found.values())
