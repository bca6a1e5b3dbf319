"""Scopes as access tokens name them: `xop:proposals` for `proposals:write`, `xop:outbox` for all about the outbox."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from xop.kernel.base.principal import Scope

PREFIX = "xop:"


def scopes_of(claims: Mapping[str, Any]) -> frozenset[str]:
    """Return the platform's scopes that a token's `scope` (RFC 8693) or `scp` claim gives; nothing for any other form."""
    told = claims.get("scope", claims.get("scp", ""))
    words = told.split(" ") if isinstance(told, str) else told if isinstance(told, list) else []
    return frozenset(scope for word in words if isinstance(word, str) for scope in _MEANT.get(word, ()))


def names_of(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return what a client must ask an authorization server for to be given some of the platform's scopes."""
    return tuple(sorted({_NAMES[scope] for scope in scopes}))


def _named() -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    by_noun: dict[str, list[str]] = {}
    for scope in get_args(Scope):
        by_noun.setdefault(scope.partition(":")[0], []).append(scope)
    meant: dict[str, tuple[str, ...]] = {}
    names: dict[str, str] = {}
    for noun, scopes in by_noun.items():
        meant[PREFIX + noun] = tuple(scopes)
        for scope in scopes:
            meant[PREFIX + scope] = (scope,)
            names[scope] = PREFIX + (noun if len(scopes) == 1 else scope)
    return meant, names


_MEANT, _NAMES = _named()
