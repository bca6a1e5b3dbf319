"""Witnessing: has strangers cosign every checkpoint, so that nobody can be shown another log than everybody else."""

import asyncio
import logging
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from xop.engine.head import Head, Signed
from xop.engine.proofs import Proofs
from xop.engine.watch import Watch
from xop.kernel.log.checkpoint import Checkpoint, open_checkpoint
from xop.kernel.log.errors import LogError
from xop.kernel.log.merkle import verify_consistency
from xop.kernel.log.note import Signature, parse_note, parse_signatures
from xop.kernel.log.verifier import Verifier, parse_vkey
from xop.kernel.release import LogRules
from xop.ports.adapter import Secrets
from xop.ports.clock import Clock
from xop.ports.errors import StorageError
from xop.ports.secret import MissingSecretError, resolve
from xop.ports.witness import OpenWitness, Witness, WitnessBehind, WitnessConflict, WitnessRefused, WitnessUnreachable

LOG = logging.getLogger("xop.log")

_TRIES = 3
"""Requests for one checkpoint: a witness that knows another size is told the proof from there."""

_BACKOFF, _LONGEST = 1_000, 60_000
"""Milliseconds until a witness that failed is asked again: doubled with every failure."""

_AT_START = 5.0
"""Seconds in which the witnesses may say what they know before the log goes on."""

WitnessState = Literal["waiting", "cosigned", "failing", "conflict"]


class WitnessView(Struct, frozen=True):
    """How it stands with one witness."""

    name: str
    key: str
    state: WitnessState
    size: int
    """Leaves under the last checkpoint it cosigned."""
    at: int | None
    """When it did, in milliseconds since the epoch."""
    fault: str = ""


class _Contact:
    """One witness, and where it stands."""

    def __init__(self, name: str, verifier: Verifier, client: Witness) -> None:
        self.name = name
        self.verifier = verifier
        self.client = client
        self.state: WitnessState = "waiting"
        self.size = 0
        self.at: int | None = None
        self.fault = ""
        self.text = ""
        """The checkpoint it cosigned last."""
        self.again = 0
        """When to ask it next, in milliseconds since the epoch."""
        self.failures = 0
        self.asking: asyncio.Task[None] | None = None


