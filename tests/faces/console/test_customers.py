"""The pages of customers: finding one, what happened to them, and what may be done for them."""

import asyncio
import io
import re
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote
from zipfile import ZipFile

import httpx
import pytest

from tests.kit.lobby import Lobby, lobby_files
from xop.faces.http.targets import normalised
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Signal
from xop.kernel.erasure.commands import ImposeLegalHold
from xop.kernel.identity.model import Identifier

ANN, BOB = "email:ann@harbour.test", "email:bob@harbour.test"
EVIL = """"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}"""


CHAT = b"""
  chat.written:
    description: Somebody wrote.
    schema: {type: object, properties: {call: {type: string}, text: {type: string}, from: {type: string}}}
    conversation: "{{signal.data.call}}"
    changes:
      - conversation: {change: continue, id: "{{signal.data.call}}", channel: voice}
  berth.changed:
    description: A berth was changed.
    schema: {type: object, properties: {berth: {type: string}}}
"""


async def tell(lobby: Lobby, kind: str, subject: str, source: str = "/web", **data: object) -> str:
    """Send a signal of a customer and return their id."""
    engine = lobby.platform.engine
    identifier = Identifier.parse(subject)
    assert identifier is not None
    formed = normalised(engine.release, identifier)
    assert isinstance(formed, Identifier), formed
    now, name = lobby.clock.now(), f"signal:{await lobby.platform.runtime.ledger.last()}"
    answer = await engine.submit(Signal(name, kind, source, now, Actor("source", "web"), (formed,), data))
    assert answer.refusal is None, answer.refusal
    return answer.customer


@pytest.fixture
async def ann(lobby) -> str:
    """A customer whose name is known."""
    return await tell(lobby, "profile.changed", ANN, name="Ann Archer")


