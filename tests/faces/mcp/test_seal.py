"""The seal: what clients carry for us cannot be read, changed, kept or used for something else."""

import pytest

from xop.faces.mcp.seal import Seal, State, kind_of, sealing_key

KEY, OTHER = b"k" * 32, b"o" * 32
STATE = State("purpose", "n-1", 1000, "agent:guide", "digest", {"decision": "dec_1"})


def test_what_was_sealed_comes_back_as_it_was():
    assert Seal(KEY).open(Seal(KEY).close(STATE), "purpose", 999) == STATE


def test_a_state_is_over_when_its_time_is():
    assert Seal(KEY).open(Seal(KEY).close(STATE), "purpose", 1000) is None


def test_a_state_of_one_kind_is_none_of_another():
    assert Seal(KEY).open(Seal(KEY).close(STATE), "step_up", 1) is None


def test_a_link_for_customers_is_no_state_of_a_request():
    link = State("step_up", "n-2", 1000, "agent:guide", "", {})
    assert kind_of(Seal(KEY), Seal(KEY).close(link), 1) is None
    assert kind_of(Seal(KEY), Seal(KEY).close(STATE), 1) == STATE


@pytest.mark.parametrize("spoil", [lambda text: text[:-1], lambda text: f"{text}A", lambda _: "", lambda _: "v1.AAAA"])
def test_what_was_changed_opens_no_more(spoil):
    assert Seal(KEY).open(spoil(Seal(KEY).close(STATE)), "purpose", 1) is None


def test_only_the_own_key_opens():
    assert Seal(OTHER).open(Seal(KEY).close(STATE), "purpose", 1) is None


def test_nothing_of_it_can_be_read():
    assert "dec_1" not in Seal(KEY).close(STATE)


def test_a_key_given_by_the_environment_stands_before_that_of_the_folder(tmp_path, monkeypatch):
    own = sealing_key(tmp_path)
    monkeypatch.setenv("XOP_SEAL_KEY", "a shared one")
    shared = sealing_key(tmp_path)
    assert shared != own
    assert len(shared) == len(own) == 32
