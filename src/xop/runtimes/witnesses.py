"""Witnesses over HTTP (C2SP tlog-witness): `POST <prefix>/add-checkpoint`, and reading back what a witness has seen."""

import asyncio
import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

import httpx

from xop.ports.witness import WitnessBehind, WitnessConflict, WitnessRefused, WitnessUnreachable

SIZE = "text/x.tlog.size"
"""The media type of the answer that tells which size a witness knows."""

_PATIENCE = httpx.Timeout(10.0, connect=3.0)
"""Seconds a witness may be silent: nobody waits for it but the state `witnessed`."""
_WHOLE = 30.0
"""Seconds an exchange may take in all: one that answers a byte at a time would hold up every round."""
_LARGEST = 64 * 1024
"""Bytes of an answer."""
_BROKEN = (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError, ValueError)
"""What httpx raises when an exchange breaks off; RuntimeError after closing, ValueError for an impossible host."""
_MEANINGS = {
    400: "it could not read the request",
    403: "it knows another key for this log: give it the log's present key with `xop witness add`",
    404: "it does not know this log: give it the log's key with `xop witness add`",
}
_OK, _ABSENT, _CONFLICT, _UNPROVED = 200, 404, 409, 422
_DECIMAL = re.compile(rb"(0|[1-9]\d{0,18})\n")


class HttpWitness:
    """Speaks to one witness over a kept connection; redirects are not followed."""

    def __init__(self, url: str) -> None:
        self._prefix = url.rstrip("/")
        self._client = httpx.AsyncClient(
            trust_env=False,  # a proxy of the host must not see or change what is asked
            timeout=_PATIENCE,
            limits=httpx.Limits(max_connections=2, max_keepalive_connections=1),
            headers={"accept-encoding": "identity", "user-agent": "xop"},
        )

    async def add(self, old: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
        """Return the witness's signature lines on a checkpoint."""
        body = addition(old, proof, checkpoint)
        answer, content = await self._exchange("POST", f"{self._prefix}/add-checkpoint", body)
        status = answer.status_code
        if status == _OK:
            return content
        if status == _CONFLICT and answer.headers.get("content-type", "").partition(";")[0].strip() == SIZE:
            known = _DECIMAL.fullmatch(content)
            if known is None:
                raise WitnessUnreachable("it answered 409 without the size it knows")
            raise WitnessBehind(int(known[1]))
        if status in {_CONFLICT, _UNPROVED}:
            raise WitnessConflict("it cosigned another tree of this name: the checkpoint does not go on from that")
        if status in _MEANINGS:
            raise WitnessRefused(_MEANINGS[status])
        raise WitnessUnreachable(f"it answered {status}")

    async def latest(self, origin: str) -> bytes | None:
        """Return the last checkpoint of a log that the witness cosigned, None when it knows none."""
        name = sha256(origin.encode()).hexdigest()
        answer, content = await self._exchange("GET", f"{self._prefix}/{name}/checkpoint")
        if answer.status_code == _ABSENT:
            return None
        if answer.status_code != _OK:
            raise WitnessUnreachable(f"it answered {answer.status_code}")
        return content

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()

    async def _exchange(self, method: str, url: str, body: bytes | None = None) -> tuple[httpx.Response, bytes]:
        content = b""
        try:
            async with asyncio.timeout(_WHOLE), self._client.stream(method, url, content=body) as answer:
                async for chunk in answer.aiter_bytes():
                    content += chunk
                    if len(content) > _LARGEST:
                        raise WitnessUnreachable(f"its answer is longer than {_LARGEST} bytes")
                return answer, content
        except _BROKEN as error:
            raise WitnessUnreachable(f"it cannot be reached ({type(error).__name__})") from error


def addition(old: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    """Return the body that asks a witness to cosign a checkpoint."""
    lines = [f"old {old}", *(b64encode(each).decode() for each in proof), "", ""]
    return "\n".join(lines).encode() + checkpoint
