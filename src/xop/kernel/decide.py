"""`decide`: the one pure function through which everything goes."""

from collections.abc import Callable
from typing import Any

from xop.kernel.commands import (
    Accept,
    Activate,
    Advance,
    Approval,
    Choice,
    Command,
    Completion,
    Deadline,
    Decline,
    Enter,
    Escalate,
    Evaluation,
    Execution,
    Explain,
    Halt,
    HandBack,
    HandOver,
    Lapse,
    Merge,
    Outcome,
    Proposal,
    Reconciliation,
    Reconsideration,
    Relay,
    Reminder,
    Reply,
    Resume,
    Review,
    Show,
    Signal,
    Transfer,
    Unmerge,
    Withdrawal,
)
from xop.kernel.context.customer import Customer
from xop.kernel.erasure.commands import Erase, Export, ImposeLegalHold, LiftLegalHold, Removal
from xop.kernel.log.succession import BeginLog
from xop.kernel.moment import Moment
from xop.kernel.oversight.commands import (
    ClassifyIncident,
    CloseIncident,
    Inform,
    OpenIncident,
    RemindIncident,
    ReportIncident,
    SeedProbe,
)
from xop.kernel.passage.asked import advance, enter, hear, reply, review
from xop.kernel.passage.progress import RUN_IS_OVER, progress, unwanted
from xop.kernel.passage.transfer import transfer
from xop.kernel.release import Release
from xop.kernel.retention.commands import Retain, Retained
from xop.kernel.step import Step
from xop.kernel.steps.approval import approve, ask_anew, remind
from xop.kernel.steps.choice import choose, lapse
from xop.kernel.steps.desk import accept, decline, escalate, hand_back
from xop.kernel.steps.disclosure import show
from xop.kernel.steps.erasure import erase, impose, lift, remove
from xop.kernel.steps.explanation import deliver
from xop.kernel.steps.export import hand_out
from xop.kernel.steps.halt import activate, halt, resume
from xop.kernel.steps.handover import hand_over
from xop.kernel.steps.identity import merge, unmerge
from xop.kernel.steps.incident import (
    classify_incident,
    close_incident,
    open_incident,
    remind_incident,
    report_incident,
)
from xop.kernel.steps.inform import inform
from xop.kernel.steps.invocation import conclude, execute, reconcile, reconsider, withdraw
from xop.kernel.steps.probe import seed_probe
from xop.kernel.steps.promise import meet_deadline
from xop.kernel.steps.proposal import evaluate, propose
from xop.kernel.steps.retention import note, retain
from xop.kernel.steps.signal import receive
from xop.kernel.steps.succession import begin_log
from xop.kernel.steps.task import complete


def decide(
    release: Release, customer: Customer, command: Command, moment: Moment, other: Customer | None = None
) -> Step:
    """Return what a command makes true for a customer at a moment, and what the outside must do.

    Pure: the same arguments always give the same step. `other` is the second customer of a merge. Never raises for a
    command that was validated; what cannot be judged is denied with the reason.
    """
    if isinstance(command, Merge):
        step = merge(release, customer, other, command, moment)
    elif isinstance(command, Proposal | Choice | HandOver) and unwanted(customer, command, moment):
        step = Step(refusal=RUN_IS_OVER)
    elif isinstance(command, Reconsideration) and command.published:
        step = ask_anew(release, customer, command, moment)
    else:
        step = _STEPS[type(command)](release, customer, command, moment)
    return progress(release, customer, command, moment, step, other)


_STEPS: dict[type, Callable[[Release, Customer, Any, Moment], Step]] = {
    Signal: receive,
    Proposal: propose,
    Evaluation: evaluate,
    Reconsideration: reconsider,
    Approval: approve,
    Reminder: remind,
    Withdrawal: withdraw,
    Show: show,
    Explain: deliver,
    Activate: activate,
    Halt: halt,
    Resume: resume,
    BeginLog: begin_log,
    Erase: erase,
    Removal: remove,
    ImposeLegalHold: impose,
    LiftLegalHold: lift,
    Retain: retain,
    Retained: note,
    Export: hand_out,
    Execution: execute,
    Outcome: conclude,
    Completion: complete,
    Deadline: meet_deadline,
    Reconciliation: reconcile,
    Unmerge: unmerge,
    Enter: enter,
    Advance: advance,
    Reply: reply,
    Transfer: transfer,
    Relay: hear,
    Review: review,
    Choice: choose,
    Lapse: lapse,
    HandOver: hand_over,
    Accept: accept,
    Decline: decline,
    HandBack: hand_back,
    Escalate: escalate,
    Inform: inform,
    SeedProbe: seed_probe,
    OpenIncident: open_incident,
    ClassifyIncident: classify_incident,
    ReportIncident: report_incident,
    RemindIncident: remind_incident,
    CloseIncident: close_incident,
}
"""One function per kind of command; a merge is apart because it takes a second customer."""
