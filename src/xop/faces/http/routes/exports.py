"""Exports: all that is known of a customer, for them to keep and to take elsewhere."""

from xop.faces.http.archive import MEDIA_TYPE, Archive
from xop.faces.http.commanding import IDEMPOTENCY_KEY, command_name, submit
from xop.faces.http.dossier import Dossier
from xop.faces.http.operation import Call, Content, Operation, Stream
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.targets import customer
from xop.kernel.base.times import iso
from xop.kernel.erasure.commands import Export
from xop.kernel.facts import CustomerExported


async def _export(call: Call) -> Stream:
    engine = call.platform.engine
    found = await customer(call, call.path["customer"])
    answer = await submit(call, Export(command_name(call, "export"), call.actor), found.id)
    facts = answer.entry.facts if answer.entry is not None else ()
    about = {
        "export": next((fact.export for fact in facts if isinstance(fact, CustomerExported)), ""),
        "customer": found.id,
        "at": iso(engine.runtime.clock.now()),
        "controller": engine.release.controller.name,
    }
    return Stream(Archive(Dossier(call, found), about).chunks(), MEDIA_TYPE)


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/customers/{customer}/export",
        summary="Hand out all that is known of a customer",
        description=(
            "A ZIP file in open formats (GDPR Articles 15 and 20), made while it is sent: what is known now, every signal as "
            "a CloudEvent, consents, what was done, why things were decided, and conversations. Without other people's data "
            "and without the rules. That it was handed out is recorded, and is in the log."
        ),
        handler=_export,
        scope="exports:read",
        parameters={"customer": REFERENCE},
        reads=(IDEMPOTENCY_KEY,),
        answers=(Content(MEDIA_TYPE, {"type": "string", "format": "binary"}),),
        answered="The archive",
        problems=("customer-unknown", "identifier-refused", "erasure-under-way", "erasure-person", "command-conflict"),
    ),
)
