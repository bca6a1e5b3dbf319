"""The verifier that a stranger runs: whole logs, proofs and evidence, in a process that knows nothing of xop."""

import ast
import base64
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kit.logbook import LOG, WITNESSES, Logbook, SeedSigner, leaves_of
from xop.kernel.log.trust import Group, Party, Trust, render_trust
from xop.kernel.log.verifier import log_verifier, witness_verifier
from xop.standalone import verify_log

PROGRAM = Path(verify_log.__file__)
VKEY = log_verifier(LOG).vkey
POLICY = render_trust(
    Trust(
        (Party(log_verifier(LOG)),),
        {f"w{place}": Party(witness_verifier(witness)) for place, witness in enumerate(WITNESSES)},
        {"two": Group(2, ("w0", "w1", "w2"))},
        "two",
    )
)
SALT = bytes([0xA5]) * 32


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A log of 600 leaves that two witnesses have seen; no test changes it."""
    book = Logbook(tmp_path_factory.mktemp("log") / "log")
    book.add(leaves_of(600), WITNESSES[:2])
    return book


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    file = tmp_path_factory.mktemp("policy") / "policy"
    file.write_bytes(POLICY)
    return file


def verified(capsys, *arguments: object) -> tuple[int, dict[str, Any]]:
    """Run the verifier; return what it ended with and its answer."""
    ended = verify_log.main([*map(str, arguments), "--json"])
    return ended, json.loads(capsys.readouterr().out)


def run_alone(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a copy of the file in a Python without site-packages, the environment or the current folder."""
    alone = shutil.copy(PROGRAM, folder / "alone.py")
    command = [sys.executable, "-I", "-S", str(alone), *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=30)


def test_the_file_alone_verifies_a_log(book, policy, tmp_path):
    ended = run_alone(tmp_path, "log", book.folder, "--policy", policy, "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout) == {
        "good": True,
        "origin": "xop.example/decisions/2026",
        "size": 600,
        "cosigned_by": ["w0", "w1"],
    }
    ended = run_alone(tmp_path, "log", tmp_path, "--vkey", VKEY)
    assert ended.returncode == 1
    assert ended.stdout == "BAD\n  file: checkpoint\n  why: is missing\n"


def test_the_file_is_of_python_3_9_and_imports_the_standard_library_only():
    tree = ast.parse(PROGRAM.read_text(), feature_version=(3, 9))
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {name for node in imported for name in imported_names(node)}
    assert names - sys.stdlib_module_names == set()
    assert len(PROGRAM.read_text().splitlines()) <= 500


def imported_names(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [str(node.module).partition(".")[0]]
    return [alias.name.partition(".")[0] for alias in node.names]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_flipped_bit_of_any_file_is_found_and_the_file_named(book, capsys, data):
    folder = book.folder
    paths = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    path = data.draw(st.sampled_from(paths))
    file = folder / path
    before = file.read_bytes()
    content = bytearray(before)
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        file.write_bytes(content)
        ended, answer = verified(capsys, "log", folder, "--vkey", VKEY, "--policy", folder.parent / "strict")
    finally:
        file.write_bytes(before)
    assert (ended, answer["good"], answer["file"]) == (1, False, path)


@pytest.fixture(autouse=True, scope="module")
def strict(book):
    """A policy by which both witnesses must have cosigned, so that no line of the checkpoint can change unseen."""
    file = book.folder.parent / "strict"
    file.write_bytes(POLICY.replace(b"group two 2 w0 w1 w2", b"group two 2 w0 w1"))
    return file


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("checkpoint", "is missing"),
        ("tile/entries/001", "is missing"),
        ("tile/entries/002.p/88", "is missing"),
        ("tile/0/001", "is missing"),
        ("tile/0/002.p/88", "is missing"),
        ("tile/1/000.p/2", "is missing"),
    ],
)
def test_a_missing_file_is_named(book, tmp_path, capsys, path, why):
    folder = shutil.copytree(book.folder, tmp_path / "log")
    (folder / path).unlink()
    assert verified(capsys, "log", folder, "--vkey", VKEY) == (1, {"good": False, "file": path, "why": why})


