"""What every directory promises."""

from tests.contracts.material import entry
from xop.kernel.identity.model import Identifier
from xop.ports.batch import ApartChange, Batch, HeadChange, LinkChange

MAIL = Identifier("email", "a@example.org")
PHONE = Identifier("phone", "+4912345")


def known(*parts: str) -> Batch:
    return Batch([entry(part, 1, f"first of {part}") for part in parts])


async def find(runtime, *identifiers: Identifier) -> dict[Identifier, str]:
    """Return the part each known identifier leads to."""
    return (await runtime.directory.load(identifiers, [])).links


async def members(runtime, *parts: str) -> dict[str, list[str]]:
    """Return the parts of each customer that some parts lead to."""
    loaded = await runtime.directory.load([], parts)
    return {customer: [each.part for each in kept] for customer, kept in loaded.customers.items()}


async def test_an_identifier_leads_to_the_part_it_was_linked_to_last(runtime, reopen):
    batch = known("cus_a", "cus_b")
    batch.links = [LinkChange(MAIL, "cus_a"), LinkChange(PHONE, "cus_a"), LinkChange(MAIL, "cus_b")]
    await runtime.ledger.commit(batch)
    expected = {MAIL: "cus_b", PHONE: "cus_a"}
    asked = [MAIL, PHONE, Identifier("phone", "a@example.org"), Identifier("email", "unknown")]
    assert await find(runtime, *asked) == expected
    assert await find(await reopen(), *asked) == expected


async def test_identifiers_that_look_alike_stay_apart(runtime):
    alike = [
        Identifier("email", "a"),
        Identifier("email", "A"),
        Identifier("email", "a\x00"),
        Identifier("email", "a\x00b"),
        Identifier("email", "å"),
        Identifier("email", "a\u030a"),
        Identifier("email", "a "),
        Identifier("email:a", ""),
        Identifier("email", "%"),
        Identifier("email", "'); DROP TABLE links; --"),
    ]
    parts = [f"cus_{number}" for number in range(len(alike))]
    batch = known(*parts)
    batch.links = [LinkChange(identifier, part) for identifier, part in zip(alike, parts, strict=True)]
    await runtime.ledger.commit(batch)
    assert await find(runtime, *alike) == dict(zip(alike, parts, strict=True))


async def test_a_part_belongs_to_the_customer_of_its_first_entry(runtime):
    await runtime.ledger.commit(known("cus_a"))
    await runtime.ledger.commit(Batch([entry("cus_b", 1, "c1", customer="cus_a"), entry("cus_a", 2, "c2")]))
    for asked in (["cus_a"], ["cus_b"], ["cus_a", "cus_b", "cus_b", "cus_c"]):
        assert await members(runtime, *asked) == {"cus_a": ["cus_a", "cus_b"]}
    assert await runtime.directory.count() == 1


async def test_a_part_without_any_entry_is_missing(runtime):
    batch = known("cus_a")
    batch.links = [LinkChange(MAIL, "cus_b")]
    batch.heads = [HeadChange("cus_c", "cus_a")]
    await runtime.ledger.commit(batch)
    loaded = await runtime.directory.load([MAIL], [])
    assert (loaded.links, loaded.customers) == ({MAIL: "cus_b"}, {})
    assert await members(runtime, "cus_a", "cus_b", "cus_c") == {"cus_a": ["cus_a"]}
    assert await runtime.directory.count() == 1


async def test_a_part_mentioned_early_is_known_from_its_first_entry_on(runtime):
    await runtime.ledger.commit(Batch([entry("cus_a", 1, "c1")], links=[LinkChange(MAIL, "cus_b")]))
    await runtime.ledger.commit(Batch([entry("cus_b", 1, "c2", customer="cus_a")]))
    assert await members(runtime, "cus_b") == {"cus_a": ["cus_a", "cus_b"]}


