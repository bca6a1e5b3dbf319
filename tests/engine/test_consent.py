"""Consent over the whole engine: at once for what is under way, told when it changes, and over when its time is."""

import json
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from tests.kit.harbour import DAY, FOLDER, MINUTE, NOON, OLGA, consent, proposal, signal
from tests.kit.world import World
from xop.assembly import compiled, workspace_files
from xop.kernel import facts as f
from xop.kernel.base.times import iso
from xop.kernel.commands import Execution, Merge, Signal, Unmerge
from xop.kernel.consent.answer import answer
from xop.kernel.identity.model import Identifier
from xop.kernel.release import Release

ANA = "email:ana@harbour.test"
BEA = "email:bea@harbour.test"

CONDITIONS = {"sale_context": True, "similar_products": True, "optout_at_collection": True, "optout_each_message": True}

_NOTE = """
name: tell_vendor
version: 1
description: Tell a vendor that consent changed.
kind: write
purpose: service
input:
  type: object
  required: [purpose, channel, term, at]
  additionalProperties: false
  properties:
    purpose: {type: string}
    channel: {type: string}
    term: {type: string}
    at: {type: string}
binding:
  connection: desk
  request:
    subject: "{{customer.id}}"
    purpose: "{{arguments.purpose}}"
    channel: "{{arguments.channel}}"
    status: "{{arguments.term}}"
    at: "{{arguments.at}}"
"""

_TOLD = """
signals:
  xop.consent.changed:
    changes:
      - propose:
          action: tell_vendor
          arguments:
            purpose: "{{signal.data.purpose}}"
            channel: "{{signal.data.channel}}"
            term: "{{signal.data.term}}"
            at: "{{signal.data.at}}"
"""


@cache
def rules() -> Release:
    """Return the harbour's release with a vendor who is told, and a purpose that is part of another."""
    files = workspace_files(FOLDER)
    news = "  news: {basis: consent, channels: [email], promotional: true, broader: marketing}\n"
    purposes = files["purposes.yaml"].decode().replace("  profiling:", f"{news}  profiling:")
    told = {"purposes.yaml": purposes.encode(), "actions/tell_vendor.yaml": _NOTE.encode()}
    return compiled({**files, **told, "signals/consent.yaml": _TOLD.encode()})


async def codes(world: World, who: str, purpose: str = "marketing", channel: str = "email") -> str:
    customer = await world.customer(who)
    sides = [(part.id, part.consents) for part in customer.parts]
    return answer(sides, world.engine.release.purposes, purpose, channel, world.now).code


async def test_a_withdrawal_holds_for_everything_executed_after_it_queued_or_on_its_way():
    """C1."""
    async with World() as world:
        await world.tell(consent(1, "granted", "marketing", "email", ANA))
        queued = (await world.ask(proposal(1, "send_offer"), ANA)).decision.invocation
        await world.tell(consent(2, "withdrawn", "marketing", "email", ANA, time=NOON + 1))
        # Whatever else happens first: it is judged at the moment it would leave.
        await world.ask(Execution(f"execution:{queued}:1", queued, 1), ANA)
        await world.settle(DAY)
        assert await world.facts(f.InvocationStarted) == []
        assert [fact.invocation for fact in await world.facts(f.InvocationCancelled)] == [queued]
        assert (await world.request(queued)).state == "cancelled"


async def test_a_withdrawal_of_a_broader_purpose_stops_what_the_narrower_had_queued():
    """C1."""
    async with World(rules=rules()) as world:
        await world.tell(consent(1, "granted", "marketing", "email", ANA))
        assert await codes(world, ANA, "news") == "granted"
        await world.tell(consent(2, "withdrawn", "marketing", "*", ANA, time=NOON + 1))
        assert await codes(world, ANA, "news") == "withdrawn"


