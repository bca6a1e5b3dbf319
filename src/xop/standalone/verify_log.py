"""Verifies a transparency log, a proof from it, or a decision with its evidence: one file, only Python 3.9 or later.

    verify_log.py log FOLDER-OR-URL --vkey VKEY [--older CHECKPOINT]
    verify_log.py proof FILE.tlog-proof --leaf FILE --vkey VKEY
    verify_log.py evidence FILE.json --policy FILE

`--vkey` is the log's public key, `--policy` a file that also tells which witnesses must have cosigned (C2SP tlog-policy).
Ends with 0 when everything is as it must be, with 1 when something is not, and says what; with 2 when called wrongly.
The formats: RFC 6962 and 8032; C2SP signed-note and tlog-checkpoint, -cosignature, -tiles, -proof and -policy.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import http.client
import json
import re
import sys
import urllib.request
from pathlib import Path
from typing import Any

GOOD, BAD, MISUSED = 0, 1, 2
LOG, WITNESS = 1, 4  # the types of keys
HASH, WIDTH = 32, 256  # the bytes of a hash, and how many of them (or how many leaves) a full file holds
LONGEST_NOTE, LONGEST_FILE = 1_000_000, 32 << 20


class BadError(ValueError):
    """Something is not as it must be: which file, and why."""

    def __init__(self, file: str, why: str) -> None:
        super().__init__(f"{file}: {why}")
        self.file, self.why = file, why


# ---------------------------------------------------------------- Ed25519 (RFC 8032, section 5.1)
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]  # X, Y, Z and T of extended coordinates: x = X/Z, y = Y/Z, x*y = T/Z


def add(one: Point, other: Point) -> Point:
    """Return the sum of two points."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(factor: int, point: Point) -> Point:
    """Return a multiple of a point."""
    total: Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = add(total, point)
        point, factor = add(point, point), factor >> 1
    return total


def point_of(data: bytes) -> Point | None:
    """Return the point that 32 bytes are; None when they are not the one right spelling of a point."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(HASH, "little"))


def ed25519_verified(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature over a message is that of a public key."""
    if len(public) != HASH or len(signature) != 2 * HASH or BASE is None:
        return False
    key, shown = point_of(public), point_of(signature[:HASH])
    scalar = int.from_bytes(signature[HASH:], "little")
    if key is None or shown is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:HASH] + public + message).digest()
    one, other = times(scalar, BASE), add(shown, times(int.from_bytes(digest, "little") % ORDER, key))
    return not any((one[axis] * other[2] - other[axis] * one[2]) % P for axis in (0, 1))


# ---------------------------------------------------------------- the tree (RFC 6962, section 2.1)
def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over the hashes of two halves."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows to the right; only the hashes of its complete subtrees are kept, the largest first."""

    def __init__(self) -> None:
        self.edge: list[tuple[int, bytes]] = []

    def grow(self, hashes: list[bytes]) -> Tree:
        """Add the hashes of leaves on the right, and return the tree."""
        for each in hashes:
            at, node = 0, each
            while self.edge and self.edge[-1][0] == at:
                at, node = at + 1, node_hash(self.edge.pop()[1], node)
            self.edge.append((at, node))
        return self

    def root(self) -> bytes:
        """Return the root."""
        if not self.edge:
            return hashlib.sha256(b"").digest()
        root = self.edge[-1][1]
        for _, left in reversed(self.edge[:-1]):
            root = node_hash(left, root)
        return root


def root_from(index: int, size: int, leaf: bytes, proof: list[bytes]) -> bytes | None:
    """Return the root that a proof of inclusion leads to; None when its length does not fit the place."""
    place, last, root = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_hash(sibling, root)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


# ---------------------------------------------------------------- keys, notes and policies
def from_base64(text: str, file: str) -> bytes:
    """Return the bytes of base 64 text in its one right spelling."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        data = b""
    if base64.b64encode(data).decode() != text:
        raise BadError(file, f"{text[:60]!r} is not base 64")
    return data


def whole_number(text: str, file: str) -> int:
    """Return a whole number that is written without leading zeroes."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text):
        raise BadError(file, f"{text[:60]!r} is not a whole number")
    return int(text)


