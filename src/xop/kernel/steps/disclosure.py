"""Disclosure: the ledger tells what of a customer somebody was shown, and what for."""

from xop.kernel.commands import Show
from xop.kernel.context.customer import Customer
from xop.kernel.facts import ContextShown
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft


def show(_release: Release, customer: Customer, command: Show, moment: Moment) -> Step:
    """Note what somebody is about to see."""
    draft = Draft(customer, moment)
    draft.add(ContextShown(str(command.actor), command.purpose, command.fields, command.left_out))
    return draft.step()
