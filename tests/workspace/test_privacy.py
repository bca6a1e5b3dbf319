"""Data classes of a workspace: what is wrong is told, what is missing is said, and signals give their fields' classes."""

import pytest

from tests.workspace.material import compiled, problems_of, with_text
from xop.kernel.privacy.scrubbing import Marked
from xop.workspace.privacy import privacy_notes

PURPOSES = "purposes:\n  service: {basis: contract}\n"
IDENTITY = "namespaces:\n  email: {kind: email}\n"
AGENTS = "operators:\n  olga: {roles: [officer]}\n"
SIGNALS = """signals:
  told:
    schema:
      type: object
      properties:
        name: {type: string, class: identity}
        note: {type: string, class: communication, pii: mask}
        plan: {type: object, properties: {remark: {type: string, pii: flag}}}
        lines: {type: array, items: {type: object, properties: {text: {type: string, pii: mask}}}}
    changes:
      - set: {name: "{{signal.data.name}}", note: "{{signal.data.note}}", mood: calm}
        count: {counter: calls, window: 1d}
        raise: {flag: upset}
"""
PRIVACY = """profile: {mood: behaviour}
identifiers: {email: contact}
flags: {upset: special}
counters: {calls: communication}
purposes: {service: [identity, contact]}
default_purpose: service
everything: [officer]
"""


def files(privacy: str = PRIVACY, signals: str = SIGNALS) -> dict[str, bytes]:
    """Return a small workspace with a declaration."""
    return with_text(
        privacy_yaml=privacy, signals_yaml=signals, purposes_yaml=PURPOSES, identity_yaml=IDENTITY, agents_yaml=AGENTS
    )


@pytest.mark.parametrize(
    ("old", "new", "cause", "remedy"),
    [
        ("mood: behaviour", "mood: behavior", "which is no choice", "'behaviour'"),
        ("email: contact", "mail: contact", "there is no namespace 'mail'", "'email'"),
        ("upset: special", "upst: special", "no signal changes the flag 'upst'", "'upset'"),
        ("calls: communication", "cals: communication", "no signal changes the counter 'cals'", "'calls'"),
        ("{service: [identity", "{services: [identity", "there is no purpose 'services'", "'service'"),
        ("default_purpose: service", "default_purpose: care", "there is no purpose 'care'", "service"),
        ("[officer]", "[oficer]", "nobody has the role 'oficer'", "'officer'"),
        ("profile:", "profiles:", "is no field", "'profile'"),
    ],
)
def test_a_mistake_in_the_declaration_is_told_with_its_line(old, new, cause, remedy):
    (problem,) = problems_of(files(PRIVACY.replace(old, new)))
    assert problem.file == "privacy.yaml"
    assert new in PRIVACY.replace(old, new).splitlines()[problem.line - 1]
    assert cause in problem.cause
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("class: identity", "class: identify", "'identify' is no data class"),
        ("remark: {type: string, pii: flag}", "remark: {type: string, pii: hide}", "'hide' is no treatment"),
        ("remark: {type: string, pii: flag}", "remark: {type: integer, pii: flag}", "only text is looked into"),
    ],
)
def test_a_mistake_in_the_marks_of_a_signal_is_told_with_its_line(old, new, cause):
    changed = SIGNALS.replace(old, new)
    (problem,) = problems_of(files(signals=changed))
    assert cause in problem.cause
    assert new.partition(":")[0] in changed.splitlines()[problem.line - 1]


def test_a_profile_field_has_the_class_of_the_signals_field_it_is_set_from():
    privacy = compiled(files()).privacy
    assert privacy is not None
    assert privacy.profile == {"name": "identity", "note": "communication", "mood": "behaviour"}


def test_signals_that_disagree_give_a_field_no_class():
    other = "  heard:\n    schema: {type: object, properties: {n: {type: string}}}\n    changes:\n"
    other += '      - set: {name: "{{signal.data.n}}"}\n'
    privacy = compiled(files(signals=SIGNALS + other)).privacy
    assert privacy is not None
    assert privacy.class_of("profile", "name") == "unclassified"


def test_a_workspace_without_a_declaration_is_sound_and_told_what_to_write():
    without = {path: text for path, text in files().items() if path != "privacy.yaml"}
    plain = SIGNALS.replace(", class: identity", "").replace(", class: communication", "")
    release = compiled(without | {"signals.yaml": plain.encode()})
    assert release.privacy is None
    notes = privacy_notes(release)
    assert "profile fields mood, name, note: agents see none of them" in notes[0]
    assert "`profile: {mood: contact}` into privacy.yaml" in notes[0]
    assert "namespaces email" in notes[1]


def test_what_is_left_without_a_class_is_named():
    assert privacy_notes(compiled(files(PRIVACY.replace("profile: {mood: behaviour}", "profile: {}")))) == [
        (
            "No data class is declared for the profile fields mood: agents see none of them. "
            "Write `profile: {mood: contact}` into privacy.yaml, with the class of each."
        ),
        "No data class is declared for 2 fields of signals, such as told/lines.*.text, told/plan.remark: write `class: …`.",
    ]


def test_the_marks_of_a_signal_are_found_at_any_depth():
    assert compiled(files()).signals["told"].marked == (
        Marked(("note",), "mask"),
        Marked(("plan", "remark"), "flag"),
        Marked(("lines", "*", "text"), "mask"),
    )


PACKET = """name: ask_desk
version: 1
description: Another agent looks into it.
kind: write
purpose: service
binding:
  connection: desk
  request: {text: "{{customer.profile.%s}}", packet: {who: "{{customer.id}}"}}
"""
DESK = "connections:\n  desk: {adapter: a2a, settings: {card: 'https://desk.example'}}\n"


def test_another_agent_is_sent_only_what_the_purpose_may_see():
    allowed = {**files(), "connections.yaml": DESK.encode(), "actions/ask_desk.yaml": (PACKET % "name").encode()}
    assert "ask_desk" in compiled(allowed).actions
    (problem,) = problems_of({**allowed, "actions/ask_desk.yaml": (PACKET % "mood").encode()})
    assert problem.file == "actions/ask_desk.yaml"
    assert problem.cause == "customer.profile.mood is behaviour, which the purpose 'service' may not see"
    without = {path: text for path, text in allowed.items() if path != "privacy.yaml"}
    plain = SIGNALS.replace(", class: identity", "").replace(", class: communication", "").encode()
    unsaid = {**without, "signals.yaml": plain, "actions/ask_desk.yaml": (PACKET % "mood").encode()}
    assert "ask_desk" in compiled(unsaid).actions
