"""Sessions: who is signed in with one browser, and how they want things shown."""

from msgspec import Struct


class ProviderSession(Struct, frozen=True):
    """What a provider told of its own session, which the one here follows from."""

    token: str
    """The ID token: it is shown to the provider once more, where somebody signs out."""
    subject: str
    """The mark of whom it is about, by which the provider may end all of their sessions."""
    session: str
    """The mark of its session; empty where it names none."""


class Session(Struct, frozen=True):
    """One browser in which an operator is signed in."""

    digest: str
    """The SHA-256 of the token in the browser's cookie: the token itself is kept nowhere."""
    operator: str
    """The operator's name in agents.yaml."""
    form_token: str
    """Comes back with every form that changes something; like the token, it is kept nowhere."""
    began: int
    seen: int
    method: str
    """How they signed in: `password`, `passkey`, `oidc` or `invitation`."""
    browser: str = ""
    """What they use, such as `Firefox on Linux`, so that they know their sessions apart."""
    address: str = ""
    """The network address from which they signed in."""
    purpose: str = ""
    """What they look at customers for; the workspace's usual purpose when empty."""
    locale: str = ""
    """The reader's own locale; as the browser asks when empty."""
    zone: str = ""
    """The reader's IANA time zone; UTC when empty."""
    theme: str = ""
    """`light` or `dark`; as the system has it when empty."""
    hint: bytes = b""
    """The provider's ID token, sealed under what only the browser's cookie leads to; empty for who came another way."""
    subject: str = ""
    """The mark of the person at the provider: a digest, as that of their session there is."""
    provider_session: str = ""
    """The mark of their session there; empty where the provider names none."""
