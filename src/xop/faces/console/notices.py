"""Notices: what is said once on the page after a form was sent."""

from collections import OrderedDict

from msgspec import Struct

from xop.faces.console.sign_in.session import Session

_MOST = 1000
"""Sessions for which something is waiting to be said."""


_MOST_EACH = 10
"""Things that wait for one of them; the latest count."""


class Notice(Struct, frozen=True):
    """One thing to say."""

    kind: str
    """`done`, `note` or `problem`."""
    text: str


class Notices:
    """What is to be said to each session, until it is said; a restart forgets it."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, list[Notice]] = OrderedDict()

    def leave(self, session: Session, kind: str, text: str) -> None:
        """Say something on the next page."""
        waiting = self._waiting.setdefault(session.digest, [])
        waiting.append(Notice(kind, text))
        del waiting[:-_MOST_EACH]
        if len(self._waiting) > _MOST:
            self._waiting.popitem(last=False)

    def take(self, session: Session) -> list[Notice]:
        """Return what is to be said now."""
        return self._waiting.pop(session.digest, [])
