"""Who may ask what: every route names its right, refuses who lacks it, and tells the ledger of personal data it shows."""

import re

import pytest

from tests.faces.http.bakery import problem
from xop.faces.http.routes import OPERATIONS
from xop.kernel.base.principal import DEFAULT_SCOPES, PrincipalKind
from xop.kernel.facts import ContextShown

NAMED: dict[str, PrincipalKind] = {"till": "source", "helper": "agent", "mill": "partner", "olga": "operator"}
"""A principal of each kind, with the rights that its kind has when nothing is said."""

ANYBODY = {
    ("POST", "/access/v1/evaluation"): "about oneself; about others only with evaluations:write",
    ("POST", "/access/v1/evaluations"): "as above",
    ("POST", "/v1/evaluations"): "as above",
    ("GET", "/v1/releases"): "names of releases, without their content",
    ("GET", "/v1/releases/active"): "as above",
}
"""What every principal may ask, and why."""

OPEN = {
    "/.well-known/authzen-configuration",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/{face}",
    "/health",
    "/openapi.json",
    "/ready",
    "/v1/approvals/{invocation}/page",
    "/v1/consents/receipt-schema",
    "/v1/handovers/{handover}/packet",
    "/v1/preferences/{customer}/page",
    "/v1/signals",
    "/v1/unsubscriptions/{customer}/page",
}
"""What needs no key: it tells of nobody, or asks for the token of a link."""

RECORDED = {
    "/v1/approvals/{invocation}",
    "/v1/approvals/{invocation}/page",
    "/v1/customers/{customer}",
    "/v1/customers/{customer}/facts",
    "/v1/customers/{customer}/runs",
    "/v1/customers/{customer}/timeline",
    "/v1/decisions/{decision}",
    "/v1/decisions/{decision}/bundle",
    "/v1/decisions/{decision}/comparison",
    "/v1/decisions/{decision}/scenario",
    "/v1/decisions/{decision}/explanation",
    "/v1/handovers/{handover}",
    "/v1/handovers/{handover}/packet",
    "/v1/handovers/{handover}/projection",
    "/v1/invocations/{invocation}",
    "/v1/outbox/{invocation}",
    "/v1/tasks/{invocation}",
    "/v1/customers/{customer}/export",
}
"""What shows more of somebody than everybody sees who deals with them."""

UNRECORDED = {
    "/v1/customers/{customer}/choices": "names of candidates and actions",
    "/v1/customers/{customer}/consents": "consents are shown to whoever deals with a customer",
    "/v1/customers/{customer}/consents/{purpose}/receipt": "as above",
    "/v1/customers/{customer}/erasure": "numbers, and grounds for keeping",
    "/v1/customers/{customer}/legal-holds": "grounds for keeping",
    "/v1/customers/{customer}/notices": "texts that were told",
    "/v1/customers/{customer}/passages": "names of journeys and of their steps",
    "/v1/customers/{customer}/subject": "an id without meaning to anybody else",
    "/v1/decisions/{decision}/proof": "leaves hold no personal data",
    "/v1/preferences/{customer}/page": "the customer's own page, of what they agree to",
    "/v1/unsubscriptions/{customer}/page": "as above",
}
"""What shows no more, and why."""


def test_every_route_names_a_right_or_is_known_to_need_none():
    assert {each.path for each in OPERATIONS if each.open} == OPEN
    free = {(each.method, each.path) for each in OPERATIONS if each.scope is None and not each.open}
    assert free == ANYBODY.keys()


def test_of_every_route_about_one_customer_it_is_known_if_it_tells_the_ledger():
    about = re.compile(r"\{(customer|decision|handover|invocation)\}")
    found = {each.path for each in OPERATIONS if each.method == "GET" and about.search(each.path)}
    assert found == RECORDED | UNRECORDED.keys()
    assert not RECORDED & UNRECORDED.keys()


@pytest.mark.parametrize("who", [None, "nina", *NAMED])
async def test_who_lacks_a_right_is_refused_by_every_route(bakery, who):
    held = frozenset() if who in {None, "nina"} else frozenset(DEFAULT_SCOPES[NAMED[who]])
    for each in OPERATIONS:
        if each.open or (who is not None and (each.scope is None or each.scope in held)):
            continue
        answer = await bakery.ask(each.method, re.sub(r"\{\w+\}", "x", each.path), who)
        code = "key-missing" if who is None else "scope-missing"
        problem(answer, 401 if who is None else 403, code)


async def test_what_shows_personal_data_tells_the_ledger_by_whom_it_was_seen(bakery):
    customer = await bakery.customer("email:ann@example.org", data={"loaves": 2})
    done = await bakery.propose("give_refund", customer, arguments={"cents": 100})
    held = await bakery.propose("give_refund", customer, "helper", arguments={"cents": 90_000})
    assert (done["verdict"], held["verdict"]) == ("permit", "hold")
    seen: list[ContextShown] = []
    for path, right in (
        (f"/v1/customers/{customer}", "profile.last_loaves"),
        (f"/v1/customers/{customer}/facts?limit=1000", "arguments"),
        (f"/v1/decisions/{held['decision']}", "arguments.cents"),
        (f"/v1/approvals/{held['invocation']}", "arguments.cents"),
        (f"/v1/outbox/{done['invocation']}", "request"),
        (f"/v1/decisions/{done['decision']}/bundle?wait=5", "evidence"),
    ):
        answer = await bakery.get(path, "root" if "bundle" in path else "olga")
        assert answer.status_code == 200, (path, answer.text)
        page = await bakery.platform.runtime.ledger.page(0, 1000, None)
        looks = [fact for stored in page for fact in stored.entry.facts if isinstance(fact, ContextShown)]
        assert len(looks) == len(seen) + 1, path
        look = looks[-1]
        assert any(right in name for names in look.fields.values() for name in names), (path, look)
        seen = looks
