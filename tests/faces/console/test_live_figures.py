"""The figures of the live page: what customers ask for and at what cost, and from every number to whose it was."""

import json
import re
from html import unescape
from typing import Any

import pytest

from tests.engine.test_insight import TALKS
from tests.kit.harbour import BOT, OLGA, proposal, signal
from tests.kit.lobby import Lobby, lobby_files
from xop.faces.console.insight.chart import begun
from xop.kernel.identity.model import Identifier

ANA = Identifier.parse("email:ana@harbour.test")


async def tell(lobby: Lobby, number: int, kind: str, **data: object) -> str:
    answer = await lobby.platform.engine.submit(signal(f"s{number}", kind, str(ANA), time=lobby.clock.now(), **data))
    assert answer.refusal is None, answer.refusal
    return answer.customer


@pytest.fixture
async def ana(lobby) -> str:
    """A customer who asked for a refund in a chat, was given something, and then called."""
    files = lobby_files()
    files["signals/talks.yaml"] = json.dumps({"signals": TALKS}).encode()
    name = next(each for each in files if each.endswith("issue_credit.yaml"))
    files[name] += b"\ncost: 2.50 EUR\n"
    await lobby.publish(files)
    customer = await tell(lobby, 1, "chat.opened", chat="a")
    await tell(lobby, 2, "wish.heard", chat="a")
    given = await lobby.platform.engine.submit(proposal(1, "issue_credit", BOT, conversation="a", cents=100), ANA)
    assert given.decision.verdict == "permit", given.decision
    await tell(lobby, 3, "wish.done")
    await tell(lobby, 4, "call.started", call="c")
    return customer


def behind(page: str, measure: str) -> list[str]:
    """Return where the numbers of a measure lead."""
    links = (unescape(each) for each in re.findall(r'href="(/console/customers\?[^"]+)"', page))
    return [each for each in links if f"measure={measure}&" in each and "label=&" not in each]


@pytest.mark.parametrize("measure", ["demand", "resolved", "costs", "contacts", "repeats", "shifts"])
async def test_every_number_leads_to_whose_it_was(lobby, ana, measure):
    guest = await lobby.guest()
    for link in behind((await guest.get("/console/live?range=15m")).text, measure) or [""]:
        page = (await guest.get(link)).text
        assert f'href="/console/customers/{ana}" title="{ana}">email a…@harbour.test</a>' in page
        assert f"/console/decisions?customer={ana}" in page
        assert "/console/live?range=15m" in page


async def test_what_was_asked_for_says_what_it_cost(lobby, ana):
    page = (await (await lobby.guest()).get("/console/live")).text
    row = page[page.index('<th scope="row">refund') :]
    cells = re.findall(r"<td[^>]*>(?:<a[^>]*>)?([^<]*)", row[: row.index("</tr>")])
    assert cells == ["1", "1", "100%", "0", "0", "€2.50", "€2.50"]


async def test_without_a_time_before_nothing_is_compared_with_it(lobby, ana):
    guest = await lobby.guest()
    page = (await guest.get("/console/live")).text
    assert "in the hour before" not in page
    assert ">Before<" not in page
    lobby.clock.ahead += 3_720_000
    await tell(lobby, 5, "wish.heard", chat="c")
    page = (await guest.get("/console/live")).text
    assert "in the hour before" in page
    assert ">Before<" in page


async def test_a_figure_nobody_is_behind_says_why(lobby, ana):
    guest = await lobby.guest()
    page = (await guest.get("/console/customers?measure=demand&label=gossip&range=15m")).text
    assert "Nobody is behind it any more" in page
    assert (await guest.get("/console/customers?measure=gossip")).status_code == 400


async def test_lists_tell_customers_apart_by_a_masked_identifier(lobby, ana):
    guest = await lobby.guest()
    for path in ("/console/customers", "/console/decisions"):
        page = (await guest.get(path)).text
        assert f'href="/console/customers/{ana}" title="{ana}">email a…@harbour.test</a>' in page
        assert "ana@harbour.test" not in page


async def test_who_is_found_is_called_by_what_was_typed(lobby, ana):
    found = (await (await lobby.guest()).get("/console/find?q=ANA@harbour.test")).json()
    assert [(each["title"], each["address"]) for each in found] == [
        ("email ana@harbour.test", f"/console/customers/{ana}")
    ]


@pytest.mark.parametrize(
    ("line", "first"),
    [([0] * 10, 6), ([0] * 9 + [3], 6), ([0] * 3 + [1] * 7, 2), ([1] * 10, 0), ([5], 0)],
)
def test_the_chart_of_a_new_system_begins_with_its_first_count(line, first):
    assert begun([str(at) for at in range(len(line))], {"permit": line}) == first


async def test_names_that_a_table_leaves_out_are_counted_and_led_to(lobby):
    customer = await tell(lobby, 1, "page.viewed", path="/berths")
    given: dict[str, dict[str, Any]] = {"issue_credit": {"cents": 1}, "offer_help": {"reason": "cancel page"}}
    asked = [*given, "read_bill", "raise_limit", "reset_pin", "look_up_score", "build_profile", "mail_statement"]
    asked += ["send_notice", "send_text", "send_offer"]
    for number, action in enumerate(asked):
        for again in range(len(asked) - number):
            wish = proposal(f"{action}-{again}", action, OLGA, **given.get(action, {}))
            answer = await lobby.platform.engine.submit(wish, customer)
            assert answer.refusal is None, answer.refusal
    guest = await lobby.guest()
    page = (await guest.get("/console/live?range=15m")).text
    assert "The first 8 of 11." in page
    assert ">reset pin<" in page
    assert ">send offer<" not in page
    (more,) = set(re.findall(r'href="(/console/live[^"]+#actions-title)">Show all', page))
    whole = (await guest.get(unescape(more))).text
    assert ">send offer<" in whole
    assert "The first 8 of 11." not in whole
    assert "Only the first 8" in whole
