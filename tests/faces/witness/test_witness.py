"""The witness: the status codes of C2SP tlog-witness, and a memory that survives whatever happens."""

import multiprocessing
import random
import threading
from collections import defaultdict
from collections.abc import Callable
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
import pytest

from tests.kit.logbook import LOG, WITNESSES, Logbook, leaves_of
from tests.kit.witnesses import RunningWitness
from xop.faces.witness import Desk, WitnessStore, opened_witness
from xop.faces.witness.store import Seen
from xop.kernel.log.checkpoint import Checkpoint, open_checkpoint, signed_checkpoint
from xop.kernel.log.growth import grow
from xop.kernel.log.merkle import Frontier, leaf_hash
from xop.kernel.log.note import MOST_SIGNATURES, Note, Signature, parse_note, parse_signatures
from xop.kernel.log.tile import TileReader
from xop.kernel.log.verifier import log_verifier, witness_verifier
from xop.runtimes.witnesses import addition

OTHER = WITNESSES[2]


@pytest.fixture
def book(tmp_path) -> Logbook:
    """A log."""
    return Logbook(tmp_path / "log")


@pytest.fixture
def witness(tmp_path):
    """A witness that knows the log and listens."""
    made = RunningWitness(tmp_path / "witness", "witness.example/w")
    made.know(log_verifier(LOG))
    with made:
        yield made


def _add(witness: RunningWitness, body: bytes) -> httpx.Response:
    return httpx.post(f"{witness.url}/add-checkpoint", content=body, trust_env=False)


def _next(witness: RunningWitness, book: Logbook, old: int) -> httpx.Response:
    """Have a log's present checkpoint cosigned with the proof from an older size."""
    proof = book.reader.consistency_proof(old) if 0 < old < book.frontier.size else ()
    return _add(witness, addition(old, proof, book.checkpoint.render()))


def test_it_cosigns_what_goes_on_from_what_it_cosigned(witness, book):
    verifier = witness_verifier(witness.key)
    for count, old in ((3, 0), (5, 3), (300, 8)):
        book.add(leaves_of(count, old))
        answer = _next(witness, book, old)
        assert answer.status_code == 200
        (signature,) = parse_signatures(answer.content)
        assert signature.by(verifier)
        assert verifier.accepts(book.checkpoint.text, signature.value)


def test_the_same_checkpoint_is_cosigned_again(witness, book):
    book.add(leaves_of(4))
    assert _next(witness, book, 0).status_code == 200
    assert _next(witness, book, 4).status_code == 200


def test_404_for_a_log_it_does_not_know(tmp_path, witness):
    strange = Logbook(tmp_path / "strange", OTHER)
    assert _next(witness, strange, 0).status_code == 404


def test_403_for_a_checkpoint_that_the_log_did_not_sign(witness, book):
    book.add(leaves_of(2))
    signed = book.checkpoint
    forged = signed.text.replace("\n2\n", "\n3\n")
    body = forged.encode() + signed.render()[len(signed.text.encode()) :]
    assert _add(witness, addition(0, (), body)).status_code == 403
    unsigned = signed_checkpoint(Checkpoint("another.example", 2, leaf_hash(b"")), _Named("another.example"))
    swapped = book.checkpoint.text.encode() + b"\n" + unsigned.signatures[0].line.encode()
    assert _add(witness, addition(0, (), swapped)).status_code == 403


def test_409_with_the_size_it_knows_for_another_old_size(witness, book):
    book.add(leaves_of(7))
    _next(witness, book, 0)
    book.add(leaves_of(3, 7))
    answer = _next(witness, book, 5)
    assert (answer.status_code, answer.text) == (409, "7\n")
    assert answer.headers["content-type"] == "text/x.tlog.size"


def test_409_tells_a_client_that_knows_nothing_where_to_begin(witness, book):
    book.add(leaves_of(7))
    answer = _next(witness, book, 3)
    assert (answer.status_code, answer.text) == (409, "0\n")


