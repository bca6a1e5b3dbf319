"""Whatever somebody outside writes, in any field or any address, is shown as they wrote it and never becomes markup."""

import csv
import json
import re
from collections.abc import Iterator
from io import BytesIO, StringIO
from itertools import count
from typing import NamedTuple
from urllib.parse import quote, urlencode
from zipfile import ZipFile

import httpx
import pytest

from tests.kit.aviary import ANA, Sower, aviary, written_fields
from tests.kit.canaries import Examined, address, canary, header_faults, mark
from tests.kit.console import PASSWORD, Console, Visitor
from tests.kit.fields import KEPT, REFUSED, SHOWN
from tests.kit.names import names_read
from tests.kit.sowing import sow
from tests.kit.tour import ROUTES
from tests.kit.walk import Seen, canaries_in, examined, looked_at, parameters, told_back, walked
from xop.faces.console.page import PREFIX
from xop.faces.console.pages import ACTS, PAGES
from xop.faces.http.page import described, page

pytestmark = pytest.mark.timeout(240)

NOTES = "/console/connections/notes"

NOT_WALKED = {
    "/decisions/{decision}/proof": "asked for by a script of the page of a decision",
    "/decisions/{decision}/consistency": "as above",
}
"""Pages to which no link leads here; what they answer is looked at with canaries in the address."""

NUMBERS = count(5000)
"""Canaries that are in addresses and forms, not in fields."""


class Walk(NamedTuple):
    """Every page, after everything was sown."""

    console: Console
    sower: Sower
    visitor: Visitor
    pages: dict[str, Seen]

    @property
    def marks(self) -> dict[str, frozenset[str]]:
        """The marks of the canaries of each field."""
        found: dict[str, set[str]] = {}
        for name, field in self.sower.sown.items():
            found.setdefault(field, set()).add(name)
        return {field: frozenset(names) for field, names in found.items()}

    def sample(self, route: str) -> str:
        """Return an address of a page that was there."""
        found = (each for each in self.pages.values() if each.route == route and each.answer.status_code == 200)
        seen = next(found, None)
        return PREFIX + re.sub(r"[{}]", "", route) if seen is None else seen.address.partition("?")[0]


@pytest.fixture(scope="module")
def walk(tmp_path_factory) -> Iterator[Walk]:
    """A server on which every field has its canary, and all that its pages show then."""
    with aviary(tmp_path_factory.mktemp("aviary")) as (console, sower):
        sow(sower)
        visitor = console.visitor("mira")
        pages = walked(visitor, "/console/customers/account:ana-1")
        pages["looked at"] = looked_at(visitor, NOTES, NOTES)
        yield Walk(console, sower, visitor, pages)
        visitor.client.close()


def test_every_text_that_the_api_takes_has_a_canary(walk):
    assert written_fields() - walk.marks.keys() == set()


def test_every_field_that_has_a_canary_is_told(walk):
    assert sorted(walk.marks) == sorted([*SHOWN, *KEPT, *REFUSED])


@pytest.mark.parametrize("field", SHOWN)
def test_what_is_written_there_is_shown_and_is_a_text(walk, field):
    names = walk.marks[field]
    assert any(each.shown & names for each in walk.pages.values()), "no page shows it: what is this test worth?"
    assert faults_with(walk, names) == []


@pytest.mark.parametrize("field", KEPT)
def test_what_is_taken_without_being_shown_is_nowhere_more_than_a_text(walk, field):
    assert faults_with(walk, walk.marks[field]) == []


@pytest.mark.parametrize("field", REFUSED)
def test_what_has_no_place_there_is_refused_and_kept_nowhere(walk, field):
    names = walk.marks[field]
    assert names <= walk.sower.refused.keys()
    assert [each.address for each in walk.pages.values() if names & canaries_in(each.answer.text)] == []


def faults_with(walk: Walk, names: frozenset[str]) -> list[str]:
    """Return what is wrong with the pages that have some of these canaries."""
    return [
        f"{each.address}: {each.faults}"
        for each in walk.pages.values()
        if each.faults and names & canaries_in(each.answer.text)
    ]


def test_nothing_is_wrong_with_any_page(walk):
    wrong = {each.address: each.faults for each in walk.pages.values() if each.faults}
    assert wrong == {}


