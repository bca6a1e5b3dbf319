"""Scenarios: what should happen when something happens, told in virtual time; they rule nothing."""
