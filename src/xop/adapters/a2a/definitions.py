"""The definitions of an agent: its card, for whoever accepts it."""

import asyncio
from typing import Any

from xop.adapters.a2a.card import card_url, chosen, read_card
from xop.adapters.a2a.exchange import Exchange
from xop.adapters.a2a.settings import Settings
from xop.kernel.actions.model import Connection
from xop.ports.adapter import Secrets
from xop.ports.settings import read_written

_SECONDS = 20


async def listing(connection: Connection, secrets: Secrets) -> dict[str, dict[str, dict[str, Any]]]:
    """Return an agent's card as the one resource of its operations file, by its address.

    Raises ValueError for settings that did not pass the check, CardRefused, ExchangeError or TimeoutError.
    """
    settings = read_written(Settings, connection.settings, "settings")
    if isinstance(settings, list):
        raise ValueError(settings[0].cause)  # noqa: TRY004 - the settings are wrong, not their type
    exchange = Exchange(settings, secrets, 1)
    try:
        async with asyncio.timeout(_SECONDS):
            card = await read_card(settings, exchange)
    finally:
        await exchange.close()
    chosen(card, settings)
    return {"resources": {card_url(settings): card}}
