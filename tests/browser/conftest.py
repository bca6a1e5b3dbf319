"""Tests in a browser: those of one module share a server and a browser, and so one process."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.kit.browser import CHROMIUM, browsing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the tests in a browser out where there is none, but never where CI runs."""
    if CHROMIUM or os.environ.get("CI"):
        return
    for item in items:
        if item.get_closest_marker("browser") is not None:
            item.add_marker(pytest.mark.skip(reason="there is no Chromium: install the package `chromium`"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a module; whoever sits down at it has cookies of their own."""
    with browsing() as opened:
        yield opened
