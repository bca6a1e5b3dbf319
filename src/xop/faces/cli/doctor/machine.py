"""Examinations of the machine: Python, libraries, time zones, the clock and the port."""

import errno
import re
import socket
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from xop.faces.cli.doctor.finding import Finding

_FLOOR = (3, 11)
_BUILT = datetime(2026, 1, 1, tzinfo=UTC)
"""No machine that runs this is set to an earlier time than this, unless its clock is wrong."""

_SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_ZONES = {"Europe/Berlin": 2, "America/New_York": -4, "Asia/Kolkata": 5.5, "Pacific/Auckland": 12}
"""Hours ahead of UTC on that day."""


def examine_python() -> Iterator[Finding]:
    """Look at the interpreter and the libraries the project asks for."""
    running = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] >= _FLOOR:
        yield Finding("python", "ok", running)
    else:
        yield Finding("python", "problem", running, "run XOP with Python 3.11 or newer")
    missing, found = [], []
    for name in _libraries():
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        yield Finding("libraries", "problem", f"missing: {', '.join(missing)}", "install the project again")
    else:
        yield Finding("libraries", "ok", ", ".join(found))


def _libraries() -> list[str]:
    """Return the names of the distributions that the installed project needs on this machine."""
    needs = (each for each in requires("xop") or [] if "extra ==" not in each)
    return sorted(found[0] for each in needs if (found := _NAME.match(each)))


def examine_time_zones() -> Finding:
    """Look whether local times come out right; quiet hours depend on it."""
    wrong = []
    for name, hours in _ZONES.items():
        try:
            offset = ZoneInfo(name).utcoffset(_SUMMER)
        except ZoneInfoNotFoundError:
            offset = None
        if offset is None or offset.total_seconds() != hours * 3600:
            wrong.append(name)
    if wrong:
        return Finding(
            "time zones", "problem", f"wrong or missing: {', '.join(wrong)}", "install the tzdata package anew"
        )
    return Finding("time zones", "ok", f"tzdata {version('tzdata')}")


def examine_clock(newest: int | None) -> Finding:
    """Look whether the clock can be right; `newest` is the time of the last ledger entry in milliseconds, if there is one."""
    now = datetime.now(UTC)
    told = now.isoformat(timespec="seconds")
    remedy = "set the clock, and keep it set with a time service such as chrony or systemd-timesyncd"
    if now < _BUILT:
        return Finding("clock", "problem", f"{told} is in the past", remedy)
    if newest is not None and newest > time.time_ns() // 1_000_000:
        ahead = datetime.fromtimestamp(newest / 1000, UTC).isoformat(timespec="seconds")
        return Finding("clock", "problem", f"{told}, but the ledger already holds an entry of {ahead}", remedy)
    return Finding("clock", "ok", told)


def examine_port(host: str, port: int) -> Finding:
    """Look whether a server could listen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family):
            return Finding("port", "ok", f"{host} port {port} is free")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            remedy = "if that is not XOP, serve on another port: `xop serve --port N`"
            return Finding("port", "warning", f"{host} port {port} is in use", remedy)
        reason = (error.strerror or str(error)).lower()
        return Finding("port", "problem", f"{host} port {port}: {reason}", "choose another --host or --port")
