"""Custody of the workspace key, by which the keys of customers are wrapped."""

from xop.runtimes.keys.file import FileKeys

__all__ = ["FileKeys"]