def test_422_for_a_proof_that_does_not_hold(witness, book):
    book.add(leaves_of(7))
    _next(witness, book, 0)
    book.add(leaves_of(3, 7))
    wrong = list(book.reader.consistency_proof(7))
    wrong[0] = leaf_hash(b"another")
    assert _add(witness, addition(7, wrong, book.checkpoint.render())).status_code == 422


def test_409_without_a_size_for_another_tree_of_the_same_size(witness, book, tmp_path):
    book.add(leaves_of(7))
    _next(witness, book, 0)
    other = Logbook(tmp_path / "other")
    other.add(leaves_of(7, 100))
    answer = _next(witness, other, 7)
    assert (answer.status_code, answer.headers["content-type"]) == (409, "text/plain; charset=utf-8")


def test_422_for_a_proof_from_nothing_that_is_not_empty(witness, book):
    book.add(leaves_of(7))
    assert _add(witness, addition(0, (leaf_hash(b""),), book.checkpoint.render())).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old -1\n\n{}",
        b"old 00\n\n{}",
        b"old 1 2\n\n{}",
        b"new 0\n\n{}",
        b"old 0\nnot base 64\n\n{}",
        b"old 0\n" + b"q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n" * 64 + b"\n{}",
        b"old 0\n\nno checkpoint\n",
        b"old 0\n\n\xff\n",
        b"x" * 70_000,
    ],
)
def test_400_for_what_cannot_be_read(witness, book, body):
    book.add(leaves_of(1))
    assert _add(witness, body.replace(b"{}", book.checkpoint.render())).status_code == 400


def test_400_for_an_old_size_larger_than_the_checkpoint(witness, book):
    book.add(leaves_of(3))
    assert _add(witness, addition(4, (), book.checkpoint.render())).status_code == 400


def test_monitors_read_the_latest_checkpoint_it_cosigned(witness, book):
    place = f"{witness.url}/{sha256(LOG.name.encode()).hexdigest()}/checkpoint"
    assert httpx.get(place, trust_env=False).status_code == 404
    book.add(leaves_of(3))
    _next(witness, book, 0)
    note = parse_note(httpx.get(place, trust_env=False).content)
    assert open_checkpoint(note, log_verifier(LOG)).size == 3
    assert note.signed_by((witness_verifier(witness.key),))


def test_what_monitors_read_holds_no_lines_that_nobody_vouches_for(witness, book):
    """Anybody can put lines of other names under a checkpoint, up to what a note may have, and show it again."""
    book.add(leaves_of(3))
    (own,) = book.checkpoint.signatures
    junk = [Signature(f"junk.example/{number}", own.key_id, bytes(64)) for number in range(MOST_SIGNATURES - 1)]
    assert _add(witness, addition(0, (), Note(book.checkpoint.text, (own, *junk)).render())).status_code == 200
    place = f"{witness.url}/{sha256(LOG.name.encode()).hexdigest()}/checkpoint"
    note = parse_note(httpx.get(place, trust_env=False).content)
    assert [each.name for each in note.signatures] == [LOG.name, witness.key.name]


def test_of_two_trees_shown_at_once_only_one_is_cosigned(witness, tmp_path):
    books = [Logbook(tmp_path / f"log{number}") for number in range(8)]
    for number, book in enumerate(books):
        book.add(leaves_of(5, number * 10))
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda b=book: answers.append(_next(witness, b, 0).status_code)) for book in books
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, *[409] * 7]


