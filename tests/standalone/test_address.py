"""A log is verified over http as it is in a folder."""

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.kit.logbook import Logbook, leaves_of
from xop.standalone import verify_log


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and writes no log."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the method it takes the place of
        """Say nothing."""


@pytest.fixture
def served(tmp_path):
    """A log of 300 leaves and its address."""
    book = Logbook(tmp_path / "log")
    book.add(leaves_of(300))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield book, f"http://127.0.0.1:{server.server_address[1]}/log"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_log_is_verified_at_an_address(served, capsys, slash):
    book, address = served
    assert verify_log.main(["log", address + slash, "--vkey", book.vkey, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["size"] == 300


def test_a_changed_or_missing_file_is_named_at_an_address(served, capsys):
    book, address = served
    (book.folder / "tile/0/000").write_bytes(bytes(8192))
    assert verify_log.main(["log", address, "--vkey", book.vkey, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["file"] == "tile/0/000"
    (book.folder / "tile/0/000").unlink()
    assert verify_log.main(["log", address, "--vkey", book.vkey, "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"good": False, "file": "tile/0/000", "why": "is missing"}


def test_an_address_where_nobody_listens_is_told(served, capsys):
    book, _ = served
    nobody = "http://127.0.0.1:9/log"
    assert verify_log.main(["log", nobody, "--vkey", book.vkey, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["why"].startswith("cannot be read")


def test_no_other_kind_of_address_is_opened(served, capsys):
    book, _ = served
    assert verify_log.main(["log", Path(book.folder).as_uri(), "--vkey", book.vkey, "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"good": False, "file": "checkpoint", "why": "is missing"}
