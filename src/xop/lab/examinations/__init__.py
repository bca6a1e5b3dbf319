"""Examinations: what the lab finds out about a release in a process of its own, so that nobody waits for it."""

from xop.lab.examinations.bench import LONGEST, SUBJECTS, Bench, Examination, Question

__all__ = ["LONGEST", "SUBJECTS", "Bench", "Examination", "Question"]
