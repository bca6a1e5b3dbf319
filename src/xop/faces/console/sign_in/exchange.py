"""Exchanges with the provider: bounded in time and size, to the addresses it names and nowhere else."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from xop.faces.console.sign_in.refusal import ProviderUnavailable

DEADLINE = 8.0
"""Seconds that one exchange may take."""

LARGEST = 262_144
"""Bytes of an answer."""


async def fetched(address: str) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON object at an address; raises ProviderUnavailable."""
    return await _asked("GET", address, None, {})


async def posted(address: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON object that a form is answered with; raises ProviderUnavailable."""
    return await _asked("POST", address, form, headers)


async def _asked(
    method: str, address: str, form: Mapping[str, str] | None, headers: Mapping[str, str]
) -> tuple[int, dict[str, Any]]:
    """Redirects are not followed, and proxies of the host are not used: a secret goes to where it was meant."""
    import aiohttp  # noqa: PLC0415 - a tenth of a second that only who signs in needs

    always = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "xop"}
    try:
        async with (
            asyncio.timeout(DEADLINE),
            aiohttp.ClientSession(headers=always, auto_decompress=False) as session,
            session.request(method, address, data=form, headers=headers, allow_redirects=False) as answer,
        ):
            content = bytearray()
            async for chunk in answer.content.iter_any():
                content += chunk
                if len(content) > LARGEST:
                    raise ProviderUnavailable(f"{address} answers with more than {LARGEST} bytes")
            return answer.status, msgspec.json.decode(bytes(content), type=dict[str, Any])
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise ProviderUnavailable(f"{address} cannot be reached: {type(error).__name__}") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ProviderUnavailable(f"{address} does not answer with a JSON object") from error
