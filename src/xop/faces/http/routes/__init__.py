"""Every operation of the API, those asked most often first."""

from xop.faces.http.operation import Operation
from xop.faces.http.routes import (
    approvals,
    choices,
    consents,
    customers,
    decisions,
    evaluations,
    facts,
    halts,
    handovers,
    health,
    identity,
    journeys,
    outbox,
    proposals,
    questions,
    releases,
    runs,
    segment,
    sign_in,
    signals,
)

OPERATIONS: tuple[Operation, ...] = (
    *signals.OPERATIONS,
    *proposals.OPERATIONS,
    *choices.OPERATIONS,
    *evaluations.OPERATIONS,
    *segment.OPERATIONS,
    *customers.OPERATIONS,
    *consents.OPERATIONS,
    *approvals.OPERATIONS,
    *journeys.OPERATIONS,
    *runs.OPERATIONS,
    *questions.OPERATIONS,
    *handovers.OPERATIONS,
    *halts.OPERATIONS,
    *identity.OPERATIONS,
    *decisions.OPERATIONS,
    *facts.OPERATIONS,
    *outbox.OPERATIONS,
    *releases.OPERATIONS,
    *health.OPERATIONS,
    *sign_in.OPERATIONS,
)
"""The route table: what is served and what is documented are both made from it."""
