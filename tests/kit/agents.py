"""Harbour workspaces with agents that have other rights, and rules that ask for other approvals."""

from typing import Any

import yaml

from tests.kit.harbour import FOLDER
from xop.assembly import compiled, workspace_files
from xop.kernel.release import Release

PEOPLE = {
    "olga": {"actions": ["*"], "roles": ["supervisor"]},
    "otto": {"actions": ["*"], "roles": ["supervisor", "care"]},
    "fay": {"actions": ["*"], "roles": ["head_of_care"]},
}

BOT_RIGHTS: dict[str, Any] = {
    "actions": ["issue_credit", "send_notice", "read_bill"],
    "autonomy": "act",
    "customers": "all",
}


def harbour_of(bot: Any = None, rule: str = "", **files: str) -> Release:
    """Return the harbour's release with other rights of its helper bot, one more rule and other files."""
    agents = {"sources": {"web": {}}, "agents": {"helper_bot": BOT_RIGHTS | (bot or {})}, "operators": PEOPLE}
    changed = workspace_files(FOLDER) | {"agents.yaml": yaml.safe_dump(agents).encode()}
    changed |= {f"{name}.yaml": text.encode() for name, text in files.items()}
    if rule:
        changed["policies/desk.cedar"] = rule.encode()
    changed["policies/harbour.cedar"] = _without_finance(changed["policies/harbour.cedar"])
    return compiled(changed)


def approval_rule(*annotations: str, limit: int = 1000) -> str:
    """Return a rule by which credits above a limit in cents wait for a supervisor."""
    return "\n".join(
        (
            '@id("desk.credit")',
            '@message("A supervisor looks at it.")',
            '@outcome("hold")',
            '@until("approval")',
            '@approver("supervisor")',
            *annotations,
            'forbid (principal, action == Action::"issue_credit", resource)',
            f"when {{ context.arguments has cents && context.arguments.cents > {limit} }} unless {{ context.approved }};",
        )
    )


def _without_finance(policies: bytes) -> bytes:
    """Nobody here is of the finance department."""
    return (
        policies.partition(b'@id("harbour.huge_credit")')[0]
        + b'@id("harbour.score")'
        + policies.partition(b'@id("harbour.score")')[2]
    )