async def test_whoever_is_not_surely_known_has_consented_to_nothing():
    """C3; a device that several people use says nothing of what one of them agreed to."""
    async with World() as world:
        told = consent(1, "granted", "marketing", "email", ANA)
        await world.tell(replace(told, identifiers=(*told.identifiers, Identifier("device", "tablet"))))
        await world.tell(signal(2, "page.viewed", BEA, "device:tablet", path="/"))
        await world.tell(signal(3, "page.viewed", "device:phone", path="/"))
        assert [await codes(world, who) for who in (ANA, BEA, "device:phone")] == ["granted", "unknown", "unknown"]
        for number, who in enumerate((BEA, "device:phone")):
            assert (await world.ask(proposal(number, "send_offer"), who)).decision.verdict == "deny"


async def test_a_privacy_signal_of_the_browser_beats_every_consent_it_covers():
    """C6."""
    async with World() as world:
        await world.tell(consent(1, "granted", "marketing", "email", ANA))
        queued = (await world.ask(proposal(1, "send_offer"), ANA)).decision.invocation
        await world.tell(signal(2, "xop.gpc", ANA, time=NOON + 1))
        await world.settle(DAY)
        assert await codes(world, ANA) == "objected"
        assert [fact.invocation for fact in await world.facts(f.InvocationCancelled)] == [queued]


async def test_a_merge_widens_no_consent_and_its_unmerge_restores_each_sides():
    """C7."""
    async with World() as world:
        one = (await world.tell(consent(1, "granted", "marketing", "email", ANA))).customer
        other = (await world.tell(consent(2, "refused", "marketing", "email", BEA))).customer
        await world.tell(Merge("merge:1", OLGA, other), one)
        assert await codes(world, ANA) == await codes(world, BEA) == "refused"
        await world.tell(Unmerge("unmerge:1", OLGA, other), one)
        assert (await codes(world, ANA), await codes(world, BEA)) == ("granted", "refused")


async def test_a_grant_that_ends_is_noted_once_and_at_its_time():
    async with World() as world:
        await world.tell(consent(1, "granted", "marketing", "email", ANA))
        await world.settle(364 * DAY)
        assert await world.facts(f.ConsentExpired) == []
        await world.settle(2 * DAY)
        (expired,) = await world.facts(f.ConsentExpired)
        assert (expired.purpose, expired.channel, expired.record.until) == ("marketing", "email", NOON + 365 * DAY)
        assert await codes(world, ANA) == "expired"


@pytest.mark.parametrize("later", ["granted", "withdrawn"])
async def test_a_grant_that_was_renewed_or_taken_back_does_not_end_by_itself(later):
    async with World() as world:
        await world.tell(consent(1, "granted", "marketing", "email", ANA))
        await world.settle(100 * DAY)
        await world.tell(consent(2, later, "marketing", "email", ANA, time=world.now))
        await world.settle(300 * DAY)
        assert await world.facts(f.ConsentExpired) == []


async def test_a_grant_for_later_takes_the_end_of_the_present_one_not_away_and_says_when_it_begins():
    async with World(rules=rules()) as world:
        until, since, last = (iso(NOON + days * DAY) for days in (2, 4, 6))
        await world.tell(signal(1, "xop.consent.granted", ANA, purpose="marketing", channel="email", until=until))
        later = {"purpose": "marketing", "channel": "email", "until": last, "details": {"since": since}}
        await world.tell(signal(2, "xop.consent.granted", ANA, time=NOON + 1, **later))
        await world.settle(3 * DAY)
        assert await codes(world, ANA) == "expired"
        assert [iso(each.record.until) for each in await world.facts(f.ConsentExpired)] == [until]
        await world.settle(2 * DAY)
        assert await codes(world, ANA) == "granted"
        await world.settle(2 * DAY)
        assert [iso(each.record.until) for each in await world.facts(f.ConsentExpired)] == [until, last]
        heard = [stored.entry.command for stored in await world.entries()]
        told = [each.data for each in heard if isinstance(each, Signal) and each.type == "xop.consent.changed"]
        assert [(each["status"], each["since"]) for each in told] == [
            ("granted", ""),
            ("granted", since),
            ("expired", ""),
            ("expired", since),
        ]


