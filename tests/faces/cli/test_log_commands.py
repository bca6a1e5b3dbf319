"""The log on the command line: its head, proofs of decisions, copies of it, and witnesses."""

import json
import subprocess
import sys
from pathlib import Path

import httpx

from tests.faces.cli.conftest import process, serving
from xop.kernel.log.proof import parse_proof
from xop.kernel.log.receipt import verify_inclusion_receipt
from xop.kernel.log.trust import parse_trust

ADA = "email:ada@example.com"


def _credited(xop, data: Path) -> str:
    """Credit somebody and return the decision's id."""
    sent = xop("send", "cart.abandoned", "--id", ADA, "--data", '{"total": 100}', "--data-folder", data)
    assert sent.code == 0, sent.err
    ran = xop("propose", "issue_credit", "--customer", ADA, "--arg", "amount=5", "--data", data, "--json")
    assert ran.code == 0, ran.out
    decision: str = ran.json["decision"]
    return decision


def test_the_head_tells_key_and_state(xop, data):
    head = xop("log", "head", "--data", data, "--json").json
    assert (head["state"], head["witnesses"]) == ("ok", [])
    assert head["leaves"] >= head["size"]
    assert head["key"].startswith(f"{head['origin']}+")
    assert head["origin"] in xop("log", "head", "--data", data).out


def test_the_origin_is_chosen_once(xop, tmp_path, workspace):
    data = tmp_path / "named"
    made = xop("log", "init", "--origin", "log.example/decisions", "--data", data, "--json").json
    assert made["origin"] == "log.example/decisions"
    assert xop("publish", workspace, "--data", data).code == 0
    assert xop("log", "head", "--data", data, "--json").json["key"] == made["key"]
    again = xop("log", "init", "--origin", "log.example/other", "--data", data)
    assert (again.code, "for good" in again.err) == (1, True)
    assert xop("log", "init", "--origin", "no good", "--data", tmp_path / "x").code == 1