def test_a_cut_file_is_named(book, tmp_path, capsys):
    folder = shutil.copytree(book.folder, tmp_path / "log")
    for path in ("tile/1/000.p/2", "tile/entries/001"):
        (folder / path).write_bytes((book.folder / path).read_bytes()[:-1])
        ended, answer = verified(capsys, "log", folder, "--vkey", VKEY)
        assert (ended, answer["file"]) == (1, path)


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/002.p/88", "tile/entries/001", "tile/entries/002.p/88"])
@pytest.mark.parametrize("more", [b"\x00", b"\x00\x00", bytes(32)])
def test_a_file_that_holds_more_than_it_should_is_named(book, tmp_path, capsys, path, more):
    folder = shutil.copytree(book.folder, tmp_path / "log")
    (folder / path).write_bytes((folder / path).read_bytes() + more)
    ended, answer = verified(capsys, "log", folder, "--vkey", VKEY)
    assert (ended, answer["file"]) == (1, path)


def test_a_full_file_serves_where_a_partial_one_is_gone(tmp_path, capsys):
    book = Logbook(tmp_path / "log")
    book.add(leaves_of(300))
    older = book.checkpoint.render()
    book.add(leaves_of(300, 300))
    (book.folder / "checkpoint").write_bytes(older)
    for path in ("tile/0/001.p/44", "tile/entries/001.p/44"):
        (book.folder / path).unlink()
    assert verified(capsys, "log", book.folder, "--vkey", book.vkey)[0] == 0


def test_a_flipped_bit_in_a_file_of_an_earlier_checkpoint_is_found(tmp_path, capsys):
    book = Logbook(tmp_path / "log")
    for step in (3, 297, 50, 300):
        book.add(leaves_of(step, book.frontier.size))
    ahead = Logbook(tmp_path / "ahead")
    for step in (3, 297, 50, 300, 9):
        ahead.add(leaves_of(step, ahead.frontier.size))
    # As after a stop between the writing of files and of the checkpoint that names them.
    (ahead.folder / "checkpoint").write_bytes(book.checkpoint.render())
    for folder in (book.folder, ahead.folder):
        assert verified(capsys, "log", folder, "--vkey", VKEY)[0] == 0
        for path in (
            "tile/0/000.p/3",
            "tile/0/001.p/44",
            "tile/1/000.p/1",
            "tile/entries/000.p/3",
            "tile/entries/001.p/94",
        ):
            before = (folder / path).read_bytes()
            (folder / path).write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
            ended, answer = verified(capsys, "log", folder, "--vkey", VKEY)
            assert (ended, answer["file"]) == (1, path)
            (folder / path).write_bytes(before)


class TestAgainstAnOlderCheckpoint:
    """What only someone who kept a checkpoint can see: the log is signed anew and fits together."""

    @pytest.fixture
    def older(self, tmp_path):
        book = Logbook(tmp_path / "older")
        book.add(leaves_of(300))
        file = tmp_path / "kept"
        file.write_bytes(book.checkpoint.render())
        return file

    @pytest.mark.parametrize("size", [300, 301, 600])
    def test_a_log_that_grew_is_good(self, older, tmp_path, capsys, size):
        book = Logbook(tmp_path / "log")
        book.add(leaves_of(size))
        ended, answer = verified(capsys, "log", book.folder, "--vkey", book.vkey, "--older", older)
        assert (ended, answer["continues"]) == (0, 300)

    @pytest.mark.parametrize("size", [0, 299])
    def test_a_cut_log_that_was_signed_anew_is_found(self, older, tmp_path, capsys, size):
        book = Logbook(tmp_path / "log")
        book.add(leaves_of(size))
        assert verified(capsys, "log", book.folder, "--vkey", book.vkey)[0] == 0
        ended, answer = verified(capsys, "log", book.folder, "--vkey", book.vkey, "--older", older)
        assert (ended, answer["why"]) == (1, f"the log was cut: it had 300 leaves and now has {size}")

    @pytest.mark.parametrize(("changed", "size"), [(0, 300), (299, 300), (0, 600), (299, 600)])
    def test_a_rewritten_log_that_was_signed_anew_is_found(self, older, tmp_path, capsys, changed, size):
        book, leaves = Logbook(tmp_path / "log"), leaves_of(size)
        leaves[changed] = b"something else"
        book.add(leaves)
        assert verified(capsys, "log", book.folder, "--vkey", book.vkey)[0] == 0
        ended, answer = verified(capsys, "log", book.folder, "--vkey", book.vkey, "--older", older)
        assert (ended, answer["file"]) == (1, "checkpoint")
        assert "was rewritten" in answer["why"]

    def test_an_older_checkpoint_of_another_log_is_refused_though_both_are_known(self, older, tmp_path, capsys):
        book = Logbook(tmp_path / "log", SeedSigner("other.example", bytes(32)))
        book.add(leaves_of(300))
        ended, answer = verified(capsys, "log", book.folder, "--vkey", book.vkey, "--vkey", VKEY, "--older", older)
        assert (ended, answer["file"]) == (1, str(older))
        assert "not of 'other.example'" in answer["why"]

    def test_an_older_checkpoint_must_be_signed_by_the_same_log(self, older, book, capsys):
        older.write_bytes(older.read_bytes().replace(b"\n300\n", b"\n299\n"))
        ended, answer = verified(capsys, "log", book.folder, "--vkey", VKEY, "--older", older)
        assert (ended, answer["file"]) == (1, str(older))


