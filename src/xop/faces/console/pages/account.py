"""The reader's own account: how things are shown to them, how and where they are signed in, and the way out."""

from secrets import token_urlsafe

from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Plain, Shown
from xop.faces.console.sign_in.accounts import LEAST
from xop.faces.console.sign_in.by_provider import LEAVING
from xop.faces.console.sign_in.terms import OIDC
from xop.faces.console.visit import Visit
from xop.faces.console.wire import HTML, cookie_header, own_cookie, own_place, session_cookie
from xop.faces.console.words import best_locale, marked, zone_named
from xop.faces.http.disclosure import look_of

THEMES = ("", "light", "dark")

WAYS = marked(
    {
        "password": "password",
        "passkey": "passkey",
        "oidc": "provider",
        "invitation": "invitation",
    }
)


async def _account(visit: Visit) -> Answer:
    desk, mine = visit.desk, visit.session
    local = desk.terms.local and mine.method != OIDC
    place, can_change = visit.at, desk.sessions.is_recent(mine)
    asked = ""
    if local and place.name and can_change:
        asked = desk.passkeys.invitation(mine.operator, desk.platform.engine.release.name, place, mine.digest)
    return Shown(
        "account",
        {
            "sessions": desk.sessions.of(mine.operator),
            "mine": mine,
            "principal": visit.caller.principal,
            "ways": WAYS,
            "local": local,
            "has_password": bool(desk.accounts.kept(mine.operator)) if local else False,
            "least": LEAST,
            "passkeys": desk.passkeys.of(mine.operator) if local else [],
            "can_change": can_change,
            "passkey": asked,
            "nameless": not place.name,
        },
    )


async def _settle(visit: Visit) -> Answer:
    """Keep how things are shown to the reader."""
    zone, locale, theme = visit.field("zone"), visit.field("locale"), visit.field("theme")
    if zone and zone_named(zone).key != zone:
        said = visit.words.text("There is no time zone {zone}: name one such as Europe/Berlin.")
        return Moved(f"{PREFIX}/account", said.format(zone=repr(zone[:60])), "problem")
    known = str(best_locale(locale)) if locale else ""
    theme = theme if theme in THEMES else ""
    visit.desk.sessions.change(visit.session, zone=zone, locale=known, theme=theme)
    return Moved(f"{PREFIX}/account", visit.words.text("Kept."))


async def _purpose(visit: Visit) -> Answer:
    """Look at customers for another purpose from now on: it says how much of them is shown, and is recorded."""
    purpose = visit.field("purpose")
    look_of(visit.desk.platform.engine.release, visit.caller.principal, purpose or None)
    visit.desk.sessions.change(visit.session, purpose=purpose)
    return Moved(own_place(visit.field("back")))


async def _sign_out(visit: Visit) -> Answer:
    """End the session, and let the browser forget what it kept: pages for the way back, and drafts of forms.

    Cookies are not cleared as a whole: that would sign the reader out of everything else on the same domain.
    """
    desk = visit.desk
    desk.sessions.end(visit.session)
    headers = (
        (b"clear-site-data", b'"cache", "storage"'),
        cookie_header(session_cookie(secure=desk.secure), "", secure=desk.secure, seconds=0),
    )
    state = token_urlsafe(32)
    address = await _leaving(visit, state)
    if not address:
        return Plain(b"", "text/plain", ((b"location", f"{PREFIX}/sign-in".encode()), *headers), 303)
    # A form may lead nowhere but to this server, also by way of its answer: so it is a page that goes on by itself.
    kept = cookie_header(own_cookie(LEAVING, secure=desk.secure), state, secure=desk.secure, seconds=900)
    model = {"title": marked("Signing out"), "address": address, "provider": desk.terms.provider_name}
    body = desk.rendering.page("leaving", model, visit.words)
    return Plain(body, HTML, ((b"refresh", f"0; url={address}".encode()), *headers, kept))


async def _leaving(visit: Visit, state: str) -> str:
    """Return where to sign out at the provider too; empty for who came in another way, or where it offers no such place."""
    provider, session = visit.desk.terms.provider, visit.session
    if provider is None or session.method != OIDC:
        return ""
    return await provider.leaving(visit.desk.sessions.hint(session), state)


async def _end_session(visit: Visit) -> Answer:
    """End one of the reader's other sessions."""
    asked = visit.path["session"]
    found = [each for each in visit.desk.sessions.of(visit.session.operator) if each.digest == asked]
    if not found:
        return Moved(f"{PREFIX}/account", visit.words.text("That session had ended already."), "note")
    if found[0].digest == visit.session.digest:
        return await _sign_out(visit)
    visit.desk.sessions.end(found[0])
    return Moved(f"{PREFIX}/account", visit.words.text("That session has ended."))


async def _end_others(visit: Visit) -> Answer:
    ended = visit.desk.sessions.end_all(visit.session.operator, but=visit.session.digest)
    said = visit.words.text("You are signed in here alone; sessions ended: {count}.")
    return Moved(f"{PREFIX}/account", said.format(count=visit.words.number(ended)))


PAGES = (Page(path="/account", title="Your account", view=_account),)

ACTS = (
    Act(path="/account", view=_settle),
    Act(path="/account/sessions", view=_end_others),
    Act(path="/account/sessions/{session}/end", view=_end_session),
    Act(path="/purpose", view=_purpose),
    Act(path="/sign-out", view=_sign_out),
)
