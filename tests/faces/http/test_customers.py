"""The context of a customer."""

from tests.faces.http.bakery import problem

ANN = "email:ann@example.org"


async def test_the_context_tells_everything_that_is_true(bakery):
    ann = await bakery.customer(ANN, data={"loaves": 2})
    await bakery.event(subject=ANN, type="support.opened", data={"case": "c7"})
    await bakery.event(subject=ANN, type="xop.verified", data={"level": 2, "method": "pin"})
    held = await bakery.propose("give_refund", ann, arguments={"cents": 7000})
    context = (await bakery.get(f"/v1/customers/{ann}")).json()
    assert context["id"] == ann
    assert context["parts"] == [ann]
    assert context["counters"]["breads"] == 1
    assert context["profile"]["last_loaves"]["source"] == "bread.bought"
    assert [(each["flag"], each["reference"]) for each in context["circumstances"]] == [("support", "c7")]
    assert [(each["name"], each["status"]) for each in context["intents"]] == [("get_help", "open")]
    assert [(each["id"], each["status"]) for each in context["promises"]] == [("c7", "open")]
    assert [(each["id"], each["channel"]) for each in context["conversations"]] == [("c7", "sms")]
    assert [(each["level"], each["method"]) for each in context["assurance"]] == [(2, "pin")]
    assert [(each["id"], each["until"]) for each in context["invocations"]] == [(held["invocation"], "approval")]


async def test_contacts_are_counted(bakery):
    ann = await bakery.customer(ANN)
    await bakery.propose("send_note", ann)
    assert (await bakery.get(f"/v1/customers/{ann}")).json()["contacts"] == 1


async def test_an_identifier_leads_to_its_customer(bakery):
    ann = await bakery.customer(ANN)
    for reference in (ANN, "email%3AAnn%40EXAMPLE.org"):
        assert (await bakery.get(f"/v1/customers/{reference}")).json()["id"] == ann


async def test_a_former_id_is_redirected_with_its_question(bakery):
    ann, bob = await bakery.customer(ANN), await bakery.customer("email:bob@example.org")
    await bakery.post("/v1/identity/merge", {"keep": ann, "other": bob})
    for suffix in ("", "/facts?limit=5", "/runs", "/consents", "/consents?at=2026-01-31T12:00:00Z"):
        response = await bakery.get(f"/v1/customers/{bob}{suffix}")
        assert response.status_code == 308
        assert response.headers["location"] == f"/v1/customers/{ann}{suffix}"
    assert (await bakery.get("/v1/customers/email:bob@example.org")).json()["parts"] == [ann, bob]


async def test_nobody_is_a_problem(bakery):
    problem(await bakery.get("/v1/customers/cus_none"), 404, "customer-unknown")
    problem(await bakery.get("/v1/customers/email:nobody@example.org"), 404, "customer-unknown")
    problem(await bakery.get("/v1/customers/shoe:44"), 422, "identifier-refused")
    problem(await bakery.get("/v1/customers/email:not-an-address"), 422, "identifier-refused")
