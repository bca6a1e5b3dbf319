"""Journeys as a workspace declares them, and runs: one customer's passage through one version of a journey."""
