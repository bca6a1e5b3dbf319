"""Following: one reader of a page's live parts, from the request until they leave."""

from collections.abc import Hashable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from msgspec.structs import replace as with_fields
from starlette.types import Receive, Send

from xop.faces.console.desk import Desk
from xop.faces.console.layout import frame
from xop.faces.console.live import Gone, Listener, Parts, Reader
from xop.faces.console.page import Page, Shown
from xop.faces.console.visit import Visit

_OF_ONE = ("visit", "person", "roles", "form_token", "theme", "notices")
"""What of a page's frame is about who looks: a part that all share has none of it."""


@dataclass(frozen=True, slots=True)
class Following:
    """Follows a page on behalf of one visit."""

    desk: Desk
    page: Page
    visit: Visit

    async def run(self, receive: Receive, send: Send) -> None:
        """Send the live parts of the page whenever they change, until the reader leaves or the server stops."""
        self.visit.require(self.page.asks)
        key = self._key(self.visit)
        listener = Listener(send, receive)
        shows, reader = self.desk.shows, Reader(self._render, self._present)
        with shows.seat(self.visit.session.digest):
            async with aclosing(shows.follow(key, reader)) as parts:
                await listener.follow(parts)

    async def glance(self) -> bytes:
        """Return the live parts of the page as they are now."""
        self.visit.require(self.page.asks)
        try:
            return b"".join((await self._render()).values())
        except Gone:
            return b""

    def _key(self, visit: Visit) -> Hashable:
        """Return what a rendering hangs on: who has the same is shown the same."""
        words, session = visit.words, visit.session
        shown = (self.page.path, visit.place, str(words.locale), words.zone.key, session.purpose)
        if not self.page.common:
            return (*shown, session.digest)
        principal = with_fields(visit.caller.principal, name="anybody", description="", key="", signing_secret="")
        return (*shown, visit.caller.scopes, msgspec.json.encode(principal, order="sorted"))

    async def _present(self) -> Visit:
        """Return the visit with what its session and its rights are now; raises Gone once it is over or sees otherwise."""
        await self.desk.learn()
        session = self.desk.sessions.known(self.visit.session.digest)
        caller = self.desk.admitted(session)
        if session is None or caller is None:
            raise Gone
        session = with_fields(session, form_token=self.visit.session.form_token)
        present = replace(self.visit, session=session, caller=caller)
        # Others may see what is rendered for this reader: nothing is, once they would be shown something else.
        if not present.may(*self.page.asks) or self._key(present) != self._key(self.visit):
            raise Gone
        return present

    async def _render(self) -> Parts:
        present = (await self._present()).now()
        shown = await self.page.view(present)
        if not isinstance(shown, Shown):
            return {}
        model: Mapping[str, Any] = {**frame(present, self.page.title, self.page, live=True), **shown.model}
        if self.page.common:
            model = {name: value for name, value in model.items() if name not in _OF_ONE}
        return self.desk.rendering.parts(shown.template, self.page.live, model, present.words)
