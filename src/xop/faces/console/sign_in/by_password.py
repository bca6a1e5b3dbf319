"""Signing in by password."""

from xop.faces.console.sign_in.accounts import MOST
from xop.faces.console.sign_in.door import Arrival, Opened
from xop.faces.console.sign_in.entrance import entrance, paused, require_local
from xop.faces.console.sign_in.pauses import account_key, address_key
from xop.faces.console.words import marked

_WRONG = marked("The name and the password do not belong together.")

_LONGEST_NAME = 200


async def sign_in_by_password(arrival: Arrival) -> Opened:
    """Let in whoever knows an operator's password: what is said tells nobody whether there is such an operator."""
    require_local(arrival)
    desk, name, password = arrival.desk, arrival.field("name").strip(), arrival.field("password")
    if not name or len(name) > _LONGEST_NAME or len(password) > MOST:
        return entrance(arrival, _WRONG, name[:64])
    account, address = account_key(name), address_key(arrival.address)
    wait = desk.pauses.begin(account, address)
    if wait:
        return paused(arrival, wait, name[:64])
    kept = desk.accounts.kept(name)
    good = await desk.hashing.fits(kept, password)
    if not good or desk.caller(name) is None:
        return entrance(arrival, _WRONG, name[:64])
    desk.pauses.forgive(account, address)
    if desk.hashing.is_outdated(kept):
        desk.accounts.keep(name, await desk.hashing.hash(password))
    return Opened(to=arrival.then, operator=name, method="password")
