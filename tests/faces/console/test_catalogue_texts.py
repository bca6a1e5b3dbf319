"""Every text of the console is in its catalogue, and so can be translated."""

import ast
import re
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

import xop.workspace
from examples.northwind_mobile.server import WORKSPACE
from tests.kit.console import Visitor
from tests.kit.northwind import EVERYBODY, northwind
from tests.kit.pseudo import LANGUAGE, beside_brackets, said_on, speak
from tests.kit.tour import route_of
from xop.faces.console.extraction import TEMPLATE, catalogue, written
from xop.faces.console.page import PREFIX

BASELINE = Path(xop.workspace.__file__).parent / "baseline"

_EACH = 3
"""Addresses of one kind of page that are looked at."""

_LINK = re.compile(r'<a [^>]*href="([^"#]+)')

_NAME = re.compile(r"\S*[\d_.:/@=(]\S*|[a-z]+-[a-z-]+|[A-Z$]{1,4}\)?|ms|cli|mira")
"""What machines write, and what are proper names: ids, addresses, moments, spans, currencies, rules, signals, XOP itself."""

_OF_THE_API = re.compile(
    r"it rests on more than .+|there is no actor .+"  # how a scenario ended that was run, or cannot be read
    r"|transcript$"  # a part of a packet, by its name in the workspace's queues
)
"""What tools of the workspace report in English."""

_NAMES_BESIDES = frozenset(
    {
        "actions",
        "approval",
        "approved",
        "channel",
        "contact",
        "decisions",
        "journeys",
        "reason",
        "request",
        "resolved",
        "signals",
        "transcript",
    }
)
"""Words of the catalogue that are names in the example's workspace as well: of folders, facts, arguments, rules."""

_CHART = "/console/journeys/"
"""Where the chart of the API is drawn, whose labels are those of the BPMN it exports."""

_LONG = 12
"""Letters of a text that is no part of another one by chance."""

_FILLED = re.compile(r"\{\{.*?\}\}")
"""What a text of the workspace has filled in when something is made of it."""

_DIGITS = 8
"""Digits by which a release is told from others."""

_QUOTED = re.compile(r'"([^"]*)"')

_BETWEEN = re.compile(r"[,;·…?]|: |:$| \(|\)$")


class Look(NamedTuple):
    """One page in both languages."""

    address: str
    english: str
    bracketed: str


def walk(visitor: Visitor, data: set[str]) -> Iterator[Look]:
    """Yield the pages that links lead to; what files hold that they lead to, whoever looks, is data."""
    waiting, known, seen = deque([PREFIX, f"{PREFIX}/patterns"]), {PREFIX}, dict[str, int]()
    while waiting:
        address = waiting.popleft()
        route = route_of(address)
        if route is None or seen.get(route, 0) == _EACH:
            continue
        seen[route] = seen.get(route, 0) + 1
        answer = visitor.client.get(address, follow_redirects=True)
        assert answer.status_code < 500, f"{address}: {answer.status_code} {answer.text[:300]}"
        if not answer.headers["content-type"].startswith("text/html"):
            data |= set(scalars(yaml.safe_load(answer.text))) if "json" in answer.headers["content-type"] else set()
            continue
        again = visitor.client.get(address, follow_redirects=True, headers={"accept-language": LANGUAGE})
        yield Look(address, answer.text, again.text)
        for link in map(unescape, _LINK.findall(answer.text)):
            if link.startswith(PREFIX) and link not in known:
                known.add(link)
                waiting.append(link)


def scalars(value: Any) -> Iterator[str]:
    """Yield every text within a value, names too."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield str(name)
            yield from scalars(each)
    elif isinstance(value, list):
        for each in value:
            yield from scalars(each)
    elif isinstance(value, str):
        yield value


def written_in(*folders: Path) -> Iterator[str]:
    """Yield the texts in the files of a workspace and of the day that is played in it, and what its folders are called."""
    for file in (each for folder in folders for each in folder.rglob("*")):
        if file.is_dir():
            yield file.name
        elif file.suffix == ".yaml":
            yield from scalars(yaml.safe_load(file.read_text(encoding="utf-8")))
        elif file.suffix == ".cedar":
            yield from _QUOTED.findall(file.read_text(encoding="utf-8"))
        elif file.suffix == ".py":
            nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            yield from (str(each.value) for each in nodes if isinstance(each, ast.Constant))


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """Return the pages after the example's day, and what is data on them."""
    data = set(written_in(WORKSPACE.parent, BASELINE))
    with northwind(tmp_path_factory.mktemp("northwind")) as console:
        speak(console.data)
        visitor = console.visitor(EVERYBODY)
        with closing(visitor.client):
            looks = list(walk(visitor, data))
    return looks, {spelt for each in data for spelt in spellings(each)}


def spellings(name: str) -> tuple[str, ...]:
    """Return how a name or a text of the workspace may stand on a page."""
    plain = " ".join(name.split())
    spaced = plain.replace("_", " ")
    return plain, spaced, spaced[:1].upper() + spaced[1:], plain.rstrip("."), plain.removeprefix("rel_")[:_DIGITS]


def suspects(look: Look, data: set[str]) -> Iterator[str]:
    """Yield what a page says in English whatever the language, and what is no data."""
    sentences = sorted((each for each in data if len(each) > _LONG), key=len, reverse=True)
    filled = [re.compile(".+".join(map(re.escape, _FILLED.split(each)))) for each in sentences if _FILLED.search(each)]
    always = {each.text for each in said_on(look.english)}
    for where, text in said_on(look.bracketed):
        if "svg" in where and (where.endswith("text") or look.address.startswith(_CHART)):
            continue  # names as far as they fit; their titles have them whole
        for part in beside_brackets(text):
            if (text == part and text not in always) or _OF_THE_API.match(part) or cut_off(part, sentences):
                continue
            if any(made.fullmatch(part) for made in filled):
                continue
            pieces = [piece.strip() for piece in _BETWEEN.split(without(part, sentences))]
            left = [each for each in pieces if each and each not in data and not _plainly(each, data)]
            if left:
                yield f"{route_of(look.address)} <{where}> {left}"


def cut_off(part: str, sentences: list[str]) -> bool:
    """Say whether a part of a text is the beginning of something in the workspace that has no room."""
    return part.endswith("…") and any(part[_LONG : 3 * _LONG] in each for each in sentences)


def without(part: str, sentences: list[str]) -> str:
    """Return a part of a text without the sentences of the workspace in it, the longest first."""
    for each in sentences:
        part = part.replace(each, "")
    return part


def looks_beside_charts(looks: list[Look]) -> Iterator[Look]:
    """Yield the pages without those that show the chart of the API."""
    yield from (look for look in looks if not look.address.startswith(_CHART))


def _plainly(piece: str, data: set[str]) -> bool:
    return all(word in data or _NAME.fullmatch(word) or not any(map(str.isalpha, word)) for word in piece.split())


def test_whatever_is_said_on_a_page_can_be_said_in_another_language(day):
    looks, data = day
    assert "\n".join(sorted({each for look in looks for each in suspects(look, data)})) == ""


def test_no_word_of_the_catalogue_stands_on_a_page_as_it_is(day):
    known = {str(message.id) for message in catalogue() if isinstance(message.id, str)} - _NAMES_BESIDES
    bare = {(look.address, text) for look in looks_beside_charts(day[0]) for _, text in said_on(look.bracketed)}
    assert "\n".join(sorted(f"{address}: {text}" for address, text in bare if text in known)) == ""


def test_the_catalogue_is_as_the_code_has_it():
    assert TEMPLATE.read_bytes() == written(catalogue()), "run scripts/catalogue"
