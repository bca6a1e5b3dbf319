"""Insight: what operations see, counted from facts."""
