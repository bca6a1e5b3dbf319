"""The console prints one line for every invocation."""

import io
import json

import pytest

from tests.adapters.requests import rendered, send
from xop.adapters.console import ConsoleKind
from xop.kernel.actions.model import Connection


class Failing(io.StringIO):
    def flush(self):
        raise BrokenPipeError


def opened(stream):
    return ConsoleKind(stream).open(Connection("screen", "console"), lambda _name: None)


@pytest.mark.parametrize("name", ["stdout", "stderr"])
async def test_a_line_is_printed_to_the_stream_that_is_named(capsys, name):
    connection = Connection("screen", "console", {"stream": name})
    adapter = ConsoleKind().open(connection, lambda _name: None)
    assert (await send(adapter, {"text": "for {{address}}"})).result == "done"
    printed = capsys.readouterr()
    assert {"stdout": printed.out, "stderr": printed.err}[name] == "for ana@example.com\n"
    assert printed.out + printed.err == "for ana@example.com\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nb", "a\\r\\nb"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\u2028b", "a\\u2028b"),
        ("Grüße 🎉", "Grüße 🎉"),
    ],
)
def test_control_characters_are_shown_and_not_obeyed(text, shown):
    request = rendered(opened(io.StringIO()), {"text": "{{customer.t}}"}, t=text)
    assert isinstance(request, bytes)
    assert json.loads(request) == {"text": shown}


async def test_what_a_terminal_cannot_encode_is_escaped():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert (await send(opened(stream), {"text": "Grüße"})).result == "done"
    stream.seek(0)
    assert stream.read() == "Gr\\xfc\\xdfe\n"


async def test_a_closed_stream_is_retried():
    stream = io.StringIO()
    stream.close()
    sent = await send(opened(stream), {"text": "x"})
    assert (sent.result, sent.unhealthy) == ("retry", True)


async def test_a_stream_that_breaks_leaves_it_uncertain():
    sent = await send(opened(Failing()), {"text": "x"})
    assert (sent.result, sent.unhealthy) == ("uncertain", True)
