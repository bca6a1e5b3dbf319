"""Runs `python -m xop.faces.cli.reference`, the same as the hidden command `xop reference`."""

import sys

from xop.faces.cli import run

if __name__ == "__main__":
    sys.exit(run(["reference", *sys.argv[1:]]))
