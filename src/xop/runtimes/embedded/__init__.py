"""The embedded runtime: one process, one folder, one SQLite database.

The ledger is only ever appended to, and every entry names the one before it of the same part, so a step writes one place in
the file. What must be found by other keys (command ids, decisions, where a part ends) is kept in memory for the latest
entries and written behind, sorted and in small slices; after a restart that memory is rebuilt from the ledger's end.
"""

from xop.runtimes.embedded.rotation import rotate_workspace_key
from xop.runtimes.embedded.runtime import EmbeddedRuntime

__all__ = ["EmbeddedRuntime", "rotate_workspace_key"]
