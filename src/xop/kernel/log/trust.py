"""Trust policies (C2SP tlog-policy): which logs and witnesses are known, and whose cosignatures suffice."""

from collections.abc import Iterable

from msgspec import Struct, field

from xop.kernel.log.checkpoint import Checkpoint, open_checkpoint, parse_decimal
from xop.kernel.log.errors import FormatError, LogError, ProofError
from xop.kernel.log.note import Note
from xop.kernel.log.verifier import COSIGNATURE, ED25519, Verifier, parse_vkey

NONE = "none"
"""The quorum that asks for no cosignature."""


class Party(Struct, frozen=True):
    """A log or a witness: its key and, where it was given, its address."""

    verifier: Verifier
    url: str = ""


class Group(Struct, frozen=True):
    """Witnesses and groups of which `least` have to have cosigned."""

    least: int
    members: tuple[str, ...]


class Trust(Struct, frozen=True):
    """Whom a reader of checkpoints trusts."""

    logs: tuple[Party, ...] = ()
    witnesses: dict[str, Party] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    def opened(self, note: Note) -> Checkpoint:
        """Return the checkpoint of a note; `ProofError` says whose signature is missing or wrong."""
        checkpoint = self._opened_by_a_log(note)
        cosigners = self.cosigners(note)
        if not self._met(self.quorum, cosigners):
            have = ", ".join(sorted(cosigners)) or "no known witness"
            raise ProofError(f"the quorum {self.quorum!r} is not met: cosigned by {have}")
        return checkpoint

    def satisfied(self, note: Note) -> bool:
        """Tell whether a known log signed the note and the quorum of witnesses cosigned it."""
        try:
            self.opened(note)
        except LogError:
            return False
        return True

    def cosigners(self, note: Note) -> frozenset[str]:
        """Return the names of the witnesses that cosigned; `ProofError` when a cosignature is wrong."""
        by_key = {party.verifier: name for name, party in self.witnesses.items()}
        return frozenset(by_key[verifier] for verifier in note.signed_by(by_key))

    def _opened_by_a_log(self, note: Note) -> Checkpoint:
        signers = note.signed_by(party.verifier for party in self.logs)
        if not signers:
            raise ProofError("the checkpoint is not signed by a log of the trust policy")
        return open_checkpoint(note, signers[0])

    def _met(self, name: str, cosigners: frozenset[str]) -> bool:
        if name == NONE or name in cosigners:
            return True
        group = self.groups.get(name)
        return group is not None and sum(self._met(each, cosigners) for each in group.members) >= group.least


def parse_trust(data: bytes) -> Trust:
    """Return the policy that a file holds; `FormatError` names the line that is wrong."""
    parser = _Parser()
    for number, line in enumerate(_lines(data), 1):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            parser.read(words)
        except FormatError as error:
            raise FormatError(f"line {number} of the trust policy: {error}") from error
    return parser.trust()


def render_trust(trust: Trust) -> bytes:
    """Return the bytes of a policy's file."""
    lines = [f"log {_written(log)}" for log in trust.logs]
    lines += [f"witness {name} {_written(witness)}" for name, witness in trust.witnesses.items()]
    lines += [f"group {name} {group.least} {' '.join(group.members)}" for name, group in trust.groups.items()]
    return "".join(f"{line}\n" for line in (*lines, f"quorum {trust.quorum}")).encode()


def _written(party: Party) -> str:
    return f"{party.verifier.vkey} {party.url}".rstrip()


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", "surrogateescape")
    if any((letter < " " and letter not in "\t\n") or letter == "\x7f" for letter in text):
        raise FormatError("the trust policy holds a control character other than tab and newline")
    return text.split("\n")


class _Parser:
    """Reads the lines of a policy one after another; a name must be defined before it is used, and used once."""

    def __init__(self) -> None:
        self._logs: list[Party] = []
        self._witnesses: dict[str, Party] = {}
        self._groups: dict[str, Group] = {}
        self._members: set[str] = set()
        self._quorum: str | None = None

    def read(self, words: list[str]) -> None:
        """Take in the words of one line."""
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                self._logs.append(_party(vkey, url, ED25519, (log.verifier for log in self._logs)))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                known = (witness.verifier for witness in self._witnesses.values())
                self._witnesses[self._new(name)] = _party(vkey, url, COSIGNATURE, known)
            case ["group", name, least, *members] if members:
                self._groups[self._new(name)] = self._group(least, members)
            case ["quorum", name] if self._quorum is None:
                if name != NONE:
                    self._defined(name)
                self._quorum = name
            case _:
                raise FormatError(f"{' '.join(words)[:80]!r} is no log, witness, group or (single) quorum line")

    def trust(self) -> Trust:
        """Return the policy read; it must have told a quorum."""
        if self._quorum is None:
            raise FormatError("the trust policy has no quorum line: write `quorum none` to ask for no witness")
        return Trust(tuple(self._logs), self._witnesses, self._groups, self._quorum)

    def _new(self, name: str) -> str:
        if name == NONE or name in self._witnesses or name in self._groups:
            raise FormatError(f"the name {name!r} is taken")
        return name

    def _defined(self, name: str) -> None:
        if name not in self._witnesses and name not in self._groups:
            raise FormatError(f"{name!r} is not defined on a line before")

    def _group(self, least: str, members: list[str]) -> Group:
        for name in members:
            self._defined(name)
            if name in self._members:
                raise FormatError(f"{name!r} is a member already: each name may be one once")
            self._members.add(name)
        count = {"any": 1, "all": len(members)}.get(least) or parse_decimal(least, "the group's threshold")
        if not 1 <= count <= len(members):
            raise FormatError(f"a group of {len(members)} cannot ask for {count}")
        return Group(count, tuple(members))


def _party(vkey: str, url: list[str], kind: int, known: Iterable[Verifier]) -> Party:
    verifier = parse_vkey(vkey)
    if verifier.kind != kind:
        raise FormatError(f"the key {verifier.name} has type {verifier.kind:#04x}, this line needs {kind:#04x}")
    if any(verifier.public == other.public for other in known):
        raise FormatError(f"the key of {verifier.name} stands on an earlier line already")
    return Party(verifier, *url)
