"""What every test may ask for."""

import logging
import signal
from collections import Counter
from collections.abc import Iterator

import pytest
from _pytest.nodeid import coerce_node_id

# A shell that runs the tests in the background has them ignore Ctrl-C, and so has every program that they start: those
# that are to end by it would go on for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow ones, so that no process is left alone with them at the end; no two tests have one id."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    for item in items:
        # A plugin that makes tests of an API's operations tells them apart by name alone. Processes go by ids: of tests
        # with the same one they would run one.
        if item.name not in item.nodeid:
            item._id = coerce_node_id(f"{item.nodeid.rpartition('::')[0]}::{item.name}")
    same = [name for name, count in Counter(item.nodeid for item in items).items() if count > 1]
    if same:
        raise pytest.UsageError(f"several tests have the same id, of which one would run: {', '.join(same)}")


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
