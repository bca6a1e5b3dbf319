"""Recorded episodes: what was said, what the agent called and what came back, and the exact state before every write."""

import gzip
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct


class ToolCall(Struct, frozen=True):
    """One call as the agent made it."""

    id: str
    name: str
    arguments: dict[str, Any]


class Message(Struct, frozen=True):
    """Something said, called or answered."""

    role: str
    content: str | None = None
    tool_calls: list[ToolCall] | None = None
    call_id: str | None = None
    """Of a tool's answer: the call it answers."""
    error: bool | None = None


class Write(Struct, frozen=True):
    """A call that changes something, with the state it met."""

    msg: int
    """The number of the message that made it."""
    name: str
    arguments: dict[str, Any]
    api_error: bool
    pre: dict[str, Any]
    result: Any = None


class Episode(Struct, frozen=True):
    """One conversation from its first word to its last."""

    episode_id: str
    task_id: str
    messages: list[Message]
    writes: list[Write]
    label_state_ok: bool | None = None
    reward: float | None = None


def read_episodes(path: Path) -> list[Episode]:
    """Return the episodes of a file of JSON lines, packed or not."""
    data = path.read_bytes()
    text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    return [msgspec.json.decode(line, type=Episode) for line in text.splitlines() if line.strip()]


def answers(episode: Episode) -> dict[str, Message]:
    """Return the recorded answers by the call they answer."""
    return {message.call_id: message for message in episode.messages if message.role == "tool" and message.call_id}
