"""Receipts of consent: signed, for the customer to keep and for anybody to check."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.preferences import preference_address
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.targets import customer, elsewhere
from xop.kernel.base.json import canonical
from xop.kernel.consent.answer import ANY, answer
from xop.kernel.consent.facts import RecordedFact
from xop.kernel.consent.model import Purpose
from xop.kernel.consent.receipt import Change, ConsentReceipt, make_receipt, receipt_schema
from xop.kernel.context.customer import Customer
from xop.ports.errors import StorageError
from xop.ports.jws import public_jwk, sign_bytes
from xop.ports.ledger import Stored

Prove = Callable[[Stored, int], Awaitable[dict[str, Any] | None]]
"""Returns the proof that one fact of a ledger entry, by its number, is in the transparency log; None without one."""

PROOF = "c2sp.org/tlog-proof@v1"

_PATIENCE = 2.0
"""Seconds that a change just made is waited for until it is under a checkpoint."""

_KEPT_BY_NOBODY = ((b"cache-control", b"no-store"),)


class ReceiptQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which channel a receipt is about."""

    channel: Annotated[str, Meta(max_length=64)] | None = None
    """All when left out."""


class SignedReceipt(Struct, frozen=True):
    """A receipt, and the same bytes signed."""

    receipt: ConsentReceipt
    jws: str
    """A compact JSON Web Signature (EdDSA) whose payload is the receipt as canonical JSON."""
    key: dict[str, str]
    """The public key as a JWK."""


async def signed_receipt(
    call: Call, found: Customer, purpose: Purpose, channel: str | None, prove: Prove | None = None
) -> SignedReceipt:
    """Return the receipt of what a customer said about a purpose; raises ProblemError (404) when that is nothing."""
    platform = call.platform
    stored = await platform.runtime.ledger.read([part.id for part in found.parts])
    changes = []
    for entry, number, fact in sorted(_told(stored, purpose, channel), key=lambda each: each[2].record.at):
        proof = await prove(entry, number) if prove is not None else None
        changes.append(Change(fact.channel, fact.record, proof))
    if not changes:
        cause = f"the customer has said nothing about {purpose.name!r}"
        raise ProblemError("consent-unknown", cause)
    now, release = platform.runtime.clock.now(), platform.engine.release
    sides = [(part.id, part.consents) for part in found.parts]
    names = (channel,) if channel else purpose.channels or (ANY,)
    states = [
        (name, answer(sides, release.purposes, purpose.name, None if name == ANY else name, now)) for name in names
    ]
    controller = release.controller
    withdraw_at = await preference_address(call, found.id, now) or controller.contact or controller.name
    receipt = make_receipt(found.id, controller, purpose, changes, states, (now, withdraw_at))
    signer = platform.runtime.signer
    token = sign_bytes(signer, canonical(receipt), {"typ": "JOSE", "cty": "ld+json"})
    return SignedReceipt(receipt, token, public_jwk(signer))


def _told(stored: list[Stored], purpose: Purpose, channel: str | None) -> Iterator[tuple[Stored, int, RecordedFact]]:
    """Yield every change of consent to a purpose, with the entry that holds it and its number there."""
    for each in stored:
        for number, fact in enumerate(each.entry.facts):
            if not isinstance(fact, RecordedFact) or fact.purpose != purpose.name:
                continue
            if channel is None or fact.channel in {channel, ANY}:
                yield each, number, fact


async def _receipt(call: Call) -> Reply:
    reference, name = call.path["customer"], call.path["purpose"]
    found = await customer(call, reference)
    redirect = elsewhere(call, reference, found, f"/consents/{name}/receipt")
    if redirect is not None:
        return redirect
    release = call.platform.engine.release
    purpose, channel = release.purposes.get(name), call.query.channel
    if purpose is None:
        raise ProblemError("purpose-unknown", f"there is no purpose {name[:80]!r}")
    if channel is not None and channel not in release.channels:
        raise ProblemError("channel-unknown", f"there is no channel {channel!r}")
    return Reply(await signed_receipt(call, found, purpose, channel, _prover(call)), headers=_KEPT_BY_NOBODY)


def _prover(call: Call) -> Prove:
    """Return what proves changes of consent; a log that stands still is waited for once, and not for every change."""
    log, patience = call.platform.engine.log, _PATIENCE

    async def prove(stored: Stored, number: int) -> dict[str, Any] | None:
        nonlocal patience
        try:
            proven = await log.proofs.fact(stored, number, patience)
        except StorageError:
            # What is wrong with the log is told where the log is asked for; the receipt is signed all the same.
            return None
        if proven is None or proven.proof is None:
            patience = 0 if proven is not None else patience
            return None
        text = proven.proof.render().decode()
        return {"format": PROOF, "log": log.head.verifier.vkey, "leaf": proven.leaf.decode(), "proof": text}

    return prove


async def _schema(_call: Call) -> Reply:
    return Reply(msgspec.json.encode(receipt_schema()), media_type="application/schema+json")


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/customers/{customer}/consents/{purpose}/receipt",
        summary="Give a receipt of consent",
        description="Everything the customer said about a purpose, as ISO/IEC TS 27560 has it in DPV terms, and signed.",
        handler=_receipt,
        scope="customers:read",
        parameters={"customer": REFERENCE, "purpose": "A purpose of the workspace."},
        query=ReceiptQuery,
        answers=(Content(JSON, SignedReceipt),),
        problems=("customer-unknown", "identifier-refused", "purpose-unknown", "channel-unknown", "consent-unknown"),
        redirects=True,
    ),
    Operation(
        method="GET",
        path="/v1/consents/receipt-schema",
        summary="Read the JSON Schema of receipts of consent",
        handler=_schema,
        open=True,
        answers=(Content("application/schema+json", {"type": "object"}),),
    ),
)
