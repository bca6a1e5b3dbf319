"""What is not ours is what VENDOR.md says, byte for byte."""

import re
from hashlib import sha256

from xop.faces.console.rendering import FOLDER, STATIC

_ROW = re.compile(r"^\| `([^`]+)` \| [^|]+ \| [^|]+ \| `([0-9a-f]{64})` \|$", re.MULTILINE)


def test_what_is_vendored_is_what_was_fetched():
    noted = dict(_ROW.findall((FOLDER / "VENDOR.md").read_text(encoding="utf-8")))
    found = {path.name: sha256(path.read_bytes()).hexdigest() for path in STATIC.glob("*.min.*")}
    assert noted == found
    assert found


def test_no_file_asks_for_anything_from_elsewhere():
    texts = {path.name: path.read_text(encoding="utf-8") for path in STATIC.iterdir() if path.suffix in {".js", ".css"}}
    own = {name: text for name, text in texts.items() if ".min." not in name}
    assert own
    assert [name for name, text in own.items() if re.search(r"https?://", text)] == []
