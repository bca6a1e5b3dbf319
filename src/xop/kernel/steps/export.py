"""Exports: the ledger tells that a customer's data is handed out to them."""

from xop.kernel.base.ids import derive
from xop.kernel.base.values import Refusal
from xop.kernel.context.customer import Customer
from xop.kernel.erasure.commands import Export
from xop.kernel.erasure.model import ERASURE
from xop.kernel.facts import CustomerExported
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.draft import Draft


def hand_out(_release: Release, customer: Customer, command: Export, moment: Moment) -> Step:
    """Note that a customer's data is handed out; only a person does that."""
    if command.actor.kind != "operator":
        return Step(refusal=Refusal("erasure-person", "only a person hands out a customer's data", "ask an operator"))
    if ERASURE in customer.view.flags:
        return Step(refusal=Refusal("erasure-under-way", "this customer is being erased", "it is too late to export"))
    draft = Draft(customer, moment)
    draft.add(CustomerExported(derive("exp", command.id), str(command.actor)))
    return draft.step()
