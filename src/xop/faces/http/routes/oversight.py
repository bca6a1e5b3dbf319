"""Oversight: how people oversaw AI systems in a month."""

from typing import Annotated

from msgspec import Meta, Struct

from xop.engine.incidents import incidents_of
from xop.faces.http.commanding import IDEMPOTENCY_KEY, Receipt, command_name, receipt, submit
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.targets import target
from xop.kernel.base.ids import derive
from xop.kernel.base.times import iso
from xop.kernel.oversight.commands import SeedProbe
from xop.kernel.release import Release
from xop.lab.oversight import MonthlyReport, report


class MonthQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which month to report on."""

    month: Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")] | None = None
    """A month such as `2026-11`; the present one when left out."""


class ProbeRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Which known-wrong proposal."""

    probe: Annotated[str, Meta(min_length=1, max_length=64)]
    """Its name in systems.yaml."""


async def _report(call: Call) -> Reply:
    platform = call.platform
    at, release = platform.runtime.clock.now(), platform.engine.release
    month = call.query.month or iso(at)[:7]
    try:
        measures = await call.face.overseen.measures(platform.runtime.ledger, release, month)
    except ValueError as error:
        raise ProblemError("parameter-invalid", f"{month!r} is no month", "write 2026-11") from error
    return Reply(report(month, release, measures, await incidents_of(platform.engine), at))


async def _probe(call: Call) -> Reply:
    asked: ProbeRequest = call.body
    release = call.platform.engine.release
    command = SeedProbe(_seeding_name(call, release, asked.probe), call.actor, asked.probe)
    return Reply(receipt(await submit(call, command, target(release, call.path["customer"]))))


def _seeding_name(call: Call, release: Release, probe: str) -> str:
    """Return an id as its agent's proposals have: facts name the command they come from, to whoever may read them."""
    name = command_name(call, "probe")
    known = release.register.file.probes.get(probe) if release.register is not None else None
    return f"proposal:agent:{known.agent}:{derive('key', name)}" if known is not None else name


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/oversight",
        summary="Report how people oversaw AI systems in a month",
        description=(
            "Approval and override rates and times to answer by agent, action and roles, and by person; what agents asked "
            "for; systems and the duties they do not meet; incidents and halts. Requests count in the month they were "
            "opened in."
        ),
        handler=_report,
        scope="decisions:read",
        query=MonthQuery,
        answers=(Content(JSON, MonthlyReport),),
    ),
    Operation(
        method="POST",
        path="/v1/customers/{customer}/probes",
        summary="Put a known-wrong proposal among the requests for approval",
        description=(
            "It looks like any other request about this customer, and whatever is answered nothing is done. Whoever puts "
            "it there does not answer it. The monthly report says who caught it."
        ),
        handler=_probe,
        scope="halts:write",
        parameters={"customer": REFERENCE},
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, ProbeRequest),),
        answers=(Content(JSON, Receipt),),
        problems=(
            "customer-unknown",
            "identifier-refused",
            "probe-unknown",
            "probe-person",
            "probe-not-held",
            "action-unknown",
            "arguments-unfit",
            "command-conflict",
        ),
    ),
)
