"""Functions that an enterprise might bind its actions to."""

import asyncio
import threading
from os import getpid
from typing import Any

from xop.adapters.python import ActionFailed, ActionRetry

_notes: list[str] = []
_silent = threading.Event()
_over = threading.Event()
_arrived = threading.Event()


def reset() -> None:
    """Begin anew, and let functions end that were to stay silent."""
    _over.set()
    _notes.clear()
    _silent.clear()
    _arrived.clear()


def silence() -> None:
    _over.clear()
    _silent.set()


def arrived() -> list[str]:
    return list(_notes)


async def arrival() -> None:
    await asyncio.to_thread(_arrived.wait, 10)


def note(text: str, invocation: str) -> dict[str, str]:
    _notes.append(f"{invocation} {text}")
    _arrived.set()
    if _silent.is_set():
        _over.wait(10)
    return {"noted": text}


async def note_later(text: str) -> dict[str, str]:
    await asyncio.sleep(0)
    _notes.append(f" {text}")
    return {"noted": text}


async def never() -> None:
    await asyncio.Event().wait()


def refuse(text: str) -> None:
    raise ActionFailed(f"no: {text}")


def ask_again() -> None:
    raise ActionRetry("busy", after=2.5)


def break_down() -> None:
    raise LookupError("ana@example.com is gone")


def quit_now() -> None:
    raise SystemExit(1)


def odd() -> Any:
    return object()


def _hidden() -> None:
    _notes.append("hidden")


def process() -> int:
    return getpid()
