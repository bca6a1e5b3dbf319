"""Sends stored history through two releases and compares what each would have decided."""

from xop.lab.backtest.comparison import SpanEmpty, backtest
from xop.lab.backtest.report import Report
from xop.lab.backtest.source import ReleaseSource

__all__ = ["ReleaseSource", "Report", "SpanEmpty", "backtest"]
