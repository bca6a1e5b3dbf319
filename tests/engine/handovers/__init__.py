"""Handovers through the engine."""
