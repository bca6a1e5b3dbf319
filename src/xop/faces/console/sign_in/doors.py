"""Doors: every page of the console for whoever is not signed in yet."""

from starlette.types import ASGIApp

from xop.faces.console.desk import Desk
from xop.faces.console.sign_in.back_channel import ENDED, BackChannel
from xop.faces.console.sign_in.by_invitation import accept_invitation, show_invitation
from xop.faces.console.sign_in.by_passkey import sign_in_by_passkey
from xop.faces.console.sign_in.by_password import sign_in_by_password
from xop.faces.console.sign_in.by_provider import begin_at_provider, return_from_provider, return_signed_out
from xop.faces.console.sign_in.door import HOME, Door, Way
from xop.faces.console.sign_in.entrance import show_sign_in
from xop.faces.console.sign_in.provider import LEFT, RETURN


def doors(desk: Desk) -> dict[str, ASGIApp]:
    """Return the pages for whoever is not signed in, by path."""
    ways: dict[str, tuple[Way | None, Way | None]] = {
        f"{HOME}/sign-in": (show_sign_in, sign_in_by_password),
        f"{HOME}/sign-in/passkey": (None, sign_in_by_passkey),
        f"{HOME}/sign-in/oidc": (begin_at_provider, None),
        RETURN: (return_from_provider, None),
        LEFT: (return_signed_out, None),
        f"{HOME}/invitations/{{token}}": (show_invitation, accept_invitation),
    }
    opened: dict[str, ASGIApp] = {path: Door(desk, path, look, knock) for path, (look, knock) in ways.items()}
    return {**opened, ENDED: BackChannel(desk)}
