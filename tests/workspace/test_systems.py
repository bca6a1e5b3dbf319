"""The register of AI systems: what it lacks is told with its line, and what to write instead."""

import pytest

from tests.workspace.material import compiled, line_of, problems_of, with_text
from xop.kernel.base.days import begin_of
from xop.workspace.systems import register_notes

AGENTS = """
agents:
  bot: {actions: [lend, hello]}
operators:
  ann:
    roles: [supervisor]
    training: {record: T-1, valid_until: 2027-12-31, systems: [chat]}
"""

ACTION = """
name: {name}
version: 1
description: An action.
kind: {kind}
purpose: service
binding: {{connection: screen, request: {{text: "{text}"}}}}
"""

LEND = ACTION.format(name="lend", kind="write", text="lent") + "risk_class: annex_iii:5b\n"
HELLO = (
    ACTION.format(name="hello", kind="contact", text="Hello. I am an   AI of ours.") + "channel: email\ninforms: chat\n"
)

SYSTEMS = """
deployer: {name: Ours, contact: ai@ours.test}
systems:
  chat:
    covers: [agent:bot]
    provider: A maker
    purpose: Answers people.
    risk_class: art50
    rationale: It decides nothing.
    disclosure: chat
  lender:
    covers: [action:lend]
    provider: A maker
    purpose: Says who gets a loan.
    risk_class: annex_iii:5b
    rationale: It evaluates creditworthiness.
    notice: lending
    assessment:
      process: a
      period: b
      people: c
      risks: d
      oversight: e
      measures: f
      performed: 2026-01-01
      valid_until: 2026-12-31
texts:
  chat: {kind: disclosure, version: 1, languages: {en: I am an AI of ours.}}
  lending: {kind: notice, version: 1, languages: {en: An AI decides with us.}}
effective_from: {notice: 2026-06-01}
"""

PURPOSES = "channels: {email: {}}\npurposes: {service: {basis: contract}}\n"


def files(
    systems: str | None = SYSTEMS, agents: str = AGENTS, lend: str = LEND, hello: str = HELLO
) -> dict[str, bytes]:
    texts = {
        "agents_yaml": agents,
        "purposes_yaml": PURPOSES,
        "connections_yaml": "connections: {screen: {adapter: console}}\n",
        "actions__lend_yaml": lend,
        "actions__hello_yaml": hello,
    }
    return with_text(**texts, **({} if systems is None else {"systems_yaml": systems}))


def test_the_register_is_part_of_the_release():
    release = compiled(files())
    register = release.register
    assert register is not None
    assert register.governing(["agent:bot", "action:lend"]) == ("chat", "lender")
    assert register.since["notice"] == begin_of("2026-06-01")
    assert register.since["assessment"] == begin_of("2027-12-02")
    assert register.carried["hello"].language == "en"
    assert compiled(files()).digest != compiled(files(SYSTEMS.replace("version: 1", "version: 2", 1))).digest