def test_every_page_was_seen(walk):
    seen = {each.route for each in walk.pages.values()}
    assert ROUTES.keys() - seen == NOT_WALKED.keys()
    assert {each.address: each.answer.text for each in walk.pages.values() if each.answer.status_code >= 500} == {}


def looked(walk: Walk, place: str, sent: dict[str, str] | None = None) -> list[str]:
    """Ask for something as somebody who is signed in, go where it leads to, and return what is wrong with the answers."""
    visitor = walk.visitor
    answer = visitor.get(place) if sent is None else visitor.client.post(place, data=sent)
    assert answer.status_code < 500, f"{place}: {answer.text}"
    wrong = [*examined(place, answer).faults] if told_back(answer) else []
    to = answer.headers.get("location", "")
    if to.startswith("/console/sign-in"):
        assert visitor.post("/console/sign-in", name="mira", password=PASSWORD).status_code == 303
    elif to:
        wrong += [*header_faults(answer.headers), *examined(to, visitor.get(to)).faults]
    return wrong


@pytest.mark.parametrize("part", PAGES, ids=lambda part: part.path or "/")
def test_nothing_in_the_address_of_a_page_becomes_more_than_a_text(walk, part):
    place = walk.sample(part.path)
    names = sorted(names_read(part) | parameters(walk.pages).get(part.path, frozenset()) | {"live", "unknown"})
    wrong = [(name, looked(walk, f"{place}?{urlencode({name: canary(next(NUMBERS))})}")) for name in names]
    everything = urlencode({name: address(next(NUMBERS)) for name in names})
    wrong += [("all", looked(walk, f"{place}?{everything}"))]
    wrong += [(path, looked(walk, path)) for path in strayed(part.path, place)]
    assert [each for each in wrong if each[1]] == []


SENSELESS = ("-1", "9" * 400, "2026-13-45T99:99", "%FF%00")
"""What no page can make sense of, as it stands in an address: no text, number, moment or UTF-8."""


@pytest.mark.parametrize("part", PAGES, ids=lambda part: part.path or "/")
def test_no_page_falls_over_what_makes_no_sense(walk, part):
    place, answers = walk.sample(part.path), dict[str, int]()
    for name in sorted(names_read(part) | parameters(walk.pages).get(part.path, frozenset())):
        for value in SENSELESS:
            asked = f"{place}?{name}={value}"
            answers[asked] = walk.visitor.get(asked).status_code
    assert {asked: status for asked, status in answers.items() if status >= 500} == {}


def strayed(route: str, place: str) -> list[str]:
    """Return addresses of a page with a canary in the place of each parameter in turn, and behind it all."""
    steps, given = (PREFIX + route).split("/"), place.split("/")
    found = [f"{place}/{quote(canary(next(NUMBERS)), safe='')}"]
    for number, step in enumerate(steps):
        if step.startswith("{"):
            for form in (canary, address):
                strange = quote(form(next(NUMBERS)), safe="")
                found.append("/".join((*given[:number], strange, *given[number + 1 :])))
    return found


@pytest.mark.parametrize("form", [canary, address])
def test_nothing_that_somebody_sends_who_is_not_signed_in_becomes_more_than_a_text(walk, form):
    stranger, wrong = Visitor(walk.console.url), list[str]()
    for path in (
        f"/console/sign-in?then={quote(form(next(NUMBERS)))}",
        f"/console/sign-in/passkey?then={quote(form(next(NUMBERS)))}",
        f"/console/sign-in/oidc?then={quote(form(next(NUMBERS)))}",
        *(
            f"/console/sign-in/oidc/return?{name}={quote(form(next(NUMBERS)))}"
            for name in ("error", "error_description", "state", "code", "iss")
        ),
        f"/console/invitations/{quote(form(next(NUMBERS)), safe='')}",
        f"/console/{quote(form(next(NUMBERS)), safe='')}",
        f"/console/static/{quote(form(next(NUMBERS)), safe='')}",
    ):
        for answer in (
            stranger.get(path),
            stranger.post(path, name=form(next(NUMBERS)), password=form(next(NUMBERS)), credential=form(next(NUMBERS))),
        ):
            assert answer.status_code < 500, answer.text
            wrong += examined(path, answer).faults
    assert wrong == []
    stranger.client.close()


def test_a_name_that_was_typed_at_the_door_is_shown_as_it_was_typed(walk):
    stranger, text = Visitor(walk.console.url), canary(4999)
    found = examined("sign-in", stranger.post("/console/sign-in", name=text, password=PASSWORD))
    assert found.shown == {mark(4999)}
    assert found.faults == ()
    stranger.client.close()


