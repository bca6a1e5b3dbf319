"""`xop log verify`: a single flipped bit, a cut tail and a rewritten log are found, and the bad file is named."""

import json
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.kit.leaves import files_of
from tests.kit.logbook import LOG, WITNESSES, Logbook, leaves_of
from xop.kernel.log.trust import Group, Party, Trust, render_trust
from xop.kernel.log.verifier import log_verifier, witness_verifier

STEPS = (3, 250, 10, 300)
"""Leaves under one more checkpoint each: partial files are left beside the full ones that took their place."""


@pytest.fixture
def book(tmp_path) -> Logbook:
    """A log with cosignatures."""
    made = Logbook(tmp_path / "log")
    for at, count in enumerate(STEPS):
        made.add(leaves_of(count, sum(STEPS[:at])), WITNESSES[:2])
    return made


@pytest.fixture
def policy(tmp_path) -> Path:
    """The log and two of three witnesses."""
    named = {f"w{number}": Party(witness_verifier(each)) for number, each in enumerate(WITNESSES)}
    trust = Trust((Party(log_verifier(LOG)),), named, {"two": Group(2, tuple(named))}, "two")
    path = tmp_path / "policy"
    path.write_bytes(render_trust(trust))
    return path


class _Endless(BaseHTTPRequestHandler):
    """Answers with more than any file of a log is."""

    def do_GET(self) -> None:
        """Send up to 64 MiB."""
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):
            for _ in range(64):
                self.wfile.write(bytes(1 << 20))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def endless() -> Iterator[str]:
    """Run such a server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Endless)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def _flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(bytes(data))


def test_a_good_log_is_good(xop, book, policy):
    ran = xop("log", "verify", book.folder, "--policy", policy, "--json")
    assert ran.code == 0, ran.out
    assert ran.json == {"good": True, "origin": LOG.name, "size": sum(STEPS), "cosigned_by": ["w0", "w1"]}
    told = xop("log", "verify", book.folder, "--vkey", book.vkey)
    assert (told.code, "The log is good." in told.out) == (0, True)


def test_l4_a_flipped_bit_in_any_file_is_found_and_the_file_is_named(xop, book, policy):
    chance = random.Random(4)
    files = files_of(book.folder)
    assert {"checkpoint", "tile/entries/000", "tile/entries/000.p/3", "tile/0/002.p/51", "tile/1/000.p/2"} <= set(files)
    for name, content in files.items():
        for bit in {0, len(content) * 8 - 1, *(chance.randrange(len(content) * 8) for _ in range(6))}:
            _flip(book.folder / name, bit)
            ran = xop("log", "verify", book.folder, "--policy", policy, "--json")
            assert (ran.code, ran.json["good"], ran.json["file"]) == (1, False, name), f"bit {bit}: {ran.out}"
            _flip(book.folder / name, bit)
    assert xop("log", "verify", book.folder, "--policy", policy).code == 0


def test_a_file_that_is_missing_or_too_long_is_named(xop, book, policy):
    (book.folder / "tile/0/001").write_bytes(b"\0" * 8200)
    assert xop("log", "verify", book.folder, "--policy", policy, "--json").json["file"] == "tile/0/001"
    (book.folder / "tile/0/001").unlink()
    assert xop("log", "verify", book.folder, "--policy", policy, "--json").json["file"] == "tile/0/001"


def test_l5_a_cut_tail_that_was_signed_anew_is_found_by_an_older_checkpoint(xop, book, tmp_path):
    shutil.copy(book.folder / "checkpoint", tmp_path / "older")
    cut = Logbook(tmp_path / "cut")
    cut.add(leaves_of(sum(STEPS) - 5))
    alone = xop("log", "verify", cut.folder, "--vkey", cut.vkey)
    assert alone.code == 0, "what is left of a cut log is a log"
    ran = xop("log", "verify", cut.folder, "--vkey", cut.vkey, "--older", tmp_path / "older", "--json")
    assert (ran.code, ran.json["file"]) == (1, "checkpoint")
    assert f"it had {sum(STEPS)} leaves and now has {sum(STEPS) - 5}" in ran.json["why"]


def test_l5_a_rewritten_leaf_that_was_signed_anew_is_found_by_an_older_checkpoint(xop, book, tmp_path):
    shutil.copy(book.folder / "checkpoint", tmp_path / "older")
    rewritten = Logbook(tmp_path / "rewritten")
    leaves = leaves_of(sum(STEPS) + 10)
    leaves[17] = b"something else"
    rewritten.add(leaves)
    ran = xop("log", "verify", rewritten.folder, "--vkey", book.vkey, "--older", tmp_path / "older", "--json")
    assert (ran.code, ran.json["file"]) == (1, "checkpoint")
    assert "rewritten" in ran.json["why"]


def test_a_log_that_went_on_continues_the_older_checkpoint(xop, book, tmp_path, policy):
    shutil.copy(book.folder / "checkpoint", tmp_path / "older")
    book.add(leaves_of(5, sum(STEPS)), WITNESSES[:2])
    ran = xop("log", "verify", book.folder, "--policy", policy, "--older", tmp_path / "older", "--json")
    assert (ran.code, ran.json["continues"]) == (0, sum(STEPS))


def test_it_asks_whose_log_it_is(xop, book, tmp_path):
    ran = xop("log", "verify", book.folder)
    assert (ran.code, "whose log is it?" in ran.err) == (2, True)
    ran = xop("log", "verify", book.folder, "--vkey", "nonsense")
    assert ran.code == 2
    for key in (("--vkey", book.vkey), ()):
        ran = xop("log", "verify", tmp_path / "nowhere", *key)
        assert (ran.code, f"{tmp_path / 'nowhere'} is neither a folder nor a URL" in ran.err) == (1, True)
    ran = xop("log", "verify", "http://nowhere:port", "--vkey", book.vkey)
    assert (ran.code, "is no URL" in ran.err) == (2, True)


@pytest.mark.timeout(60)
def test_a_server_that_never_ends_a_file_is_let_go_of(xop, book):
    with endless() as url:
        ran = xop("log", "verify", url, "--vkey", book.vkey, "--json")
    assert (ran.code, ran.json["file"]) == (1, "checkpoint")
    assert "longer than any file of a log" in ran.json["why"]


def test_too_few_cosignatures_are_not_enough(xop, book, policy):
    book.add(leaves_of(1, sum(STEPS)), WITNESSES[:1])
    ran = xop("log", "verify", book.folder, "--policy", policy, "--json")
    assert (ran.code, "quorum" in ran.json["why"]) == (1, True)


def test_the_verifier_is_a_program_of_its_own(xop, book, policy, tmp_path):
    ran = xop("log", "verifier")
    assert ran.code == 0
    program = tmp_path / "verify.py"
    program.write_text(ran.out)
    command = [sys.executable, "-I", str(program), "log", str(book.folder), "--policy", str(policy), "--json"]
    done = subprocess.run(command, capture_output=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["size"] == sum(STEPS)
    _flip(book.folder / "tile/0/001", 77)
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
