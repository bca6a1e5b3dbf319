"""What an agent offers now: its card, for a person to accept."""

import asyncio
from collections.abc import Mapping
from typing import Any

from xop.adapters.a2a.card import CardRefused, card_url, chosen, read_card
from xop.adapters.a2a.exchange import Exchange, ExchangeError
from xop.adapters.a2a.settings import Settings
from xop.ports.adapter import Secrets
from xop.ports.catalogue import CatalogueError

_SECONDS = 20


async def offered(settings: Settings, secrets: Secrets) -> dict[str, dict[str, dict[str, Any]]]:
    """Return an agent's card, without its signatures, as a resource by its address; raises CatalogueError."""
    exchange = Exchange(settings, secrets, 1)
    try:
        async with asyncio.timeout(_SECONDS):
            return {"resources": {card_url(settings): await read_card(settings, exchange)}}
    except ExchangeError as error:
        raise CatalogueError(error.detail) from error
    except CardRefused as error:
        raise CatalogueError(str(error)) from error
    except TimeoutError as error:
        raise CatalogueError(f"the agent did not answer within {_SECONDS} seconds") from error
    finally:
        await exchange.close()


def unusable(definition: Mapping[str, Any]) -> str | None:
    """Return why a card must not be accepted: it names no way of speaking that this side knows."""
    try:
        chosen(definition, internal=True)
    except CardRefused as error:
        return str(error)
    return None