def test_a_decision_is_proved_for_somebody_who_has_nothing_but_the_key(xop, data, tmp_path):
    decision = _credited(xop, data)
    out = tmp_path / "out"
    ran = xop("log", "prove", decision, "--data", data, "--out", out, "--cose", "--json")
    assert ran.code == 0, ran.err
    leaf = next(out.glob("*.leaf.json")).read_bytes()
    policy = parse_trust((out / "log.policy").read_bytes())
    assert parse_proof(next(out.glob("*.tlog-proof")).read_bytes()).verify(leaf, policy).size > ran.json["index"]
    index, _ = verify_inclusion_receipt(next(out.glob("*.cose")).read_bytes(), leaf, policy.logs[0].verifier)
    assert index == ran.json["index"]
    assert json.loads(leaf)["type"] == "decision"
    assert "ada@" not in leaf.decode()

    program = tmp_path / "verify.py"
    program.write_text(xop("log", "verifier").out)
    proof = next(out.glob("*.tlog-proof"))
    command = [sys.executable, "-I", program, "proof", proof, "--leaf", next(out.glob("*.leaf.json"))]
    done = subprocess.run([*command, "--policy", out / "log.policy"], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout

    told = xop("log", "prove", decision, "--data", data)
    assert "c2sp.org/tlog-proof@v1" in told.out


def test_l12_a_decision_exported_with_its_evidence_verifies_offline(xop, data, tmp_path):
    decision, out, program = _credited(xop, data), tmp_path / "out", tmp_path / "verify.py"
    assert xop("log", "prove", decision, "--data", data, "--evidence", "--out", out).code == 0
    program.write_text(xop("log", "verifier").out)
    bundle = next(out.glob("*.evidence.json"))
    assert bundle.stat().st_mode & 0o777 == 0o600
    command = [sys.executable, "-I", program, "evidence", bundle, "--policy", out / "log.policy", "--json"]
    done = subprocess.run(command, capture_output=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["parts"] == {"entry": "as committed", "evidence": "as committed"}
    changed = json.loads(bundle.read_text())
    bundle.write_text(json.dumps(changed | {"entry": changed["entry"].replace('"amount":5', '"amount":6')}))
    done = subprocess.run(command, capture_output=True, check=False, encoding="utf-8")
    assert (done.returncode, json.loads(done.stdout)["why"]) == (1, "its entry is not what the leaf committed to")


def test_a_decision_that_is_not_there_cannot_be_proved(xop, data):
    ran = xop("log", "prove", "dec_nonsense", "--data", data)
    assert (ran.code, "no decision 'dec_nonsense' in the log" in ran.err) == (1, True)
    assert xop("log", "prove", "x", "--cose", "--data", data).code == 2


def test_a_copy_of_the_log_verifies_and_is_brought_up_to_date(xop, data, tmp_path):
    _credited(xop, data)
    copy = tmp_path / "copy"
    first = xop("log", "export", copy, "--data", data, "--json").json
    assert first["size"] > 0
    assert xop("log", "verify", copy, "--policy", copy / "log.policy").code == 0
    _credited(xop, data)
    second = xop("log", "export", copy, "--data", data, "--json").json
    assert second["size"] > first["size"]
    verified = xop("log", "verify", copy, "--policy", copy / "log.policy", "--json").json
    assert verified["size"] == second["size"]
    command = [sys.executable, "-I", copy / "verify_log.py", "log", copy, "--policy", copy / "log.policy"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_copy_that_the_log_does_not_go_on_from_is_left_alone(xop, data, tmp_path, workspace):
    _credited(xop, data)
    copy, other = tmp_path / "copy", tmp_path / "other"
    assert xop("log", "export", copy, "--data", data).code == 0
    before = (copy / "checkpoint").read_bytes()
    assert xop("publish", workspace, "--data", other).code == 0
    _credited(xop, other)
    assert xop("log", "export", copy, "--data", other).code == 1
    assert (copy / "checkpoint").read_bytes() == before


def test_the_log_of_a_folder_verifies(xop, data):
    _credited(xop, data)
    ran = xop("log", "verify", "--data", data, "--json")
    assert (ran.code, ran.json["good"]) == (0, True)
    tile = next((data / "log/tile/0").rglob("*.p/*"))
    tile.write_bytes(b"\0" * len(tile.read_bytes()))
    assert xop("log", "verify", "--data", data, "--json").code == 1


def test_a_witness_of_its_own_cosigns_what_a_server_publishes(xop, tmp_path, workspace):
    folder, data = tmp_path / "witness", tmp_path / "data"
    witness = xop("witness", "init", "--data", folder, "--name", "witness.example/audit", "--json").json
    assert xop("witness", "init", "--data", folder, "--name", "witness.example/audit", "--json").json == witness
    assert xop("witness", "init", "--data", folder, "--name", "another").code == 1
    assert "No log is known" in xop("witness", "list", "--data", folder).out
    key = xop("log", "init", "--origin", "log.example/shop", "--data", data, "--json").json["key"]
    assert xop("witness", "add", witness["key"], "--data", folder).code == 1
    assert xop("witness", "add", key, "--data", folder).code == 0
    with process("witness", "serve", "--data", folder, "--port", "0", "--json") as running:
        lines = iter(running.stdout.readline, "}\n")
        url = json.loads("".join(lines) + "}")["url"]
        settings = workspace / "workspace.toml"
        settings.write_text(f'{settings.read_text()}\n[log.witnesses.audit]\nkey = "{witness["key"]}"\nurl = "{url}"\n')
        with serving(data, "--workspace", workspace) as about:
            reach = ("--url", about["url"])
            assert xop("send", "cart.abandoned", "--id", ADA, "--data", '{"total": 100}', *reach).code == 0
            proposed = xop("propose", "issue_credit", "--customer", ADA, "--arg", "amount=5", *reach, "--json")
            decision = proposed.json["decision"]
            proved = xop("log", "prove", decision, "--witnessed", "--wait", "20", *reach, "--json").json
            assert proved["state"] == "witnessed"
            assert "witness.example/audit" in proved["proof"]
            states = xop("log", "witness", *reach, "--json").json
            assert [(each["name"], each["state"]) for each in states["witnesses"]] == [("audit", "cosigned")]
            assert "audit" in xop("log", "witness", *reach).out
            assert xop("log", "verify", *reach, "--json").json["cosigned_by"] == []
            copy = tmp_path / "copy"
            assert xop("log", "export", copy, *reach).code == 0
            verified = xop("log", "verify", copy, "--policy", copy / "log.policy", "--json").json
            assert verified["cosigned_by"] == ["audit"]
            assert httpx.get(f"{about['url']}/log/checkpoint", trust_env=False).status_code == 401
    assert "log.example/shop" in xop("witness", "list", "--data", folder).out


def test_a_proof_that_too_few_have_cosigned_says_so(xop, tmp_path, workspace, data):
    witness = xop("witness", "init", "--data", tmp_path / "witness", "--name", "witness.example/audit", "--json").json
    settings = workspace / "workspace.toml"
    nowhere = f'[log.witnesses.audit]\nkey = "{witness["key"]}"\nurl = "http://127.0.0.1:1"\n'
    settings.write_text(f"{settings.read_text()}\n[log]\nquorum = 1\n\n{nowhere}")
    assert xop("publish", workspace, "--data", data).code == 0
    decision = _credited(xop, data)
    told = xop("log", "prove", decision, "--data", data)
    assert (told.code, "Too few witnesses have cosigned it" in told.out) == (0, True)
    copied = xop("log", "export", tmp_path / "copy", "--data", data)
    assert (copied.code, "Too few witnesses have cosigned this checkpoint" in copied.out) == (0, True)
    answer = xop("log", "export", tmp_path / "copy", "--data", data, "--json").json
    assert (answer["witnessed"], answer["cosigned_by"]) == (False, [])
    insisted = xop("log", "prove", decision, "--witnessed", "--data", data, "--out", tmp_path / "out")
    assert (insisted.code, "xop log witness" in insisted.err) == (1, True)
    assert not (tmp_path / "out").exists()


def test_serving_without_a_key_says_what_to_do(xop, tmp_path):
    (tmp_path / "empty").mkdir()
    ran = xop("witness", "serve", "--data", tmp_path / "empty", "--port", "0")
    assert (ran.code, "xop witness init" in ran.err) == (1, True)
