"""Pieces of content, as small as they can be."""

import mcp_types as types

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
"""A PNG of one red pixel."""

SILENCE = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA=="
"""A WAV of one sample."""


def text(words: str) -> types.TextContent:
    """Return words as content."""
    return types.TextContent(text=words)


def image() -> types.ImageContent:
    """Return the pixel."""
    return types.ImageContent(data=PIXEL, mime_type="image/png")


def audio() -> types.AudioContent:
    """Return the silence."""
    return types.AudioContent(data=SILENCE, mime_type="audio/wav")


def embedded(uri: str, words: str, mime_type: str = "text/plain") -> types.EmbeddedResource:
    """Return a resource within content."""
    return types.EmbeddedResource(resource=types.TextResourceContents(uri=uri, mime_type=mime_type, text=words))


def said(*content: types.ContentBlock) -> types.CallToolResult:
    """Return a tool's result."""
    return types.CallToolResult(content=list(content))
