"""Pairwise ids: by what id a receiver of shared signals knows a customer, so that it can be told once."""

from typing import Annotated

from msgspec import Meta, Struct

from xop.adapters.shared_signals.settings import Settings
from xop.adapters.shared_signals.subject import pairwise_id
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.targets import customer
from xop.ports.secret import MissingSecretError, resolve
from xop.ports.settings import settings_of


class SubjectQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which receiver is meant."""

    connection: Annotated[str, Meta(min_length=1, max_length=64)]
    """A connection with the adapter `shared_signals`."""


class SubjectId(Struct, frozen=True):
    """A subject identifier (RFC 9493): what `sub_id` of every event about the customer says."""

    format: str
    id: str


async def _ask(call: Call) -> Reply:
    found = await customer(call, call.path["customer"])
    name = call.query.connection
    connection = call.platform.engine.release.connections.get(name)
    if connection is None or connection.adapter != "shared_signals":
        cause = f"no connection {name!r} shares signals"
        raise ProblemError("parameter-invalid", cause, "name one of connections.yaml with `adapter: shared_signals`")
    settings = settings_of(Settings, connection)
    try:
        secret = resolve(settings.pairwise, call.platform.secrets)
    except MissingSecretError as error:
        raise ProblemError("parameter-invalid", str(error)) from error
    return Reply(SubjectId("opaque", pairwise_id(secret, settings.audience, found.id)))


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/customers/{customer}/subject",
        summary="Ask by what id a receiver of shared signals knows a customer",
        description="Give it to that receiver and nobody else: it says of whom every later event speaks.",
        handler=_ask,
        scope="customers:read",
        parameters={"customer": REFERENCE},
        query=SubjectQuery,
        answers=(Content(JSON, SubjectId),),
        problems=("customer-unknown", "identifier-refused", "parameter-invalid"),
    ),
)
