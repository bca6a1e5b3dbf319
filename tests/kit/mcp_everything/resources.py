"""Resources: a text, a picture, one to watch, and a template."""

import re

import mcp_types as types
from mcp.shared.exceptions import MCPError

from tests.kit.mcp_everything.contents import PIXEL

RESOURCES = (
    types.Resource(uri="test://static-text", name="Static text", description="A text.", mime_type="text/plain"),
    types.Resource(uri="test://static-binary", name="Static binary", description="A picture.", mime_type="image/png"),
    types.Resource(uri="test://watched-resource", name="Watched", description="One to watch.", mime_type="text/plain"),
)

TEMPLATES = (
    types.ResourceTemplate(
        uri_template="test://template/{id}/data",
        name="Template",
        description="Data by id.",
        mime_type="application/json",
    ),
)

_TEMPLATE = re.compile(r"test://template/([^/]+)/data")

_TEXTS = {
    "test://static-text": "This is the content of the static text resource.",
    "test://watched-resource": "This is the content of the watched resource.",
}


def read(uri: str) -> types.TextResourceContents | types.BlobResourceContents:
    """Return what a resource holds; raises the protocol's error for one that does not exist."""
    if uri in _TEXTS:
        return types.TextResourceContents(uri=uri, mime_type="text/plain", text=_TEXTS[uri])
    if uri == "test://static-binary":
        return types.BlobResourceContents(uri=uri, mime_type="image/png", blob=PIXEL)
    found = _TEMPLATE.fullmatch(uri)
    if found is None:
        raise MCPError(types.INVALID_PARAMS, "Resource not found", {"uri": uri})
    words = f'{{"id":"{found[1]}","templateTest":true,"data":"Data for ID: {found[1]}"}}'
    return types.TextResourceContents(uri=uri, mime_type="application/json", text=words)
