"""The workspace that history is played in: every action and treatment it shows, in one decision set."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from benchmarks.nba.history import Shown, options

NAME = "next_best"
SEEN, ANSWERED = "customer.seen", "offer.answered"

_SETTINGS = b"""name = "shop"
description = "Plays a recorded interaction history."
time_zone = "UTC"
"""

_FEATURES = {"hour": "string(now.getHours() / 4)", "weekday": "string(now.getDayOfWeek())"}


def shop_files(shown: Iterable[Shown], kind: str, cap: int) -> dict[str, bytes]:
    """Return the workspace's files by path; `cap` is how many outbound contacts a customer may have on a channel a day."""
    known = options(shown)
    channels = {each.channel: each for each in known.values()}
    outbound = [name for name, each in channels.items() if each.outbound]
    caps = [{"most": cap, "window": "1d", "channel": name} for name in outbound]
    caps += [{"most": 2 * cap, "window": "7d"}] if outbound else []
    purpose = {"basis": "legitimate_interest", "channels": sorted(channels), "promotional": True, "caps": caps}
    files: dict[str, Any] = {
        "agents.yaml": {"sources": {"shop": {"key": "${env:SHOP_KEY}"}}},
        "purposes.yaml": {"channels": {name: {} for name in channels}, "purposes": {"marketing": purpose}},
        "identity.yaml": {"namespaces": {"customer": {"kind": "account", "priority": 100, "strong": True}}},
        "connections.yaml": {"connections": {"outside": {"adapter": "simulated", "settings": {}}}},
        "signals.yaml": {"signals": _signals()},
        f"decisions/{NAME}.yaml": _decision_set(known, kind),
    }
    for name, each in channels.items():
        files[f"actions/{_action(each)}.yaml"] = _contract(name, each)
    return {"workspace.toml": _SETTINGS, **{path: _yaml(value) for path, value in files.items()}}


def _signals() -> dict[str, Any]:
    answered = {"choice": {"type": "string"}, "success": {"type": "boolean"}}
    return {
        SEEN: {"schema": {"type": "object"}},
        ANSWERED: {"schema": {"type": "object", "properties": answered, "required": list(answered)}},
    }


def _decision_set(known: Mapping[tuple[str, str], Shown], kind: str) -> dict[str, Any]:
    by_candidate: dict[str, list[Shown]] = defaultdict(list)
    for each in known.values():
        by_candidate[each.candidate].append(each)
    mine = "signal.data.choice == choice.id"
    return {
        "name": NAME,
        "description": "Everything that history shows.",
        "candidates": [_candidate(name, treatments) for name, treatments in by_candidate.items()],
        "model": {"kind": kind, "features": _FEATURES if kind == "logistic" else {}},
        "explore": {"rate": 0},
        "arms": {"random": 0, "no_model": 0, "holdout": 0},
        "window": "30d",
        "results": [
            {"outcome": "accepted", "signal": ANSWERED, "when": f"{mine} && signal.data.success"},
            {"outcome": "declined", "signal": ANSWERED, "when": mine, "reward": 0},
        ],
    }


def _candidate(name: str, treatments: list[Shown]) -> dict[str, Any]:
    # A choice that says what history showed may choose that and nothing else; one that says nothing chooses among all.
    return {
        "name": name,
        "issue": treatments[0].issue,
        "group": treatments[0].group,
        "applicable": f"request.candidate in ['', '{name}']",
        "treatments": [
            {
                "name": each.treatment,
                "action": _action(each),
                "arguments": {"offer": name},
                "direction": "outbound" if each.outbound else "inbound",
                "when": f"request.treatment in ['', '{each.treatment}']",
            }
            for each in treatments
        ],
    }


def _action(shown: Shown) -> str:
    return f"{'send' if shown.outbound else 'show'}_{shown.channel}"


def _contract(channel: str, shown: Shown) -> dict[str, Any]:
    contract = {
        "name": _action(shown),
        "version": 1,
        "description": f"Bring an offer to the customer by {channel}.",
        "kind": "contact" if shown.outbound else "write",
        "purpose": "marketing",
        "channel": channel,
        "input": {
            "type": "object",
            "properties": {"offer": {"type": "string"}},
            "required": ["offer"],
            "additionalProperties": False,
        },
        "binding": {"connection": "outside", "request": {"offer": "{{arguments.offer}}"}},
    }
    if not shown.outbound:
        del contract["channel"]
    return contract


def _yaml(value: Any) -> bytes:
    return yaml.safe_dump(value, sort_keys=False, width=120).encode()
