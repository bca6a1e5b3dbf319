"""Figures have names that the workspace itself gives, and none that a customer or a source made up."""

import pytest

from tests.kit.harbour import FOLDER
from xop.assembly import compiled, workspace_files
from xop.kernel.insight.vocabulary import own_name, vocabulary

SIGNALS = b"""
signals:
  phone.rang:
    schema:
      type: object
      properties: {topic: {type: string, enum: [bill, coverage]}, words: {type: string}}
    changes:
      - intent: {change: open, name: "{{signal.data.topic}}"}
      - intent: {change: open, name: talk}
      - intent: {change: open, name: "{{signal.data.words}}"}
"""


@pytest.fixture(scope="module")
def words():
    """Return what a workspace itself says."""
    return vocabulary(compiled({**workspace_files(FOLDER), "signals/calls.yaml": SIGNALS}))


@pytest.mark.parametrize("name", ["bill", "coverage", "talk"])
def test_what_the_workspace_writes_or_lists_has_its_name(words, name):
    assert own_name(words, "demand", name) == name


@pytest.mark.parametrize("name", ["my cat ate the invoice", "ann", "+4512345678", "bill to ann"])
def test_what_came_with_a_signal_has_none(words, name):
    assert own_name(words, "demand", name) is None
    assert own_name(words, "shifts", f"voice to {name}") is None


def test_a_shift_is_named_by_two_channels(words):
    assert own_name(words, "shifts", "voice to email") == "voice to email"


def test_rules_and_verdicts_are_the_workspaces_anyway(words):
    assert own_name(words, "codes", "house.rule") == "house.rule"
