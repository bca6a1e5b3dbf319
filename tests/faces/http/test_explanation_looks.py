"""Looking at what a customer is told, before it is given to them."""

from xop.kernel.facts import ExplanationDelivered

BOB = "email:bob@example.org"


async def told(bakery, who, **query):
    """Return the explanation for the customer, and how often it was recorded that one was given."""
    await bakery.customer(BOB)
    decision = (await bakery.propose("send_note", BOB, "helper"))["decision"]
    path = f"/v1/decisions/{decision}/explanation"
    answer = await bakery.get(path, who, params={"audience": "customer", **query})
    assert answer.status_code == 200, answer.text
    entries = [stored.entry for stored in await bakery.platform.runtime.ledger.page(0, 1000)]
    given = sum(isinstance(fact, ExplanationDelivered) for entry in entries for fact in entry.facts)
    return answer.json(), given


async def test_a_person_looks_first_without_giving_it(bakery):
    looked, given = await told(bakery, "olga", given="false")
    assert (looked["delivered"], given) == (False, 0)
    assert looked["text"].startswith("What was decided\n")


async def test_an_agent_that_reads_it_gives_it(bakery):
    looked, given = await told(bakery, "helper", given="false")
    assert (looked["delivered"], given) == (True, 1)
