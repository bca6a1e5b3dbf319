"""Halts under load: how long until no call passes any more, and whether that outlives a power cut."""

import os
import sys
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from benchmarks.overhead import messages, upstream
from benchmarks.overhead.bursts import call, result
from benchmarks.overhead.contestant import PATH, XOP, Contestant
from benchmarks.overhead.larkfield import KEYS, Larkfield, subjects
from benchmarks.overhead.process import Process, free_port

_CALLERS = 16
_BEFORE = 2.0
"""Seconds of load before somebody halts the agent."""
_LOAD = 5.0
_SCOPE = "agent:assistant"


def halted(folder: Path) -> dict[str, Any]:
    """Halt an agent that calls without pause, kill the server, start it again, and tell what passed."""
    port = free_port()
    server = Process("upstream", [sys.executable, upstream.__file__, str(port)], folder / "upstream.log", os.environ)
    try:
        server.await_port(port, PATH)
        home = folder / "xop"
        home.mkdir()
        larkfield = Larkfield(home, port)
        try:
            return _figures(larkfield)
        finally:
            larkfield.process.stop()
    finally:
        server.stop()


def _figures(larkfield: Larkfield) -> dict[str, Any]:
    requests = messages.modern_calls(PATH, KEYS["LARKFIELD_AGENT_KEY"], subjects())
    agent = Contestant(XOP, larkfield.process, larkfield.port, requests)
    load = call(agent, _CALLERS, _LOAD, stubborn=True)
    sleep(_BEFORE)
    began = perf_counter()
    larkfield.ask("POST", "/v1/halts", "OPERATOR", {"scope": _SCOPE, "reason": "a drill"})
    answered = perf_counter()
    seen = result(load)
    larkfield.process.kill()
    larkfield.restart()
    again = result(call(agent, _CALLERS, 1.0, stubborn=True))
    halts = larkfield.ask("GET", "/v1/halts", "OPERATOR")["halts"]
    return {
        "callers": _CALLERS,
        "passed_before": len(seen.spent) - seen.refused,
        "refused_after": seen.refused,
        "halt_answered_ms": round((answered - began) * 1000, 1),
        "last_passed_ms": round((seen.last - began) * 1000, 1),
        "passed_after_kill": len(again.spent) - again.refused,
        "refused_after_kill": again.refused,
        "halted_after_kill": [each["scope"] for each in halts] == [_SCOPE],
    }
