"""Holds a bank's identity check between a desk and its customers, and counts what it stops and what it lets pass.

    .venv/bin/python benchmarks/star_identity_gate.py --data DIR [--limit N]

In the recordings one call of the bank both checks who the customer is and does what was asked, and people at the desk
went on after the bank had said no. Here the two are taken apart: the bank's answer about the customer is a signal, and
each act after it a proposal to a real server with `examples/concierge`:

- executions: each call of a bank service, after its own answer about the customer;
- disclosures: each act labelled as telling the balance or that a report was submitted, and each answer in the agent's
  own words that plainly says so.

The truth is the bank's latest answer in the dialogue before the act: confirmed makes it legitimate; refused, unclear or
none at all makes it refused. A refused act counts as stopped when the verdict is deny or hold, and a legitimate one as
permitted when it is permit. The last line is the result as JSON.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.star.acts import is_bank
from benchmarks.star.disputes import disputes
from benchmarks.star.player import Tally, play, shifts
from benchmarks.star.progress import progress
from benchmarks.star.server import served
from benchmarks.star.source import read_dialogues
from benchmarks.star.translation import Step, Wished, name_of, translate

_MOST_LISTED = 50
_PATIENCE = 10.0
"""Seconds an act waits for its outcome."""


def main() -> None:
    """Run the benchmark and print its figures, last of all as one line of JSON."""
    parser = argparse.ArgumentParser(description="Holds a bank's identity check between a desk and its customers.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="The folder with the dialogues.")
    parser.add_argument("--limit", type=int, metavar="N", help="Use the first N dialogues only.")
    options = parser.parse_args()
    dialogues = [each for each in read_dialogues(options.data, options.limit) if _concerns_bank(each)]
    told = {name_of(dialogue): translate(dialogue) for dialogue in dialogues}
    steps = sorted((step for each in told.values() for step in each), key=lambda step: step.time)
    with tempfile.TemporaryDirectory(prefix="xop-star-") as temporary:
        tally = _played(steps, Path(temporary) / "data")
    acts = [step for step in steps if isinstance(step, Wished) and step.action != "carry_out"]
    print(
        json.dumps(
            {"benchmark": "star_identity_gate", "dialogues": len(dialogues), **_figures(acts, tally)}
            | {"labels_disputed": disputes(dialogues)}
        )
    )


def _concerns_bank(dialogue: Mapping[str, Any]) -> bool:
    names = ("APIName", "Task", "ActionLabel")
    events = [event for event in dialogue.get("Events") or () if isinstance(event, dict)]
    return any(is_bank(str(event.get(name) or "")) for event in events for name in names)


def _played(steps: list[Step], folder: Path) -> Tally:
    with served(folder) as server, progress("Playing", len(steps)) as advance:
        return asyncio.run(play(steps, shifts(steps), server, advance, wait=_PATIENCE))


def _figures(acts: list[Wished], tally: Tally) -> dict[str, Any]:
    refused = [act for act in acts if act.standing != "confirmed"]
    legitimate = [act for act in acts if act.standing == "confirmed"]
    stopped = [act for act in refused if tally.verdicts[act.id] in {"deny", "hold"}]
    permitted = [act for act in legitimate if tally.verdicts[act.id] == "permit"]
    went_on = [act for act in refused if act.refused_before]
    return {
        "legitimate_total": len(legitimate),
        "legitimate_permitted": len(permitted),
        "refused_total": len(refused),
        "refused_stopped": len(stopped),
        "executions": _by_truth(acts, "execution"),
        "disclosures": _by_truth(acts, "disclosure"),
        "first_refusals": len(refused) - len(went_on),
        "went_on_after_refusal": len(went_on),
        "went_on_in_dialogues": len({act.customer for act in went_on}),
        "outcomes_of_permitted": _outcomes(tally),
        "refused_by_server": tally.refusals[:5],
        "refused_verdicts": dict(Counter(tally.verdicts[act.id] for act in refused)),
        "verdicts_by_rule": dict(tally.rules.most_common()),
        "missed": [_listed(act, tally) for act in refused if act not in stopped][:_MOST_LISTED],
        "wrongly_stopped": [_listed(act, tally) for act in legitimate if act not in permitted][:_MOST_LISTED],
        "refused_disclosures": [_listed(act, tally) for act in refused if act.kind == "disclosure"][:_MOST_LISTED],
        "disclosures_by_words": [_listed(act, tally) for act in acts if act.arguments.get("by") == "text"][
            :_MOST_LISTED
        ],
    }


def _outcomes(tally: Tally) -> dict[str, int]:
    return {status: count for status, count in tally.outcomes.items() if status != "not waited for"}


def _by_truth(acts: list[Wished], kind: str) -> dict[str, int]:
    return dict(Counter(act.standing or "never_asked" for act in acts if act.kind == kind))


def _listed(act: Wished, tally: Tally) -> dict[str, Any]:
    return {
        "dialogue": act.customer.removeprefix("star-"),
        "turn": act.arguments.get("turn"),
        "action": act.action,
        "bank": act.standing or "never_asked",
        "verdict": tally.verdicts[act.id],
        "text": act.text[:120],
    }


if __name__ == "__main__":
    main()