def test_a_quorum_that_is_not_met_is_told(tmp_path, capsys, policy):
    book = Logbook(tmp_path / "log")
    book.add(leaves_of(3), WITNESSES[2:])
    ended, answer = verified(capsys, "log", book.folder, "--policy", policy)
    assert (ended, answer["file"]) == (1, "checkpoint")
    assert answer["why"] == "the quorum 'two' is not met: cosigned by ['w2']"


class TestProofs:
    """A proof and its leaf."""

    @pytest.fixture
    def files(self, book, tmp_path):
        proof, leaf = tmp_path / "300.tlog-proof", tmp_path / "leaf"
        proof.write_bytes(book.proof(300).render())
        leaf.write_bytes(leaves_of(600)[300])
        return proof, leaf

    def test_a_proof_verifies_alone(self, files, policy, tmp_path):
        proof, leaf = files
        ended = run_alone(tmp_path, "proof", proof, "--leaf", leaf, "--policy", policy)
        assert ended.returncode == 0, ended.stdout
        assert ended.stdout.splitlines()[0] == "GOOD"

    def test_another_leaf_is_refused(self, files, capsys):
        proof, leaf = files
        leaf.write_bytes(leaves_of(600)[301])
        ended, answer = verified(capsys, "proof", proof, "--leaf", leaf, "--vkey", VKEY)
        assert (ended, answer["file"]) == (1, str(proof))
        assert answer["why"].startswith("does not lead from this leaf")

    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_any_flipped_bit_is_found(self, files, strict, capsys, data):
        proof, leaf = files
        before = proof.read_bytes()
        content = bytearray(before)
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        try:
            proof.write_bytes(content)
            assert verified(capsys, "proof", proof, "--leaf", leaf, "--policy", strict)[0] == 1
        finally:
            proof.write_bytes(before)


