"""The reader's own credentials: the password and the passkeys by which they come in."""

from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page
from xop.faces.console.sign_in.accounts import LEAST, MOST, weakness
from xop.faces.console.sign_in.passkeys import PasskeyRefused
from xop.faces.console.sign_in.pauses import account_key
from xop.faces.console.sign_in.terms import OIDC
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked
from xop.faces.http.problems import ProblemError

_ACCOUNT = f"{PREFIX}/account"

_LATE = marked("Sign out and in again first: this can be changed for 15 minutes after signing in.")


async def _change_password(visit: Visit) -> Answer:
    """Take a new password; every other session ends, in case that was the reason."""
    _require_local(visit)
    desk, operator = visit.desk, visit.session.operator
    given, wanted = visit.form.get("current", ("",))[0], visit.form.get("new", ("",))[0]
    kept = desk.accounts.kept(operator)
    if not kept and not desk.sessions.is_recent(visit.session):
        return Moved(_ACCOUNT, visit.words.text(_LATE), "problem")
    if kept:
        account = account_key(operator)
        if desk.pauses.begin(account):
            return Moved(_ACCOUNT, visit.words.text("Too many attempts failed: try again in a while."), "problem")
        if len(given) > MOST or not await desk.hashing.fits(kept, given):
            return Moved(
                _ACCOUNT, visit.words.text("That is not your present password: nothing was changed."), "problem"
            )
        desk.pauses.forget(account)
    weak = weakness(operator, wanted)
    if weak:
        return Moved(_ACCOUNT, visit.words.text(weak).format(least=LEAST, most=MOST), "problem")
    desk.accounts.keep(operator, await desk.hashing.hash(wanted))
    desk.sessions.end_all(operator, but=visit.session.digest)
    return Moved(_ACCOUNT, visit.words.text("The password is changed. Every other session has ended."))


async def _add_passkey(visit: Visit) -> Answer:
    """Keep a passkey that a device made."""
    _require_local(visit)
    desk, mine = visit.desk, visit.session
    if not desk.sessions.is_recent(mine):
        return Moved(_ACCOUNT, visit.words.text(_LATE), "problem")
    try:
        passkey = desk.passkeys.add(
            mine.operator, visit.field("name"), visit.field("credential"), visit.at, mine.digest
        )
    except PasskeyRefused as refused:
        return Moved(_ACCOUNT, visit.words.text(str(refused)), "problem")
    said = visit.words.text("The passkey {name} lets you in from now on.")
    return Moved(_ACCOUNT, said.format(name=repr(passkey.name)))


async def _remove_passkey(visit: Visit) -> Answer:
    """Remove a passkey, unless there would be no way in any more."""
    _require_local(visit)
    desk, mine = visit.desk, visit.session
    if not desk.sessions.is_recent(mine):
        return Moved(_ACCOUNT, visit.words.text(_LATE), "problem")
    known = [each.id for each in desk.passkeys.of(mine.operator)]
    if known == [visit.path["passkey"]] and not desk.accounts.kept(mine.operator):
        said = visit.words.text("It is your only way in: choose a password or add another passkey first.")
        return Moved(_ACCOUNT, said, "problem")
    removed = desk.passkeys.remove(mine.operator, visit.path["passkey"])
    return Moved(
        _ACCOUNT, visit.words.text("The passkey is removed." if removed else "The passkey was removed already.")
    )


def _require_local(visit: Visit) -> None:
    """Let pass who signed in by an account kept here: nobody gets one by way of a provider that may shut them out."""
    if not visit.desk.terms.local or visit.session.method == OIDC:
        raise ProblemError("sign-in-closed", "you do not sign in by an account kept here")


PAGES: tuple[Page, ...] = ()

ACTS = (
    Act(path="/account/password", view=_change_password),
    Act(path="/account/passkeys", view=_add_passkey),
    Act(path="/account/passkeys/{passkey}/remove", view=_remove_passkey),
)
