"""The pages of a step-up: the form that asks a customer for a code, and what is said afterwards."""

from html import escape

from xop.faces.http.page import HEADERS as _HEADERS
from xop.faces.http.page import MEDIA_TYPE, page

HEADERS: tuple[tuple[bytes, bytes], ...] = ((b"content-type", MEDIA_TYPE.encode()), *_HEADERS)
"""What goes with every page."""


def form(problem: str) -> bytes:
    """Return the page that asks for the code, with what was wrong before if anything was."""
    alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    return page(
        "Please confirm who you are",
        "<p>Type the code you were given. The assistant you are talking to does not see it.</p>"
        f'{alert}<form method="post"><label for="code">Code</label>'
        '<input id="code" name="code" autocomplete="one-time-code" maxlength="100" required autofocus>'
        "<button>Confirm</button></form>",
    )


def notice(text: str) -> bytes:
    """Return a page that only says something."""
    return page("Confirmation", f"<p>{escape(text)}</p>")
