"""Oversight measured: how people oversee AI systems, month by month, as JSON and as a page."""

from xop.lab.oversight.measures import Measures
from xop.lab.oversight.overseen import Overseen
from xop.lab.oversight.page import page
from xop.lab.oversight.report import MonthlyReport, month_of, report

__all__ = ["Measures", "MonthlyReport", "Overseen", "month_of", "page", "report"]
