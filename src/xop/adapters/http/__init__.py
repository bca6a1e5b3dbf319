"""Calls of an HTTP API: one request for every invocation, JSON in and out."""

from xop.adapters.http.adapter import HttpAdapter
from xop.adapters.http.kind import HttpKind

__all__ = ["HttpAdapter", "HttpKind"]
