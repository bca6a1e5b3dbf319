"""What anybody sends to the console does not pile up in its memory."""

import gc
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

from xop.faces.console.notices import Notices
from xop.faces.console.sign_in.session import Session


@contextmanager
def growth(most: int) -> Iterator[None]:
    """Expect less memory than that, in bytes, to be taken for good; the browser's own is counted."""
    tracemalloc.start()
    try:
        yield
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < most
    finally:
        tracemalloc.stop()


async def test_files_that_are_not_there_are_not_remembered(lobby):
    stranger = lobby.browser()
    await stranger.get("/console/static/none.css")
    with growth(2_000_000):
        for number in range(600):
            answer = await stranger.get(f"/console/static/{number:04d}{'a' * 4000}.css")
            assert answer.status_code == 404


def test_what_is_never_read_is_not_kept_for_ever():
    notices, session = Notices(), Session("digest", "olga", "", 0, 0, "password")
    for number in range(500):
        notices.leave(session, "done", str(number))
    waiting = notices.take(session)
    assert waiting[-1].text == "499"
    assert len(waiting) < 20
