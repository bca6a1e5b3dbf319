"""The customer's own page: what they agree to, changed with the token of a link and no API key."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from xop.faces.http.commanding import submit
from xop.faces.http.form import FORM, MULTIPART, form_fields
from xop.faces.http.link_page import link_operation
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.page import MEDIA_TYPE
from xop.faces.http.preference_page import (
    CHOOSABLE,
    NOTICE,
    PRIVATE_HEADERS,
    VERSION,
    Choice,
    ask_page,
    choice_of,
    choices,
    done_page,
    form_page,
    notice_hash,
    stopped_page,
)
from xop.faces.http.preferences import (
    Unsubscription,
    preference_link,
    pursues_all,
    require_preference,
    require_unsubscription,
    unsubscription_link,
)
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.targets import customer
from xop.kernel.base.actor import Actor
from xop.kernel.base.times import iso
from xop.kernel.commands import Signal
from xop.kernel.consent.answer import ANY, NO
from xop.kernel.context.customer import Customer
from xop.runtimes.links import sign, subject_of

SOURCE = "xop:preferences"

_PERSON = Actor("source", "preferences")
_SHOWN_LASTING = 86_400_000

_OUTDATED = "This page is not the one you opened: it changed, or was open for too long. Please choose once more."

_TYPES = {
    "granted": "xop.consent.granted",
    "refused": "xop.consent.refused",
    "withdrawn": "xop.consent.withdrawn",
    "objected": "xop.consent.objected",
}


class LinkWish(Struct, frozen=True, forbid_unknown_fields=True):
    """What a link is to lead to."""

    purpose: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    """With a channel: a link that ends this purpose by one request (RFC 8058) is given too."""
    channel: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class PreferenceLinks(Struct, frozen=True, omit_defaults=True):
    """Links to give to the customer and to nobody else: whoever holds one can change what they agree to."""

    url: str = ""
    """The page with every purpose; left out for whoever pursues only some."""
    until: str = ""
    unsubscribe_url: str = ""
    """For the header `List-Unsubscribe`, with `List-Unsubscribe-Post: List-Unsubscribe=One-Click`."""
    unsubscribe_until: str = ""


async def _links(call: Call) -> Reply:
    asked: LinkWish = call.body
    platform, release = call.platform, call.platform.engine.release
    found = await customer(call, call.path["customer"])
    now, page = platform.runtime.clock.now(), PreferenceLinks()
    address = await call.face.sign_in.address(release)
    if pursues_all(call):
        path, until = preference_link(platform.link_key, found.id, now)
        page = PreferenceLinks(address + path, iso(until))
    elif asked.purpose not in call.caller.principal.purposes:
        cause = f"you pursue none but these purposes: {', '.join(sorted(call.caller.principal.purposes))}"
        raise ProblemError("scope-missing", cause, "name one of them as `purpose`, with a `channel`")
    if asked.purpose is None and asked.channel is None:
        return Reply(page)
    if asked.purpose is None or asked.purpose not in release.purposes:
        raise ProblemError("purpose-unknown", f"there is no purpose {asked.purpose!r}")
    if asked.channel is None or asked.channel not in release.channels:
        raise ProblemError("channel-unknown", f"there is no channel {asked.channel!r}")
    ended = Unsubscription(found.id, asked.purpose, asked.channel)
    other, lasts = unsubscription_link(platform.link_key, ended, now)
    return Reply(replace(page, unsubscribe_url=address + other, unsubscribe_until=iso(lasts)))


async def _show(call: Call) -> Reply:
    return _form(call, await _holder(call))


async def _save(call: Call) -> Reply:
    found = await _holder(call)
    release, now = call.platform.engine.release, call.platform.runtime.clock.now()
    given = form_fields(call)
    shown = subject_of(call.platform.link_key, given.get("page", ""), now)
    if shown != _shown(found, notice_hash(release)):
        return _form(call, found, _OUTDATED, 409)
    if given.get("all") == "stop":
        changes = list(_all_stopped(choices(release, found, now)))
    else:
        changes = list(_changes(choices(release, found, now), given))
    for choice, status in changes:
        await _record(call, found, choice, status)
    now = call.platform.runtime.clock.now()  # what was just recorded counts from later than the request came
    after = {each.name: each for each in choices(release, await customer(call, found.id), now)}
    told = [(each, after[each.name].said.code if each.name in after else status) for each, status in changes]
    return _page(done_page(release, told, now, f"?{call.search}"))


async def _ask(call: Call) -> Reply:
    ended, release = _ended(call), call.platform.engine.release
    return _page(ask_page(release, release.purposes[ended.purpose], ended.channel))


async def _unsubscribe(call: Call) -> Reply:
    ended = _ended(call)
    found = await customer(call, ended.customer)
    if form_fields(call).get("List-Unsubscribe") != "One-Click":
        raise ProblemError("parameter-invalid", "the request does not unsubscribe", "send List-Unsubscribe=One-Click")
    release, now = call.platform.engine.release, call.platform.runtime.clock.now()
    # Also where the purpose does not use the channel by itself: it may have once, and may again.
    choice = choice_of(release, found, release.purposes[ended.purpose], ended.channel, now)
    if choice.said.code not in NO:
        await _record(call, found, choice, "objected")
    return _page(stopped_page(release, choice.purpose, ended.channel, now))


async def _holder(call: Call) -> Customer:
    name = call.path["customer"]
    require_preference(call.platform.link_key, name, call.query.token, call.platform.runtime.clock.now())
    return await customer(call, name)


def _ended(call: Call) -> Unsubscription:
    now, release = call.platform.runtime.clock.now(), call.platform.engine.release
    ended = require_unsubscription(call.platform.link_key, call.path["customer"], call.query.token, now)
    if ended.purpose not in release.purposes or ended.channel not in release.channels:
        raise ProblemError("link-invalid", "there are no such messages any more", "do nothing: none will come")
    return ended


def _form(call: Call, found: Customer, problem: str = "", status: int = 200) -> Reply:
    release, now = call.platform.engine.release, call.platform.runtime.clock.now()
    proof = sign(call.platform.link_key, _shown(found, notice_hash(release)), now + _SHOWN_LASTING)
    return _page(form_page(release, choices(release, found, now), proof, problem), status)


def _shown(found: Customer, notice: str) -> str:
    return f"shown:{found.id}:{notice}"


def _changes(shown: list[Choice], given: Mapping[str, str]) -> Iterator[tuple[Choice, str]]:
    """Yield what changes: what was left open, or is as it was, does not."""
    for choice in shown:
        said, value = choice.said, given.get(choice.name)
        if choice.purpose.basis not in CHOOSABLE:
            continue
        if value == "yes" and said.code not in {"granted", "not_needed"}:
            yield choice, "granted"
        elif value == "no" and said.code not in NO:
            yield choice, _no(choice)


def _all_stopped(shown: list[Choice]) -> Iterator[tuple[Choice, str]]:
    """Yield one no for each purpose, on every channel, where anything is left to say no to."""
    open_to_no = [each for each in shown if each.purpose.basis in CHOOSABLE and each.said.code not in NO]
    for purpose in {each.purpose.name: each.purpose for each in open_to_no}.values():
        first = next(each for each in open_to_no if each.purpose is purpose)
        yield Choice(purpose, ANY, first.said), "withdrawn" if purpose.basis == "consent" else "objected"


def _no(choice: Choice) -> str:
    if choice.purpose.basis != "consent" or choice.said.code == "soft_opt_in":
        return "objected"
    return "withdrawn" if choice.said.permitted else "refused"


async def _record(call: Call, found: Customer, choice: Choice, status: str) -> None:
    release, now = call.platform.engine.release, call.platform.runtime.clock.now()
    notice = {"id": NOTICE, "version": VERSION, "language": "en", "sha256": notice_hash(release)}
    data: dict[str, Any] = {
        "purpose": choice.purpose.name,
        "proof": f"{NOTICE} {VERSION}",
        "details": {"method": "web_form", "notice": notice},
    }
    if choice.channel != ANY or status == "granted":
        data["channel"] = choice.channel
    name = call.fresh("preference")
    await submit(call, Signal(name, _TYPES[status], SOURCE, now, _PERSON, data=data), found.id)


def _page(content: bytes, status: int = 200) -> Reply:
    return Reply(content, status, MEDIA_TYPE, PRIVATE_HEADERS)


_PAGE: dict[str, Any] = {"path": "/v1/preferences/{customer}/page", "parameters": {"customer": "The customer's id."}}
_STOP: dict[str, Any] = {
    "path": "/v1/unsubscriptions/{customer}/page",
    "parameters": {"customer": "The customer's id."},
}
_PROBLEMS = ("link-invalid", "customer-unknown")

OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/customers/{customer}/preferences",
        summary="Make links to the customer's own page",
        description="For the customer alone: whoever holds a link can change what they agree to.",
        handler=_links,
        scope="consents:write",
        parameters={"customer": REFERENCE},
        body=(Content(JSON, LinkWish),),
        answers=(Content(JSON, PreferenceLinks),),
        problems=("customer-unknown", "identifier-refused", "purpose-unknown", "channel-unknown"),
    ),
    link_operation(
        _show,
        PRIVATE_HEADERS,
        **_PAGE,
        summary="Show customers what they agree to",
        description="Needs the link's token and no API key. Looking at it changes nothing.",
        problems=_PROBLEMS,
    ),
    link_operation(
        _save,
        PRIVATE_HEADERS,
        FORM,
        **_PAGE,
        summary="Record what customers chose on their page",
        problems=_PROBLEMS,
    ),
    link_operation(
        _ask,
        PRIVATE_HEADERS,
        **_STOP,
        summary="Ask once more before messages stop",
        description="Looking at it changes nothing.",
        problems=("link-invalid",),
    ),
    link_operation(
        _unsubscribe,
        PRIVATE_HEADERS,
        FORM,
        MULTIPART,
        **_STOP,
        summary="Stop one purpose on one channel by a single request",
        description="The one-click unsubscription of RFC 8058, which mail programs send by themselves.",
        problems=(*_PROBLEMS, "parameter-invalid"),
    ),
)
