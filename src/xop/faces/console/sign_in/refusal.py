"""Why the provider's word lets nobody in."""


class ProviderRefused(Exception):  # noqa: N818 - names what happened
    """What the provider says is not accepted; the text says what to do and repeats nothing secret."""


class ProviderUnavailable(Exception):  # noqa: N818 - names what is the case
    """The provider cannot be reached now, or does not answer as it must; the text is fit for the log."""