def text(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return answer.text


def place(customer: str, part: str = "") -> str:
    return f"/console/customers/{customer}{part}"


async def test_a_customer_is_found_however_their_number_is_written(lobby, ann):
    await tell(lobby, "page.viewed", "phone:020 7946 0018", path="/")
    olga = await lobby.guest()
    for sought in ("ANN@harbour.test", "email:ann@harbour.test", ann):
        answer = await olga.get(f"/console/search?q={sought}")
        assert (answer.status_code, answer.headers["location"]) == (303, place(ann))
    found = (await olga.get("/console/find?q=(020)7946-0018")).json()
    assert [each["kind"] for each in found] == ["customer"]
    assert "Ann Archer" in text(await olga.get(place(ann)))


async def test_why_nobody_is_found_is_told(lobby, ann):
    olga = await lobby.guest()
    page = text(await olga.get("/console/search?q=020 7946 0099"))
    assert "Nobody was found" in page
    assert "+442079460099" in page
    assert "nobody is known by it" in page
    assert (await olga.get("/console/find?q=nobody")).json() == []


async def test_who_changed_last_is_where_one_starts(lobby, ann):
    bob = await tell(lobby, "profile.changed", BOB, name="Bob")
    page = text(await (await lobby.guest()).get("/console/customers"))
    assert page.index(f'href="{place(bob)}"') < page.index(f'href="{place(ann)}"')


async def test_the_timeline_says_what_happened_the_latest_first(lobby, ann):
    await tell(lobby, "promise.made", ANN, id="p1")
    await tell(lobby, "call.started", ANN, call="call-7")
    page = text(await (await lobby.guest()).get(place(ann)))
    assert (
        page.index("A conversation began on voice")
        < page.index("Promised: a call back")
        < page.index("Name is Ann Archer")
    )
    assert f'href="{place(ann)}?conversation=call-7"' in page
    assert "support" in page


async def test_the_timeline_is_read_by_kind_by_conversation_and_page_by_page(lobby, ann):
    for number in range(45):
        await tell(lobby, "page.viewed", ANN, path=f"/page-{number}")
    await tell(lobby, "call.started", ANN, call="call-7")
    olga = await lobby.guest()
    first = text(await olga.get(place(ann)))
    assert "/page-44<" in first
    assert "/page-3<" not in first
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older is not None
    second = text(await olga.get(older[1].replace("&amp;", "&")))
    assert "/page-3<" in second
    assert "/page-44<" not in second
    spoken = text(await olga.get(f"{place(ann)}?conversation=call-7"))
    assert "call.started, told by" in spoken
    assert "page.viewed, told by" not in spoken
    assert "Nothing of this kind happened" in text(await olga.get(f"{place(ann)}?kind=journeys"))


async def test_what_was_said_is_read_as_a_chat_from_its_beginning(lobby, ann):
    files = lobby_files()
    files["signals.yaml"] += CHAT
    await lobby.publish(files)
    await tell(lobby, "call.started", ANN, call="call-7")
    for number, (speaker, said) in enumerate((("customer", "Where is my boat?"), ("agent", "At berth 4."), ("", EVIL))):
        await tell(lobby, "chat.written", ANN, call="call-7", text=said, **({"from": speaker} if number < 2 else {}))
    page = text(await (await lobby.guest()).get(place(ann)))
    assert page.index("A conversation began on voice") < page.index("Where is my boat?") < page.index("At berth 4.")
    assert page.count('<ol class="chat"') == 1
    assert re.search(r'<li class="agent">.*?At berth 4\.', page, re.DOTALL)
    assert "Somebody wrote" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert EVIL not in page


async def test_a_signal_is_told_by_what_the_workspace_says_it_is(lobby, ann):
    files = lobby_files()
    files["signals.yaml"] += CHAT
    await lobby.publish(files)
    await tell(lobby, "berth.changed", ANN, source="/harbour/berths", berth="B-12", messageId="m-1")
    page = text(await (await lobby.guest()).get(place(ann)))
    assert '<span>A berth was changed</span> <span class="small muted kind">berth.changed · berths</span>' in page
    assert '<span class="muted">berth</span> B-12' in page
    assert '<span class="muted">messageId</span>' not in page


async def test_looks_at_a_customer_are_folded_away_from_their_story(lobby, ann):
    olga = await lobby.guest()
    text(await olga.get(place(ann)))
    page = text(await olga.get(place(ann)))
    folded = page[page.index("looks at the customer are on record") :]
    assert "Olga looked at the customer for service" in folded
    assert "looked at the customer for" not in page[: page.index("looks at the customer are on record")]
    assert "looked at the customer for service" in text(await olga.get(f"{place(ann)}?kind=looks"))


async def test_a_customer_is_shown_as_they_were_at_a_row_and_at_a_moment(lobby, ann):
    olga = await lobby.guest()
    row = re.search(rf'href="({place(ann)}/context\?position=\d+)"', text(await olga.get(place(ann))))
    assert row is not None
    lobby.clock.ahead += 3_600_000
    await tell(lobby, "profile.changed", ANN, name="Ann Baker")
    was = text(await olga.get(row[1]))
    assert "This is the customer as of" in was
    assert "<td>Ann Archer</td>" in was
    assert "<td>Ann Baker</td>" not in was
    local = lobby.clock.now() - 1_800_000
    between = datetime.fromtimestamp(local / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    assert "<td>Ann Archer</td>" in text(await olga.get(f"{place(ann)}/context?at={between}"))
    before = (await olga.get(f"{place(ann)}/context?at=2001-01-01T00:00")).text
    assert "nothing was known of this customer by then" in before
    assert "no RFC 3339 time" in (await olga.get(f"{place(ann)}/context?at=<i>")).text
    assert "This is the customer as of" not in text(await olga.get(f"{place(ann)}/context"))


async def test_consent_is_changed_with_a_proof_and_its_receipt_is_handed_out(lobby, ann):
    olga, page = await lobby.guest(), f"{place(ann)}/consents"
    asked = {"change": "grant", "purpose": "marketing", "channel": "email", "method": "verbal"}
    assert "say by what it is proven" in await olga.send(page, page, **asked, proof="")
    assert "nothing was said" in text(await olga.get(page))
    after = await olga.send(page, page, **asked, proof="call 4711")
    assert "The change of consent was recorded." in after
    assert "call 4711" in after
    assert "Agreed to marketing on email" in after
    receipt = await olga.get(f"{page}/marketing/receipt")
    assert receipt.headers["content-disposition"].startswith("attachment")
    assert receipt.json()["receipt"]
    assert receipt.json()["jws"]


async def test_a_merge_is_previewed_done_and_undone(lobby, ann):
    bob = await tell(lobby, "profile.changed", BOB, name="Bob Barker")
    olga, page = await lobby.guest(), f"{place(ann)}/identity"
    shown = f"{page}?other=bob@harbour.test"
    preview = text(await olga.get(shown))
    assert "What merging them would come to" in preview
    assert "bob@harbour.test" in preview
    assert text(await olga.get(place(bob)))
    assert "say why they are one person" in await olga.send(shown, f"{place(ann)}/merge", reason="")
    assert "They are one customer now" in await olga.send(shown, f"{place(ann)}/merge", reason="same passport")
    assert (await olga.get(place(bob))).headers["location"] == place(ann)
    undone = await olga.send(f"{page}?undo={bob}", f"{place(ann)}/unmerge", reason="twins")
    assert "They are two customers again" in undone
    assert "Bob Barker" in text(await olga.get(place(bob)))


async def test_a_customer_is_erased_only_when_their_id_was_typed(lobby, ann):
    olga, page = await lobby.guest("dpo"), f"{place(ann)}/erasure"
    assert "What would go" in text(await olga.get(page))
    assert "Nothing was erased" in await olga.send(page, page, confirmed="ann", ground="request")
    assert text(await olga.get(place(ann)))
    assert "The erasure" in await olga.send(page, page, confirmed=ann, ground="request", suppress="yes")
    async with asyncio.timeout(20):
        while (await olga.get(place(ann))).status_code == 200:
            await lobby.platform.engine.grown()
    assert "No such customer" in (await olga.get(place(ann))).text


async def test_a_legal_hold_stands_against_an_erasure(lobby, ann):
    command = ImposeLegalHold("hold-1", Actor("operator", "dpo"), "case-9", "legal_claims", None, EVIL)
    await lobby.platform.engine.submit(command, ann)
    page = text(await (await lobby.guest("dpo")).get(f"{place(ann)}/erasure"))
    assert "case-9" in page
    assert "Erase for good" not in page
    assert "<script>alert" not in page


async def test_all_that_is_known_is_handed_out(lobby, ann):
    dpo, page = await lobby.guest("dpo"), f"{place(ann)}/erasure"
    answer = await dpo.post(f"{place(ann)}/export", **await dpo.hidden(page, f"{place(ann)}/export"))
    assert answer.headers["content-type"] == "application/zip"
    with ZipFile(io.BytesIO(answer.content)) as archive:
        assert "Ann Archer" in archive.read("profile.json").decode()


async def test_what_somebody_may_not_do_is_not_offered(lobby, ann):
    dpo = await lobby.guest("dpo")
    page = text(await dpo.get(place(ann)))
    assert "You may not read what happened" in page
    identity = text(await dpo.get(f"{place(ann)}/identity?other={BOB}"))
    assert "The same person as" not in identity
    assert "What merging them would come to" not in identity
    assert "Record what they said" not in text(await dpo.get(f"{place(ann)}/consents"))
    paul = await lobby.guest("paul")
    assert (await paul.get(place(ann))).status_code == 403
    assert (await paul.get("/console/find?q=ann@harbour.test")).json() == []
    assert (await lobby.browser().get(place(ann))).headers["location"].startswith("/console/sign-in")


async def test_nothing_that_outsiders_wrote_becomes_part_of_a_page(lobby):
    subject = f"device:{EVIL}"
    evil = await tell(lobby, "profile.changed", subject, source=f"/x?{EVIL.replace(' ', '')}", name=EVIL, plan=EVIL)
    await tell(lobby, "page.viewed", subject, path=EVIL)
    await tell(lobby, "call.started", subject, call=EVIL)
    await tell(lobby, "promise.made", subject, id=EVIL)
    bob = await tell(lobby, "profile.changed", BOB, name="Bob")
    olga = await lobby.guest()
    for path in (
        place(evil),
        place(evil, "/context"),
        place(evil, "/consents"),
        place(evil, f"/identity?other={bob}"),
        place(bob, f"/identity?other={evil}"),
    ):
        page = text(await olga.get(path))
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert escape(EVIL) in page or escape(EVIL).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page, path
        assert "49" not in re.findall(r"onerror=alert\(2\)&gt;(.{2})", page), path


@pytest.mark.parametrize(
    "path",
    [
        "/console/search?q={}",
        "/console/customers?q={}",
        "/console/customers/{}",
        "/console/customers/CUS?conversation={}",
        "/console/customers/CUS?kind={}",
        "/console/customers/CUS?before={}",
        "/console/customers/CUS/context?at={}",
        "/console/customers/CUS/context?position={}",
        "/console/customers/CUS/identity?other={}",
        "/console/customers/CUS/identity?undo={}",
    ],
)
async def test_nothing_that_is_asked_becomes_part_of_a_page(lobby, ann, path):
    olga = await lobby.guest()
    page = (await olga.get(path.replace("CUS", ann).format(quote(EVIL, safe="")))).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    found = await olga.get(f"/console/find?q={quote(EVIL, safe='')}")
    assert found.headers["content-type"] == "application/json"
