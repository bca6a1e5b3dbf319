"""The recorded dialogues in two halves: one to learn from, the other to be foretold."""

from pathlib import Path
from typing import Any

from msgspec import Struct

from benchmarks.star.charts import Branches, branches
from benchmarks.star.happenings import Happening, happenings, learned_from, turns
from benchmarks.star.listening import Turn
from benchmarks.star.procedures import Procedure, read_procedures
from benchmarks.star.source import read_dialogues
from benchmarks.star.translation import name_of


class Halves(Struct):
    """The dialogues, what was lived in each, and what the half to learn from teaches."""

    procedures: dict[str, Procedure]
    played: list[dict[str, Any]]
    dialogues_learned_from: int
    lived: dict[str, list[Happening]]
    learned: list[Turn]
    ways: dict[str, Branches]


def read_halves(data: Path, limit: int | None) -> Halves:
    """Return both halves of the dialogues in a folder; at most `limit` are to be foretold.

    Ends the program when a half is empty.
    """
    procedures = read_procedures(data)
    dialogues = read_dialogues(data)
    lived = {name_of(each): happenings(each, procedures) for each in dialogues}
    teaching = [each for each in dialogues if learned_from(each)]
    played = [each for each in dialogues if not learned_from(each)][:limit]
    if not teaching or not played:
        raise SystemExit(f"There are too few dialogues in {data} to learn from one half and foretell the other")
    learned = [turn for each in teaching for turn in turns(lived[name_of(each)])]
    ways = {task: branches(each, learned) for task, each in procedures.items()}
    return Halves(procedures, played, len(teaching), lived, learned, ways)