async def test_a_merge_moves_a_part_and_an_unmerge_moves_it_back(runtime, reopen):
    await runtime.ledger.commit(known("cus_a", "cus_b", "cus_c"))
    await runtime.ledger.commit(Batch(heads=[HeadChange("cus_c", "cus_b"), HeadChange("cus_a", "cus_b")]))
    again = await reopen()
    for asked in (["cus_a"], ["cus_b"], ["cus_a", "cus_c"]):
        assert await members(again, *asked) == {"cus_b": ["cus_b", "cus_a", "cus_c"]}
    assert await again.directory.count() == 1
    await again.ledger.commit(Batch(heads=[HeadChange("cus_a", "cus_a")]))
    assert await members(again, "cus_a", "cus_c") == {"cus_a": ["cus_a"], "cus_b": ["cus_b", "cus_c"]}
    assert await again.directory.count() == 2


async def test_a_later_entry_moves_nothing(runtime):
    await runtime.ledger.commit(known("cus_a", "cus_b"))
    await runtime.ledger.commit(Batch(heads=[HeadChange("cus_b", "cus_a")]))
    await runtime.ledger.commit(Batch([entry("cus_b", 2, "c2")]))
    assert await members(runtime, "cus_b") == {"cus_a": ["cus_a", "cus_b"]}


async def test_a_head_moves_a_part_that_came_in_the_same_batch(runtime):
    batch = known("cus_a", "cus_b")
    batch.heads = [HeadChange("cus_b", "cus_a")]
    await runtime.ledger.commit(batch)
    assert await members(runtime, "cus_a", "cus_b") == {"cus_a": ["cus_a", "cus_b"]}


async def test_identifiers_and_parts_asked_for_together_give_each_customer_once(runtime):
    batch = known("cus_a", "cus_b", "cus_c", "cus_d")
    batch.links = [LinkChange(MAIL, "cus_a"), LinkChange(PHONE, "cus_b")]
    batch.heads = [HeadChange("cus_b", "cus_a")]
    await runtime.ledger.commit(batch)
    loaded = await runtime.directory.load([MAIL, PHONE], ["cus_b", "cus_c"])
    assert loaded.links == {MAIL: "cus_a", PHONE: "cus_b"}
    found = {customer: [each.part for each in kept] for customer, kept in loaded.customers.items()}
    assert found == {"cus_a": ["cus_a", "cus_b"], "cus_c": ["cus_c"]}


async def test_parts_of_any_name_are_found(runtime):
    names = ["", "a\x00", "a\x00b", "å", "\"'[1]", "1", "null", " "]
    await runtime.ledger.commit(known(*names))
    assert await members(runtime, *names, "2", "a") == {name: [name] for name in names}


async def test_pairs_taken_apart_are_found_from_either_side(runtime, reopen):
    batch = known("cus_a", "cus_b", "cus_c")
    batch.apart = [ApartChange("cus_b", "cus_a", apart=True), ApartChange("cus_b", "cus_c", apart=True)]
    await runtime.ledger.commit(batch)
    again = await reopen()
    assert await again.directory.apart(["cus_a"]) == {("cus_a", "cus_b")}
    assert await again.directory.apart(["cus_b"]) == {("cus_a", "cus_b"), ("cus_b", "cus_c")}
    assert await again.directory.apart(["cus_a", "cus_b"]) == {("cus_a", "cus_b"), ("cus_b", "cus_c")}
    assert await again.directory.apart(["cus_d"]) == set()


async def test_the_latest_word_about_a_pair_counts(runtime):
    batch = known("cus_a", "cus_b")
    batch.apart = [
        ApartChange("cus_a", "cus_b", apart=True),
        ApartChange("cus_b", "cus_a", apart=True),
        ApartChange("cus_b", "cus_a", apart=False),
    ]
    await runtime.ledger.commit(batch)
    assert await runtime.directory.apart(["cus_a", "cus_b"]) == set()


async def test_nothing_asked_gives_nothing(runtime):
    await runtime.ledger.commit(known("cus_a"))
    loaded = await runtime.directory.load([], [])
    assert (loaded.links, loaded.customers) == ({}, {})
    assert await runtime.directory.apart([]) == set()
