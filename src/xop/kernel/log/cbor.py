"""The little of CBOR (RFC 8949) that receipts need, in its one deterministic spelling."""

from xop.kernel.log.errors import FormatError

Item = int | bytes | str | list["Item"] | dict[int, "Item"] | None

_NULL = b"\xf6"
_SHORT = 24
_WIDTHS = {24: 1, 25: 2, 26: 4, 27: 8}
_UINT, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG = range(7)
_DEEPEST = 8


def head(major: int, number: int) -> bytes:
    """Return the first bytes of an item: its major type and, as short as can be, a number below 2^64."""
    if number < _SHORT:
        return bytes([major << 5 | number])
    code, width = next((code, width) for code, width in _WIDTHS.items() if number < 1 << 8 * width)
    return bytes([major << 5 | code]) + number.to_bytes(width, "big")


def dumps(item: Item, tag: int | None = None) -> bytes:
    """Return an item as CBOR, under a tag where one is given; the keys of a map are whole numbers."""
    before = b"" if tag is None else head(_TAG, tag)
    match item:
        case None:
            return before + _NULL
        case int():
            return before + (head(_UINT, item) if item >= 0 else head(_NEGATIVE, -1 - item))
        case bytes():
            return before + head(_BYTES, len(item)) + item
        case str():
            return before + head(_TEXT, len(item.encode())) + item.encode()
        case list():
            return before + head(_ARRAY, len(item)) + b"".join(map(dumps, item))
        case dict():
            pairs = sorted((dumps(key), dumps(value)) for key, value in item.items())
            return before + head(_MAP, len(item)) + b"".join(key + value for key, value in pairs)


def loads(data: bytes, tag: int | None = None) -> Item:
    """Return the item that bytes are; `FormatError` for any spelling but the one `dumps` gives."""
    before = b"" if tag is None else head(_TAG, tag)
    if not data.startswith(before):
        raise FormatError(f"the CBOR item does not stand under the tag {tag}")
    item, end = _item(data, len(before), 0)
    if end != len(data) or dumps(item, tag) != data:
        raise FormatError("the CBOR item is not in its deterministic spelling")
    return item


def _item(data: bytes, at: int, depth: int) -> tuple[Item, int]:
    if depth > _DEEPEST:
        raise FormatError("the CBOR item is nested too deep")
    if data[at : at + 1] == _NULL:
        return None, at + 1
    major, number, at = _head(data, at)
    match major:
        case 0:
            return number, at
        case 1:
            return -1 - number, at
        case 2 | 3:
            return _string(data, at, number, text=major == _TEXT), at + number
        case 4:
            return _array(data, at, number, depth)
        case 5:
            return _map(data, at, number, depth)
    raise FormatError("the CBOR item holds a tag or a simple value that does not belong there")


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    if at >= len(data):
        raise FormatError("the CBOR item ends early")
    major, code = divmod(data[at], 32)
    if code < _SHORT:
        return major, code, at + 1
    width = _WIDTHS.get(code)
    if width is None or at + 1 + width > len(data):
        raise FormatError("the CBOR item ends early or is of no definite length")
    return major, int.from_bytes(data[at + 1 : at + 1 + width], "big"), at + 1 + width


def _string(data: bytes, at: int, length: int, *, text: bool) -> bytes | str:
    part = data[at : at + length]
    if len(part) != length:
        raise FormatError("the CBOR item ends early")
    try:
        return part.decode() if text else part
    except UnicodeDecodeError as error:
        raise FormatError("a text of the CBOR item is not UTF-8") from error


def _array(data: bytes, at: int, count: int, depth: int) -> tuple[list[Item], int]:
    items: list[Item] = []
    for _ in range(count):
        item, at = _item(data, at, depth + 1)
        items.append(item)
    return items, at


def _map(data: bytes, at: int, count: int, depth: int) -> tuple[dict[int, Item], int]:
    items: dict[int, Item] = {}
    for _ in range(count):
        key, at = _item(data, at, depth + 1)
        if not isinstance(key, int):
            raise FormatError("a key of the CBOR item is not a whole number")
        items[key], at = _item(data, at, depth + 1)
    return items, at
