"""Retelling: a decision that was made, as a scenario that comes to the same verdict by the same rule, or not at all."""

from typing import Any

import yaml

from xop.kernel.base.times import iso
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Proposal
from xop.kernel.context.customer import Customer
from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.recorded import Recorded
from xop.kernel.release import Release
from xop.lab.scenarios.rehearsal import Rehearsal
from xop.workspace.scenarios.names import identifier
from xop.workspace.scenarios.reading import read_scenarios

FILE = "scenarios/retold.yaml"

_MADE_UP = ("customer@example.test", "+447700900123", "made-up-1", "1000000001")
"""Identifiers of nobody; a scenario that is kept in a workspace must name no customer."""

_CHANGES = frozenset({"granted", "refused", "withdrawn", "objected"})

_HEAD = "# Retold from {decision}. The arguments are those that were asked for: take out what is about somebody.\n"


class NotRetold(Exception):  # noqa: N818 - names what is the case
    """A decision cannot be told as a scenario truthfully."""


async def retell(recorded: Recorded, decision: Decision) -> str:
    """Return a scenario in YAML that was run and came to the same verdict; raises `NotRetold` with the cause."""
    command = recorded.command
    if decision.stage != "proposal" or not isinstance(command, Proposal):
        raise NotRetold(f"it was made at the stage {decision.stage}: only what somebody proposes is retold")
    text = _HEAD.format(decision=decision.id) + _written(_scenario(recorded, command, decision))
    scenarios, problems = read_scenarios({FILE: text.encode()}, recorded.release)
    if problems or not scenarios:
        raise NotRetold(problems[0].cause if problems else "no scenario can be written of it")
    result = await Rehearsal(recorded.release).run(scenarios[0])
    if result.failures:
        cause = result.failures[0].happened
        raise NotRetold(f"it rests on more than a scenario of it alone has: {cause}")
    return text


def _written(scenario: dict[str, Any]) -> str:
    text: str = yaml.safe_dump({"scenarios": [scenario]}, sort_keys=False, allow_unicode=True, width=110)
    return text


def _scenario(recorded: Recorded, command: Proposal, decision: Decision) -> dict[str, Any]:
    """Return the request as it was, of somebody who agrees to the same and of whom nothing else is known."""
    introduced = {"customer": "someone", "identifiers": _identifiers(recorded.release, recorded.customer)}
    consents = _consents(recorded.customer)
    wish = {
        "action": command.action,
        "actor": str(command.actor),
        "arguments": command.arguments,
        "purpose": command.purpose,
    }
    expected = {"verdict": decision.verdict, "rule": decision.code, "until": decision.until}
    named = decision.action.replace("_", " ")
    return {
        "name": f"{named[:80].capitalize()}: {decision.verdict} by {decision.code[:80]}",
        "at": iso(decision.at),
        "given": [{**introduced, **({"consents": consents} if consents else {})}],
        "when": [{"propose": {name: value for name, value in wish.items() if value not in (None, {})}}],
        "then": [{name: value for name, value in expected.items() if value}],
    }


def _identifiers(release: Release, customer: Customer) -> dict[str, str]:
    """Return an identifier of nobody in each namespace that the customer is known by."""
    made: dict[str, str] = {}
    for namespace in sorted({each.partition(":")[0] for part in customer.parts for each in part.identifiers}):
        fitting = (value for value in _MADE_UP if not isinstance(identifier(release, namespace, value), Refusal))
        value = next(fitting, None)
        if value is not None:
            made[namespace] = value
    return made


def _consents(customer: Customer) -> list[dict[str, str]]:
    """Return what the customer had said last to each purpose on each channel."""
    told = []
    for part in customer.parts:
        for key, records in part.consents.items():
            purpose, _, channel = key.partition("/")
            if records and records[-1].status in _CHANGES:
                said = {"purpose": purpose, "channel": channel, "change": records[-1].status}
                told.append({name: value for name, value in said.items() if value and value != "*"})
    return told
