"""The command line `xop`: every noun of the vocabulary, for people and for scripts."""

import gc
import os
import sys

# What is imported stays: looking for garbage in it again and again takes a fifth of the start.
gc.disable()
from xop.faces.cli.program import run  # noqa: E402 - after what makes it fast

gc.freeze()
gc.enable()

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