@pytest.mark.parametrize(
    ("old", "new", "marker", "cause", "remedy"),
    [
        ("agent:bot", "agent:bott", "bott", "there is no agent 'bott'", "did you mean 'bot'?"),
        ("agent:bot", "bot", "covers: [bot]", "does not fit", "agent:"),
        ("action:lend", "action:land", "land", "there is no action 'land'", "did you mean 'lend'?"),
        ("risk_class: art50", "risk_class: high", "high", "does not fit", "annex_iii:"),
        ("annex_iii:5b", "annex_iii:8e", "8e", "Annex III has no point '8e'", "use one of"),
        ("rationale: It decides nothing.", 'version: "2"', "chat:", "no 'rationale'", "rationale"),
        ("disclosure: chat", "disclosure: chatt", "chatt", "there is no text 'chatt'", "did you mean 'chat'?"),
        ("disclosure: chat", "disclosure: lending", "disclosure: lending", "is a notice", "kind: disclosure"),
        ("notice: lending", 'version: "2"', "lending: {", "no system gives the text", "drop it"),
        ("      period: b\n", "", "assessment:", "no 'period'", "period"),
        ("performed: 2026-01-01", "performed: 2026-02-30", "02-30", "is no day", "2026"),
        (
            "valid_until: 2026-12-31",
            "valid_until: 2025-12-31",
            "valid_until: 2025",
            "over before it was performed",
            "last",
        ),
        ("{notice: 2026-06-01}", "{notice: 2028-01-01}", "2028", "binds from 2027-12-02 on", "leave it out"),
        ("{notice: 2026-06-01}", "{notices: 2026-06-01}", "notices", "no choice", "did you mean 'notice'?"),
        ("I am an AI of ours.}", "I am no AI.}", "", "does not say the text 'chat' word for word", "binding.request"),
    ],
)
def test_a_mistake_in_the_register_is_told(old, new, marker, cause, remedy):
    assert old in SYSTEMS
    text = SYSTEMS.replace(old, new, 1)
    changed = files(text)
    found = problems_of(changed)
    told = [each for each in found if cause in each.cause]
    assert told, found
    assert remedy in told[0].remedy
    if marker:
        assert told[0].line == line_of(changed, "systems.yaml", marker)


def test_every_agent_and_every_model_is_in_the_register():
    (problem,) = problems_of(files(agents=AGENTS.replace("operators:", "  other: {}\noperators:")))
    assert (problem.file, problem.line) == ("agents.yaml", 4)
    assert "agent:other is in no AI system" in problem.cause
    assert "covers: [agent:other]" in problem.remedy


def test_an_action_of_annex_iii_needs_a_system_of_annex_iii_behind_it():
    (problem,) = problems_of(files(SYSTEMS.replace("annex_iii:5b", "none")))
    line = line_of(files(), "actions/lend.yaml", "risk_class")
    assert (problem.file, problem.line) == ("actions/lend.yaml", line)
    assert "risk_class: annex_iii:5b" in problem.remedy


def test_without_a_register_nothing_may_speak_of_one():
    causes = {each.cause for each in problems_of(files(None))}
    assert causes == {"an action of Annex III needs a register of AI systems", "there is no register of AI systems"}


def test_training_is_a_persons_and_names_systems_there_are():
    wrong = AGENTS.replace("systems: [chat]", "systems: [chatt]").replace("2027-12-31", "2027-13-31")
    causes = {each.cause for each in problems_of(files(agents=wrong))}
    assert causes == {"there is no system 'chatt' in systems.yaml", "'2027-13-31' is no day"}
    bots = AGENTS.replace("actions: [lend, hello]", "training: {record: T, valid_until: 2027-12-31, systems: ['*']}")
    (problem,) = problems_of(files(agents=bots))
    assert problem.cause == "only people are trained to oversee"


def test_what_a_sound_register_lacks_is_noted_with_line_article_and_day():
    notes = register_notes(files(), compiled(files()), begin_of("2026-11-01"))
    line = line_of(files(), "systems.yaml", "lender:")
    assert len(notes) == 2
    assert notes[0].startswith(f"systems.yaml:{line}: lender: the authority has not been told")
    assert notes[0].endswith("Art. 27 binds from 2027-12-02.")
    assert "nobody with a valid training" in notes[1]
    over = register_notes(files(), compiled(files()), begin_of("2028-01-01"))
    assert "valid until 2026-12-31" in over[0]
    assert over[0].endswith("Art. 27 binds since 2027-12-02.")


def test_agents_without_a_register_are_noted():
    plain = with_text(agents_yaml="operators:\n  ann: {roles: [supervisor]}\nagents:\n  bot: {}\n")
    (note,) = register_notes(plain, compiled(plain), 0)
    assert note.startswith("agents.yaml:3: no register says what the AI systems bot are")
