"""The shadow: a release that is only observed, and what is found out about it and about agents and rules in shadow."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import asdict

from xop.assembly import WorkspaceRefused
from xop.engine.shadow_report import Group, findings
from xop.faces.http.body import LARGEST_BODY
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.routes.releases import Path, refused_workspace, wanted_files
from xop.kernel.base.times import iso
from xop.ports.shadows import Contrast, Shadow, Side

_MOST_FILES = 2_000


class ShadowRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole workspace to observe."""

    files: Annotated[dict[Path, str], Meta(max_length=_MOST_FILES)] = {}
    """The text of every file by its path within the workspace."""
    release: Annotated[str, Meta(max_length=100)] = ""
    """Instead of files: the digest of a release whose workspace is to be observed."""


class ShadowView(Struct, frozen=True):
    """A release that is in shadow, or was."""

    digest: str
    name: str
    at: str
    """When it was set."""
    by: str
    ended: str
    """When it was stopped; empty while it is in shadow."""


class ShadowState(Struct, frozen=True):
    """Whether a release is in shadow, and how far it has come."""

    shadow: ShadowView | None
    """The release in shadow, or else the last one that was."""
    observing: bool
    fault: str
    """Why it is not observed although it should be; empty otherwise."""
    waiting: int
    """Decisions it has yet to make once more."""
    missed: int
    """Decisions that were passed over since the server started: more came than it could follow."""


class ContrastView(Struct, frozen=True):
    """One decision as it was, beside what it would have been."""

    decision: str
    at: str
    live: Side
    shadow: Side
    unread: list[str]
    """Reads that were not made for the release in shadow: unknown to it."""


class GroupView(Struct, frozen=True):
    """Differences of one sort: same verdicts and codes, same stage, action and actor."""

    kind: str
    """What is in shadow: `release`, `agent` or `rule`."""
    subject: str
    """The digest of the release, the agent or the rule."""
    differs_in: str
    """The first of `verdict`, `choice`, `reason` and `terms` that differs."""
    live: str
    shadow: str
    stage: str
    action: str
    actor: str
    count: int
    first: str
    last: str
    unread: dict[str, int]
    """Reads that were not made for the release in shadow, and in how many of these."""
    examples: list[ContrastView]


class ShadowReport(ShadowState, frozen=True):
    """What is in shadow and where it would have decided otherwise."""

    decisions: int
    """Decisions that the release in shadow made once more, as far as they are kept."""
    differing: int
    since: str
    """The moment of the oldest decision that is kept; empty without any."""
    groups: list[GroupView]
    """The most frequent first."""


async def _report(call: Call) -> Reply:
    await call.platform.engine.shadow.settled()
    shadows = call.platform.runtime.shadows
    found = await findings(shadows, await shadows.latest())
    state = await _state(call)
    since = iso(found.since) if found.since else ""
    groups = [_group(each) for each in found.groups]
    return Reply(ShadowReport(**asdict(state), decisions=found.decisions, differing=found.differing, since=since,
                              groups=groups))  # fmt: skip


async def _start(call: Call) -> Reply:
    asked: ShadowRequest = call.body
    try:
        await call.platform.observe(await wanted_files(call, asked.files, asked.release), str(call.actor))
    except WorkspaceRefused as refused:
        raise refused_workspace(refused) from refused
    return Reply(await _state(call))


async def _stop(call: Call) -> Reply:
    await call.platform.stop_observing()
    return Reply(await _state(call))


async def _state(call: Call) -> ShadowState:
    platform = call.platform
    shadow = platform.engine.shadow
    latest = await platform.runtime.shadows.latest()
    observing = latest is not None and not latest.ended and not platform.shadow_fault
    told = _told(latest) if latest is not None else None
    return ShadowState(told, observing, platform.shadow_fault, shadow.waiting, shadow.missed)


def _told(shadow: Shadow) -> ShadowView:
    ended = iso(shadow.ended) if shadow.ended else ""
    return ShadowView(shadow.digest, shadow.name, iso(shadow.at), shadow.by, ended)


def _group(group: Group) -> GroupView:
    sort = group.sort
    return GroupView(
        kind=sort.kind,
        subject=sort.subject,
        differs_in=sort.aspect,
        live=sort.live,
        shadow=sort.shadow,
        stage=sort.stage,
        action=sort.action,
        actor=sort.actor,
        count=group.count,
        first=iso(group.first),
        last=iso(group.last),
        unread=group.unread,
        examples=[_contrast(each) for each in group.examples],
    )


def _contrast(one: Contrast) -> ContrastView:
    return ContrastView(one.decision, iso(one.at), one.live, one.shadow, list(one.unread))


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/shadow",
        summary="See where what is in shadow would have decided otherwise",
        description="A release in shadow, agents in shadow and rules in shadow, in one report.",
        handler=_report,
        scope="decisions:read",
        answers=(Content(JSON, ShadowReport),),
    ),
    Operation(
        method="POST",
        path="/v1/shadow",
        summary="Observe a workspace",
        description=(
            "Its release decides once more whatever is decided from now on; nothing follows from it. It takes the place "
            "of the one before, and outlasts a restart. A workspace with problems changes nothing."
        ),
        handler=_start,
        scope="releases:write",
        body=(Content(JSON, ShadowRequest),),
        largest=8 * LARGEST_BODY,
        answers=(Content(JSON, ShadowState),),
        problems=("workspace-refused", "release-unknown"),
    ),
    Operation(
        method="POST",
        path="/v1/shadow/end",
        summary="Observe no release any more",
        description="What was found out stays.",
        handler=_stop,
        scope="releases:write",
        answers=(Content(JSON, ShadowState),),
    ),
)
