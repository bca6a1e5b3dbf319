"""Explanations: the ledger tells that a customer was given one."""

from xop.kernel.commands import Explain
from xop.kernel.context.customer import Customer
from xop.kernel.facts import ExplanationDelivered
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft


def deliver(_release: Release, customer: Customer, command: Explain, moment: Moment) -> Step:
    """Note that the customer is given the explanation of a decision."""
    draft = Draft(customer, moment)
    draft.add(ExplanationDelivered(command.decision, str(command.actor), command.language, command.invocation))
    return draft.step()
