"""The log with real witnesses on loopback: quorum, one down, two down, and a log that was set back or forked."""

import asyncio
import shutil
from contextlib import ExitStack

import pytest

from tests.kit.leaves import checkpoint_in, log_over, record, settled
from tests.kit.witnesses import RunningWitness
from xop.engine.log import DecisionLog
from xop.kernel.log.merkle import verify_consistency
from xop.kernel.log.note import parse_note
from xop.kernel.log.trust import parse_trust, render_trust
from xop.kernel.log.verifier import log_verifier
from xop.kernel.release import LogRules
from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.witnesses import HttpWitness


@pytest.fixture
async def runtime(tmp_path):
    """A store in a folder."""
    opened = await EmbeddedRuntime.open(tmp_path / "data")
    yield opened
    await opened.close()


@pytest.fixture
def witnesses(tmp_path, runtime):
    """Three witnesses that know the log; none is running yet."""
    made = [RunningWitness(tmp_path / f"w{number}", f"witness.example/w{number}") for number in (1, 2, 3)]
    for each in made:
        each.know(log_verifier(runtime.signer))
    return made


def _log(runtime, witnesses: list[RunningWitness], quorum: int = 2) -> DecisionLog:
    named = {f"w{number}": (each.vkey, each.url) for number, each in enumerate(witnesses, 1)}
    log = log_over(runtime, LogRules(interval=50, quorum=quorum, witnesses=named))
    log.reach(HttpWitness, lambda _name: None)
    return log


async def _added(runtime, log: DecisionLog, first: int, count: int = 1) -> None:
    await record(runtime, first, count)
    log.note(count)


async def _until(log: DecisionLog, state: str) -> None:
    async with asyncio.timeout(20):
        while log.state != state:
            await log.head.changed()


async def test_cosignatures_are_appended_to_the_published_checkpoint(tmp_path, runtime, witnesses):
    with ExitStack() as running:
        for each in witnesses:
            running.enter_context(each)
        log = _log(runtime, witnesses, quorum=3)
        log.start()
        await _added(runtime, log, 0, 5)
        proven = await log.proofs.decision("dec_4", 20, "witnessed")
        note = parse_note((tmp_path / "data/log/checkpoint").read_bytes())
        await log.stop()
    assert proven is not None
    assert proven.proof is not None
    assert proven.state == "witnessed"
    policy = parse_trust(render_trust(log.head.trust))
    assert policy.cosigners(note) == {"w1", "w2", "w3"}
    assert proven.proof.verify(proven.leaf, policy).size == 5


async def test_what_was_witnessed_is_judged_anew_by_new_rules(runtime, witnesses):
    named = {f"w{number}": (each.vkey, each.url) for number, each in enumerate(witnesses, 1)}
    rules = [LogRules(interval=50, quorum=1, witnesses=named)]
    log = DecisionLog(runtime, lambda: rules[-1])
    log.reach(HttpWitness, lambda _name: None)
    with witnesses[0]:
        log.start()
        await _added(runtime, log, 0, 3)
        before = await log.proofs.decision("dec_0", 20, "witnessed")
        rules.append(LogRules(interval=50, quorum=2, witnesses=named))
        stricter = await log.proofs.decision("dec_0")
        rules.append(rules[0])
        again = await log.proofs.decision("dec_0")
        await log.stop()
    assert before is not None
    assert stricter is not None
    assert again is not None
    assert (before.state, stricter.state, again.state) == ("witnessed", "integrated", "witnessed")


async def test_l11_with_one_of_three_down_decisions_still_become_witnessed(runtime, witnesses):
    with witnesses[0], witnesses[2]:
        log = _log(runtime, witnesses)
        log.start()
        for number in range(3):
            await _added(runtime, log, number)
            proven = await log.proofs.decision(f"dec_{number}", 20, "witnessed")
            assert proven is not None
            assert proven.state == "witnessed"
        assert log.state == "ok"
        states = {each.name: each.state for each in log.witnessing.contacts}
        assert states == {"w1": "cosigned", "w2": "failing", "w3": "cosigned"}
        await log.stop()


