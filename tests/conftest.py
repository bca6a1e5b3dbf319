"""What every test may ask for."""

import logging
import signal
from collections.abc import Iterator

import pytest

# A shell that runs the tests in the background has them ignore Ctrl-C, and so has every program that they start: those
# that are to end by it would go on for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow ones, so that no process is left alone with them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True)
def log_level() -> Iterator[None]:
    """Hear warnings in every test, also behind one that ran a command which writes errors alone."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run `async def` tests on asyncio, the only loop the product supports."""
    return "asyncio"
