"""The log over HTTP: its head, leaves, proofs and files, and who may read them."""

import base64
from dataclasses import replace

import pytest

from tests.faces.http.bakery import Bakery
from xop.kernel.log.checkpoint import open_checkpoint
from xop.kernel.log.note import parse_note
from xop.kernel.log.proof import parse_proof
from xop.kernel.log.receipt import verify_inclusion_receipt
from xop.kernel.log.tile import TileReader
from xop.kernel.log.trust import parse_trust
from xop.kernel.log.verifier import parse_vkey
from xop.kernel.release import LogRules

ANN = "email:ann@example.org"


async def _decided(bakery: Bakery) -> str:
    """Have something decided and return the decision's id."""
    await bakery.customer(ANN)
    decision: str = (await bakery.propose("send_note", ANN, "helper"))["decision"]
    return decision


async def _proof(bakery: Bakery, decision: str) -> dict:
    answer = await bakery.get(f"/v1/decisions/{decision}/proof", params={"wait": 20})
    assert answer.status_code == 200, answer.text
    found: dict = answer.json()
    return found


async def test_a_decision_is_proved_with_its_leaf_and_key(bakery):
    decision = await _decided(bakery)
    found = await _proof(bakery, decision)
    leaf, policy = found["leaf"].encode(), parse_trust(found["policy"].encode())
    assert found["state"] == "integrated"
    checkpoint = parse_proof(found["proof"].encode()).verify(leaf, policy)
    assert checkpoint.size > found["index"]
    receipt = base64.b64decode(found["receipt"])
    assert verify_inclusion_receipt(receipt, leaf, parse_vkey(found["key"])) == (found["index"], checkpoint.size)
    told = await bakery.get(f"/v1/decisions/{decision}/proof", headers={"accept": "text/plain"})
    assert told.text.startswith("c2sp.org/tlog-proof@v1\n")
    assert (await bakery.get(f"/v1/log/leaves/{found['index']}")).content == leaf


async def test_evidence_is_for_whoever_may_read_facts(bakery):
    decision = await _decided(bakery)
    asked = {"wait": 20, "evidence": "true"}
    bundle = (await bakery.get(f"/v1/decisions/{decision}/proof", params=asked)).json()["bundle"]
    assert decision in bundle["entry"]
    assert bundle["salt"]
    refused = await bakery.get(f"/v1/decisions/{decision}/proof", "helper", params=asked)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")
    assert (await bakery.get(f"/v1/decisions/{decision}/proof", "helper")).status_code == 200


async def test_the_head_tells_where_the_log_stands(bakery):
    found = await _proof(bakery, await _decided(bakery))
    head = (await bakery.get("/v1/log")).json()
    assert (head["state"], head["fault"], head["witnesses"]) == ("ok", "", [])
    assert head["leaves"] >= head["size"] > found["index"]
    checkpoint = open_checkpoint(parse_note(head["checkpoint"].encode()), parse_vkey(head["key"]))
    assert (checkpoint.origin, checkpoint.size) == (head["origin"], head["size"])
    assert base64.b64decode(head["root"]) == checkpoint.root


async def test_what_is_not_in_the_log_has_no_proof(bakery):
    missing = await bakery.get("/v1/decisions/dec_none/proof")
    assert (missing.status_code, missing.json()["code"]) == (404, "decision-not-logged")
    for index in ("-1", "999999", "one", "9" * 40):
        unknown = await bakery.get(f"/v1/log/leaves/{index}")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "leaf-unknown")


async def test_a_leaf_that_is_not_under_a_checkpoint_is_recorded(bakery):
    await bakery.platform.engine.log.stop()
    decision = await _decided(bakery)
    answer = (await bakery.get(f"/v1/decisions/{decision}/proof")).json()
    assert (answer["state"], answer["proof"], answer["receipt"]) == ("recorded", None, None)
    pending = await bakery.get(f"/v1/decisions/{decision}/proof", headers={"accept": "text/plain"})
    assert (pending.status_code, pending.json()["code"]) == (409, "proof-pending")


async def test_the_files_are_for_whoever_may_read_decisions(bakery):
    await _proof(bakery, await _decided(bakery))
    assert (await bakery.get("/log/checkpoint", None)).status_code == 401
    assert (await bakery.get("/log/checkpoint", "till")).status_code == 403
    checkpoint = await bakery.get("/log/checkpoint")
    assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
    assert checkpoint.headers["cache-control"] == "private, max-age=1"
    assert (await bakery.get("/v1/log", "till")).status_code == 403


async def test_a_public_log_needs_no_key_and_its_files_make_the_tree(bakery):
    engine = bakery.platform.engine
    engine.adopt(replace(engine.release, log=LogRules(public=True)))
    await _proof(bakery, await _decided(bakery))
    answer = await bakery.get("/log/checkpoint", None)
    note = parse_note(answer.content)
    assert answer.headers["cache-control"] == "public, max-age=1"
    size = int(note.text.split("\n")[1])
    files = {}
    for path in ("tile/entries/000", "tile/0/000"):
        tile = await bakery.get(f"/log/{path}.p/{size}", None)
        assert tile.headers["content-type"] == "application/octet-stream"
        assert tile.headers["cache-control"] == "public, max-age=31536000, immutable"
        files[f"{path}.p/{size}"] = tile.content
    root = TileReader(size, files.get).root()
    assert base64.b64encode(root).decode() == note.text.split("\n")[2]
    head = await bakery.ask("HEAD", "/log/checkpoint", None)
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    ["", "origin", "tile/0/999", "tile/0/000.p/0", "tile/0/0", "tile/entries", "../keys/log.key", "%2e%2e/keys/log.key",
     "tile/0/..%2f..%2f..%2fkeys/log.key", ".checkpoint.new", "tile//0/000",
     f"tile/0/{'x001/' * 60}000", f"tile/0/{'x001/' * 1500}000"],
)  # fmt: skip
async def test_nothing_but_the_log_is_served(bakery, path):
    await _proof(bakery, await _decided(bakery))
    answer = await bakery.get(f"/log/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "path-unknown")
    assert (await bakery.ask("POST", "/log/checkpoint")).status_code == 405


async def test_a_partial_tile_that_is_gone_is_cut_from_the_full_one(bakery, tmp_path):
    await _proof(bakery, await _decided(bakery))
    tiles = bakery.platform.runtime.tiles
    await tiles.write({"tile/0/007": bytes(8192), "tile/entries/007": b"\0\1x" * 256})
    assert (await bakery.get("/log/tile/0/007.p/3")).content == bytes(96)
    assert (await bakery.get("/log/tile/entries/007.p/3")).content == b"\0\1x" * 3


async def test_the_log_is_measured_and_readiness_speaks_of_it(bakery):
    await _proof(bakery, await _decided(bakery))
    told = (await bakery.get("/metrics")).text
    head = (await bakery.get("/v1/log")).json()
    assert f"xop_log_size {float(head['size'])}" in told
    assert 'xop_log_state{state="ok"} 1.0' in told
    assert "xop_log_lag_seconds 0" in told
    assert (await bakery.get("/ready", None)).json()["log"] == "ok"
    bakery.platform.engine.log.sequencer.refuse("something was put back")
    assert (await bakery.get("/ready", None)).json()["log"] == "refused"
    assert 'xop_log_state{state="refused"} 1.0' in (await bakery.get("/metrics")).text
    after = (await bakery.get("/v1/log")).json()
    assert (after["state"], after["fault"]) == ("refused", "something was put back")
    assert (await bakery.event(subject=ANN)).status_code == 200, "everything else goes on"
