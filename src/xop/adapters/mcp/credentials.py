"""Credentials of a connection: held here, put on requests as they leave, and never shown."""

from collections.abc import Mapping
from typing import Protocol

from xop.adapters.mcp.failures import ChallengedError
from xop.adapters.mcp.settings import Bearer, Key
from xop.ports.adapter import Secrets
from xop.ports.secret import resolve


class Credentials(Protocol):
    """Says by which headers the connection proves who it is."""

    async def headers(self) -> Mapping[str, str]:
        """Return the headers; raises MissingSecretError, or UnsentError when there is no way to get them now."""
        ...

    async def renew(self, challenge: ChallengedError, sent: Mapping[str, str]) -> bool:
        """Answer a server that refused the headers `sent`; return whether trying again may help."""
        ...


class Standing:
    """A token or header that the workspace names, or nothing at all; there is no other to try."""

    def __init__(self, auth: Bearer | Key | None, secrets: Secrets) -> None:
        self._auth = auth
        self._secrets = secrets

    async def headers(self) -> Mapping[str, str]:
        """Return the header, with the secret as it is now."""
        match self._auth:
            case Bearer(token):
                return {"Authorization": f"Bearer {resolve(token, self._secrets)}"}
            case Key(name, value):
                return {name: resolve(value, self._secrets)}
        return {}

    async def renew(self, challenge: ChallengedError, sent: Mapping[str, str]) -> bool:  # noqa: ARG002 - as the role has it
        """Return that nothing else can be tried."""
        return False
