"""The report on what is in shadow: contrasts that say the same are counted together."""

import asyncio
from collections.abc import Iterable

from msgspec import Struct, field

from xop.ports.shadows import Aspect, Contrast, Kind, Shadow, Shadows, Side

MOST_EXAMPLES = 3

_PAGE = 500


class Sort(Struct, frozen=True, order=True):
    """What contrasts have in common that are counted together."""

    kind: Kind
    subject: str
    aspect: Aspect
    live: str
    """Verdict and code as they were."""
    shadow: str
    """Verdict and code as they would have been."""
    stage: str
    action: str
    actor: str


class Group(Struct):
    """Differences of one sort."""

    sort: Sort
    count: int = 0
    first: int = 0
    last: int = 0
    examples: list[Contrast] = field(default_factory=list)
    """The newest few."""
    unread: dict[str, int] = field(default_factory=dict)
    """Reads that the release in shadow lacked, and in how many of these."""


class Findings(Struct):
    """Everything kept about what is in shadow."""

    decisions: int = 0
    """Decisions that the release in shadow made once more."""
    differing: int = 0
    """Those it made otherwise."""
    since: int = 0
    """The moment of the oldest contrast that is kept; 0 without any."""
    groups: list[Group] = field(default_factory=list)
    """The most frequent first."""


async def findings(shadows: Shadows, shadow: Shadow | None) -> Findings:
    """Return what is kept about a release in shadow, and about agents and rules in shadow."""
    found, groups, before = Findings(), dict[Sort, Group](), None
    while page := await shadows.page(before, _PAGE):
        before = page[-1][0]
        _count(found, groups, (each for _, each in page if _concerns(each, shadow)))
        await asyncio.sleep(0)
    found.groups = sorted(groups.values(), key=lambda each: (-each.count, each.sort))
    return found


def _concerns(contrast: Contrast, shadow: Shadow | None) -> bool:
    return contrast.kind != "release" or (shadow is not None and contrast.subject == shadow.digest)


def _count(found: Findings, groups: dict[Sort, Group], contrasts: Iterable[Contrast]) -> None:
    for each in contrasts:
        found.since = each.at
        if each.kind == "release":
            found.decisions += 1
            found.differing += bool(each.aspect)
        if each.aspect:
            _add(groups, each)


def _add(groups: dict[Sort, Group], one: Contrast) -> None:
    """Contrasts come newest first."""
    live, shadow = (_worded(side, one.aspect) for side in (one.live, one.shadow))
    sort = Sort(one.kind, one.subject, one.aspect, live, shadow, one.stage, one.action, one.actor)
    group = groups.setdefault(sort, Group(sort, last=one.at))
    group.count += 1
    group.first = one.at
    if len(group.examples) < MOST_EXAMPLES:
        group.examples.append(one)
    for name in one.unread:
        group.unread[name] = group.unread.get(name, 0) + 1


def _worded(side: Side, aspect: Aspect) -> str:
    reason = (side.choice or "nothing") if aspect == "choice" else side.code
    return f"{side.verdict} {reason}".rstrip()
