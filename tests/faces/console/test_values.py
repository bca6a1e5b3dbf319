"""What is typed into a form reaches the ledger only as the API would have taken it, and any moment can be told."""

from collections.abc import Iterator

import pytest

from tests.kit.supervision import Place, staffed
from xop.faces.console.words import Words, best_locale, zone_named

DESK = "/console/handovers"


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[Place]:
    """A server with people in front of it."""
    with staffed(tmp_path_factory.mktemp("values")) as opened:
        yield opened


@pytest.mark.parametrize(
    "fact",
    ["berths: NaN", "berths: -Infinity", "berths: 99999999999999999999", 'berths: "\\ud800"'],
    ids=["no number", "no end", "beyond 64 bits", "half a character"],
)
def test_what_json_cannot_tell_is_not_learned_and_what_was_typed_stays(place, request, fact):
    who = f"email:{request.node.callspec.id.replace(' ', '')}@harbour.test"
    name = place.counter.handed_over(who, f"call-{who[6:20]}")
    page = f"{DESK}/{name}"
    place.olga.send(page, f"{page}/acceptance")
    fields = {"outcome": "resolved", "continues": "agent", "notes": "nearly lost", "facts": fact}
    answer = place.olga.send(page, f"{page}/return", **fields)
    assert answer.status_code in {400, 422}, answer.text
    assert ">nearly lost</textarea>" in answer.text
    assert place.counter.get(f"/v1/handovers/{name}")["handover"]["status"] == "accepted"
    assert "berths" not in place.counter.get(f"/v1/customers/{who}")["profile"]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
@pytest.mark.parametrize("at", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", 2**62, -(2**62)])
def test_a_moment_at_the_end_of_all_calendars_is_told_in_every_time_zone(zone, at):
    words = Words(best_locale("en"), zone_named(zone), 1_700_000_000_000)
    assert words.moment(at)
    assert words.clock(at)
    assert words.date(at)
    assert words.ago(at)