class Key:
    """A public key by its vkey, `name+id+key`: of a log (type 1) or of a witness (type 4)."""

    def __init__(self, vkey: str, kind: int, file: str) -> None:
        self.name, _, rest = vkey.partition("+")
        key_id, _, key = rest.partition("+")
        data = from_base64(key, file)
        self.public = data[1:]
        self.id = hashlib.sha256(self.name.encode() + b"\n" + data).digest()[:4]
        self.kind = kind
        if not self.name or data[:1] != bytes([kind]) or len(self.public) != HASH or self.id.hex() != key_id:
            raise BadError(file, f"{vkey!r} is not a vkey of type {kind}")

    def verifies(self, text: str, value: bytes) -> bool:
        """Tell whether the value of a signature line is this key's over the text of a note."""
        message = text.encode()
        if self.kind == WITNESS:
            moment = int.from_bytes(value[:8], "big")
            message, value = f"cosignature/v1\ntime {moment}\n".encode() + message, value[8:]
        return ed25519_verified(self.public, message, value)


class Note:
    """A signed checkpoint: who the log is, how many leaves it has, the root over them, and the signature lines."""

    def __init__(self, data: bytes, file: str) -> None:
        self.file, content = file, data.decode("utf-8", "replace")
        if len(data) > LONGEST_NOTE or content.encode() != data or re.search(r"[\x00-\x09\x0b-\x1f]", content):
            raise BadError(file, "is too long, is not UTF-8, or holds control characters")
        head, blank, signatures = content.rpartition("\n\n")
        lines = signatures.split("\n")
        if not blank or lines.pop() or not lines or lines[100:]:
            raise BadError(file, "does not end with a blank line and 1 to 100 signature lines")
        self.text = head + "\n"
        self.signatures = [self._signature(line) for line in lines]
        texts = head.split("\n")
        if not texts[2:] or not all(texts):
            raise BadError(file, "does not begin with origin, size and root")
        self.origin, self.size, self.root = texts[0], whole_number(texts[1], file), from_base64(texts[2], file)
        if len(self.root) != HASH:
            raise BadError(file, "has a root of the wrong length")

    def _signature(self, line: str) -> tuple[str, bytes, bytes]:
        match = re.fullmatch("\N{EM DASH} ([^\\s+]+) (\\S+)", line)
        data = from_base64(match[2], self.file) if match else b""
        if not match or not data[4:]:
            raise BadError(self.file, f"{line[:60]!r} is not a signature line")
        return match[1], data[:4], data[4:]

    def signed_by(self, key: Key) -> bool:
        """Tell whether a key signed; a line that claims to be of the key and is not makes the whole note bad."""
        values = [value for name, key_id, value in self.signatures if (name, key_id) == (key.name, key.id)]
        if not all(key.verifies(self.text, value) for value in values):
            raise BadError(self.file, f"the signature of {key.name} is not over this text")
        return bool(values)


class Trust:
    """Which logs and witnesses are known, and whose cosignatures a checkpoint needs."""

    def __init__(self) -> None:
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self.groups: dict[str, tuple[int, list[str]]] = {}
        self.quorum: str | None = None

    def read(self, data: bytes, file: str) -> None:
        """Take in a policy file."""
        members: set[str] = set()
        for line in data.decode("utf-8", "surrogateescape").split("\n"):
            kind, *names = line.replace("\t", " ").split() or ["#"]
            defined = {*self.witnesses, *self.groups}
            if kind.startswith("#"):
                continue
            if kind == "log" and len(names) in {1, 2}:
                self.logs.append(Key(names[0], LOG, file))
            elif kind == "witness" and len(names) in {2, 3} and names[0] not in {*defined, "none"}:
                self.witnesses[names[0]] = Key(names[1], WITNESS, file)
            elif kind == "group" and names[2:] and names[0] not in {*defined, "none"}:
                self.groups[names[0]] = self._group(names[1], names[2:], defined - members, file)
                members.update(names[2:])
            elif kind == "quorum" and len(names) == 1 and self.quorum is None and names[0] in {*defined, "none"}:
                self.quorum = names[0]
            else:
                raise BadError(file, f"{line[:60]!r} cannot be understood, or names what is not (or twice) defined")
        keys = [key.public for key in self.witnesses.values()]
        if self.quorum is None or len(set(keys)) < len(keys):
            raise BadError(file, "has no quorum line, or one key for two witnesses")

    @staticmethod
    def _group(least: str, names: list[str], free: set[str], file: str) -> tuple[int, list[str]]:
        count = {"any": 1, "all": len(names)}.get(least) or whole_number(least, file)
        if not 1 <= count <= len(names) or len(set(names)) < len(names) or not free.issuperset(names):
            raise BadError(file, f"a group asks for {least} of {' '.join(names)}, which cannot be")
        return count, names

    def check(self, note: Note, *, quorum: bool = True) -> list[str]:
        """Return which witnesses cosigned; raise unless a known log signed and, where asked for, the quorum is met."""
        if note.origin not in [log.name for log in self.logs if note.signed_by(log)]:
            raise BadError(note.file, f"the log {note.origin!r} did not sign it with a known key")
        cosigners = [name for name, key in self.witnesses.items() if note.signed_by(key)]
        if quorum and not self._met(self.quorum or "none", cosigners):
            raise BadError(note.file, f"the quorum {self.quorum!r} is not met: cosigned by {cosigners or 'nobody'}")
        return cosigners

    def _met(self, name: str, cosigners: list[str]) -> bool:
        if name in {*cosigners, "none"}:
            return True
        least, members = self.groups.get(name, (1, []))
        return sum(self._met(each, cosigners) for each in members) >= least


