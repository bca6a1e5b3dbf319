"""What whoever asks for an action should know besides the verdict."""

from xop.kernel.actions.model import Action


def notices_of(action: Action) -> tuple[str, ...]:
    """Return what is to be told of an action whenever it is asked for; nothing of most."""
    deprecated = action.deprecated
    if deprecated is None:
        return ()
    instead = f"; use {deprecated.use} instead" if deprecated.use is not None else ""
    until = f", and to be relied on until {deprecated.until}" if deprecated.until is not None else ""
    return (f"{action.name} is deprecated since {deprecated.since}{until}{instead}.",)
