"""Canaries: texts an outsider may send that want to become markup, each told from all others, and who looks for them."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

CANARY = re.compile(r"qz[0-9]{4}z")
"""What all of them have in them, in capitals or not."""

OWN = re.compile(r"(|[?#].*|/(console|v1)([/?#].*)?)", re.DOTALL)
"""Addresses that a page may lead to: the server's own, and nowhere that a browser would run or leave for."""

_PICTURE = re.compile(r"data:image/(svg\+xml|png)[;,][^<>]*")

_ADDRESSES = frozenset(
    {"href", "src", "action", "formaction", "data", "poster", "ping", "cite", "background", "xlink:href", "manifest"}
    | {"hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete", "hx-push-url", "hx-replace-url", "data-live"}
)

_RUNS = frozenset(
    {"style", "srcdoc", "srcset", "http-equiv", "hx-vals", "hx-headers", "hx-on", "hx-trigger", "hx-swap"}
)
"""Attributes whose value is more than a text to browsers or to htmx."""

_RAW = frozenset({"script", "style", "iframe", "noembed", "noframes", "xmp", "plaintext"})

_FOREIGN = frozenset(
    {"iframe", "object", "embed", "base", "img", "video", "audio", "frame", "applet", "math", "template"}
)
"""Elements that no page of the console has."""

UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that are not seen, or that turn about what is read after them."""


def mark(number: int) -> str:
    """Return what tells a canary from all others."""
    return f"qz{number:04d}z"


def canary(number: int) -> str:
    """Return a text that wants out of elements, attributes, scripts, comments, templates, lines and frames of a stream."""
    name = mark(number)
    return (
        f"<{name} a=1>\"'><{name}-b> {name}-c='1' onmouseover={name} </script><{name}-d></textarea><{name}-e></title>"
        f"<{name}-f></style><{name}-g>--><{name}-h><img src=x onerror={name}> javascript:{name} {{{{7*7}}}}{name} "
        f"{{% {name} %}} ${{7*7}} %(7)s \u202e{name}\u202c\r\n\r\nevent: {name}\ndata: <{name}-i>\n\n&lt;{name}"
    )


def plain(number: int) -> str:
    """Return one in a single line of printable ASCII without templates."""
    name = mark(number)
    return f"<{name} a=1>\"'><{name}-b> {name}-c='1' onmouseover={name} </script><{name}-d></textarea><{name}-e>--><{name}-f>"


def short(number: int) -> str:
    """Return one that fits where little is taken."""
    name = mark(number)
    return f"\"'><{name} {name}>"


def address(number: int) -> str:
    """Return one that wants to be run as an address."""
    name = mark(number)
    return f"javascript:alert('{name}')//\"'><{name} a=1>"


def formula(number: int) -> str:
    """Return one that wants to be reckoned in a table."""
    return f"=HYPERLINK(\"https://evil.test\",'{mark(number)}')<{mark(number)}>"


def strewn(value: Any, numbers: Iterator[int]) -> Any:
    """Return JSON-like data in which every text that is no moment is a canary."""
    if isinstance(value, str):
        return value if re.match(r"\d{4}-\d\d", value) else plain(next(numbers))
    if isinstance(value, Mapping):
        return {name: strewn(each, numbers) for name, each in value.items()}
    return [strewn(each, numbers) for each in value] if isinstance(value, list | tuple) else value


class Examined(HTMLParser):
    """What a page has of canaries: those it shows as text, and everything that came out as anything else."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: set[str] = set()
        """The marks of those that are seen with what is dangerous in them."""
        self.faults: list[str] = []
        self.links: list[str] = []
        self._raw = ""
        self._kind = ""
        self._typed = False
        """Whether it is in what a form sends back."""
        self.feed(text)
        self.close()
        if re.search(r"qz[0-9]{4}z49|49qz[0-9]{4}z", text):
            self.faults.append("a template of somebody else was filled")

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Look at an element."""
        told = dict(attrs)
        if CANARY.search(tag) or tag in _FOREIGN:
            self.faults.append(f"an element {tag}")
        if tag in _RAW:
            self._raw, self._kind = tag, told.get("type") or ""
        self._typed = tag == "textarea"
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        if tag == self._raw:
            self._raw = ""
        self._typed = False

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if CANARY.search(name) or name.startswith("on"):
            self.faults.append(f"an attribute {name} of {tag}")
        if CANARY.search(value.lower()) and (name in _RUNS or name.startswith("hx-on")):
            self.faults.append(f"{name} of {tag} is {value[:200]!r}")
        if name in _ADDRESSES:
            self._address(tag, name, value)
        self._text(value, typed=name == "value")

    def _address(self, tag: str, name: str, value: str) -> None:
        if not (OWN.fullmatch(value) or (name == "src" and _PICTURE.fullmatch(value))) or "//" in value[:2]:
            self.faults.append(f"{name} of {tag} leads to {value[:200]!r}")
        if re.search(r"[\s<>\"']", value):
            self.faults.append(f"{name} of {tag} is not encoded: {value[:200]!r}")
        if name in {"href", "action"}:
            self.links.append(value)
        # What is encoded there is neither seen nor sent back as it stands.
        self.shown |= {each[1:] for each in re.findall(r"<qz[0-9]{4}z", unquote(value).lower())}

    def handle_data(self, data: str) -> None:
        """Look at a text."""
        if self._raw and CANARY.search(data.lower()):
            self._told_to_scripts(data)
        self._text(data, typed=self._typed)

    def _told_to_scripts(self, data: str) -> None:
        if self._raw != "script" or self._kind != "application/json":
            self.faults.append(f"{self._raw} holds {data[:200]!r}")
            return
        json.loads(data)

    def _text(self, data: str, *, typed: bool) -> None:
        """Look at a text: what a form sends back must be what it was, and everything else be seen."""
        if typed and re.search(r"\\u202E(?=qz)", data):
            self.faults.append(f"a field was changed: {data[:200]!r}")
        elif not typed and UNSEEN.search(data):
            self.faults.append(f"{UNSEEN.findall(data)} stands in {data[:200]!r}")
        self.shown |= {each[1:] for each in re.findall(r"<qz[0-9]{4}z", data.lower())}

    def handle_comment(self, data: str) -> None:
        """Look at a comment."""
        if CANARY.search(data.lower()):
            self.faults.append(f"a comment holds {data[:200]!r}")

    def handle_decl(self, decl: str) -> None:
        """Look at a declaration."""
        if CANARY.search(decl.lower()):
            self.faults.append(f"a declaration holds {decl[:200]!r}")

    def handle_pi(self, data: str) -> None:
        """Look at an instruction."""
        self.faults.append(f"an instruction {data[:200]!r}")

    def unknown_decl(self, data: str) -> None:
        """Look at what is no declaration that is known."""
        self.faults.append(f"a declaration {data[:200]!r}")


def header_faults(headers: Mapping[str, str]) -> list[str]:
    """Return which headers of an answer hold what an outsider wrote in a way that means something."""
    told = []
    for name, value in headers.items():
        if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value) or CANARY.search(name):
            told.append(f"the header {name} is {value[:200]!r}")
        if name == "location" and not re.fullmatch(r"/console[!-~]*", value):
            told.append(f"it leads to {value[:200]!r}")
        if name == "content-disposition" and not re.fullmatch(
            r'(attachment|inline)(; filename="[A-Za-z0-9._-]+")?', value
        ):
            told.append(f"the header {name} is {value[:200]!r}")
    return told
