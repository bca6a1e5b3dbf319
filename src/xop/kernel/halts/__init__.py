"""Halts: agents, actions, connections or everything stopped until another person lets them go on."""
