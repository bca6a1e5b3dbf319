"""The demonstration: a day of an operator's customers, compressed into a minute and played through the public API."""

import asyncio
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from zoneinfo import ZoneInfo

from examples.northwind_mobile.client import Client
from examples.northwind_mobile.closing import show_console, show_figures, show_live_commands, show_offline_commands
from examples.northwind_mobile.cosigner import Cosigner
from examples.northwind_mobile.customers import (
    CAST,
    Customer,
    Event,
    afternoon,
    arrival,
    evening,
    morning,
    noon,
    population,
)
from examples.northwind_mobile.desk import play_desk
from examples.northwind_mobile.governance import play_governance
from examples.northwind_mobile.outage import play_outage
from examples.northwind_mobile.outside import Outside
from examples.northwind_mobile.screen import Screen
from examples.northwind_mobile.server import Server, fresh_secrets, workspace_at
from examples.northwind_mobile.situations import SITUATIONS, Stage
from examples.northwind_mobile.witness import NotAsTold, Witness

Act = Callable[[list[Customer], random.Random], Iterable[Event]]

ACTS: tuple[tuple[str, str, Act, tuple[int, ...]], ...] = (
    ("08:00", "a campaign goes out, the first customers call", morning, (0,)),
    ("12:00", "shopping, and what other senders write", noon, (1, 2)),
    ("15:00", "payments fail, complaints come in, phones land abroad", afternoon, (3, 4)),
    ("19:00", "a second campaign meets all that happened", evening, (5,)),
)
"""The acts of the day: when, what happens, and the situations that follow."""

ALIKE = 2
"""How many decisions of an act with the same verdict for the same reason are printed; the others are counted."""

EVENTS_A_CUSTOMER = 2.6
"""How many events the acts have for each customer, about; for the pace alone."""


@dataclass(slots=True)
class Options:
    """How to play."""

    data: Path | None
    port: int
    customers: int
    seconds: float
    seed: int
    exit: bool
    every: bool = False
    """Whether to print every decision, and not only the first of each kind."""


