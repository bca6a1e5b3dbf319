"""Functions of a Python module, called in this process; the module is named in the connection's settings only."""

from xop.adapters.python.adapter import PythonAdapter
from xop.adapters.python.answer import ActionFailed, ActionRetry
from xop.adapters.python.kind import PythonKind

__all__ = ["ActionFailed", "ActionRetry", "PythonAdapter", "PythonKind"]
