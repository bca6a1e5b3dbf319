"""Compiles a workspace into a release, or says everything that is wrong with it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from xop.kernel.base.actor import Actor
from xop.kernel.base.principal import Principal, Scope
from xop.kernel.compiled.choices import CompiledDecisionSet
from xop.kernel.consent.model import Controller
from xop.kernel.policy.engine import PolicyEngine
from xop.kernel.pressure.measure import longest_window
from xop.kernel.release import CompiledAction, CompiledSignal, Move, Release, Routes
from xop.ports.adapter import AdapterKind
from xop.workspace.baseline import baseline_files
from xop.workspace.changes import check_signals
from xop.workspace.circles import check_circles
from xop.workspace.contracts import check_actions, check_connections, compile_actions, own_connections
from xop.workspace.decisions import check_decisions, compile_decisions
from xop.workspace.digest import digest
from xop.workspace.environments import customer_shape
from xop.workspace.facts import check_facts, compile_facts
from xop.workspace.folder import too_much
from xop.workspace.journeys.retained import former_names, kept_files
from xop.workspace.journeys.routes import compile_routes
from xop.workspace.layout import bears_on_rules, is_ignored
from xop.workspace.mentions import check_mentions
from xop.workspace.operations import check_operations, pinned_connections
from xop.workspace.policies import compile_policies
from xop.workspace.populations import compile_population
from xop.workspace.principals import check_principals
from xop.workspace.privacy import check_packets, check_privacy, privacy_of
from xop.workspace.problem import Problem
from xop.workspace.purposes import check_purposes
from xop.workspace.queues import check_queues
from xop.workspace.retention import check_retention, retention_of
from xop.workspace.rights import compile_rights
from xop.workspace.settings import Settings
from xop.workspace.sign_in import check_sign_in
from xop.workspace.signals import compile_signals, count_windows
from xop.workspace.sources import Item, Sources, add_baseline, gather
from xop.workspace.systems import check_systems, compile_systems
from xop.workspace.witnesses import check_log, log_rules

MOST_PROBLEMS = 500
"""Problems reported at once."""

T = TypeVar("T", bound=Struct)


def compile_workspace(
    files: Mapping[str, bytes],
    kinds: Mapping[str, AdapterKind],
    baseline: Mapping[str, bytes] | None = None,
    retained: Mapping[str, bytes] = MappingProxyType({}),
    moves: tuple[Move, ...] = (),
) -> Release | list[Problem]:
    """Return the release that a workspace's files make, or every problem found, sorted by file and line.

    `files` are by relative path with `/`; files that a workspace ignores do not count. Nothing is raised: whatever is
    wrong with the files is a problem. The same files give the same digest. A release of an earlier version is compiled
    again with the `baseline` it had, and with what it kept of releases before it: `retained` are former versions of
    journeys by their path in the kept release, `moves` what its publication does with runs.
    """
    baseline = baseline_files() if baseline is None else baseline
    counted = {path: content for path, content in files.items() if not is_ignored(path)}
    excess = too_much(counted)
    if excess is not None:
        return [excess]
    problems: list[Problem] = []
    sources = gather(counted, problems)
    _check(sources, kinds, problems)
    add_baseline(baseline, sources, problems)
    problems.extend(check_mentions(sources, former_names(retained)))
    problems.extend(check_privacy(sources))
    counters = count_windows(sources, problems)
    customer = customer_shape(counters)
    facts = compile_facts(sources, customer, problems)
    actions = compile_actions(sources, facts, customer, problems)
    problems.extend(check_packets(sources, actions))
    signals = compile_signals(sources, customer, problems)
    policies = compile_policies(sources, actions, problems)
    rights = compile_rights(sources, problems)
    compile_population(sources, problems)
    decisions = compile_decisions(sources, customer, problems)
    routes = compile_routes(sources, counters, problems, retained, moves)
    if problems or policies is None or sources.settings is None:
        return sorted(set(problems))[:MOST_PROBLEMS]
    kept = kept_files(retained, moves)
    name = digest({path: content for path, content in counted.items() if bears_on_rules(path)}, baseline, kept)
    return _release(
        name, sources, sources.settings.value, (actions, signals, policies, decisions, routes), counters, rights
    )


def _check(sources: Sources, kinds: Mapping[str, AdapterKind], problems: list[Problem]) -> None:
    problems.extend(check_purposes(sources))
    problems.extend(check_signals(sources))
    problems.extend(check_facts(sources))
    problems.extend(check_connections(sources, kinds))
    problems.extend(check_actions(sources, kinds))
    problems.extend(check_operations(sources))
    problems.extend(check_principals(sources))
    problems.extend(check_circles(sources))
    problems.extend(check_sign_in(sources))
    problems.extend(check_decisions(sources))
    problems.extend(check_queues(sources))
    problems.extend(check_systems(sources))
    problems.extend(check_log(sources))
    problems.extend(check_retention(sources))


def _release(
    name: str,
    sources: Sources,
    settings: Settings,
    compiled: tuple[
        Mapping[str, CompiledAction],
        Mapping[str, CompiledSignal],
        PolicyEngine,
        Mapping[str, CompiledDecisionSet],
        Routes,
    ],
    counters: Mapping[str, int],
    rights: Mapping[Actor, tuple[Scope, ...]],
) -> Release:
    actions, signals, policies, decisions, routes = compiled
    purposes = _values(sources.purposes)
    caps = tuple(item.value for item in sources.caps)
    return Release(
        digest=name,
        name=settings.name,
        zone=settings.time_zone,
        zone_field=settings.time_zone_field,
        purposes=purposes,
        caps=caps,
        channels=_values(sources.channels),
        namespaces=_values(sources.namespaces),
        signals=MappingProxyType(dict(signals)),
        counters=MappingProxyType(dict(counters)),
        actions=MappingProxyType(dict(actions)),
        connections=MappingProxyType({**pinned_connections(sources), **own_connections(sources)}),
        principals=_principals(sources, rights),
        policies=policies,
        contact_window=longest_window(purposes.values(), caps),
        routes=routes,
        decision_sets=MappingProxyType(decisions),
        queues=_values(sources.queues),
        most_handovers=settings.handovers.most,
        register=compile_systems(sources),
        pace=settings.journeys.wakeups_per_second,
        retention=retention_of(sources),
        privacy=privacy_of(sources),
        controller=settings.controller or Controller(settings.name),
        log=log_rules(settings.log),
    )


def _principals(sources: Sources, rights: Mapping[Actor, tuple[Scope, ...]]) -> Mapping[Actor, Principal]:
    """Return the principals, each with the scopes that the rights leave or give it."""
    found = (item.value for item in sources.principals.values())
    return MappingProxyType({each.actor: replace(each, scopes=rights[each.actor]) for each in found})


def _values(items: Mapping[str, Item[T]]) -> Mapping[str, T]:
    return MappingProxyType({name: item.value for name, item in items.items()})