# ---------------------------------------------------------------- the files of a log (C2SP tlog-tiles)
class Files:
    """The files of a log, in a folder or under an http(s) address."""

    def __init__(self, place: str) -> None:
        self.place = place

    def first(self, *paths: str) -> tuple[str, bytes]:
        """Return the name and bytes of the first of some files that is there; one must be."""
        for path in paths:
            try:
                if self.place.startswith(("http://", "https://")):
                    with urllib.request.urlopen(f"{self.place.rstrip('/')}/{path}", timeout=60) as answer:  # noqa: S310 - see above
                        return path, bytes(answer.read(LONGEST_FILE))
                return path, Path(self.place, path).read_bytes()
            except (OSError, http.client.HTTPException) as error:
                if not isinstance(error, FileNotFoundError) and getattr(error, "code", 0) not in {404, 410}:
                    raise BadError(path, f"cannot be read: {error}") from error
        raise BadError(paths[0], "is missing")

    def part(self, level: str, number: int, width: int) -> tuple[str, bytes, int]:
        """Return the name, bytes and width of a tile or bundle; the full one where the partial one is gone."""
        groups = [f"{number % 1000:03}"]
        while number := number // 1000:
            groups.insert(0, f"x{number % 1000:03}")
        full = f"tile/{level}/{'/'.join(groups)}"
        path, data = self.first(*([] if width == WIDTH else [f"{full}.p/{width}"]), full)
        return path, data, WIDTH if path == full else width

    def hashes(self, level: int, number: int, width: int) -> tuple[str, list[bytes]]:
        """Return the name of a tile and the hashes it holds."""
        path, data, there = self.part(str(level), number, width)
        if len(data) != there * HASH:
            raise BadError(path, f"has {len(data)} bytes, not {there * HASH}")
        return path, [data[at : at + HASH] for at in range(0, width * HASH, HASH)]

    def leaves(self, number: int, width: int) -> tuple[str, list[bytes]]:
        """Return the name of a bundle and the leaves it holds, each written after its length in two bytes."""
        path, data, there = self.part("entries", number, width)
        leaves, at = [], 0
        while at + 2 <= len(data):
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            leaves.append(data[at + 2 : end])
            at = end
        if at != len(data) or len(leaves) != there:
            raise BadError(path, f"does not hold {there} whole leaves")
        return path, leaves[:width]


