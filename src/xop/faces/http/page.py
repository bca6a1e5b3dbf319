"""Pages for people without a console: plain, without scripts, kept by nobody and shown inside no other page."""

from base64 import b64encode
from hashlib import sha256
from html import escape

from xop.faces.characters import written_out

MEDIA_TYPE = "text/html; charset=utf-8"

_STYLE = (
    "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:36rem;margin:8vh auto;padding:0 1rem;color:#1c1c1c}"
    "@media(prefers-color-scheme:dark){body{background:#181818;color:#eee}}"
    "dt{font-weight:600;margin-top:.6rem}dd{margin:0;overflow-wrap:anywhere}pre{white-space:pre-wrap}"
    "textarea,input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;margin:.4rem 0 1rem}"
    "input[type=radio]{width:auto;margin:.4rem}fieldset{margin:0 0 1rem}legend{font-weight:600}"
    "button{font:inherit;padding:.6rem 1.4rem;margin-right:.8rem}[role=alert]{font-weight:600}"
)

_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"same-origin"),  # with no-referrer browsers hide where a form comes from
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'".encode(),
    ),
)
"""What goes with every page."""


def page(title: str, body: str) -> bytes:
    """Return a whole page; `body` is markup already."""
    title = escape(written_out(title))
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    heading = f"<h1>{title}</h1>"
    return (
        f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head>'
        f"<body><main>{heading}{written_out(body)}</main></body></html>"
    ).encode()


def described(facts: dict[str, str]) -> str:
    """Return a list of names and values as markup; what is empty is left out."""
    return (
        "<dl>"
        + "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items() if value)
        + "</dl>"
    )
