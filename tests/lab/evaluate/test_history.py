"""Recorded histories and logs of bandits are read and played as they were, and nothing is known before its time."""

import csv
import gzip
from datetime import UTC, datetime

import pytest

from benchmarks.nba.again import take_again
from benchmarks.nba.bandit import Row, campaigns
from benchmarks.nba.history import options, read_history
from benchmarks.nba.play import play
from benchmarks.nba.shop import shop_files
from benchmarks.nba.skill import area, log_loss
from benchmarks.nba_obd import prequential
from xop.assembly import compiled

HOUR = 3_600_000
BEGAN = 1_790_596_800_000 // HOUR * HOUR


def told(at):
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y%m%dT%H%M%S}.000 GMT"


def row(number, after=HOUR, outcome="Clicked", **changes):
    """Return what was shown to one customer in an hour of their own, and when its outcome was recorded."""
    at = BEGAN + number * HOUR
    return {
        "pxInteractionID": f"i{number}",
        "pxFactID": f"f{number}",
        "CustomerID": f"Customer-{number}",
        "pxDecisionTime": told(at),
        "pxOutcomeTime": told(at + after),
        "pyChannel": "Web",
        "pyDirection": "Inbound",
        "pyIssue": "Sales",
        "pyGroup": "Cards",
        "pyName": "Gold Card",
        "pyTreatment": "",
        "pyOutcome": outcome,
        "pyPropensity": "0.25",
        "pxRank": "1",
        **changes,
    }


def written(folder, rows):
    with gzip.open(folder / "interaction_history.csv.gz", "wt", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def played(folder, rows, cap=2):
    shown = read_history(written(folder, rows)).shown
    release = compiled(shop_files(shown, "thompson", cap))
    return play(release, shown, lambda _count: None), release


def test_a_history_is_read_in_order_and_rows_that_were_never_shown_are_counted(tmp_path):
    rows = [
        row(2),
        row(1, -5 * HOUR, "Rejected", pyTreatment="Big"),
        row(3, pyChannel=""),
        row(4, pxDecisionTime="soon"),
    ]
    history = read_history(written(tmp_path, rows))
    assert history.skipped == 2
    assert [each.id for each in history.shown] == ["f1", "f2"]
    first, second = history.shown
    assert (first.at, first.known, first.success, first.propensity) == (BEGAN + HOUR, BEGAN + HOUR, False, 0.25)
    assert (second.known, second.success) == (BEGAN + 3 * HOUR, True)
    assert list(options(history.shown)) == [("gold_card", "web_big"), ("gold_card", "web_plain")]


def test_a_folder_without_history_is_told(tmp_path):
    with pytest.raises(SystemExit, match="There is no interaction_history"):
        read_history(tmp_path)


def test_outcomes_are_learned_when_they_were_known_and_not_before(tmp_path):
    pytest.importorskip("river")
    # The first outcome is known three hours after its decision, the second is told to have come before it.
    found, release = played(tmp_path, [row(0, 3 * HOUR), row(1, -9 * HOUR), *(row(n) for n in range(2, 6))])
    propensities = [each.propensity for each in found.told]
    # Twenty results, two of them successes, are supposed beforehand; each hour's outcomes come in at its end.
    assert propensities == pytest.approx([2 / 20, 2 / 20, 3 / 21, 3 / 21, 5 / 23, 6 / 24])
    assert all(each.own for each in found.told)
    again = take_again(found.runtime, release)
    assert (again.entries, again.differences) == (len(found.runtime.memory.entries), 0)


def test_contacts_beyond_the_caps_are_neither_made_nor_learned(tmp_path):
    pytest.importorskip("river")
    sms = {"pyChannel": "SMS", "pyDirection": "Outbound"}
    same = {"CustomerID": "Customer-0", "pxInteractionID": "i0", "pxDecisionTime": told(BEGAN)}
    rows = [row(n, **sms, **same, pyTreatment=f"T{n}", pxRank=str(n + 1)) for n in range(3)]
    found, _ = played(tmp_path, [*rows, row(9, **sms, pyTreatment="T2")], cap=2)
    assert [each.refusal for each in found.told] == ["", "", "xop.contact_cap", ""]
    assert found.told[3].propensity == pytest.approx(0.1)


def test_skill_is_reckoned_with_ties_counted_half():
    assert area([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == 0.75
    assert area([0.5, 0.5, 0.5], [True, False, True]) == 0.5
    assert area([0.5], [True]) is None
    assert log_loss([0.5, 0.5], [True, False]) == pytest.approx(0.693147, abs=1e-6)
    assert log_loss([1.0], [False]) == pytest.approx(6.907755, abs=1e-6)


def test_logs_of_a_bandit_are_read_by_campaign(tmp_path):
    for policy in ("random", "bts"):
        folder = tmp_path / policy / "hats"
        folder.mkdir(parents=True)
        lines = ["timestamp,item_id,click,propensity_score", "2019-11-25,7,1,0.5", "2019-11-24,8,0,0.25"]
        (folder / "hats.csv").write_text("\n".join(lines))
    found = campaigns(tmp_path, ("random", "bts"))
    assert found["hats"]["bts"] == [Row("2019-11-24", "8", 0.25, False), Row("2019-11-25", "7", 0.5, True)]
    (tmp_path / "bts" / "hats" / "hats.csv").write_text("timestamp,item_id,click\n")
    with pytest.raises(SystemExit, match="has no column propensity_score"):
        campaigns(tmp_path, ("random", "bts"))
    with pytest.raises(SystemExit, match="There is no random"):
        campaigns(tmp_path / "random", ("random", "bts"))


def test_the_learned_policy_knows_only_what_came_before():
    pytest.importorskip("river")
    log = [Row(f"{n:05}", "ab"[n % 2], 0.5, click=n % 2 == 0) for n in range(1_000)]
    other = [*log[:600], *(Row(each.at, each.item, 0.5, not each.click) for each in log[600:])]
    whole, changed = (prequential(each, ["a", "b"], lambda _count: None) for each in (log, other))
    assert len(whole) == 800
    assert [each.policy for each in whole[:400]] == [each.policy for each in changed[:400]]
    assert whole[-1].policy != changed[-1].policy
    assert whole[-1].policy["a"] > 0.9
