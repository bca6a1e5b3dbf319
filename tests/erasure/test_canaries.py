"""Nothing of an erased customer is left anywhere, whatever part of the platform they have been in."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.erasure.canary_life import CANARIES, KEYS, MAIL, PHONE, XOP, Life, lived, place, served
from tests.erasure.canary_workspace import files_of, in_shadow
from tests.erasure.dictionary import haystack, matches
from tests.erasure.outside import outside
from tests.erasure.scan import found_in
from xop.ports.desk import DeskSelection
from xop.ports.outbox import OutboxState
from xop.ports.runs import Selection
from xop.runtimes.embedded import EmbeddedRuntime
from xop.standalone import verify_log

pytestmark = pytest.mark.timeout(240)

VERIFIER = Path(verify_log.__file__)


@pytest.fixture(scope="module")
def erased(tmp_path_factory):
    """Everything a platform has left of a customer who was erased, and what strangers and the outside kept of them."""
    folder = tmp_path_factory.mktemp("erased")
    workspace = folder / "workspace"
    with outside(f"no mailbox of {MAIL}") as out:
        files = files_of(out.web, out.mail)
        for path, content in files.items():
            (workspace / path).parent.mkdir(parents=True, exist_ok=True)
            (workspace / path).write_bytes(content)
        with served(folder, workspace) as server:
            life = Life(server)
            life.post("/v1/shadow", {"files": in_shadow(files)})
            life.tell("page.viewed", {"path": "/"}, "phone:+447702000000")
            kept = lived(life)
            kept |= {"facts": life.facts(), "shadow": life.ask("GET", "/v1/shadow"), "asked": out.asked}
        kept["dump"] = asyncio.run(dump(folder / "data"))
        with served(folder, workspace) as server:
            life = Life(server)
            kept["before"] = server.client.get("/metrics", headers={"authorization": "Bearer olga-key"}).text
            kept["parts"] = life.ask("GET", place(f"phone:{PHONE}"))["parts"]
            kept["answer"] = json.loads(xop("erase", f"phone:{PHONE}", "--yes", "--json", "--url", server.url))
            kept["head"] = life.ask("GET", "/v1/log")
            metrics = server.client.get("/metrics", headers={"authorization": "Bearer olga-key"}).text
            (folder / "metrics.txt").write_text(metrics + kept["before"], encoding="utf-8")
            kept["running"] = found_in(remains(folder), CANARIES)
    return folder, kept


def xop(*arguments: object) -> str:
    """Run `xop` as the data protection officer and return what it says."""
    command = [str(XOP), *map(str, arguments)]
    ran = subprocess.run(command, env={**KEYS, "XOP_KEY": "dpo-key"}, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def remains(folder: Path) -> list[Path]:
    """Return where a platform may have left traces."""
    return [folder / name for name in ("data", "tmp", "served.log", "metrics.txt")]


def test_the_canaries_were_everywhere(erased):
    _, kept = erased
    told = kept["facts"]
    assert [word for word in CANARIES if json.dumps(word, ensure_ascii=False)[1:-1] not in told] == []
    assert all(any(path in each for each in kept["asked"]) for path in ("/echo", "/bad", "/busy", "/hook"))
    assert kept["shadow"]["differing"] > 0
    assert all(
        kept["answer"]["counts"][name] for name in ("ledger", "evidence", "outbox", "links", "contrasts", "standings")
    )


def test_e1_nothing_that_the_keys_open_holds_a_canary_and_the_secrets_are_gone(erased):
    folder, kept = erased
    assert [word for word in CANARIES if escaped(word) not in kept["dump"]] == []
    after = asyncio.run(dump(folder / "data"))
    assert [word for word in CANARIES if escaped(word) in after] == []
    assert kept["proven"]
    assert asyncio.run(secrets(folder / "data", kept["parts"])) == [None] * len(kept["parts"])


def test_e1_no_canary_is_in_any_file_while_the_server_runs_nor_after(erased):
    folder, kept = erased
    assert kept["answer"]["state"] == "done"
    assert kept["running"] == []
    assert found_in(remains(folder), CANARIES) == []


def test_e2_old_proofs_still_verify_and_the_log_only_grew(erased, tmp_path):
    folder, kept = erased
    key, older = kept["log"]["key"], tmp_path / "older"
    older.write_text(kept["log"]["checkpoint"], encoding="utf-8")
    verified = verify("log", folder / "data" / "log", "--vkey", key, "--older", older)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert kept["head"]["size"] >= kept["log"]["size"]
    for number, proven in enumerate(kept["proven"].values()):
        proof, leaf = tmp_path / f"{number}.tlog-proof", tmp_path / f"{number}.leaf"
        proof.write_text(proven["proof"], encoding="utf-8")
        leaf.write_text(proven["leaf"], encoding="utf-8")
        assert verify("proof", proof, "--leaf", leaf, "--vkey", key).returncode == 0


def test_e3_evidence_that_is_gone_is_erased_and_not_tampered_with(erased, tmp_path):
    _, kept = erased
    policy = tmp_path / "policy"
    policy.write_text(kept["log"]["policy"], encoding="utf-8")
    proven = next(iter(kept["proven"].values()))
    whole = tmp_path / "whole.json"
    whole.write_text(json.dumps(proven["bundle"]), encoding="utf-8")
    assert "erased" not in verify("evidence", whole, "--policy", policy).stdout
    gone = tmp_path / "gone.json"
    gone.write_text(json.dumps({name: proven["bundle"][name] for name in ("leaf", "proof")}), encoding="utf-8")
    ran = verify("evidence", gone, "--policy", policy)
    assert (ran.returncode, "erased" in ran.stdout) == (0, True), ran.stdout + ran.stderr


@pytest.mark.slow
def test_e4_a_dictionary_of_a_million_telephone_numbers_finds_nothing(erased):
    folder, _ = erased
    first = int(PHONE[1:]) // 1_000_000 * 1_000_000
    assert matches(haystack(remains(folder)), first, 1_000_000) == []


def test_the_dictionary_finds_what_is_hashed_without_a_key(tmp_path):
    digest = sha256(f"phone:{PHONE}".encode())
    (tmp_path / "one").write_bytes(b"xy" + digest.digest() + b"z")
    (tmp_path / "two").write_text('{"id":"' + digest.hexdigest() + '"}', encoding="utf-8")
    for each in ("one", "two"):
        first = int(PHONE[1:]) - 50
        assert matches(haystack([tmp_path / each]), first, 100) == [f"{PHONE} identifier sha256"]


def test_others_are_untouched_and_every_step_comes_out_the_same(erased):
    folder, _ = erased
    told = json.loads(xop("context", "phone:+447702000000", "--data", folder / "data", "--json"))
    assert [each["value"] for each in told["identifiers"]] == ["+447702000000"]
    xop("replay", "--all", "--data", folder / "data")


def test_logs_speak_of_nobody(erased):
    folder, _ = erased
    assert re.search(r"cus_[0-9a-f]{20}", (folder / "metrics.txt").read_text(encoding="utf-8")) is None


def escaped(word: str) -> str:
    """Return a word as it stands in JSON."""
    return msgspec.json.encode(word).decode()[1:-1]


async def dump(data: Path) -> str:
    """Return everything that a data folder holds and its keys open, as text."""
    runtime = await EmbeddedRuntime.open(data)
    try:
        told: list[Any] = list(await runtime.ledger.page(0, 100_000))
        told += [await runtime.evidence.get(decision) for _, decision in await runtime.evidence.page(0, 100_000)]
        states: list[OutboxState] = ["pending", "sending", "done", "failed", "uncertain", "cancelled"]
        told += await runtime.outbox.page(states, None, 100_000)
        told += [request.request.decode() for request in await runtime.outbox.page(states, None, 100_000)]
        told += await runtime.timers.page("", None, 100_000)
        told += await runtime.shadows.page(None, 100_000)
        told += await runtime.runs.page(Selection(), None, 100_000)
        told += await runtime.desk.page(DeskSelection(), None, 100_000)
        told += [await runtime.directory.load([], [part]) for part in await runtime.directory.page("", 100_000)]
        head = await runtime.models.head("next")
        told += [await runtime.models.get(head.version)] if head is not None else []
        told += await runtime.leaves.page(0, 100_000)
        return "\n".join(
            msgspec.json.encode(each, enc_hook=str).decode() if not isinstance(each, bytes) else each.decode()
            for each in told
        )
    finally:
        await runtime.close()


async def secrets(data: Path, parts: Sequence[str]) -> list[bytes | None]:
    """Return the secrets of parts, as far as there are any."""
    runtime = await EmbeddedRuntime.open(data)
    try:
        return [await runtime.keyring.secret(part) for part in parts]
    finally:
        await runtime.close()


def verify(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run the verifier as a stranger would."""
    command = [sys.executable, str(VERIFIER), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
