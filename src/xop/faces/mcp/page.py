"""Pages for customers: plain, without scripts, kept by nobody and shown inside no other page."""

from base64 import b64encode
from hashlib import sha256
from html import escape

_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:15vh auto;padding:0 1rem;color:#1c1c1c}"
    "input{font:inherit;width:100%;box-sizing:border-box;padding:.6rem;margin:.4rem 0 1rem}"
    "button{font:inherit;padding:.6rem 1.4rem}[role=alert]{color:#a00000;font-weight:600}"
)

_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'".encode(),
    ),
)
"""What goes with every page."""


def form(problem: str) -> bytes:
    """Return the page that asks for the code, with what was wrong before if anything was."""
    alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    return _page(
        "<h1>Please confirm who you are</h1>"
        "<p>Type the code you were given. The assistant you are talking to does not see it.</p>"
        f'{alert}<form method="post"><label for="code">Code</label>'
        '<input id="code" name="code" autocomplete="one-time-code" maxlength="100" required autofocus>'
        "<button>Confirm</button></form>"
    )


def notice(text: str) -> bytes:
    """Return a page that only says something."""
    return _page(f"<h1>Confirmation</h1><p>{escape(text)}</p>")


def _page(body: str) -> bytes:
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Confirmation</title>'
    return (
        f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body>{body}</body></html>'.encode()
    )
