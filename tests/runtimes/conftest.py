"""What the tests of single runtimes may ask for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from xop.runtimes.embedded import EmbeddedRuntime


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def runtime(folder: Path) -> AsyncIterator[EmbeddedRuntime]:
    runtime = await EmbeddedRuntime.open(folder)
    yield runtime
    await runtime.close()
