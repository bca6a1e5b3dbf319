"""Pages that links lead to: whoever has the token of a link may open its page, with no API key."""

from html import escape
from typing import Annotated, Any

from msgspec import Meta, Struct

from xop.faces.http.operation import Call, Content, Handler, Header, Operation, Reply, Stream
from xop.faces.http.page import MEDIA_TYPE, page
from xop.faces.http.problems import ProblemError

_NOT_GOOD = frozenset({"link-invalid", "customer-unknown"})
"""Problems that a browser is shown as a page."""


class TokenQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """What the link carries."""

    token: Annotated[str, Meta(max_length=2000)] = ""


def link_operation(handler: Handler, headers: tuple[tuple[bytes, bytes], ...], *forms: str, **more: Any) -> Operation:
    """Return the operation of a page; `forms` are the media types that it takes, `headers` go with a link that is not good."""

    async def answer(call: Call) -> Reply | Stream:
        try:
            return await handler(call)
        except ProblemError as problem:
            if problem.code not in _NOT_GOOD or b"text/html" not in call.headers.get(b"accept", b"").lower():
                raise
            return Reply(_not_good(problem), problem.status, MEDIA_TYPE, headers)

    return Operation(
        method="POST" if forms else "GET",
        handler=answer,
        open=True,
        query=TokenQuery,
        reads=(Header("Accept", "With `text/html` a link that is not good is answered with a page too."),),
        body=tuple(Content(form, {"type": "object"}) for form in forms),
        decodes=bool(forms),
        answers=(Content(MEDIA_TYPE, {"type": "string"}),),
        **more,
    )


def _not_good(problem: ProblemError) -> bytes:
    cause = problem.detail[:1].upper() + problem.detail[1:]
    return page("This link is not good", f"<p role='alert'>{escape(cause)}: please {escape(problem.remedy)}.</p>")
