"""Previews: what merging two customers, or taking one apart, would come to; nothing is done."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from xop.faces.http.disclosure import look_of, record
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.pressure import cap_standings
from xop.faces.http.routes.identity import MergeRequest, UnmergeRequest, unmerged_side
from xop.faces.http.targets import customer
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Merge, Unmerge
from xop.kernel.consent.answer import answer
from xop.kernel.context.customer import Customer
from xop.kernel.moment import Moment
from xop.kernel.privacy.screen import Screen
from xop.kernel.release import Release
from xop.kernel.steps.identity import joined, merge, parted, unmerge


class RunMoved(Struct, frozen=True):
    """A run of a journey, and whose it is."""

    run: str
    journey: str
    key: str
    steps: list[str]


class IdentitySide(Struct, frozen=True):
    """One customer, as they are or would be."""

    customer: str
    parts: list[str]
    identifiers: list[str]
    """As `namespace:value`, as far as the purpose may see them."""
    runs: list[RunMoved]
    conversations: list[str]
    invocations: list[str]
    """Actions that are held, queued or started."""
    promises: int
    contacts: int


class CapShift(Struct, frozen=True):
    """A cap, and how much of it each customer has used."""

    purpose: str | None
    channel: str | None
    window: str
    most: int
    before: list[int]
    after: list[int]


class ConsentShift(Struct, frozen=True):
    """What each customer agrees to for a purpose on a channel, where not all say the same."""

    purpose: str
    channel: str
    before: list[str]
    after: list[str]


class FieldShift(Struct, frozen=True):
    """A value on which the customers differ; null where there is none."""

    name: str
    before: list[Any]
    after: list[Any]


class IdentityPreview(Struct, frozen=True):
    """What would become of the customers; lists of values follow the order of `before` and `after`."""

    possible: bool
    code: str
    """Why it is not possible."""
    cause: str
    remedy: str
    before: list[IdentitySide]
    after: list[IdentitySide]
    consents: list[ConsentShift]
    caps: list[CapShift]
    fields: list[FieldShift]
    left_out: list[str]
    """The names of what the usual purpose may not see."""


async def _preview_merge(call: Call) -> Reply:
    asked: MergeRequest = call.body
    release = call.platform.engine.release
    keep, other = await customer(call, asked.keep), await customer(call, asked.other)
    command = Merge("preview", call.actor, other.id, asked.reason)
    refusal = merge(release, keep, other, command, _moment(call, keep.id)).refusal
    if refusal is not None and keep.id == other.id:
        return Reply(await _preview(call, [keep], [keep], refusal))
    return Reply(await _preview(call, [keep, other], [joined(keep, other)], refusal))


async def _preview_unmerge(call: Call) -> Reply:
    asked: UnmergeRequest = call.body
    found = await customer(call, asked.customer)
    side = await unmerged_side(call, asked, found.id)
    # The step judges the side that the other was merged into, whichever of the customer's parts that is.
    origin = next((part.id for part in found.parts if side in part.merged), found.id)
    command = Unmerge("preview", call.actor, side, asked.reason)
    refusal = unmerge(call.platform.engine.release, found, command, _moment(call, origin)).refusal
    after = [found] if refusal is not None else list(parted(found, side))
    return Reply(await _preview(call, [found], after, refusal))


def _moment(call: Call, origin: str) -> Moment:
    return Moment(call.platform.runtime.clock.now(), 0, origin)


async def _preview(
    call: Call, before: Sequence[Customer], after: Sequence[Customer], refusal: Refusal | None
) -> IdentityPreview:
    engine, now = call.platform.engine, call.platform.runtime.clock.now()
    release, look = engine.release, look_of(engine.release, call.caller.principal, None)
    screen = Screen(release.privacy, look.access)
    preview = IdentityPreview(
        possible=refusal is None,
        code=refusal.code if refusal is not None else "",
        cause=refusal.cause if refusal is not None else "",
        remedy=refusal.remedy if refusal is not None else "",
        before=[_side(each, screen) for each in before],
        after=[_side(each, screen) for each in after],
        consents=_consents(release, before, after, now),
        caps=_caps(release, before, after, now),
        fields=_fields(before, after, screen),
        left_out=screen.left_out,
    )
    for each in before:
        await record(engine, look, each, screen)
    return preview


def _side(found: Customer, screen: Screen) -> IdentitySide:
    view = found.view
    runs = [
        RunMoved(run.id, run.journey, run.key, [token.step for token in run.tokens])
        for run in sorted(view.runs.values(), key=lambda run: (run.at, run.id))
    ]
    shown = [link for link in view.identifiers.values() if screen.passes("identifiers", link.identifier.namespace)]
    return IdentitySide(
        customer=found.id,
        parts=[part.id for part in found.parts],
        identifiers=[str(link.identifier) for link in shown],
        runs=runs,
        conversations=list(view.conversations),
        invocations=[each.action for each in view.invocations.values() if screen.passes("invocations")],
        promises=sum(1 for each in view.promises.values() if each.status == "open"),
        contacts=len(view.contacts),
    )


def _consents(release: Release, before: Sequence[Customer], after: Sequence[Customer], now: int) -> list[ConsentShift]:
    def said(found: Customer, purpose: str, channel: str) -> str:
        sides = [(part.id, part.consents) for part in found.parts]
        return answer(sides, release.purposes, purpose, channel, now).code

    shifts = [
        ConsentShift(
            purpose.name,
            channel,
            [said(each, purpose.name, channel) for each in before],
            [said(each, purpose.name, channel) for each in after],
        )
        for purpose in release.purposes.values()
        for channel in purpose.channels or tuple(release.channels)
    ]
    return [each for each in shifts if len({*each.before, *each.after}) > 1]


def _caps(release: Release, before: Sequence[Customer], after: Sequence[Customer], now: int) -> list[CapShift]:
    tables = [[cap_standings(release, each.view.contacts, now) for each in side] for side in (before, after)]
    shifts = []
    for number, cap in enumerate(tables[0][0]):
        was, would = ([table[number].used for table in side] for side in tables)
        if any((*was, *would)):
            shifts.append(CapShift(cap.purpose, cap.channel, cap.window, cap.most, was, would))
    return shifts


def _fields(before: Sequence[Customer], after: Sequence[Customer], screen: Screen) -> list[FieldShift]:
    views = [[each.view.profile for each in side] for side in (before, after)]
    seen = [
        [screen.entries("profile", {name: known.value for name, known in profile.items()}) for profile in side]
        for side in views
    ]
    names = sorted({name for side in seen for profile in side for name in profile})
    shifts = [FieldShift(name, *([profile.get(name) for profile in side] for side in seen)) for name in names]
    return [each for each in shifts if any(value != each.before[0] for value in (*each.before, *each.after))]


_PROBLEMS = ("customer-unknown", "identifier-refused")

OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/identity/merge/preview",
        summary="Preview a merge",
        description=(
            "What would become of identifiers, runs, caps, consents and fields, by the rules that a merge follows; or why "
            "it would be refused. Nothing is done, and that both were looked at is recorded."
        ),
        handler=_preview_merge,
        scope="identity:write",
        body=(Content(JSON, MergeRequest),),
        answers=(Content(JSON, IdentityPreview),),
        answered="What would become of both",
        problems=_PROBLEMS,
    ),
    Operation(
        method="POST",
        path="/v1/identity/unmerge/preview",
        summary="Preview the undoing of a merge",
        description="What each of the two would have of their own again; nothing is done.",
        handler=_preview_unmerge,
        scope="identity:write",
        body=(Content(JSON, UnmergeRequest),),
        answers=(Content(JSON, IdentityPreview),),
        answered="What would become of both",
        problems=_PROBLEMS,
    ),
)
