"""CloudEvents 1.0 over HTTP: binary, structured and batched (specification 1.0.2, HTTP protocol binding)."""

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from xop.faces.http.arrival import LARGEST_EVENT, MOST_EVENTS, Arrival, moment
from xop.faces.http.body import decode, decode_list
from xop.faces.http.problems import ProblemError
from xop.kernel.identity.model import Identifier

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

IDENTIFIERS = "xopidentifiers"
"""The extension attribute that lists identifiers as `namespace:value,namespace:value`."""

_LONGEST_ID, _LONGEST_SOURCE, _LONGEST_TYPE = 256, 1024, 200
_MOST_IDENTIFIERS = 20
_ATTRIBUTE = re.compile(r"[a-z0-9]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_JSON_TYPE = re.compile(r"[a-z0-9.+-]+/(?:json|[a-z0-9.-]+\+json)", re.IGNORECASE)
_NO_ATTRIBUTES = ("data", "data_base64")

_EVENT = msgspec.json.Decoder(dict[str, Any])
_DATA = msgspec.json.Decoder(Any)


def binary(headers: Mapping[bytes, bytes], media_type: str, body: bytes, now: int) -> Arrival:
    """Return the event whose attributes are headers and whose data is the body; raises ProblemError."""
    attributes = {
        name[3:].decode("latin-1"): _header(value) for name, value in headers.items() if name.startswith(b"ce-")
    }
    _require_size(len(body))
    if media_type:
        attributes["datacontenttype"] = media_type
    return _arrival(attributes, decode(body, _DATA) if body else None, now)


def structured(body: bytes | msgspec.Raw, now: int) -> Arrival:
    """Return the event that a body holds; raises ProblemError."""
    _require_size(len(bytes(body)))
    event = decode(body, _EVENT)
    data = event.get("data")
    if "data_base64" in event:
        if "data" in event:
            raise _invalid("the event has both `data` and `data_base64`", "send one of them")
        data = _packed(event["data_base64"])
    attributes = {name: value for name, value in event.items() if name not in _NO_ATTRIBUTES and value is not None}
    return _arrival(attributes, data, now)


def batch(body: bytes, now: int) -> list[Arrival | ProblemError]:
    """Return the events of a batch, each or what is wrong with it; raises ProblemError for what is no batch at all."""
    arrivals: list[Arrival | ProblemError] = []
    for raw in decode_list(body, MOST_EVENTS):
        try:
            arrivals.append(structured(raw, now))
        except ProblemError as problem:
            arrivals.append(problem)
    return arrivals


def command(source: str, event: str) -> str:
    """Return the command id of an event; no two pairs of source and id share one."""
    escaped = source.replace("\\", "\\\\").replace("|", "\\|")
    return f"signal:{escaped}|{event}"


def _arrival(attributes: Mapping[str, Any], data: Any, now: int) -> Arrival:
    for name, value in attributes.items():
        if not _ATTRIBUTE.fullmatch(name):
            raise _invalid(f"{name[:40]!r} is no attribute name", "use lower-case letters and digits")
        if not isinstance(value, str | bool | int) or (isinstance(value, str) and _CONTROL.search(value)):
            raise _invalid(f"the attribute {name[:40]!r} is no text, number or boolean", "put other values into `data`")
    if attributes.get("specversion") != "1.0":
        raise _invalid("`specversion` is not 1.0", "send CloudEvents 1.0")
    event = _text(attributes, "id", _LONGEST_ID)
    source = _text(attributes, "source", _LONGEST_SOURCE)
    kind = _text(attributes, "type", _LONGEST_TYPE)
    content_type = attributes.get("datacontenttype", "application/json")
    if data is not None and not (isinstance(content_type, str) and _is_json(content_type)):
        raise _invalid("`datacontenttype` is not JSON", "send the data as application/json")
    if data is not None and not isinstance(data, dict):
        raise _invalid("the data is not a JSON object", "send an object")
    return Arrival(command(source, event), kind, source, _time(attributes, now), data or {}, _claims(attributes))


def _text(attributes: Mapping[str, Any], name: str, longest: int) -> str:
    value = attributes.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise _invalid(f"`{name}` is no text of 1 to {longest} characters", f"send `{name}`")
    return value


def _time(attributes: Mapping[str, Any], now: int) -> int:
    if "time" not in attributes:
        return now
    time = moment(attributes["time"])
    if time is None:
        raise _invalid("`time` is no RFC 3339 time", "write it as 2027-01-31T12:00:00Z")
    return time


def _claims(attributes: Mapping[str, Any]) -> tuple[Identifier, ...]:
    """Return the identifiers the source named: a subject of another form speaks of something else."""
    texts = [text for text in str(attributes.get(IDENTIFIERS, "")).split(",") if text]
    if len(texts) > _MOST_IDENTIFIERS:
        raise _invalid(f"`{IDENTIFIERS}` has more than {_MOST_IDENTIFIERS} identifiers", "name fewer")
    claims = [Identifier.parse(text.strip()) for text in (str(attributes.get("subject", "")), *texts)]
    if None in claims[1:]:
        raise _invalid(f"`{IDENTIFIERS}` is not of the form namespace:value,namespace:value", "correct it")
    return tuple(claim for claim in claims if claim is not None)


def _header(value: bytes) -> str:
    try:
        return unquote(value.decode(), errors="strict")
    except UnicodeDecodeError as error:
        raise _invalid("a header is not percent-encoded UTF-8", "encode it as the HTTP binding says") from error


def _packed(text: Any) -> Any:
    try:
        return decode(b64decode(text, validate=True), _DATA)
    except (binascii.Error, TypeError, ValueError) as error:
        raise _invalid("`data_base64` is not base64", "encode the data, or send `data`") from error


def _is_json(media_type: str) -> bool:
    return _JSON_TYPE.fullmatch(media_type.partition(";")[0].strip()) is not None


def _require_size(size: int) -> None:
    if size > LARGEST_EVENT:
        raise ProblemError("too-large", f"the event has {size} bytes, more than {LARGEST_EVENT}", "send a link instead")


def _invalid(cause: str, remedy: str) -> ProblemError:
    return ProblemError("event-invalid", cause, remedy)
