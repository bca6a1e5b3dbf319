"""An agent of the A2A face that said nothing of being an AI is told so, with the very words to say."""

from hashlib import sha256

import pytest
import yaml

from tests.faces.a2a.desk import WORKSPACE, S, about, desk_here, wish
from xop.assembly import workspace_files

WORDS = "You are dealing with an AI that acts on behalf of the desk."

REGISTER = {
    "deployer": {"name": "The desk", "contact": "ai@desk.test"},
    "systems": {
        "clerk_system": {
            "covers": ["agent:clerk", "agent:shy", "agent:watcher"],
            "provider": "A maker of models",
            "purpose": "Answers customers.",
            "risk_class": "art50",
            "rationale": "It talks to people.",
            "disclosure": "ai_desk",
        }
    },
    "texts": {"ai_desk": {"kind": "disclosure", "version": 1, "languages": {"en": WORDS}}},
}


@pytest.fixture
async def strict_desk(tmp_path):
    """The desk with a register of its AI systems."""
    files = {**workspace_files(WORKSPACE), "systems.yaml": yaml.safe_dump(REGISTER).encode()}
    async with desk_here(tmp_path, files) as running:
        yield running


async def known(desk, binding):
    """Return a customer who wants news."""
    who = f"email:{binding[:4].lower()}.told@harbour.test"
    await desk.signal("seen", who)
    await desk.signal("xop.consent.granted", who, purpose="news", channel="email")
    return who


async def test_a_refusal_for_want_of_a_disclosure_says_what_to_say_first(strict_desk, binding):
    who = await known(strict_desk, binding)
    async with strict_desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("send_news", who))
    assert task.status.state == S.TASK_STATE_REJECTED
    assert about(task)["code"] == "xop.ai_not_disclosed"
    (notice,) = about(task)["notices"]
    assert notice.endswith(f"in en (sha256 {sha256(WORDS.encode()).hexdigest()}): {WORDS}")
    (said,) = task.status.message.parts
    assert said.text.endswith(f"{notice} Then ask for it again.")


async def test_once_it_was_said_the_same_is_done_and_nothing_is_to_be_told(strict_desk, binding):
    who = await known(strict_desk, binding)
    await strict_desk.inform(who, {"text": "ai_desk", "language": "en", "channel": "email"})
    async with strict_desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("send_news", who))
    assert task.status.state == S.TASK_STATE_COMPLETED
    assert "notices" not in about(task)