@pytest.mark.parametrize("first", [0, 3])
def test_of_two_processes_over_one_folder_only_one_advances(tmp_path, first):
    """The other one cosigns another tree just between looking and writing."""
    stores = [_Overtaken(tmp_path / "witness" / "witness.db") for _ in range(2)]
    key = stores[0].make_key("witness.example/w")
    stores[0].know(log_verifier(LOG))
    one, other = _Branch(1), _Branch(2)
    desks = [Desk(store, key) for store in stores]
    if first:
        one.grow(1)
        other.grow(1)
        assert desks[0].add(addition(0, (), one.note.render())).status == 200
    one.grow(4)
    other.grow(5)
    bodies = [addition(min(first, 1), log.proof(min(first, 1)), log.note.render()) for log in (one, other)]
    told = []
    stores[0].before = lambda: told.append(desks[1].add(bodies[1]))
    late = desks[0].add(bodies[0])
    assert [each.status for each in told] == [200]
    assert (late.status, late.body) == (409, b"5\n")
    seen = stores[0].seen(LOG.name)
    assert seen is not None
    assert seen.root == other.frontier.root
    for store in stores:
        store.close()


class _Overtaken(WitnessStore):
    """A store in which something happens just before it is written to."""

    before: Callable[[], object] | None = None

    def advance(self, origin: str, before: Seen | None, after: Seen) -> bool:
        if self.before is not None:
            self.before()
        return super().advance(origin, before, after)


KILLS = 25


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_killed_at_any_moment_it_never_cosigns_two_trees(tmp_path):
    """Every life is shown, again and again, one of two logs that fork after the first leaf."""
    folder, chance = tmp_path / "witness", random.Random(1)
    store = opened_witness(folder)
    store.make_key("witness.example/w")
    store.know(log_verifier(LOG))
    store.close()
    cosigned: dict[int, set[str]] = defaultdict(set)
    for life in range(KILLS):
        _live_and_die(folder, life % 2, chance.uniform(0, 0.05), cosigned)
    assert max(cosigned) > KILLS
    assert all(len(texts) == 1 for texts in cosigned.values())


def _live_and_die(folder: Path, branch: int, seconds: float, cosigned: dict[int, set[str]]) -> None:
    context = multiprocessing.get_context("forkserver")
    reader, writer = context.Pipe(duplex=False)
    victim = context.Process(target=_cosign_for_ever, args=(folder, branch, writer), daemon=True)
    victim.start()
    writer.close()
    assert reader.poll(30)
    victim.join(seconds)
    victim.kill()
    victim.join()
    while True:
        try:
            size, text = reader.recv()
        except (EOFError, OSError):
            return
        if size:
            cosigned[size].add(text)


def _cosign_for_ever(folder: Path, branch: int, tell: Connection) -> None:
    store = opened_witness(folder)
    key = store.key()
    assert key is not None
    desk, log = Desk(store, key), _Branch(branch)
    tell.send((0, ""))
    while True:
        old = int(desk.add(addition(2**40, (), _HUGE)).body)
        log.grow(old + 1)
        if desk.add(addition(old, log.proof(old), log.note.render())).status == 200:
            tell.send((log.frontier.size, log.note.text))


_HUGE = signed_checkpoint(Checkpoint(LOG.name, 2**40, leaf_hash(b"")), LOG).render()
"""A checkpoint that is only good for asking which size the witness knows."""


class _Branch:
    """One of two logs under one key, in memory, which have their first leaf in common."""

    def __init__(self, branch: int) -> None:
        self.branch = branch
        self.files: dict[str, bytes] = {}
        self.frontier = Frontier()

    def grow(self, size: int) -> None:
        leaves = [b"%d/%d" % (self.branch if at else 0, at) for at in range(self.frontier.size, size)]
        growth = grow(self.frontier, leaves, self.files.get)
        self.frontier = growth.frontier
        self.files.update(growth.files)

    def proof(self, old: int) -> tuple[bytes, ...]:
        return TileReader(self.frontier.size, self.files.get).consistency_proof(old)

    @property
    def note(self) -> Note:
        return signed_checkpoint(Checkpoint(LOG.name, self.frontier.size, self.frontier.root), LOG)


class _Named:
    """A key of another name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.public = OTHER.public

    def sign(self, message: bytes) -> bytes:
        return OTHER.sign(message)
