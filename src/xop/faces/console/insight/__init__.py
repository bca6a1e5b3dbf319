"""Insight on a page: figures, comparisons and series brought into the form that people read."""
