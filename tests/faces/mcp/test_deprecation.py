"""Deprecated actions as agents see them."""

import json

from tests.kit.errands import action, files_of
from tests.kit.harbour import OLGA
from xop.assembly import compiled
from xop.faces.http.keys import Caller
from xop.faces.mcp.catalogue import Catalogue


def test_deprecated_tools_are_listed_last_and_say_what_to_use_instead():
    desk = {"connection": "desk"}
    old = action("a_count", desk, deprecated={"since": "2026-01-01", "use": "count_boats"})
    release = compiled(files_of(old, action("count_boats", desk)))
    caller = Caller(release.principals[OLGA], OLGA, frozenset())
    listed = json.loads(bytes(Catalogue().listing(release, caller, named=True)))
    assert listed[-1]["name"] == "a_count"
    assert listed[-1]["description"].endswith("a_count is deprecated since 2026-01-01; use count_boats instead.")
    assert not any("deprecated" in each["description"] for each in listed[:-1])
