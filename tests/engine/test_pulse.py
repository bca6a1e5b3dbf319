"""The pulse tells of the latest seconds, whatever the clock did."""

from xop.engine.pulse import Pulse

NOON = 1_800_000_000_000
HOUR = 3_600_000


def test_decisions_of_the_last_seconds_are_told_by_verdict():
    pulse = Pulse()
    for at, verdict in ((NOON - 20_000, "deny"), (NOON - 5_000, "permit"), (NOON, "hold"), (NOON - 1, "permit")):
        pulse.note(verdict, at)
    assert pulse.verdicts(NOON, 10) == {"permit": 2, "hold": 1}


def test_after_the_clock_was_put_back_old_decisions_do_not_count_as_new():
    pulse = Pulse()
    pulse.note("deny", NOON + HOUR)
    for second in range(60):
        pulse.note("permit", NOON + second * 1000)
    assert pulse.verdicts(NOON + 59_000, 9) == {"permit": 10}
