"""Policies are Cedar text: parsed, checked, compiled, judged, combined into one verdict and explained."""
