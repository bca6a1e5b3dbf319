"""Hindsight: what would have had to be otherwise for a decision to be another one, found by deciding again."""
