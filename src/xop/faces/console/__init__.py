"""The console: the platform in a browser, for each person's job."""

from xop.faces.console.mount import console_mount

__all__ = ["console_mount"]
