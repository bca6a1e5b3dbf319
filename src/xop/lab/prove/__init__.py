"""Proves what holds of every request a release can ever judge, or shows a request of which it does not."""

from xop.lab.prove.comparison import compare
from xop.lab.prove.examination import examine, own_rules
from xop.lab.prove.markdown import ONLY_EARLIER, markdown
from xop.lab.prove.model import Comparison, Difference, Effectless, Proof, Report
from xop.lab.prove.proofs import breaks
from xop.lab.prove.solver import SolverMissing
from xop.lab.prove.terrain import survey
from xop.lab.prove.witness import Replay, Witness, replay

__all__ = [
    "ONLY_EARLIER",
    "Comparison",
    "Difference",
    "Effectless",
    "Proof",
    "Replay",
    "Report",
    "SolverMissing",
    "Witness",
    "breaks",
    "compare",
    "examine",
    "markdown",
    "own_rules",
    "replay",
    "survey",
]
