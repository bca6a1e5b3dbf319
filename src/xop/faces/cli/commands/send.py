"""`xop send`: signals, one from the command line or many from a file."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from xop.faces.cli.door import Door
from xop.faces.cli.failure import REFUSED, CommandFailed
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output
from xop.faces.cli.values import json_object

_STRUCTURED = "application/cloudevents+json"
_BATCH = "application/cloudevents-batch+json"

_MOST = 200
_LARGEST = 512 * 1024
"""Events and bytes of one batch; both well within what the API takes."""

_SHOWN = 20
"""Refused events that are printed; all of them are counted."""

_SIGNALS = "/v1/signals"


@click.command(short_help="Send a signal, or many from a file.")
@click.argument("type", metavar="[TYPE]", required=False)
@click.option("--id", "identifiers", multiple=True, metavar="NS:VALUE", help="Whom it is about; may be repeated.")
@click.option("--data", "data", default="{}", metavar="JSON", help="The signal's data, as a JSON object.")
@click.option("--source", default="cli", show_default=True, help="Who says so.")
@click.option("--event-id", help="The event's id; sent twice it counts once. A new one by default.")
@click.option("--time", "time", metavar="TIME", help="When it happened, as an RFC 3339 time. Now by default.")
@click.option(
    "--file",
    "file",
    type=click.File("rb"),
    metavar="FILE",
    help="Send CloudEvents instead, one in JSON on each line; `-` reads them from stdin.",
)
@reaches("--data-folder")
@answers
def send(
    *,
    type: str | None,
    identifiers: tuple[str, ...],
    data: str,
    file: Any,
    reach: Reach,
    output: Output,
    **attributes: str | None,
) -> None:
    r"""Send a signal of TYPE, or many from a file.

    \b
    xop send order.placed --id email:ada@example.com --data '{"total": 42}'
    xop send --file events.jsonl

    A signal is durable when this returns. Sending the same event again changes nothing.
    """
    if (type is None) == (file is None):
        raise click.UsageError("give either the TYPE of one signal, or --file with many")
    if file is not None:
        _send_file(file, reach, output)
        return
    event = {
        "specversion": "1.0",
        "id": attributes["event_id"] or str(uuid.uuid4()),
        "source": attributes["source"],
        "type": type,
        "time": attributes["time"] or datetime.now(UTC).isoformat(),
        **_identified(identifiers),
        "data": json_object(data, "--data"),
    }
    with reach.door(changes=True) as door:
        receipt = door.post(_SIGNALS, event, _STRUCTURED)

    def tell() -> None:
        output.line("Taken before: nothing changed." if receipt["duplicate"] else "Taken, and durable.")
        output.fields({"customer": receipt["customer"], "facts": receipt["facts"], "position": receipt["position"]})
        output.line(f"Next: `xop context {receipt['customer']}`.")

    output.answer({"event": event["id"], **receipt}, tell)


def _identified(identifiers: tuple[str, ...]) -> dict[str, str]:
    if not identifiers:
        return {}
    first, *more = identifiers
    return {"subject": first, **({"xopidentifiers": ",".join(more)} if more else {})}


def _send_file(file: Any, reach: Reach, output: Output) -> None:
    size = Path(file.name).stat().st_size if Path(str(file.name)).is_file() else None
    counts = {"sent": 0, "acknowledged": 0, "duplicates": 0, "facts": 0, "refused": 0}
    refusals: list[dict[str, Any]] = []
    with reach.door(changes=True) as door, output.progress() as progress:
        task = progress.add_task("Sending", total=size)
        for lines, events, length in _batches(file):
            _send_batch(door, lines, events, counts, refusals)
            progress.advance(task, length)

    def tell() -> None:
        output.fields({name: f"{count:,}" for name, count in counts.items()})
        for refusal in refusals:
            output.line(f"line {refusal['line']}: {refusal['detail']} → {refusal['remedy']}", "red")

    output.answer({**counts, "refusals": refusals}, tell)
    if counts["refused"]:
        raise click.exceptions.Exit(REFUSED)


def _send_batch(
    door: Door, lines: list[int], events: list[Any], counts: dict[str, int], refusals: list[dict[str, Any]]
) -> None:
    results = door.post(_SIGNALS, events, _BATCH)["results"]
    counts["sent"] += len(events)
    for line, result in zip(lines, results, strict=True):
        receipt = result.get("receipt")
        if receipt is not None:
            counts["acknowledged"] += 1
            counts["duplicates"] += receipt["duplicate"]
            counts["facts"] += 0 if receipt["duplicate"] else receipt["facts"]
            continue
        counts["refused"] += 1
        if len(refusals) < _SHOWN:
            problem = result["problem"]
            refusals.append({"line": line, **{name: problem.get(name, "") for name in ("code", "detail", "remedy")}})


def _batches(file: Any) -> Iterator[tuple[list[int], list[Any], int]]:
    """Yield groups of events with their line numbers and their length in bytes, a group within a batch's limits."""
    lines: list[int] = []
    events: list[Any] = []
    length = 0
    for number, line in enumerate(file, 1):
        if line.strip():
            if events and (len(events) == _MOST or length + len(line) > _LARGEST):
                yield lines, events, length
                lines, events, length = [], [], 0
            lines.append(number)
            events.append(_event(line, number))
        length += len(line)
    if events:
        yield lines, events, length


def _event(line: bytes, number: int) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        cause = f"line {number} is not JSON: {error}"
        remedy = "write one CloudEvent in JSON on each line; the lines before it may be sent already, and count once"
        raise CommandFailed(cause, remedy) from error