async def test_l11_with_two_of_three_down_it_stays_integrated_alarms_and_goes_on(tmp_path, runtime, witnesses):
    with ExitStack() as running:
        running.enter_context(witnesses[1])
        log = _log(runtime, witnesses)
        log.start()
        await _added(runtime, log, 0)
        await _until(log, "unwitnessed")
        assert "w1: it cannot be reached" in log.fault
        await _added(runtime, log, 1)
        proven = await log.proofs.decision("dec_1", 20)
        assert proven is not None
        assert proven.state == "integrated"
        assert checkpoint_in(tmp_path / "data/log", runtime).size == 2
        running.enter_context(witnesses[0])
        proven = await log.proofs.decision("dec_1", 30, "witnessed")
        assert proven is not None
        assert proven.state == "witnessed"
        await _until(log, "ok")
        await log.stop()


async def test_a_witness_that_was_away_is_told_the_proof_from_what_it_knows(runtime, witnesses):
    with witnesses[0]:
        log = _log(runtime, witnesses[:1], quorum=1)
        log.start()
        await _added(runtime, log, 0, 3)
        await log.head.reached(2, "witnessed", 20)
        await log.stop()
    await record(runtime, 3, 300)
    await settled(log_over(runtime))
    with witnesses[0]:
        log = _log(runtime, witnesses[:1], quorum=1)
        log.start()
        await log.head.reached(302, "witnessed", 20)
        assert log.head.witnessed_size == 303
        await log.stop()


async def test_a_witness_that_does_not_know_the_log_says_so(tmp_path, runtime):
    with RunningWitness(tmp_path / "stranger", "witness.example/s") as stranger:
        log = _log(runtime, [stranger], quorum=1)
        log.start()
        await _added(runtime, log, 0)
        await _until(log, "unwitnessed")
        assert "does not know this log: give it the log's key with `xop witness add`" in log.fault
        await log.stop()


async def test_a_cosignature_of_another_key_does_not_count(runtime, witnesses):
    with witnesses[0], witnesses[1]:
        log = _log(runtime, witnesses[:1], quorum=1)
        name, (_, url) = "w1", log.rules().witnesses["w1"]
        rules = LogRules(interval=50, quorum=1, witnesses={name: (witnesses[1].vkey, url)})
        log = log_over(runtime, rules)
        log.reach(HttpWitness, lambda _name: None)
        log.start()
        await _added(runtime, log, 0)
        await _until(log, "unwitnessed")
        assert "not signed with its own key" in log.fault
        assert log.head.witnessed_size == 0
        await log.stop()


async def test_l5_a_log_put_back_as_a_whole_is_found_by_a_witness_before_anything_is_signed(
    tmp_path, witnesses, runtime
):
    with witnesses[0]:
        await _witnessed(runtime, witnesses, 0, 10)
        await runtime.close()
        shutil.copytree(tmp_path / "data", tmp_path / "backup")
        later = await EmbeddedRuntime.open(tmp_path / "data")
        await _witnessed(later, witnesses, 10, 10)
        await later.close()

        restored = await EmbeddedRuntime.open(tmp_path / "backup")
        before = (tmp_path / "backup/log/checkpoint").read_bytes()
        log = _log(restored, witnesses[:1], quorum=1)
        log.start()
        await record(restored, 500, 3)
        await _until(log, "refused")
        assert "holds a checkpoint of 20 leaves signed by this log, which has 10" in log.fault
        await log.stop()
        assert (tmp_path / "backup/log/checkpoint").read_bytes() == before
        await restored.close()


async def test_a_log_put_back_goes_on_under_another_origin(tmp_path, witnesses, runtime):
    with witnesses[0]:
        await _witnessed(runtime, witnesses, 0, 10)
        before = checkpoint_in(tmp_path / "data/log", runtime)
        await runtime.close()
        shutil.copytree(tmp_path / "data", tmp_path / "backup")
        later = await EmbeddedRuntime.open(tmp_path / "data")
        await _witnessed(later, witnesses, 10, 10)
        await later.close()

        restored = await EmbeddedRuntime.open(tmp_path / "backup")
        log = _log(restored, witnesses[:1], quorum=1)
        log.start()
        await record(restored, 500, 3)
        await _until(log, "refused")
        await log.retire("log.example/second")
        assert "log.example/second follows it" in log.fault
        await log.stop()
        await restored.close()

        second = await EmbeddedRuntime.open(tmp_path / "backup")
        witnesses[0].know(log_verifier(second.signer))
        log = _log(second, witnesses[:1], quorum=1)
        log.start()
        await log.head.reached(12, "witnessed", 20)
        assert (log.state, log.head.witnessed_size) == ("ok", 13)
        after = log.head.latest
        assert after is not None
        proof = await log.proofs.consistency(10, 13)
        verify_consistency(10, 13, before.root, after.checkpoint.root, proof)
        await log.stop()
        await second.close()
    assert (tmp_path / "backup/log/closed/1/checkpoint").exists()


