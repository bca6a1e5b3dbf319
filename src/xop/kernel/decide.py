"""`decide`: the one pure function through which everything goes."""

from xop.kernel.commands import (
    Approval,
    Command,
    Execution,
    Merge,
    Outcome,
    Proposal,
    Reconciliation,
    Reconsideration,
    Signal,
    Unmerge,
)
from xop.kernel.context.customer import Customer
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.step import Step
from xop.kernel.steps.identity import merge, unmerge
from xop.kernel.steps.invocation import approve, conclude, execute, reconcile, reconsider
from xop.kernel.steps.proposal import propose
from xop.kernel.steps.signal import receive


def decide(
    release: Release, customer: Customer, command: Command, moment: Moment, other: Customer | None = None
) -> Step:
    """Return what a command makes true for a customer at a moment, and what the outside must do.

    Pure: the same arguments always give the same step. `other` is the second customer of a merge. Never raises for a
    command that was validated; what cannot be judged is denied with the reason.
    """
    match command:
        case Signal():
            return receive(release, customer, command, moment)
        case Proposal():
            return propose(release, customer, command, moment)
        case Reconsideration():
            return reconsider(release, customer, command, moment)
        case Approval():
            return approve(release, customer, command, moment)
        case Execution():
            return execute(release, customer, command, moment)
        case Outcome():
            return conclude(release, customer, command, moment)
        case Reconciliation():
            return reconcile(release, customer, command, moment)
        case Merge():
            return merge(release, customer, other, command, moment)
        case Unmerge():
            return unmerge(customer, command, moment)
