"""The binding of an approval: what exactly a person says yes to."""

from hashlib import blake2b

from xop.kernel.arbiter.case import Case
from xop.kernel.base.json import canonical


def binding(case: Case) -> str:
    """Return the digest of an invocation's action, canonical arguments, actor, customer, address and release.

    An approval given for one digest is none for another: whatever changes in between has to be looked at again.
    """
    one = case.invocation
    bound = {
        "invocation": one.id,
        "action": [one.action, case.action.action.version],
        "arguments": one.arguments,
        "actor": str(one.actor),
        "asked_by": str(one.asked_by or ""),
        "customer": case.moment.origin,
        "conversation": one.conversation or "",
        "purpose": one.purpose,
        "address": case.address or "",
        "release": case.release.digest,
    }
    return blake2b(canonical(bound), digest_size=16, person=b"xop.approval").hexdigest()