class Play:
    """One performance: the outside world, the server and the day."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._chance = random.Random(options.seed)
        self._screen = Screen()
        self._people = population(options.customers, self._chance)
        self._cast = self._people[:CAST]
        self._known: dict[str, Customer] = {}
        """Customers by the platform's id."""
        self._arrived: SimpleQueue[str] = SimpleQueue()
        """What reached the outside world on behalf of the cast."""
        self._delivered = 0

    def run(self) -> None:
        """Play the day; raises NotAsTold when something comes out otherwise than told."""
        data = self._data_folder()
        keys = fresh_secrets()
        outside = Outside(keys.back_office, keys.case_desk, self._reached)
        port = in_background(outside)
        began = time.perf_counter()
        cosigner = Cosigner(data / "witness", data / "store")
        workspace = workspace_at(port, data / "workspace", cosigner.section)
        server = Server(workspace, data / "store", keys.environment, self._options.port)
        try:
            server.printed = self._printed
            client = Client(server.await_url(60), keys.keys)
            self._screen.line(f"Northwind Mobile, served at {client.url} from an empty data folder:")
            self._screen.command(str(data))
            stage = self._begin(client)
            for act in ACTS:
                self._act(stage, *act)
            self._screen.heading("20:00  a journey: the network fails somewhere, and is back")
            play_outage(stage)
            self._screen.heading("20:30  what waits for people")
            play_desk(stage)
            self._screen.heading("21:00  what the data protection officer sees to")
            play_governance(stage, *self._people[-2:])
            show_figures(stage, self._delivered, time.perf_counter() - began)
            if self._options.exit:
                show_offline_commands(stage, data / "store")
            else:
                show_console(stage, data / "store")
                show_live_commands(stage, workspace, data / "store")
                threading.Event().wait()
        except KeyboardInterrupt:
            self._screen.line("\nStopping: what was taken is finished and kept.")
        finally:
            server.stop()
            cosigner.stop()

    def _data_folder(self) -> Path:
        """Return an empty folder; raises NotAsTold for one that holds anything, which stays as it is."""
        data = self._options.data
        if data is None:
            return Path(tempfile.mkdtemp(prefix="northwind-"))
        if data.exists() and any(data.iterdir()):
            raise NotAsTold(f"{data} is not empty: name another folder, or empty it first")
        data.mkdir(parents=True, exist_ok=True)
        return data

    def _begin(self, client: Client) -> Stage:
        """Let the platform get to know everybody."""
        witness = Witness(client)
        for first in range(0, len(self._people), 100):
            group = self._people[first : first + 100]
            client.send(*(event for person in group for event in arrival(person)))
        ids: dict[int, str] = {}
        for person in self._people:
            found = client.customer(person)
            ids[person.number] = found["id"]
            self._known[found["id"]] = person
        self._screen.line(f"{len(ids)} customers have registered and said what they want to hear about.")
        return Stage(client, self._screen, witness, self._cast, ids, self._arrived)

    def _act(self, stage: Stage, clock: str, title: str, act: Act, follow: tuple[int, ...]) -> None:
        self._screen.heading(f"{clock}  {title}")
        pause = self._options.seconds / (EVENTS_A_CUSTOMER * len(self._people))
        since, seen = stage.witness.mark(), Counter[tuple[str, str]]()
        for event in act(self._people[CAST:], self._chance):
            began = time.perf_counter()
            stage.client.send(event)
            since = self._show(stage, clock, since, seen)
            time.sleep(max(0.0, pause - (time.perf_counter() - began)))
        stage.witness.settle()
        self._show(stage, clock, since, seen)
        self._tell_rest(clock, seen)
        for number in follow:
            name, situation = SITUATIONS[number]
            self._screen.heading(f"{number + 1} of {len(SITUATIONS)} · {name}")
            stage.shown[name] = situation(stage)
            stage.witness.settle()

    def _show(self, stage: Stage, clock: str, since: int, seen: Counter[tuple[str, str]]) -> int:
        """Print the decisions made since a mark, each with its reason, and return the next mark.

        Of those that are alike only the first are printed; `seen` counts them all.
        """
        until = stage.witness.mark()
        for ruling in stage.witness.decisions[since:until]:
            if ruling["stage"] == "execution" and ruling["verdict"] == "permit":
                continue  # the moment of acting confirmed what was decided already
            told = stage.client.get(f"/v1/decisions/{ruling['decision']}")
            person = self._known[ruling["customer"]]
            reason = " ".join(each["message"] for each in told["determined_by"])
            seen[ruling["verdict"], reason] += 1
            if seen[ruling["verdict"], reason] > ALIKE and not self._options.every:
                continue
            if told["until"] == "quiet_hours_end":
                morning_there = datetime.fromisoformat(told["due"]).astimezone(ZoneInfo(person.zone))
                reason += f" It goes on at {morning_there:%H:%M} in {person.zone}."
            self._screen.decision(clock, person.name, ruling["action"], ruling["verdict"], reason)
        return until

    def _tell_rest(self, clock: str, seen: Counter[tuple[str, str]]) -> None:
        """Count what was decided like the decisions printed before."""
        rest: Counter[str] = Counter()
        for (verdict, _), count in seen.items():
            rest[verdict] += max(0, count - ALIKE)
        told = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(rest.items()) if count)
        if told and not self._options.every:
            self._screen.line(f"  {clock}  ... and for the same reasons {told}", "dim")

    def _printed(self, line: str) -> None:
        """Take a line of the server: the message gateway prints there."""
        if line.startswith(("e-mail to ", "SMS to ")):
            self._reached(line)

    def _reached(self, line: str) -> None:
        """Count what reached the outside world, and keep what the situations show."""
        self._delivered += 1
        marks = ("web chat", *(mark for each in self._cast for mark in (each.email, each.phone, each.account)))
        if any(mark in line for mark in marks):
            self._arrived.put(line)


def in_background(outside: Outside) -> int:
    """Run the outside world in a thread of its own and return its port."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return asyncio.run_coroutine_threadsafe(outside.start(), loop).result(10)