@pytest.mark.parametrize("form", [canary, address])
def test_the_customers_own_pages_show_nothing_of_anybodys_as_markup(walk, form):
    asked = {"purpose": "marketing", "channel": "email"}
    links = walk.sower.ask("POST /v1/customers/{customer}/preferences", asked, customer=ANA)
    client, wrong = httpx.Client(base_url=walk.console.url, headers={"accept": "text/html"}), list[str]()
    for link in (links["url"], links["unsubscribe_url"]):
        own = "/v1/" + link.partition("/v1/")[2]
        path, token = own.partition("?token=")[::2]
        steps = path.split("/")
        stranger = "/".join([*steps[:3], quote(form(next(NUMBERS)), safe=""), *steps[4:]])
        shown = client.get(own)
        assert shown.status_code == 200, shown.text
        names = re.findall(r'<(?:input|select)[^>]* name="([^"]+)"', shown.text)
        fields = {name: form(next(NUMBERS)) for name in [*names, "all", "unknown", "List-Unsubscribe"]}
        for answer in (
            shown,
            client.get(f"{path}?token={quote(form(next(NUMBERS)))}"),
            client.get(f"{stranger}?token={token}"),
            client.get(f"{own}&{urlencode({form(next(NUMBERS)): form(next(NUMBERS))})}"),
            client.post(own, data=fields),
            client.post(stranger, data=fields),
        ):
            assert answer.status_code < 500, answer.text
            wrong += examined(link, answer).faults if "html" in answer.headers["content-type"] else []
    assert wrong == []
    client.close()


def test_a_page_behind_a_link_shows_what_it_is_about_as_text():
    found = Examined(page(canary(1), described({canary(2): canary(3)})).decode())
    assert (found.faults, found.shown) == ([], {mark(1), mark(2), mark(3)})


def test_what_is_sent_along_with_a_page_while_it_is_open_is_no_more_than_a_text(walk):
    place = f"/console/customers/{walk.sower.look(f'/v1/customers/{ANA}')['id']}"
    headers, lines = {"accept": "text/event-stream"}, []
    with walk.visitor.client.stream("GET", f"{place}?live", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        walk.sower.tell("profile.changed", ANA, name=canary(4998))
        for line in answer.iter_lines():
            lines.append(line)
            if not line and mark(4998) in "".join(lines):
                break
    assert {line.partition(":")[0] for line in lines} <= {"data", "event", "id", "retry", ""}
    assert [line for line in lines if line.startswith(("event", "id")) and canaries_in(line)] == []
    found = Examined("\n".join(line.removeprefix("data:").removeprefix(" ") for line in lines))
    assert found.faults == []
    assert mark(4998) in found.shown


def test_nothing_in_what_is_handed_out_of_a_customer_is_a_formula(walk):
    customer = walk.sower.look(f"/v1/customers/{ANA}")["id"]
    place = f"/console/customers/{customer}"
    token = walk.visitor.hidden(f"{place}/erasure", f"{place}/export")
    answer = walk.visitor.post(f"{place}/export", **token)
    assert header_faults(answer.headers) == []
    with ZipFile(BytesIO(answer.content)) as packed:
        files = {name: packed.read(name).decode() for name in packed.namelist()}
    rows = list(csv.reader(StringIO(files["consents.csv"])))
    assert len({len(row) for row in rows}) == 1
    assert any("HYPERLINK" in cell for row in rows for cell in row)
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    for name, text in files.items():
        assert not canaries_in(name)
        if name.endswith(".jsonl"):
            assert all(json.loads(line) for line in text.splitlines())


@pytest.mark.parametrize("part", ACTS, ids=lambda part: part.path)
def test_nothing_that_is_sent_with_a_form_becomes_more_than_a_text(walk, part):
    place, wrong = walk.sample(part.path), []
    token = walk.visitor.hidden("/console/account", "/console/account")["form_token"]
    names = sorted(names_read(part) | {"unknown", "argument:reason"})
    for sent in (
        {name: canary(next(NUMBERS)) for name in names},
        {name: address(next(NUMBERS)) for name in names},
        *({name: canary(next(NUMBERS))} for name in names),
    ):
        wrong += looked(walk, place, {**sent, "form_token": token})
    assert wrong == []
