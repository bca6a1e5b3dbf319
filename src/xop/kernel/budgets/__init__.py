"""Budgets: how much an agent may do for one customer in a span of time."""