class TestEvidence:
    """The bundle of a decision: leaf, proof, salt, and what the leaf committed to."""

    @pytest.fixture
    def bundle(self, tmp_path):
        entry, evidence = '{"decision":"deny","who":"Zoë"}', '{"facts":[1,2]}'
        commit = {"entry": commitment(entry), "evidence": commitment(evidence)}
        leaf = json.dumps({"commit": commit, "type": "decision"}, separators=(",", ":"))
        book = Logbook(tmp_path / "log")
        book.add([b"before", leaf.encode(), b"after"])
        proof = book.proof(1).render().decode()
        return {"leaf": leaf, "proof": proof, "salt": b64url(SALT), "entry": entry, "evidence": evidence}

    def check(self, capsys, tmp_path, bundle: object) -> tuple[int, dict[str, Any]]:
        file = tmp_path / "bundle.json"
        file.write_text(json.dumps(bundle))
        return verified(capsys, "evidence", file, "--vkey", VKEY)

    def test_what_the_leaf_committed_to_is_confirmed(self, bundle, tmp_path, capsys):
        ended, answer = self.check(capsys, tmp_path, bundle)
        assert (ended, answer["index"]) == (0, 1)
        assert answer["parts"] == {"entry": "as committed", "evidence": "as committed"}

    @pytest.mark.parametrize("gone", [("evidence",), ("entry", "evidence", "salt")])
    def test_what_was_erased_is_told_as_erased_and_not_as_tampered(self, bundle, tmp_path, capsys, gone):
        for name in gone:
            del bundle[name]
        ended, answer = self.check(capsys, tmp_path, bundle)
        assert ended == 0
        assert {name for name, told in answer["parts"].items() if told == "erased or not included"} == {*gone} - {
            "salt"
        }

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("evidence", '{"facts":[1,3]}'),
            ("evidence", ""),
            ("entry", {"decision": "deny"}),
            ("salt", "pKWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU"),
            ("salt", None),
            ("salt", "no/salt"),
            ("leaf", "{}"),
            ("leaf", None),
            ("proof", None),
        ],
    )
    def test_anything_changed_is_found(self, bundle, tmp_path, capsys, name, value):
        ended, answer = self.check(capsys, tmp_path, {**bundle, name: value})
        assert (ended, answer["good"]) == (1, False)

    def test_a_salt_that_swallows_the_beginning_of_an_entry_is_refused(self, bundle, tmp_path, capsys):
        entry = bundle["entry"].encode()
        swallowed = {**bundle, "salt": b64url(SALT + entry[:3]), "entry": entry[3:].decode()}
        del swallowed["evidence"]
        ended, answer = self.check(capsys, tmp_path, swallowed)
        assert (ended, answer.get("why")) == (1, "its entry is not what the leaf committed to")

    def test_half_a_letter_is_not_taken_for_a_question_mark(self, tmp_path, capsys):
        entry = '{"reason":"why?"}'
        book, leaf = Logbook(tmp_path / "log"), json.dumps({"commit": {"entry": commitment(entry)}})
        book.add([leaf.encode()])
        bundle = {"leaf": leaf, "proof": book.proof(0).render().decode(), "salt": b64url(SALT), "entry": entry}
        assert self.check(capsys, tmp_path, bundle)[0] == 0
        for name, value in (("entry", entry.replace("?", "\ud800")), ("salt", "\ud800" * 43)):
            assert self.check(capsys, tmp_path, {**bundle, name: value})[0] == 1

    def test_evidence_that_no_leaf_committed_to_is_refused(self, tmp_path, capsys):
        book = Logbook(tmp_path / "log")
        book.add([b'{"commit":"none","type":"decision"}'])
        bundle = {"leaf": '{"commit":"none","type":"decision"}', "proof": book.proof(0).render().decode()}
        assert self.check(capsys, tmp_path, bundle)[1]["parts"] == {}
        ended, answer = self.check(capsys, tmp_path, {**bundle, "salt": b64url(SALT), "evidence": "{}"})
        assert (ended, answer["why"]) == (1, "its evidence is not what the leaf committed to")

    @pytest.mark.parametrize("bundle", [[], "text", 5])
    def test_what_is_no_bundle_is_refused(self, tmp_path, capsys, bundle):
        ended, answer = self.check(capsys, tmp_path, bundle)
        assert ended == 1
        assert "is not a JSON object" in answer["why"]


def commitment(text: str) -> str:
    return b64url(hashlib.sha256(b"xop/commit/v1\0" + SALT + text.encode()).digest())


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["log", "somewhere"],
        ["proof", "somewhere", "--vkey", VKEY],
        ["else", "somewhere", "--vkey", VKEY],
    ],
)
def test_a_wrong_call_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        verify_log.main(arguments)
    assert ended.value.code == 2


def test_a_file_or_key_that_cannot_be_used_ends_with_2(book, tmp_path, capsys):
    assert verified(capsys, "log", book.folder, "--vkey", "no key")[0] == 2
    assert verified(capsys, "log", book.folder, "--policy", tmp_path / "none")[0] == 2
    assert verified(capsys, "log", book.folder, "--vkey", VKEY, "--older", tmp_path / "none")[0] == 2
    assert verified(capsys, "evidence", tmp_path / "none", "--vkey", VKEY)[0] == 2


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "quorum w1\n",
        "quorum none\nquorum none\n",
        f"log {witness_verifier(WITNESSES[0]).vkey}\nquorum none\n",
        f"witness w {VKEY}\nquorum w\n",
        f"witness a {witness_verifier(WITNESSES[0]).vkey}\nwitness b {witness_verifier(WITNESSES[0]).vkey}\nquorum a\n",
        f"witness a {witness_verifier(WITNESSES[0]).vkey}\ngroup g 2 a\nquorum g\n",
        f"witness a {witness_verifier(WITNESSES[0]).vkey}\ngroup g 2 a a\nquorum g\n",
        f"witness a {witness_verifier(WITNESSES[0]).vkey}\ngroup g 1 b\nquorum g\n",
        f"witness a {witness_verifier(WITNESSES[0]).vkey}\ngroup g 1 a\ngroup h 1 a\nquorum g\n",
        "something\nquorum none\n",
    ],
)
def test_a_policy_that_cannot_mean_what_it_says_ends_with_2(book, tmp_path, capsys, policy):
    file = tmp_path / "policy"
    file.write_text(policy)
    ended, answer = verified(capsys, "log", book.folder, "--vkey", VKEY, "--policy", file)
    assert (ended, answer["file"]) == (2, str(file))
