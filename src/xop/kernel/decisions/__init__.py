"""Decisions: the recorded reasoning path of every step that ruled on something."""
