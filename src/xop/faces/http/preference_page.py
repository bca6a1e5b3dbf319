"""The page on which customers see what they agree to, purpose by purpose and channel by channel, and change it."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape

from msgspec import Struct

from xop.faces.http.page import HEADERS, page
from xop.kernel.base.json import canonical
from xop.kernel.base.times import iso
from xop.kernel.consent.answer import ANY, answer
from xop.kernel.consent.model import ConsentAnswer, Purpose
from xop.kernel.context.customer import Customer
from xop.kernel.release import Release

VERSION = "1"
"""Raised whenever the words of the page change: they are the notice that an answer is given to."""

NOTICE = "preference-page"

PRIVATE_HEADERS = (
    *((name, value) for name, value in HEADERS if name != b"referrer-policy"),
    (b"referrer-policy", b"no-referrer"),
)
"""What goes with the page: its address holds a token, which no other site may learn."""

CHOOSABLE = frozenset({"consent", "legitimate_interest", "public_task"})
"""Legal bases on which the customer has the last word: by consent, or by an objection (GDPR Article 21)."""

ALL_TEXT = "Stop everything below that I can stop"

_STATES = {
    "granted": "You agreed to this.",
    "soft_opt_in": "You did not say no, so we may write to you about similar products of ours.",
    "not_needed": "We do this without asking. You can say no.",
    "unknown": "You have not said yes, so we do not do this.",
    "refused": "You said no.",
    "withdrawn": "You took your yes back.",
    "objected": "You objected.",
    "expired": "Your yes has run out.",
}

_BASES = {
    "contract": "This is part of your contract with us, so there is nothing to choose.",
    "legal_obligation": "The law asks this of us, so there is nothing to choose.",
    "vital_interest": "This protects somebody's life, so there is nothing to choose.",
}

_CHANNELS = {"*": "Any way"}


class Choice(Struct, frozen=True):
    """One thing to choose: a purpose on a channel, and how it stands."""

    purpose: Purpose
    channel: str
    """`*` for a purpose without channels."""
    said: ConsentAnswer

    @property
    def name(self) -> str:
        """The name of its field in the form."""
        return f"choice/{self.purpose.name}/{self.channel}"


def choices(release: Release, customer: Customer, at: int) -> list[Choice]:
    """Return every purpose on each of its channels, in the order in which the workspace declares them."""
    return [
        choice_of(release, customer, purpose, channel, at)
        for purpose in release.purposes.values()
        for channel in purpose.channels or (ANY,)
    ]


def choice_of(release: Release, customer: Customer, purpose: Purpose, channel: str, at: int) -> Choice:
    """Return how one purpose stands on one channel, or on `*`."""
    sides = [(part.id, part.consents) for part in customer.parts]
    said = answer(sides, release.purposes, purpose.name, None if channel == ANY else channel, at)
    return Choice(purpose, channel, said)


def notice_hash(release: Release) -> str:
    """Return the SHA-256 of all words of the page: what the customer was told when they answered."""
    words = {
        "version": VERSION,
        "states": _STATES,
        "bases": _BASES,
        "controller": release.controller,
        "purposes": [
            [each.name, _title(each), each.description, each.basis, each.channels, each.recipients, each.promotional]
            for each in release.purposes.values()
        ],
        "channels": [[each.name, each.description] for each in release.channels.values()],
    }
    return sha256(canonical(words)).hexdigest()


def form_page(release: Release, shown: Sequence[Choice], proof: str, problem: str = "") -> bytes:
    """Return the page with its form; `proof` comes back with it and tells which page was answered."""
    controller = release.controller
    summary = f'<div role="alert" id="problem"><h2>There is a problem</h2><p>{escape(problem)}</p></div>'
    opening = (
        f"<p>Here you see what {escape(controller.name)} may use your data for, and you decide. "
        "Saying no is as easy as saying yes, costs nothing, and has no other consequences.</p>"
    )
    parts = [
        summary if problem else "",
        opening,
        '<form method="post">',
        f'<input type="hidden" name="page" value="{escape(proof)}">',
        f'<p><button name="all" value="stop">{ALL_TEXT}</button></p>',
        *_fieldsets(release, shown),
        '<p><button name="save" value="yes">Save my choices</button></p></form>',
        _rights(release),
    ]
    return page("Your choices", "".join(parts))


def done_page(release: Release, changes: Sequence[tuple[Choice, str]], at: int, back: str) -> bytes:
    """Return the confirmation: what was recorded, and when."""
    if changes:
        rows = "".join(
            f"<li>{escape(_title(each.purpose))}, {escape(_channel(release, each.channel))}: "
            f"{escape(_STATES[status])}</li>"
            for each, status in changes
        )
        told = f'<p role="status">Recorded on <time datetime="{iso(at)}">{_date(at)}</time>:</p><ul>{rows}</ul>'
    else:
        told = '<p role="status">Nothing had to change: what you chose was so already.</p>'
    return page("Your choices are saved", f'{told}<p><a href="{escape(back)}">Back to your choices</a></p>')


def ask_page(release: Release, purpose: Purpose, channel: str) -> bytes:
    """Return the page that asks once more before one purpose ends on one channel: looking at a link changes nothing."""
    what = f"{_title(purpose)} ({_channel(release, channel)})"
    body = (
        f"<p>Do you want to stop: {escape(what)}?</p>"
        '<form method="post"><button name="List-Unsubscribe" value="One-Click">Stop it</button></form>'
    )
    return page("Stop messages", body)


def stopped_page(release: Release, purpose: Purpose, channel: str, at: int) -> bytes:
    """Return the confirmation that one purpose ended on one channel."""
    what = f"{_title(purpose)} ({_channel(release, channel)})"
    body = f'<p role="status">Stopped on <time datetime="{iso(at)}">{_date(at)}</time>: {escape(what)}.</p>'
    return page("Stopped", body)


def _fieldsets(release: Release, shown: Sequence[Choice]) -> Iterator[str]:
    by_purpose: dict[str, list[Choice]] = {}
    for each in shown:
        by_purpose.setdefault(each.purpose.name, []).append(each)
    for name, group in by_purpose.items():
        purpose = group[0].purpose
        about = escape(purpose.description)
        if purpose.recipients:
            about += f" Others who receive the data: {escape(', '.join(purpose.recipients))}."
        yield f'<fieldset id="{escape(name)}"><legend>{escape(_title(purpose))}</legend><p>{about}</p>'
        if purpose.basis in CHOOSABLE:
            yield from (_choice(release, each) for each in group)
        else:
            yield f"<p>{escape(_BASES[purpose.basis])}</p>"
        yield "</fieldset>"


def _choice(release: Release, choice: Choice) -> str:
    name, said = escape(choice.name), choice.said
    known = said.code not in {"unknown", "expired"}
    yes, no = (" checked" if known and said.permitted is value else "" for value in (True, False))
    return (
        f'<fieldset><legend>{escape(_channel(release, choice.channel))}</legend><p id="{name}/state">{_state(said)}</p>'
        f'<label><input type="radio" name="{name}" value="yes" aria-describedby="{name}/state"{yes}> Yes</label> '
        f'<label><input type="radio" name="{name}" value="no" aria-describedby="{name}/state"{no}> No</label></fieldset>'
    )


def _state(said: ConsentAnswer) -> str:
    text, record = escape(_STATES.get(said.code, "")), said.record
    if record is None:
        return text
    text += f" Since {_date(record.since or record.at)}."
    if said.code == "granted" and record.until is not None:
        text += f" Until {_date(record.until)}."
    return text


def _rights(release: Release) -> str:
    controller = release.controller
    told: Mapping[str, str] = {
        "Who answers for this": " · ".join(filter(None, (controller.name, controller.address))),
        "Questions": controller.contact,
        "Complaints": controller.authority,
    }
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in told.items() if value)
    return f"<h2>Who we are</h2><dl>{rows}</dl>"


def _title(purpose: Purpose) -> str:
    return purpose.title or purpose.name.replace("_", " ").capitalize()


def _channel(release: Release, channel: str) -> str:
    known = release.channels.get(channel)
    return _CHANNELS.get(channel) or (known.description if known is not None else "") or channel


def _date(at: int) -> str:
    return iso(at)[:16].replace("T", " ") + " UTC"
