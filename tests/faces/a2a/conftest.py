"""The desk, for every test of the A2A face."""

from collections.abc import Iterator

import pytest

from tests.faces.a2a.desk import BINDINGS, Desk, serving


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Iterator[Desk]:
    """One server for all tests of a module: each has its own customers and messages."""
    with serving(tmp_path_factory.mktemp("desk")) as running:
        yield running


@pytest.fixture(params=BINDINGS)
def binding(request) -> str:
    """Both bindings of the protocol, in turn."""
    return request.param
