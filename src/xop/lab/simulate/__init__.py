"""Simulates a workspace: the production engine in virtual time, with a population that acts and reacts."""

from xop.lab.simulate.customers import PopulationUnfit
from xop.lab.simulate.page import page
from xop.lab.simulate.plan import Plan, Setting, setting
from xop.lab.simulate.report import encoded, report
from xop.lab.simulate.simulation import Result, run
from xop.lab.simulate.workers import WorkerFailed

__all__ = [
    "Plan",
    "PopulationUnfit",
    "Result",
    "Setting",
    "WorkerFailed",
    "encoded",
    "page",
    "report",
    "run",
    "setting",
]
