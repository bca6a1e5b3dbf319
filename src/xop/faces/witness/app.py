"""The application of a witness: two paths, and nothing that needs a key of the caller."""

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from xop.faces.witness.desk import Desk, Verdict

_LARGEST = 64 * 1024
"""Bytes of a request."""


def build_witness(desk: Desk) -> Starlette:
    """Return the application of a witness."""

    async def add(request: Request) -> Response:
        body = b""
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > _LARGEST:
                    return _response(Verdict(400, f"a request has at most {_LARGEST} bytes\n".encode()))
        except ClientDisconnect:
            return Response(status_code=400)
        return _response(desk.add(body))

    async def latest(request: Request) -> Response:
        return _response(desk.latest(request.path_params["log"]))

    return Starlette(
        routes=[
            Route("/add-checkpoint", add, methods=["POST"]),
            Route("/{log}/checkpoint", latest, methods=["GET"]),
        ]
    )


def _response(verdict: Verdict) -> Response:
    # Starlette would add a charset to the media type of sizes, which is written without one.
    headers = {"content-type": verdict.media_type, "cache-control": "no-store"}
    return Response(verdict.body, verdict.status, headers)
