"""Browsers: what somebody uses, in words that tell their sessions apart."""

from collections.abc import Mapping

_KINDS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
"""In this order: most call themselves by the names of others too."""

_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_of(headers: Mapping[bytes, bytes]) -> str:
    """Return what a browser says it is, such as `Firefox on Linux`; empty for none that is known."""
    told = headers.get(b"user-agent", b"").decode("latin-1")
    kind = next((name for mark, name in _KINDS if mark in told), "")
    system = next((name for mark, name in _SYSTEMS if mark in told), "")
    return f"{kind} on {system}" if kind and system else kind or system
