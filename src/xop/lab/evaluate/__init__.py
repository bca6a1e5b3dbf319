"""Estimates from logged decisions what another strategy would have been worth, and how sure that is."""

from xop.lab.evaluate.evaluation import Evaluation, evaluate
from xop.lab.evaluate.observation import Observation

__all__ = ["Evaluation", "Observation", "evaluate"]
