"""Forms as browsers and mail programs send them."""

from email.message import Message
from email.parser import BytesParser
from urllib.parse import parse_qs

from xop.faces.http.operation import Call
from xop.faces.http.problems import ProblemError

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_MOST_FIELDS = 5_000


def form_fields(call: Call) -> dict[str, str]:
    """Return the fields of a form in either of its two media types; raises ProblemError (400) for too many."""
    kind = call.headers.get(b"content-type", b"")
    if kind.lower().startswith(MULTIPART.encode()):
        parts = _parts(kind, call.body)
        if len(parts) > _MOST_FIELDS:
            raise _too_many()
        return {str(each.get_param("name", header="content-disposition")): _text(each) for each in parts}
    try:
        found = parse_qs(call.body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise _too_many() from error
    return {name: values[0] for name, values in found.items()}


def _parts(kind: bytes, body: bytes) -> list[Message]:
    parts = BytesParser().parsebytes(b"content-type: " + kind + b"\r\n\r\n" + body).get_payload()
    return [each for each in parts if isinstance(each, Message)] if isinstance(parts, list) else []


def _text(part: Message) -> str:
    """Forms are in UTF-8, whatever a part calls itself; one that holds others says nothing."""
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace").strip() if isinstance(content, bytes) else ""


def _too_many() -> ProblemError:
    return ProblemError("parameter-invalid", f"the form has more than {_MOST_FIELDS} fields")
