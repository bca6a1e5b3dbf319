"""The command line `xop`: every noun of the vocabulary, for people and for scripts."""

import os
import sys

from xop.faces.cli.program import run

__all__ = ["main", "run"]


def main() -> None:
    """Run the program on the process's arguments; the console script `xop`."""
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the answer has enough; the interpreter's own flush at exit must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)