async def test_l5_a_rewritten_and_signed_anew_log_is_found_by_a_witness(tmp_path, witnesses, runtime):
    with witnesses[0]:
        await runtime.close()
        shutil.copytree(tmp_path / "data", tmp_path / "forged")
        first = await EmbeddedRuntime.open(tmp_path / "data")
        await _witnessed(first, witnesses, 0, 10)
        await first.close()

        forged = await EmbeddedRuntime.open(tmp_path / "forged")
        await record(forged, 100, 10)
        await settled(log_over(forged))
        log = _log(forged, witnesses[:1], quorum=1)
        log.start()
        await _until(log, "refused")
        assert "holds another tree of 10 leaves signed by this log" in log.fault
        await log.stop()
        await forged.close()


async def test_l5_a_witness_reached_only_later_stops_a_log_that_went_on_from_a_backup(tmp_path, witnesses, runtime):
    with witnesses[0]:
        await _witnessed(runtime, witnesses, 0, 10)
        await runtime.close()
    shutil.copytree(tmp_path / "data", tmp_path / "backup")
    with witnesses[0]:
        later = await EmbeddedRuntime.open(tmp_path / "data")
        await _witnessed(later, witnesses, 10, 10)
        await later.close()
    restored = await EmbeddedRuntime.open(tmp_path / "backup")
    log = _log(restored, witnesses[:1], quorum=1)
    log.start()
    await record(restored, 500, 3)
    log.note(3)
    await _until(log, "unwitnessed")
    with witnesses[0]:
        await _until(log, "refused")
    await log.stop()
    await restored.close()


async def test_a_witness_that_claims_more_than_it_can_show_does_not_stop_the_log(tmp_path, runtime, witnesses):
    with witnesses[0]:
        await _witnessed(runtime, witnesses, 0, 3)
        liar = witnesses[0]._store._connection
        liar.execute("UPDATE seen SET size = 99, note = ?", (b"nothing that anybody signed",))
        log = _log(runtime, witnesses[:1], quorum=1)
        log.start()
        await _added(runtime, log, 3)
        await _until(log, "unwitnessed")
        await _added(runtime, log, 4)
        await log.head.reached(4, "integrated", 20)
        assert log.witnessing.contacts[0].state == "conflict"
        assert checkpoint_in(tmp_path / "data/log", runtime).size == 5
        await log.stop()


async def test_other_witnesses_are_asked_once_the_rules_name_them(runtime, witnesses):
    with witnesses[0], witnesses[1]:
        rules = [LogRules(interval=50, quorum=1, witnesses={"a": (witnesses[0].vkey, witnesses[0].url)})]
        log = DecisionLog(runtime, lambda: rules[-1])
        log.reach(HttpWitness, lambda _name: None)
        log.start()
        await _added(runtime, log, 0)
        await log.head.reached(0, "witnessed", 20)
        rules.append(LogRules(interval=50, quorum=1, witnesses={"b": (witnesses[1].vkey, witnesses[1].url)}))
        log.wake()
        async with asyncio.timeout(20):
            while [(each.name, each.state) for each in log.witnessing.contacts] != [("b", "cosigned")]:
                await log.head.changed()
        await log.stop()


async def _witnessed(runtime, witnesses: list[RunningWitness], first: int, count: int) -> None:
    log = _log(runtime, witnesses[:1], quorum=1)
    log.start()
    await _added(runtime, log, first, count)
    await log.head.reached(first + count - 1, "witnessed", 20)
    assert log.head.witnessed_size == first + count
    await log.stop()