async def test_nobody_but_the_platform_ends_a_grant_before_or_after_its_time():
    async with World() as world:
        await world.tell(consent(1, "granted", "marketing", "email", ANA))
        early = await world.tell(consent(2, "expired", "marketing", "email", ANA, time=NOON + 1))
        await world.settle(366 * DAY)
        late = await world.tell(consent(3, "expired", "marketing", "email", ANA, time=world.now))
        assert [each.refusal.code for each in (early, late)] == ["signal-reserved"] * 2
        assert len(await world.facts(f.ConsentExpired)) == 1


async def test_whoever_relies_on_consent_is_told_of_every_change():
    async with World(rules=rules()) as world:
        await world.tell(consent(1, "granted", "marketing", "email", ANA))
        await world.settle(MINUTE)
        await world.tell(signal(2, "xop.gpc", ANA, time=world.now))
        await world.settle(MINUTE)
        await world.tell(consent(3, "granted", "marketing", "email", ANA, time=world.now))
        await world.settle(366 * DAY)
        sent = [fact.invocation for fact in await world.facts(f.InvocationDone)]
        requests = [json.loads((await world.request(name)).request) for name in sent]
        assert [(each["channel"], each["status"]) for each in requests] == [
            ("email", "ConsentGiven"),
            ("*", "ObjectionRaised"),
            ("email", "ConsentGiven"),
            ("email", "ConsentExpired"),
        ]
        assert {each["purpose"] for each in requests} == {"marketing"}
        assert requests[0]["at"] == "2026-09-28T12:00:00.000Z"


async def test_nobody_but_the_platform_says_that_consent_changed():
    async with World(rules=rules()) as world:
        data: dict[str, Any] = {
            "purpose": "marketing",
            "dpv": "",
            "channel": "email",
            "status": "granted",
            "term": "x",
            "at": "",
            "until": "",
        }
        told = await world.tell(signal(1, "xop.consent.changed", ANA, **data))
        assert told.refusal.code == "signal-reserved"


async def test_a_soft_opt_in_for_a_purpose_without_one_is_left_out_and_says_why():
    async with World() as world:
        await world.tell(
            signal(
                1,
                "xop.consent.soft_opt_in",
                ANA,
                purpose="marketing",
                channel="email",
                details={"conditions": CONDITIONS},
            )
        )
        (skipped,) = await world.facts(f.ChangeSkipped)
        assert "has no soft opt-in" in skipped.cause


async def test_a_notice_and_its_proof_are_kept_with_the_consent():
    async with World() as world:
        notice = {"id": "n-12", "version": "3", "language": "de", "sha256": "ab" * 32}
        details = {"method": "verbal", "indicated_by": "guardian", "notice": notice, "since": "2027-01-01T00:00:00Z"}
        await world.tell(signal(1, "xop.consent.granted", ANA, purpose="marketing", channel="email", details=details))
        (granted,) = await world.facts(f.ConsentGranted)
        record = granted.record
        assert (record.method, record.indicated_by, record.notice.sha256) == ("verbal", "guardian", "ab" * 32)
        assert record.until == record.since + 365 * DAY
        assert await codes(world, ANA) == "unknown"
        await world.settle(100 * DAY)
        assert await codes(world, ANA) == "granted"


@pytest.mark.parametrize(
    "details",
    [
        {"method": "guessing"},
        {"notice": {"version": "3"}},
        {"indicated_by": "my cat"},
        {"mood": "good"},
        {"notice": {"id": "n", "sha256": "ab"}},
    ],
)
async def test_details_that_do_not_fit_are_refused_and_nothing_changes(details):
    async with World() as world:
        told = await world.tell(
            signal(1, "xop.consent.granted", ANA, purpose="marketing", channel="email", details=details)
        )
        assert told.refusal.code == "signal-unfit"
        assert await world.entries() == []
