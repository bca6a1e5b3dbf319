"""Web addresses as a workspace writes them for whoever is posted to."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from xop.kernel.base.values import Refusal


def url_mistakes(url: str, credentials: str) -> Iterator[Refusal]:
    """Yield what is wrong with `settings.url`; `credentials` says what to write in place of a name and password in it."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        parts, usable = None, False
    if not usable or parts is None or re.search(r"[^\x21-\x7e]|[\\{}#]", url):
        yield Refusal(
            "settings", "`settings.url` is not an http or https address", "write https://, the host and the path"
        )
    elif parts.username is not None or parts.password is not None:
        yield Refusal("secret", "`settings.url` holds credentials", credentials)