class Witnessing:
    """Asks all witnesses about the latest checkpoint, in rounds: the next begins when a quorum or all have answered."""

    def __init__(
        self, head: Head, proofs: Proofs, clock: Clock, rules: Callable[[], LogRules], refuse: Callable[[str], None]
    ) -> None:
        """`refuse` is told when a witness shows that the log was set back or forked."""
        self._head = head
        self._proofs = proofs
        self._clock = clock
        self._rules = rules
        self._refuse = refuse
        self._open: OpenWitness | None = None
        self._secrets: Secrets = lambda _name: None
        self._enrolled: LogRules | None = None
        self._contacts: dict[str, _Contact] = {}
        self._retired: list[_Contact] = []
        self._unreadable: dict[str, str] = {}
        """Witnesses whose address or key cannot be had, and why."""
        self._text = ""
        """The checkpoint of the round."""
        self._watch = Watch("witnessing", clock, self._look)
        self.start = self._watch.start
        self.wake = self._watch.wake

    @property
    def contacts(self) -> list[WitnessView]:
        """How it stands with every witness."""
        return [_view(each) for each in self._contacts.values()]

    @property
    def faults(self) -> list[str]:
        """Why witnesses do not cosign, one by one."""
        failing = {each.name: each.fault for each in self._contacts.values() if each.fault}
        return [f"{name}: {fault}" for name, fault in {**self._unreadable, **failing}.items()]

    @property
    def enough(self) -> bool:
        """Whether so many witnesses answer well that decisions become witnessed; true where none are asked to."""
        well = sum(each.state in {"waiting", "cosigned"} for each in self._contacts.values())
        return self._enrolled is None or well >= self._rules().quorum

    def reach(self, opener: OpenWitness, secrets: Secrets) -> None:
        """Say how witnesses are spoken to; without it nobody is asked."""
        self._open, self._secrets = opener, secrets

    async def stop(self) -> None:
        """Ask no more."""
        await self._watch.stop()
        contacts = [*self._contacts.values(), *self._retired]
        asking = [each.asking for each in contacts if each.asking is not None]
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        for each in contacts:
            await each.client.close()
        self._contacts, self._retired, self._enrolled = {}, [], None

    async def objections(self, signed: Signed) -> str:
        """Return what a witness can show against going on from a checkpoint; empty when none that answers can."""
        self._enrol()
        asked = [asyncio.create_task(self._objection(each, signed.checkpoint)) for each in self._contacts.values()]
        if not asked:
            return ""
        done, late = await asyncio.wait(asked, timeout=_AT_START)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return next((task.result() for task in done if task.result()), "")

    async def _look(self) -> int | None:
        """Begin a round when there is a new checkpoint and the round before is over, and ask those who failed again."""
        self._enrol()
        signed = self._head.latest
        if signed is None or not self._contacts:
            return None
        contacts = list(self._contacts.values())
        busy = any(each.asking is not None for each in contacts)
        if signed.note.text != self._text and (not busy or self._over()):
            self._text = signed.note.text
        if signed.note.text != self._text:
            return None
        now = self._clock.now()
        for each in contacts:
            if each.asking is None and each.text != self._text and each.again <= now:
                each.asking = asyncio.create_task(self._ask(each, signed))
        return min((each.again for each in contacts if each.asking is None and each.again > now), default=None)

    def _over(self) -> bool:
        """Say whether a quorum has cosigned the checkpoint of the round."""
        return sum(each.text == self._text for each in self._contacts.values()) >= self._rules().quorum

    def _enrol(self) -> None:
        """Follow the rules: take up witnesses that are new, and let those go that are named no more."""
        rules = self._rules()
        if rules is self._enrolled or self._open is None:
            return
        known, self._contacts, self._unreadable = self._contacts, {}, {}
        for name, (key, url) in rules.witnesses.items():
            try:
                verifier, address = parse_vkey(key), resolve(url, self._secrets)
            except (LogError, MissingSecretError) as error:
                LOG.warning("the witness %s cannot be asked: %s", name, error)
                self._unreadable[name] = str(error)
                continue
            before = known.get(name)
            same = before is not None and self._enrolled is not None and self._enrolled.witnesses[name] == (key, url)
            if before is not None and same:
                self._contacts[name] = known.pop(name)
            else:
                self._contacts[name] = _Contact(name, verifier, self._open(address))
        self._retired.extend(known.values())
        self._enrolled = rules

    async def _ask(self, contact: _Contact, signed: Signed) -> None:
        now = self._clock.now()
        try:
            signatures = await self._cosigned(contact, signed)
            await self._head.add(signed.note.text, signatures)
            contact.state, contact.size, contact.at = "cosigned", signed.checkpoint.size, now
            contact.text, contact.fault, contact.failures, contact.again = signed.note.text, "", 0, 0
        except (WitnessConflict, WitnessBehind) as error:
            objection = await self._objection(contact, signed.checkpoint)
            if objection:
                self._refuse(objection)
            self._failed(contact, "conflict", objection or f"{error}, and does not show it under the log's signature")
        except (WitnessRefused, WitnessUnreachable, StorageError, LogError) as error:
            self._failed(contact, "failing", str(error))
        finally:
            contact.asking = None
            self._head.tell()
            self.wake()

    async def _cosigned(self, contact: _Contact, signed: Signed) -> list[Signature]:
        """Return a witness's cosignatures of a checkpoint, with the proof from whatever it knows."""
        size, known = signed.checkpoint.size, contact.size
        for _ in range(_TRIES):
            proof = await self._proofs.consistency(known, size) if 0 < known < size else ()
            try:
                answer = await contact.client.add(known, proof, signed.note.render())
            except WitnessBehind as behind:
                if behind.size > size or behind.size == known:
                    raise
                known = behind.size
                continue
            own = [each for each in parse_signatures(answer) if each.by(contact.verifier)]
            if own and all(contact.verifier.accepts(signed.note.text, each.value) for each in own):
                return own
            raise WitnessUnreachable("its answer is not signed with its own key")
        raise WitnessUnreachable("it tells another size every time it is asked")

    async def _objection(self, contact: _Contact, ours: Checkpoint) -> str:
        """Return what a witness can show against a checkpoint under the log's own signature; empty when nothing."""
        try:
            data = await contact.client.latest(ours.origin)
            if data is None:
                return ""
            seen = open_checkpoint(parse_note(data), self._head.verifier)
        except (WitnessRefused, WitnessUnreachable, LogError):
            return ""
        if seen.size > max(ours.size, self._head.size):
            return (
                f"the witness {contact.name} holds a checkpoint of {seen.size} leaves signed by this log, which has "
                f"{ours.size}: it was put back from a backup; put a later one back"
            )
        if seen.size > ours.size:
            return ""
        try:
            proof = await self._proofs.consistency(seen.size, ours.size)
            verify_consistency(seen.size, ours.size, seen.root, ours.root, proof)
        except LogError:
            return (
                f"the witness {contact.name} holds another tree of {seen.size} leaves signed by this log: leaves were "
                "changed since; put store and log back from one backup"
            )
        except StorageError:
            return ""
        return ""

    def _failed(self, contact: _Contact, state: WitnessState, fault: str) -> None:
        if contact.fault != fault:
            LOG.warning("the witness %s does not cosign: %s", contact.name, fault)
        pause = min(_LONGEST, _BACKOFF << min(contact.failures, 16))
        contact.failures += 1
        contact.state, contact.fault, contact.again = state, fault, self._clock.now() + pause


def _view(contact: _Contact) -> WitnessView:
    key, state = contact.verifier.vkey, contact.state
    return WitnessView(contact.name, key, state, contact.size, contact.at, contact.fault)
