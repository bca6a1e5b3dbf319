"""Lists of customers: who changed last, whom a figure counted, and by what they are told apart without being shown."""

from collections.abc import AsyncIterator

import pytest

from tests.faces.http.bakery import FOLDER, Bakery, problem
from tests.faces.http.test_privacy import ANN, _opened, ann, shown
from xop.faces.http.handles import masked

BOB = "email:bob@example.org"


@pytest.fixture
async def private(tmp_path) -> AsyncIterator[Bakery]:
    """A bakery that says what its customers' data is."""
    async with _opened(tmp_path) as opened:
        yield opened


async def listed(bakery: Bakery, who: str = "sue", **query: str) -> dict:
    response = await bakery.get("/v1/customers", who, params=query)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("ann@example.org", "a…@example.org"),
        ("a@example.org", "…@example.org"),
        ("+442079460018", "…0018"),
        ("NW-000042", "…0042"),
        ("abcd", "…cd"),
        ("x", "…"),
        ("@home", "…me"),
    ],
)
def test_of_an_identifier_so_much_is_shown_as_tells_apart(value, told):
    assert masked(value) == told


async def test_customers_are_told_apart_by_a_masked_identifier_and_no_look_is_recorded(private):
    customer = await ann(private)
    (row,) = (await listed(private))["customers"]
    assert (row["customer"], row["handle"]) == (customer, "email a…@example.org")
    assert ANN.partition(":")[2] not in str(row)
    assert await shown(private) == []


async def test_a_purpose_that_may_not_know_identifiers_tells_nobody_apart(private):
    await ann(private)
    (row,) = (await listed(private, purpose="marketing"))["customers"]
    assert row["handle"] == ""


async def test_decisions_tell_customers_apart_where_that_is_asked_for(bakery):
    customer = await bakery.customer(ANN)
    asked = await bakery.propose("give_refund", customer, arguments={"cents": 200_000})
    plain = (await bakery.get("/v1/decisions")).json()["decisions"]
    assert [each["handle"] for each in plain] == [""]
    (told,) = (await bakery.get("/v1/decisions?handles=true")).json()["decisions"]
    assert (told["decision"], told["handle"]) == (asked["decision"], "email a…@example.org")
    assert told["reason"]
    figures = (await bakery.get("/v1/insight")).json()
    assert figures["reasons"] == {told["code"]: told["reason"]}


async def test_whom_a_figure_counted_is_listed_page_by_page(bakery):
    first, second = await bakery.customer(ANN), await bakery.customer(BOB)
    for number, person in enumerate((ANN, BOB, ANN)):
        answer = await bakery.event(subject=person, type="support.opened", data={"case": f"case-{number}"})
        assert answer.is_success, answer.text
    measure, label = "contacts", "sms"
    page = await listed(bakery, "olga", measure=measure, limit="2")
    assert [each["customer"] for each in page["customers"]] == [first, second]
    rest = await listed(bakery, "olga", measure=measure, label=label, before=str(page["next"]))
    assert [each["customer"] for each in rest["customers"]] == [first]
    assert rest["next"] is None
    assert (await listed(bakery, "olga", measure=measure, label="unheard_of"))["customers"] == []
    assert (await listed(bakery, "olga", measure=measure, since="2020-01-01T00:00:00Z", until="2020-01-02T00:00:00Z"))[
        "customers"
    ] == []


@pytest.mark.parametrize(
    ("query", "cause"),
    [
        ("measure=gossip", "measure"),
        ("measure=latency", "latency"),
        ("label=bill", "`measure`"),
        ("since=1h", "`measure`"),
    ],
)
async def test_what_cannot_be_listed_says_why(bakery, query, cause):
    assert cause in problem(await bakery.get(f"/v1/customers?{query}"), 400, "parameter-invalid")["detail"]


async def test_an_agent_lists_nobody(private):
    await ann(private)
    answer = await private.get("/v1/customers?measure=demand", "helper")
    assert answer.status_code == 403


async def test_what_was_decided_is_told_to_those_who_may_read_decisions(bakery):
    customer = await bakery.customer(ANN)
    await bakery.propose("give_refund", customer, arguments={"cents": 200_000})
    (seen,) = (await listed(bakery, "olga"))["customers"]
    assert (seen["action"], bool(seen["verdict"])) == ("give_refund", True)
    (row,) = (await listed(bakery, "dpo"))["customers"]
    assert (row["customer"], row["action"], row["verdict"]) == (customer, "", "")


async def test_decisions_tell_nobody_apart_to_whoever_may_not_read_customers(bakery):
    customer = await bakery.customer(ANN)
    await bakery.propose("give_refund", customer, arguments={"cents": 200_000})
    files = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
    agents = files["agents.yaml"].replace(
        b'key: "${env:NINA_KEY}", scopes: []', b'key: "${env:NINA_KEY}", scopes: [decisions:read]'
    )
    assert agents != files["agents.yaml"]
    await bakery.platform.publish({**files, "agents.yaml": agents}, "cli")
    (told,) = (await bakery.get("/v1/decisions?handles=true", "nina")).json()["decisions"]
    assert (told["customer"], told["handle"]) == (customer, "")
