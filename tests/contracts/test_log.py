"""What every runtime promises of the log: leaves that are durable with their entries, its files, its signer."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.contracts.material import START, entry, ruled
from xop.kernel.audit.commitment import commitment, pseudonym, salt, subject_ref
from xop.kernel.audit.leaf import Leaf, LeafType
from xop.kernel.decisions.model import Evidence
from xop.kernel.halts.model import PLATFORM
from xop.ports.batch import Batch, LeafIntent
from xop.ports.errors import DuplicateCommand
from xop.ports.log import LeafPlace


def leaf(name: str, kind: LeafType = "decision", evidence: str = "", invocation: str = "") -> Leaf:
    return Leaf(kind, name, START, "rel_a", {"outcome": "permit"}, invocation, evidence)


def told(number: int) -> Batch:
    """Return a batch with a decision, its evidence, and two leaves about it."""
    name = f"dec_{number}"
    return Batch(
        [entry("cus_b", number, f"b{number}"), ruled("cus_a", number, f"a{number}", name)],
        evidence=[("cus_a", Evidence(name, {"amount": number}))],
        leaves=[
            LeafIntent(1, leaf(name, evidence=name, invocation="inv_1")),
            LeafIntent(1, leaf(f"{name}/effect", "effect", evidence=name)),
        ],
    )


async def test_leaves_have_indexes_from_zero_in_the_order_they_were_committed_in(runtime, reopen):
    for number in (1, 2, 3):
        await runtime.ledger.commit(told(number))
    kinds = [json.loads(each)["type"] for each in await runtime.leaves.page(0, 99)]
    assert kinds == ["decision", "effect"] * 3
    assert await runtime.leaves.count() == 6
    page = await runtime.leaves.page(2, 3)
    assert page == (await runtime.leaves.page(0, 99))[2:5]
    assert list(await runtime.leaves.page(6, 5)) == list(await runtime.leaves.page(0, 0)) == []
    again = await reopen()
    assert await again.leaves.page(2, 3) == page
    await again.ledger.commit(told(4))
    assert await again.leaves.count() == 8


async def test_a_leaf_is_bound_to_exactly_the_bytes_that_are_kept(runtime):
    await runtime.ledger.commit(told(1))
    secret = await runtime.keyring.secret("cus_a")
    assert secret is not None
    told_leaf = json.loads((await runtime.leaves.page(0, 1))[0])
    salted = salt(secret, "dec_1")
    body, proof = await runtime.ledger.body(2), await runtime.evidence.body("dec_1")
    assert body is not None
    assert proof is not None
    assert told_leaf["commit"] == {"entry": commitment(salted, body), "evidence": commitment(salted, proof)}
    assert told_leaf["subject_ref"] == subject_ref(secret, runtime.origin)
    assert told_leaf["id"] == pseudonym(secret, "dec_1")
    assert told_leaf["invocation"] == pseudonym(secret, "inv_1")


async def test_a_leaf_may_be_bound_to_evidence_of_an_earlier_batch(runtime):
    await runtime.ledger.commit(told(1))
    later = Batch([entry("cus_a", 2, "c2")], leaves=[LeafIntent(0, leaf("late", "effect", evidence="dec_1"))])
    await runtime.ledger.commit(later)
    secret, proof = await runtime.keyring.secret("cus_a"), await runtime.evidence.body("dec_1")
    told_leaf = json.loads((await runtime.leaves.page(2, 1))[0])
    assert told_leaf["commit"]["evidence"] == commitment(salt(secret, "late"), proof)


async def test_a_decision_is_found_in_the_log(runtime, reopen):
    for number in (1, 2):
        await runtime.ledger.commit(told(number))
    again = await reopen()
    assert await again.leaves.place("dec_2") == LeafPlace(2, "dec_2", "cus_a")
    assert await again.leaves.place("dec_3") is None
    await again.ledger.commit(Batch([ruled("cus_a", 3, "c3", "dec_3")]))
    assert await again.leaves.place("dec_3") is None
    other = Batch([ruled("cus_a", 4, "c4", "dec_4")], leaves=[LeafIntent(0, leaf("by another name"))])
    await again.ledger.commit(other)
    assert await again.leaves.place("dec_4") == LeafPlace(4, "by another name", "cus_a")


async def test_a_batch_that_is_refused_leaves_no_leaf_and_no_gap(runtime):
    await runtime.ledger.commit(told(1))
    with pytest.raises(DuplicateCommand):
        await runtime.ledger.commit(told(1))
    broken = told(2)
    broken.leaves.append(LeafIntent(9, leaf("of no entry")))
    with pytest.raises(IndexError):
        await runtime.ledger.commit(broken)
    assert await runtime.leaves.count() == 2
    await runtime.ledger.commit(told(2))
    assert await runtime.leaves.count() == 4
    assert (await runtime.leaves.place("dec_2")).index == 2


async def test_a_leaf_about_the_platform_speaks_of_nobody(runtime):
    await runtime.ledger.commit(Batch([entry(PLATFORM, 1, "c1")], leaves=[LeafIntent(0, leaf("h", "system.halt"))]))
    assert "subject_ref" not in json.loads((await runtime.leaves.page(0, 1))[0])


async def test_files_of_the_log_come_back_and_stay_as_they_were_first_written(runtime, reopen):
    files = {"tile/0/000.p/3": b"abc", "tile/entries/x001/067": b"\x00\x01"}
    await runtime.tiles.write(files)
    await runtime.tiles.write({"tile/0/000.p/3": b"other", "tile/1/000": b"new"})
    again = await reopen()
    assert {path: await again.tiles.read(path) for path in files} == files
    assert await again.tiles.read("tile/1/000") == b"new"
    assert await again.tiles.read("tile/1/001") is None
    assert await again.tiles.read("tile/0") is None


async def test_a_full_tile_takes_the_place_of_its_partial_forms(runtime):
    await runtime.tiles.write({"tile/0/000.p/3": b"three", "tile/0/000.p/255": b"most", "tile/0/001.p/3": b"other"})
    await runtime.tiles.write({"tile/0/000": b"full"})
    assert await runtime.tiles.read("tile/0/000.p/3") is None
    assert await runtime.tiles.read("tile/0/000.p/255") is None
    assert await runtime.tiles.read("tile/0/000") == b"full"
    assert await runtime.tiles.read("tile/0/001.p/3") == b"other"


async def test_a_checkpoint_takes_the_place_of_the_one_before(runtime, reopen):
    assert await runtime.tiles.read("checkpoint") is None
    await runtime.tiles.publish(b"one")
    await runtime.tiles.publish(b"two")
    assert await (await reopen()).tiles.read("checkpoint") == b"two"


async def test_a_log_that_is_retired_is_followed_by_one_of_another_origin_with_the_same_leaves(runtime, reopen):
    await runtime.ledger.commit(told(1))
    name, public, leaves = runtime.origin, runtime.signer.public, await runtime.leaves.page(0, 9)
    await runtime.tiles.write({"tile/0/000.p/2": b"two"})
    await runtime.tiles.publish(b"one")
    await runtime.tiles.retire("log.example/second")
    assert (runtime.origin, await runtime.tiles.read("checkpoint")) == (name, b"one")
    again = await reopen()
    assert (again.origin, again.signer.name, again.signer.public) == ("log.example/second",) * 2 + (public,)
    assert list(await again.leaves.page(0, 9)) == list(leaves)
    assert (await again.tiles.read("checkpoint"), await again.tiles.read("tile/0/000.p/2")) == (None, None)
    assert await again.tiles.read("closed/1/checkpoint") == b"one"
    assert await again.tiles.read("closed/1/tile/0/000.p/2") == b"two"
    await again.ledger.commit(told(2))
    secret = await again.keyring.secret("cus_a")
    assert json.loads((await again.leaves.page(2, 1))[0])["subject_ref"] == subject_ref(secret, "log.example/second")
    await again.tiles.publish(b"two")
    await again.tiles.retire("log.example/third")
    third = await reopen()
    assert third.origin == "log.example/third"
    assert [await third.tiles.read(f"closed/{number}/checkpoint") for number in (1, 2, 3)] == [b"one", b"two", None]


async def test_the_signer_and_the_origin_are_the_same_for_good(runtime, reopen):
    name, public, origin = runtime.signer.name, runtime.signer.public, runtime.origin
    Ed25519PublicKey.from_public_bytes(public).verify(runtime.signer.sign(b"what is signed"), b"what is signed")
    again = await reopen()
    assert (again.signer.name, again.signer.public, again.origin) == (name, public, origin)
    assert name == origin


async def test_the_first_leaf_of_every_entry_is_found_whatever_it_holds(runtime, reopen):
    plain = Batch(
        [entry("cus_b", 1, "c1"), entry("cus_b", 2, "c2"), ruled("cus_a", 1, "c3", "dec_1"), entry("cus_b", 3, "c4")],
        leaves=[
            LeafIntent(0, leaf("one", "consent.given")),
            LeafIntent(0, leaf("two", "consent.given")),
            LeafIntent(2, leaf("dec_1")),
            LeafIntent(2, leaf("three", "effect")),
            LeafIntent(3, leaf("four", "identity.merged")),
        ],
    )
    await runtime.ledger.commit(plain)
    again = await reopen()
    assert [await again.leaves.first(position) for position in range(6)] == [None, 0, None, 2, 4, None]
    assert (await again.leaves.place("dec_1")).index == 2
    await again.erase(["cus_b"])
    assert [await again.leaves.first(position) for position in range(1, 5)] == [None, None, 2, None]
