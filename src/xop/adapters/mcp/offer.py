"""What a server offers now, read once and without a word sent of anybody's business."""

import asyncio

from xop.adapters.mcp.definitions import Listed, everything
from xop.adapters.mcp.failures import UnsentError, UnsureError
from xop.adapters.mcp.settings import Settings
from xop.adapters.mcp.upstream import Upstream
from xop.ports.adapter import Secrets
from xop.ports.catalogue import CatalogueError
from xop.ports.secret import MissingSecretError

_SECONDS = 60


async def offered(settings: Settings, secrets: Secrets) -> Listed:
    """Return everything that a server lists; raises CatalogueError."""
    upstream = Upstream(settings, secrets, 1)
    try:
        async with asyncio.timeout(_SECONDS):
            return (await everything(upstream)).found
    except (UnsentError, UnsureError) as error:
        raise CatalogueError(error.detail) from error
    except MissingSecretError as error:
        raise CatalogueError(str(error)) from error
    except TimeoutError as error:
        raise CatalogueError(f"the server did not answer within {_SECONDS} seconds") from error
    finally:
        await upstream.close()
