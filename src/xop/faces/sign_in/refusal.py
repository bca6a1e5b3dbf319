"""Why a token lets nobody in."""


class TokenRefused(Exception):  # noqa: N818 - names what happened
    """A token is not accepted; the text is the platform's own and repeats nothing of the token."""


class KeysUnavailable(Exception):  # noqa: N818 - names what is the case
    """The public keys of an issuer cannot be had now, so that nothing it signed can be checked."""
