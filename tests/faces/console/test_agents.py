"""The pages of agents and halts: who stops what, who lets it go on, and nothing of what outsiders wrote does anything."""

import json
import re
import shlex
from html import unescape

import httpx
import pytest

from tests.kit.harbour import BOT, proposal, signal
from tests.kit.lobby import lobby_files, open_lobby

ANN = "email:ann@harbour.test"
HALT, RESUME = "/console/halt", "/console/resume"
SCRIPT = "<script>alert(1)</script>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


async def customer(lobby) -> str:
    """Make a customer known and return their id."""
    answer = await lobby.platform.engine.submit(signal(1, "page.viewed", ANN, path="/plans"))
    found: str = answer.customer
    return found


async def halt(browser, scope: str, reason: str) -> str:
    """Halt something as a person does, and return the page that follows."""
    page: str = await browser.send(f"{HALT}?scope={scope}", HALT, scope=scope, reason=reason)
    return page


async def test_an_agent_that_was_halted_says_by_whom_and_why_and_only_a_second_person_lets_it_go_on(lobby):
    olga, otto = await lobby.guest("olga"), await lobby.guest("otto")
    after = await halt(olga, "agent:helper_bot", "odd refunds")
    assert "agent:helper_bot is halted" in after
    assert lobby.platform.engine.halts == {"agent:helper_bot"}
    own = await olga.look("/console/agents")
    assert "odd refunds" in own
    assert "You halted it: a second person lets it go on." in own
    assert "nobody resumes what they halted themselves" in await olga.look(f"{RESUME}?scope=agent:helper_bot")
    fields = await olga.hidden("/console/account", "/console/sign-out")
    refused = await olga.post(RESUME, **fields, scope="agent:helper_bot")
    assert (refused.status_code, lobby.platform.engine.halts) == (403, {"agent:helper_bot"})
    asked = await otto.look(f"{RESUME}?scope=agent:helper_bot")
    assert "operator:olga" in asked
    assert "odd refunds" in asked
    on = await otto.send(f"{RESUME}?scope=agent:helper_bot", RESUME, reason="it was a test")
    assert lobby.platform.engine.halts == set()
    assert "goes on, by" in on
    assert "it was a test" in on


async def test_a_halt_needs_a_reason_and_names_what_is_there(lobby):
    olga = await lobby.guest()
    fields = await olga.hidden(f"{HALT}?scope=all", HALT)
    answer = await olga.post(HALT, **{**fields, "scope": "all", "reason": "  "})
    assert answer.status_code == 400
    assert "a halt needs a reason" in answer.text
    assert (await olga.get(f"{HALT}?scope=agent:nobody")).status_code == 422
    assert lobby.platform.engine.halts == set()


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ("agent:helper_bot", "everything it asks for is denied"),
        ("action:issue_credit", "no agent, no journey and no person"),
        ("connection:desk", "Actions that stop: "),
        ("all", "nothing is done for any customer"),
    ],
)
async def test_what_a_halt_means_is_said_before_it_is_asked_for(lobby, scope, words):
    olga = await lobby.guest()
    asked = await olga.look(f"{HALT}?scope={scope}")
    assert words in asked
    assert "Only a second person can let it go on" in asked
    assert f'value="{scope}"' in asked
    assert "is halted. A second person" in await halt(olga, scope, "a fire")


async def test_whoever_may_not_halt_is_offered_nothing_and_can_send_nothing(lobby):
    dpo = await lobby.guest("dpo")
    seen = await dpo.look("/console/agents")
    assert "helper_bot" in seen
    assert "/console/halt" not in seen
    assert "/console/halt" not in await dpo.look("/console/agents/helper_bot")
    assert (await dpo.get(f"{HALT}?scope=all")).status_code == 403
    fields = await dpo.hidden("/console/account", "/console/sign-out")
    assert (await dpo.post(HALT, **fields, scope="all", reason="why not")).status_code == 403
    assert lobby.platform.engine.halts == set()