# ---------------------------------------------------------------- what can be checked
def check_log(files: Files, trust: Trust, older: Note | None) -> dict[str, Any]:
    """Check a whole log, and that it goes on from an older checkpoint of its own, or of a log that it says it follows."""
    note = Note(files.first("checkpoint")[1], "checkpoint")
    cosigners = trust.check(note)
    follows, named = older is None or older.origin == note.origin, b""
    if older is not None:
        trust.check(older, quorum=False)
        named = f'"follows":{{"origin":{json.dumps(older.origin, ensure_ascii=False)},'.encode()
        if older.size > note.size:
            raise BadError("checkpoint", f"the log was cut: it had {older.size} leaves and now has {note.size}")
    by_leaves, by_tiles, before = Tree(), Tree(), Tree()
    row: list[bytes] = []
    differing: tuple[str, str] | None = None
    for number in range(-(-note.size // WIDTH)):
        width = min(WIDTH, note.size - number * WIDTH)
        bundle, leaves = files.leaves(number, width)
        tile, hashes = files.hashes(0, number, width)
        made = [leaf_hash(leaf) for leaf in leaves]
        if made != hashes:
            differing = differing or (bundle, tile)
        follows = follows or any(named in leaf for leaf in leaves)
        if older is not None:
            before.grow(made[: max(0, older.size - number * WIDTH)])
        by_leaves.grow(made)
        by_tiles.grow(hashes)
        if width == WIDTH:
            row.append(Tree().grow(made).root())
    blame(note, by_leaves.root(), by_tiles.root(), differing)
    check_upper_tiles(files, row)
    check_leftovers(Path(files.place), note.size)
    if older is not None and not follows:
        raise BadError(older.file, f"is of the log {older.origin!r}, not of {note.origin!r} or one that it follows")
    if older is not None and before.root() != older.root:
        raise BadError("checkpoint", f"the log was rewritten: its first {older.size} leaves are not the older ones")
    continued = {} if older is None else {"continues": older.size}
    return {"origin": note.origin, "size": note.size, "cosigned_by": cosigners, **continued}


def blame(note: Note, by_leaves: bytes, by_tiles: bytes, differing: tuple[str, str] | None) -> None:
    """Raise, naming the file that the signed root shows to be wrong, unless leaves and tiles both lead to the root."""
    bundle, tile = differing or ("", "")
    if tile and by_leaves == note.root:
        raise BadError(tile, "does not hold the hashes of its leaves")
    if tile and by_tiles == note.root:
        raise BadError(bundle, "holds leaves other than those of the signed root")
    if tile:
        raise BadError(bundle, f"and {tile} differ, and neither leads to the signed root")
    if by_leaves != note.root:
        raise BadError("checkpoint", "its root is not that of the leaves and tiles, which agree with each other")


def check_upper_tiles(files: Files, row: list[bytes]) -> None:
    """Raise when a tile above the lowest level does not hold the roots of the full tiles below it."""
    level = 1
    while row:
        above = []
        for number in range(-(-len(row) // WIDTH)):
            made = row[number * WIDTH : (number + 1) * WIDTH]
            path, hashes = files.hashes(level, number, len(made))
            if hashes != made:
                raise BadError(path, "does not hold the roots of the tiles below it")
            if len(made) == WIDTH:
                above.append(Tree().grow(made).root())
        level, row = level + 1, above


def check_leftovers(folder: Path, size: int) -> None:
    """Raise when a partial file of another checkpoint differs from the file that is in its place now."""
    for file in sorted(folder.glob("tile/**/*.p/*")):
        path, full = file.relative_to(folder), file.parent.with_suffix("")
        height = 8 * int(path.parts[1]) if path.parts[1].isdecimal() else 0
        now = full if full.exists() else file.with_name(str((size >> height) % WIDTH))
        short, long = sorted((file.read_bytes(), now.read_bytes() if now.exists() else b""), key=len)
        if not long.startswith(short):
            raise BadError(path.as_posix(), "differs from the file that is in its place now")


def check_proof(data: bytes, leaf: bytes, trust: Trust, file: str) -> dict[str, Any]:
    """Check that a leaf is in a log, by a proof file."""
    head, blank, note_bytes = data.partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    if not blank or lines.pop(0) != "c2sp.org/tlog-proof@v1":
        raise BadError(file, "is not a tlog-proof")
    if lines and lines[0].startswith("extra "):
        from_base64(lines.pop(0)[6:], file)
    if not lines or not lines[0].startswith("index "):
        raise BadError(file, "does not tell the index of its leaf")
    index = whole_number(lines.pop(0)[6:], file)
    note = Note(note_bytes, file)
    cosigners = trust.check(note)
    proof = [from_base64(line, file) for line in lines]
    if any(len(each) != HASH for each in proof) or index >= note.size:
        raise BadError(file, f"is not of a leaf among the {note.size} of its checkpoint")
    if root_from(index, note.size, leaf_hash(leaf), proof) != note.root:
        raise BadError(file, f"does not lead from this leaf, at {index}, to the signed root of {note.size} leaves")
    return {"origin": note.origin, "index": index, "size": note.size, "cosigned_by": cosigners}


def check_evidence(data: bytes, trust: Trust, file: str) -> dict[str, Any]:
    """Check a decision's bundle: its leaf is in the log, and what it brings is what the leaf committed to."""
    bundle = json_object(data, file)
    texts = {name: value.encode("utf-8", "surrogatepass") for name, value in bundle.items() if isinstance(value, str)}
    leaf = texts.get("leaf", b"")
    found = check_proof(texts.get("proof", b""), leaf, trust, file)
    commitments, parts = json_object(leaf, file).get("commit"), {}
    commitments = commitments if isinstance(commitments, dict) else {}
    for name in sorted({*commitments, *({"entry", "evidence"} & bundle.keys())}):
        parts[name] = "erased or not included"
        if bundle.get(name) is not None:
            text = texts.get("salt", b"none").decode("utf-8", "replace").replace("-", "+").replace("_", "/")
            salt = from_base64(text + "=", file)  # of one length only: a longer one would swallow what it salts
            digest = hashlib.sha256(b"xop/commit/v1\0" + salt + texts.get(name, b"")).digest()
            if len(salt) != HASH or base64.urlsafe_b64encode(digest).decode().rstrip("=") != commitments.get(name):
                raise BadError(file, f"its {name} is not what the leaf committed to")
            parts[name] = "as committed"
    return {**found, "parts": parts}


def json_object(data: bytes, file: str) -> dict[str, Any]:
    """Return a JSON object."""
    try:
        return dict(json.loads(data).items())
    except (ValueError, AttributeError, RecursionError) as error:
        raise BadError(file, f"is not a JSON object: {error}") from error


# ---------------------------------------------------------------- the command line
def asked_for(arguments: list[str] | None) -> argparse.Namespace:
    """Return what the command line asks for."""
    top = argparse.ArgumentParser(description="Verifies a transparency log, a proof from it, or a decision's evidence.")
    top.add_argument("kind", choices=("log", "proof", "evidence"), help="what it is")
    top.add_argument("place", help="where it is: a folder or an http(s) address of a log, a file of the others")
    top.add_argument("--vkey", action="append", default=[], help="the log's public key: name+id+key")
    top.add_argument("--policy", type=Path, help="a tlog-policy file: logs, witnesses and quorum")
    top.add_argument("--older", type=Path, help="a checkpoint kept from before: finds a cut or rewritten log")
    top.add_argument("--leaf", type=Path, help="the file with the leaf's bytes, for a proof")
    top.add_argument("--json", action="store_true", help="answer in JSON")
    asked = top.parse_args(arguments)
    if not (asked.vkey or asked.policy) or (asked.kind == "proof") != bool(asked.leaf):
        top.error("needed: a --vkey, or a --policy that names the log; and for a proof its --leaf")
    return asked


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return what the process ends with."""
    asked, trust, ending = asked_for(arguments), Trust(), MISUSED
    try:
        if asked.policy:
            trust.read(asked.policy.read_bytes(), str(asked.policy))
        trust.logs += [Key(vkey, LOG, "--vkey") for vkey in asked.vkey]
        ending = BAD
        if asked.kind == "log":
            older = Note(asked.older.read_bytes(), str(asked.older)) if asked.older else None
            found = check_log(Files(asked.place), trust, older)
        elif asked.kind == "proof":
            found = check_proof(Path(asked.place).read_bytes(), asked.leaf.read_bytes(), trust, asked.place)
        else:
            found = check_evidence(Path(asked.place).read_bytes(), trust, asked.place)
        answer = {"good": True, **found}
    except OSError as error:
        ending, answer = MISUSED, {"good": False, "file": error.filename, "why": error.strerror}
    except BadError as error:
        answer = {"good": False, "file": error.file, "why": error.why}
    lines = ["GOOD" if answer["good"] else "BAD", *(f"  {name}: {answer[name]}" for name in [*answer][1:])]
    sys.stdout.write((json.dumps(answer) if asked.json else "\n".join(lines)) + "\n")
    return GOOD if answer["good"] else ending


if __name__ == "__main__":
    sys.exit(main())
