"""Logistic regression, learned one result at a time: one model for all candidates of a decision set."""

from xop.adapters.logistic.kind import LogisticKind

__all__ = ["LogisticKind"]