async def test_a_form_that_is_sent_twice_halts_once(lobby):
    olga = await lobby.guest()
    fields = await olga.hidden(f"{HALT}?scope=all", HALT)
    for _ in range(2):
        assert (await olga.post(HALT, **fields, reason="a fire")).status_code == 303
    changes = await olga.look("/console/agents")
    assert changes.count("was halted by") == 1


async def test_what_an_agent_does_is_on_its_page_with_what_is_left_of_its_budget(tmp_path):
    files = lobby_files()
    files["agents.yaml"] = files["agents.yaml"].replace(
        b"    autonomy: act\n", b"    autonomy: act\n    budgets: [{within: 1d, most: 1}]\n", 1
    )
    async with open_lobby(tmp_path, files) as lobby:
        known, olga = await customer(lobby), await lobby.guest()
        await lobby.platform.engine.submit(proposal(1, "issue_credit", BOT, cents=5), known)
        seen = await olga.look("/console/agents/helper_bot")
        assert "issue credit" in seen
        assert "name a customer" in seen
        left = await olga.look(f"/console/agents/helper_bot?customer={ANN}")
        assert "1 acts" in left
        assert "spent" in left
        assert "Asked for in 24 h" in left


async def test_how_people_overrule_an_agent_is_counted_by_the_month(lobby):
    olga = await lobby.guest()
    assert "Nobody was asked about it this month" in await olga.look("/console/agents/helper_bot?part=oversight")


async def test_words_of_agents_and_of_people_are_shown_and_never_run(tmp_path):
    files = lobby_files()
    files["agents.yaml"] = files["agents.yaml"].replace(
        b"    autonomy: act\n",
        f'    autonomy: act\n    description: "{SCRIPT}"\n    owner: "{SCRIPT}"\n    model: "{SCRIPT}"\n'.encode(),
        1,
    )
    async with open_lobby(tmp_path, files) as lobby:
        olga = await lobby.guest()
        await halt(olga, "agent:helper_bot", SCRIPT)
        for path in ("/console/agents", "/console/agents/helper_bot", f"{RESUME}?scope=agent:helper_bot", HALT):
            text = await olga.look(path)
            assert (SCRIPT in text, ESCAPED in text) == (False, True), path


async def test_the_page_of_an_agent_that_is_not_there_says_so(lobby):
    olga = await lobby.guest()
    answer = await olga.get("/console/agents/nobody")
    assert (answer.status_code, "there is no agent" in answer.text) == (404, True)
    gone = await olga.get(f"{RESUME}?scope=https://evil.test/")
    assert (gone.status_code, gone.headers["location"]) == (303, "/console/agents")


def test_an_agent_is_told_where_it_connects_as_this_browser_has_the_server(crossings, dora):
    text = unescape(dora.get("/console/agents/helper_bot").text)
    card = re.search(r"<code>(http\S+/\.well-known/agent-card\.json)</code>", text)
    mcp = re.search(r"<code>(http\S+/mcp)</code>", text)
    assert card is not None
    assert mcp is not None
    assert httpx.get(card[1], timeout=30).json()["skills"]
    snippet = re.search(r'<pre [^>]*id="snippet"[^>]*>(.*?)</pre>', text, re.DOTALL)
    probe = re.search(r'<pre [^>]*id="probe"[^>]*>(.*?)</pre>', text, re.DOTALL)
    assert snippet is not None
    assert probe is not None
    assert json.loads(snippet[1])["mcpServers"]["xop"]["url"].partition("?")[0] == mcp[1]
    words = [each for each in shlex.split(probe[1].replace("$XOP_KEY", "bot-key")) if each.strip()]
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    answer = httpx.post(words[2], headers=headers, content=words[words.index("-d") + 1], timeout=30)
    assert answer.status_code == 200, answer.text
    assert "issue_credit" in answer.text
