"""Signing in by passkey: the device says who it is, and nobody types a name."""

from xop.faces.console.sign_in.door import Arrival, Opened
from xop.faces.console.sign_in.entrance import entrance, paused, require_local
from xop.faces.console.sign_in.passkeys import PasskeyRefused
from xop.faces.console.sign_in.pauses import address_key
from xop.faces.console.words import marked


async def sign_in_by_passkey(arrival: Arrival) -> Opened:
    """Let in whoever has an operator's passkey."""
    require_local(arrival)
    desk, address = arrival.desk, address_key(arrival.address)
    wait = desk.pauses.begin(address)
    if wait:
        return paused(arrival, wait)
    try:
        operator = desk.passkeys.operator(arrival.field("credential"), arrival.place)
    except PasskeyRefused as refused:
        return entrance(arrival, str(refused))
    if desk.caller(operator) is None:
        return entrance(arrival, marked("The passkey is no operator's any more: ask whoever publishes the workspace."))
    desk.pauses.release(address)
    return Opened(to=arrival.then, operator=operator, method="passkey")
