"""What the tests of the examples share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.examples.northwind import Northwind, opened


@pytest.fixture
async def northwind(tmp_path: Path) -> AsyncIterator[Northwind]:
    """The example operator, with one customer who has agreed to offers by e-mail."""
    async with opened(tmp_path) as platform:
        yield platform
