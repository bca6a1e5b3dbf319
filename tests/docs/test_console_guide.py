"""The guide to the console names everything that is there: each page, the keys that lead to it, and those on a page."""

import re
from pathlib import Path

import pytest

from xop.faces.console.pages import PAGES

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "console.md").read_text(encoding="utf-8")
TEMPLATES = ROOT / "src" / "xop" / "faces" / "console" / "templates"
CONTROL = re.compile(r'data-key="([^"{]+)"[^>]*>(?:\{\{ |[^<{]*\{\{ )_\("([^"]+)"\)')
KEY = re.compile(r'data-key="([^"{]+)"')


def row(text: str) -> str:
    """Return the line of the guide that has a text; it must have one."""
    found = [line for line in GUIDE.splitlines() if text in line]
    assert found, f"docs/guides/console.md does not have {text}"
    return found[0]


@pytest.mark.parametrize("title", sorted({page.title for page in PAGES}))
def test_every_page_is_named(title):
    assert row(f"**{title}**")


@pytest.mark.parametrize("page", [page for page in PAGES if page.keys], ids=lambda page: page.title)
def test_the_keys_that_lead_to_a_page_stand_beside_its_name(page):
    assert f"`{page.keys}`" in row(f"**{page.title}**")


def test_no_keys_are_told_that_lead_nowhere():
    told = set(re.findall(r"`(g \w)`", GUIDE))
    assert told == {page.keys for page in PAGES if page.keys}


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.stem)
def test_every_key_on_a_page_is_told(template):
    text, keys = template.read_text(encoding="utf-8"), GUIDE.partition("## By keyboard")[2].partition("\n## ")[0]
    for key in KEY.findall(text):
        assert f"`{key[:3]}`" in keys, f"{template.name} has the key {key}"
    for key, label in CONTROL.findall(text):
        told = [group for group in re.findall(r"`(\w+)` ([^`|]+)", keys) if group[0] == key[:3] and label in group[1]]
        assert told, f"{template.name}: `{key}` {label} is not told"
