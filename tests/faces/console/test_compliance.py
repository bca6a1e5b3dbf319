"""The pages of governance: what is amiss is told, and what is done there is done by the API under its rules."""

import asyncio
import json
import re
from html import unescape

import pytest

from tests.kit.harbour import proposal, signal
from tests.kit.lobby import open_lobby
from tests.kit.stewardship import GOVERNANCE, SCRIPT, steward_files

ANA = "email:ana@harbour.test"


@pytest.fixture(scope="module")
async def lobby(tmp_path_factory):
    """A console of the workspace under governance."""
    async with open_lobby(tmp_path_factory.mktemp("governance"), steward_files()) as opened:
        yield opened


@pytest.fixture(scope="module")
async def dora(lobby):
    """The data protection officer."""
    return await lobby.guest("dora")


async def seen(browser, page: str) -> str:
    """Return a page of the console."""
    answer = await browser.get(f"/console/{page}")
    assert answer.status_code == 200, answer.text
    return answer.text


async def opened(dora, **fields: str) -> str:
    """Open an incident and return the path of its page."""
    hidden = await dora.hidden("/console/incidents", "/console/incidents")
    answer = await dora.post("/console/incidents", **{**hidden, "category": "other", **fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_what_is_not_as_it_must_be_is_told_with_the_page_that_mends_it(dora):
    page = await seen(dora, "compliance")
    urgent = page.partition('id="urgent-title"')[2].partition("</section>")[0]
    assert 'href="/console/systems/lender"' in urgent
    assert "Art. 27" in urgent
    assert "The training T-2026-1 of operator:dora ended on 1 Mar 2020" in urgent or "Mar 1, 2020" in urgent
    assert "helper lacks" not in urgent
    later = page.partition('id="soon-title"')[2].partition("</section>")[0]
    assert "No witness outside this company" in later
    assert "Art. 26(11)" in later


@pytest.mark.parametrize("place", ["compliance", "systems/lender", "incidents", "oversight", "log", "retention"])
async def test_the_menu_says_that_one_is_in_compliance(dora, place):
    menu = (await seen(dora, place)).partition('class="menu"')[2].partition("</nav>")[0]
    assert re.findall(r'href="(\S+)" aria-current="page"', menu) == ["/console/compliance"]


async def test_a_systems_page_has_its_duties_texts_and_people(dora):
    page = await seen(dora, "systems/lender")
    assert "high: Annex III, point 5b" in page
    assert "lender-guide" in page
    assert "There is no assessment" in page
    assert "T-2026-1" in page
    assert (await dora.get("/console/systems/none")).status_code == 404
    helper = await seen(dora, "systems/helper")
    assert "You are talking to an AI." in helper
    assert "limited: tells people it is an AI (Art. 50)" in helper


async def test_what_others_wrote_is_shown_as_they_wrote_it_and_never_runs(dora):
    incident = await opened(dora, summary=f"Odd. {SCRIPT}")
    address = incident.removeprefix("/console/")
    await dora.send(incident, f"{incident}/reports", to=SCRIPT, reference=SCRIPT, complete="yes")
    await dora.send(incident, f"{incident}/closing", outcome=SCRIPT)
    for page in (*GOVERNANCE, "incidents?state=all", address):
        text = await seen(dora, page)
        assert "<img" not in text, page
        assert "<script>" not in text, page
    assert unescape(await seen(dora, address)).count(SCRIPT) >= 3


async def test_an_incident_is_classified_reported_and_closed_against_its_deadline(lobby, dora):
    path = await opened(dora, summary="Odd refunds", category="other", agent="agent:helper_bot")
    assert "It must be reported" not in await seen(dora, path.removeprefix("/console/"))
    told = await dora.send(path, f"{path}/category", category="serious", note="money was lost")
    assert "It must be reported" in told
    assert "in 2 weeks" in told
    assert f"{path}/closing" not in told
    overview = await seen(dora, "compliance")
    assert "To be reported." in overview
    told = await dora.send(path, f"{path}/reports", to="the authority", reference="A-1")
    assert "It is closed only after a full report." in told
    assert "The whole report is still to come." in await seen(dora, "compliance")
    told = await dora.send(path, f"{path}/reports", to="the authority", complete="yes")
    assert "The whole report is still to come." not in await seen(dora, "compliance")
    told = await dora.send(path, f"{path}/closing", outcome="Paid back.")
    assert "Paid back." in told
    assert f"{path}/category" not in told
    assert path in await seen(dora, "incidents?state=all")
    assert path not in await seen(dora, "incidents")


async def test_an_incident_whose_deadline_passed_is_urgent(lobby, dora):
    path = await opened(dora, summary="Long ago", category="serious", aware="2026-01-05T10:00")
    page = await seen(dora, path.removeprefix("/console/"))
    assert "The deadline passed without a report" in page or "It should have been reported" in page
    urgent = (await seen(dora, "compliance")).partition('id="urgent-title"')[2].partition("</section>")[0]
    assert "Long ago" in urgent


async def test_an_incident_tells_what_was_decided_in_the_decisions_it_concerns(lobby, dora):
    customer = await known(lobby)
    answer = await lobby.platform.engine.submit(proposal("odd", "issue_credit", cents=100), customer)
    decision = answer.decision.id
    path = await opened(dora, summary="Odd", decisions=decision)
    page = await seen(dora, path.removeprefix("/console/"))
    concerned = page.partition('id="keeps-title"')[2].partition("</section>")[0]
    assert f'href="/console/decisions/{decision}"' in concerned
    assert "issue credit</a>" in concerned
    held = await seen(dora, "legal-holds")
    assert f'href="{path}">an incident</a>' in held


async def test_a_form_that_is_sent_twice_opens_one_incident(dora):
    hidden = await dora.hidden("/console/incidents", "/console/incidents")
    fields = {**hidden, "category": "other", "summary": "Once"}
    first, second = [(await dora.post("/console/incidents", **fields)).headers["location"] for _ in range(2)]
    assert first == second


async def test_the_report_of_a_month_is_a_page_and_a_file(dora):
    page = await seen(dora, "oversight?month=2026-10")
    assert "harbour, October 2026" in page
    answer = await dora.get("/console/oversight/json?month=2026-10")
    assert answer.headers["content-disposition"] == 'attachment; filename="oversight-2026-10.json"'
    assert json.loads(answer.text)["month"] == "2026-10"
    assert (await dora.get("/console/oversight?month=2026-13")).status_code == 400


async def test_a_legal_hold_is_imposed_listed_and_lifted(lobby, dora):
    await known(lobby)
    hold = {"customer": ANA, "name": "case-7", "ground": "legal_claims", "detail": f"Smith {SCRIPT}"}
    page = await dora.send("/console/legal-holds", "/console/legal-holds", **hold)
    assert "case-7" in page
    assert "<img" not in page
    lifting = re.findall(r'action="(/console/legal-holds/[^"]+/case-7/lifting)"', page)[0]
    page = await dora.send("/console/legal-holds", lifting, reason="settled")
    assert "The legal hold case-7 was lifted." in page
    assert lifting not in page


async def test_retention_runs_only_for_whoever_looked_at_what_would_go(dora):
    page = await dora.get("/console/retention")
    assert "Values behind decisions" in page.text
    told = await dora.send("/console/retention", "/console/retention", confirmed="")
    assert "Nothing has gone" in told
    assert "There was no run yet" in told
    told = await dora.send("/console/retention", "/console/retention")
    assert "It is over" in told
    assert "operator</span> dora" in told


async def test_erasures_under_way_and_done_are_listed(lobby, dora):
    customer = await known(lobby, "email:bea@harbour.test")
    place = f"/console/customers/{customer}/erasure"
    await dora.send(place, place, confirmed=customer, ground="request")
    async with asyncio.timeout(20):
        while "Nobody was erased yet" in (page := await seen(dora, "erasures")):
            await others()
    assert "nobody had to be" in page
    assert customer not in page


async def test_the_log_page_has_what_verifies_without_this_server(dora):
    page = await seen(dora, "log")
    assert "data-verify" in page
    program = await dora.get("/console/log/verify_log.py")
    assert program.headers["content-disposition"] == 'attachment; filename="verify_log.py"'
    assert program.text.startswith('"""Verifies a transparency log')
    policy = await dora.get("/console/log/log.policy")
    assert policy.headers["content-disposition"] == 'attachment; filename="log.policy"'
    found = (await dora.get("/console/log/checkpoint")).json()
    assert found["policy"] == policy.text
    assert found["state"]
    size = found["size"]
    assert (await dora.get(f"/console/log/consistency?older=1&size={size}")).json()["size"] == size
    refused = await dora.get("/console/log/consistency?older=1&size=99999999")
    assert (refused.status_code, refused.json()["code"]) == (409, "log-shorter")


async def others() -> None:
    """Let others go on."""
    await asyncio.sleep(0)


async def known(lobby, identifier: str = ANA) -> str:
    """Have a customer known, and return their id."""
    answer = await lobby.platform.engine.submit(signal(identifier, "page.viewed", identifier, path="/"))
    assert answer.customer, answer
    return answer.customer
