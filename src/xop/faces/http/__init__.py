"""The HTTP API: signals in, verdicts out, and everything a person may ask about them."""

from xop.faces.http.app import build_app, openapi_document
from xop.faces.http.server import listen, serve

__all__ = ["build_app", "listen", "openapi_document", "serve"]
