"""Plays a day of Northwind Mobile on a fresh platform: `scripts/demo`, or `python examples/northwind_mobile/demo.py`."""

import argparse
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from examples.northwind_mobile.client import Refused
from examples.northwind_mobile.play import Options, Play
from examples.northwind_mobile.witness import NotAsTold


def main() -> int:
    """Play the day; return 1 when anything comes out otherwise than told."""
    parser = argparse.ArgumentParser(description="A day of Northwind Mobile, compressed into a minute.")
    parser.add_argument("--data", type=Path, help="an empty folder for what the platform keeps (default: a new one)")
    parser.add_argument("--port", type=int, default=7007, help="the server's port; another one when it is taken")
    parser.add_argument("--customers", type=int, default=300, help="how many customers the day has, 20 to 1100")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long the day's events take")
    parser.add_argument("--seed", type=int, default=2026, help="the same seed plays the same day")
    parser.add_argument("--every", action="store_true", help="print every decision, not only the first of each kind")
    parser.add_argument("--exit", action="store_true", help="end after the day instead of leaving the server running")
    given = parser.parse_args()
    if not 20 <= given.customers <= 1100:
        parser.error("--customers is a number from 20 to 1100")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the server is never left behind
    try:
        shown = Options(given.data, given.port, given.customers, given.seconds, given.seed, given.exit, given.every)
        Play(shown).run()
    except (NotAsTold, Refused, RuntimeError) as failure:
        print(f"\nThe demonstration failed: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
