"""The catalogue: every action of a release, who may use it and what carries it out."""

import re
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from xop.assembly import Platform
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.kernel.actions.model import Deprecation
from xop.kernel.release import CompiledAction, Release

Digest = Annotated[str, Meta(min_length=1, max_length=100, description="A release's digest.")]

_ENTITY = re.compile(r'\bAction::"([^"]+)"')


class CatalogueQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which catalogue to read."""

    release: Digest | None = None
    """That of a release published before; of the one that rules when left out."""
    contracts: bool = False
    """Whether to give each contract in full."""


class ActionSummary(Struct, frozen=True, omit_defaults=True):
    """One action in short."""

    name: str
    version: int
    kind: str
    risk: str
    purpose: str
    description: str
    connection: str
    adapter: str
    """What carries it out: the kind of its connection."""
    health: str = ""
    """`closed`, `open` after too many failures in a row, `halted`, or `unused`; empty where no server tells."""
    deprecated: Deprecation | None = None
    contract: dict[str, Any] | UnsetType = UNSET


class CatalogueAnswer(Struct, frozen=True):
    """All actions of a release, deprecated ones last."""

    release: str
    actions: list[ActionSummary]


class FactNeeded(Struct, frozen=True):
    """A fact that must be known before the action is judged."""

    name: str
    value: str
    read: str | None
    required: bool


class RuleNaming(Struct, frozen=True):
    """A policy that names the action or one of its groups."""

    id: str
    effect: str
    message: str


class ActionDetail(Struct, frozen=True):
    """One action with all there is to know about it."""

    action: ActionSummary
    groups: list[str]
    facts: list[FactNeeded]
    policies: list[RuleNaming]
    """Those that name it or one of its groups; others may speak of every action."""
    granted: list[str]
    """Who may propose it."""
    reversed_by: list[str]
    """The actions that it undoes."""


async def _list(call: Call) -> Reply:
    asked: CatalogueQuery = call.query
    platform = call.platform
    release = platform.engine.release if asked.release is None else await platform.release(asked.release)
    if release is None:
        raise ProblemError("release-unknown", f"no release {asked.release!r} was published, or it compiles no more")
    return Reply(catalogue(release, platform if asked.release is None else None, contracts=asked.contracts))


async def _show(call: Call) -> Reply:
    name, release = call.path["action"], call.platform.engine.release
    if name not in release.actions:
        raise ProblemError("action-unknown", f"there is no action {name[:80]!r}")
    return Reply(detail(release, name, call.platform))


def catalogue(release: Release, platform: Platform | None = None, *, contracts: bool = False) -> CatalogueAnswer:
    """Return the catalogue of a release; with the health of connections where a platform is given that it rules on."""
    actions = [summary(release, each, platform, contracts=contracts) for each in release.actions.values()]
    return CatalogueAnswer(release.digest, sorted(actions, key=lambda each: (each.deprecated is not None, each.name)))


def summary(
    release: Release, compiled: CompiledAction, platform: Platform | None = None, *, contracts: bool = False
) -> ActionSummary:
    """Return an action in short."""
    action = compiled.action
    connection = release.connections.get(action.binding.connection)
    return ActionSummary(
        name=action.name,
        version=action.version,
        kind=action.kind,
        risk=action.risk,
        purpose=action.purpose,
        description=action.description,
        connection=action.binding.connection,
        adapter=connection.adapter if connection is not None else "",
        health=_health(platform, action.binding.connection) if platform is not None else "",
        deprecated=action.deprecated,
        contract=msgspec.to_builtins(action) if contracts else UNSET,
    )


def _health(platform: Platform, connection: str) -> str:
    if {"all", f"connection:{connection}"} & set(platform.engine.halts):
        return "halted"
    return platform.engine.gates.get(connection, "unused")


def detail(release: Release, name: str, platform: Platform | None = None) -> ActionDetail:
    """Return an action with all there is to know about it."""
    compiled = release.actions[name]
    names = {name, *compiled.action.groups}
    return ActionDetail(
        action=summary(release, compiled, platform, contracts=True),
        groups=list(compiled.action.groups),
        facts=[
            FactNeeded(each.source.name, each.source.value, each.source.read, each.source.required)
            for each in compiled.computed
        ],
        policies=[
            RuleNaming(rule.id, rule.effect, rule.message)
            for rule in release.policies.rules.values()
            if names & set(_ENTITY.findall(rule.text))
        ],
        granted=sorted(
            str(actor) for actor, each in release.principals.items() if each.may_propose(name, compiled.action.groups)
        ),
        reversed_by=sorted(each.action.name for each in release.actions.values() if each.action.reversible_by == name),
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/catalog",
        summary="List the actions of a release",
        handler=_list,
        scope="decisions:read",
        query=CatalogueQuery,
        answers=(Content(JSON, CatalogueAnswer),),
        problems=("release-unknown",),
    ),
    Operation(
        method="GET",
        path="/v1/catalog/{action}",
        summary="Look at an action",
        description="Its contract in full, the facts it needs, the policies that name it and who is granted it.",
        handler=_show,
        scope="decisions:read",
        parameters={"action": "The action's name."},
        answers=(Content(JSON, ActionDetail),),
        problems=("action-unknown",),
    ),
)
