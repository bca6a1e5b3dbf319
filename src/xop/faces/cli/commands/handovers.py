"""`xop queues` and `xop handovers`: conversations passed to people, and what people do with them."""

from typing import Any

import click

from xop.faces.cli.door import place
from xop.faces.cli.options import Reach, answers, paged, reaches
from xop.faces.cli.output import Output
from xop.faces.cli.values import json_object, named_values

_STATUSES = ("waiting", "accepted", "returned", "expired")
_PURPOSE = click.option(
    "--purpose", metavar="NAME", help="What for, which says what is shown; the usual purpose by default."
)
_KEY = click.option("--idempotency-key", metavar="KEY", help="Names the wish: made twice it counts once.")


@click.command(short_help="List queues, and how much is in each.")
@reaches()
@answers
def queues(*, reach: Reach, output: Output) -> None:
    """List the queues: who works in each, whether it is within its hours, and how much is in it."""
    with reach.door() as door:
        told = door.get("/v1/queues")
    columns = ("queue", "roles", "skills", "languages", "open", "waiting", "accepted")
    rows = [[each[name] for name in columns] for each in told["queues"]]
    output.answer(told, lambda: output.table(columns, rows, "No queues: declare them in queues.yaml."))


@click.group(short_help="Hand conversations over to people, take them and hand them back.")
def handovers() -> None:
    """Hand conversations over to people, take them and hand them back."""


@handovers.command("list", short_help="List what waits for people.")
@click.option("--queue", help="Only this queue.")
@click.option("--status", type=click.Choice(_STATUSES), default="waiting", show_default=True)
@click.option("--by", metavar="KIND:NAME", help="Only what this person has accepted.")
@click.option("--customer", metavar="REF", help="Only this customer's.")
@click.option("--after", metavar="PLACE", help="Go on after this place.")
@paged(500)
@reaches()
@answers
def list_handovers(*, limit: int, reach: Reach, output: Output, **asked: Any) -> None:
    """List handovers: the urgent ones first, then those opened first."""
    with reach.door() as door:
        page = door.get("/v1/handovers", limit=limit, **asked)

    def tell() -> None:
        columns = ("handover", "queue", "urgent", "intent", "language", "at", "due", "by", "customer")
        rows = [[each[name] or "" for name in columns] for each in page["handovers"]]
        output.table(columns, rows, "No handovers.")
        if page["next"]:
            given = "".join(f" --{name} {value}" for name, value in asked.items() if value and name != "after")
            output.note(f"More: `xop handovers list{given} --after {page['next']}`.")
        if page["handovers"] and asked["status"] == "waiting":
            output.line("Next: `xop handovers accept HANDOVER`.")

    output.answer(page, tell)


@handovers.command(short_help="Show a handover with its packet.")
@click.argument("handover")
@_PURPOSE
@reaches()
@answers
def show(*, handover: str, purpose: str | None, reach: Reach, output: Output) -> None:
    """Show a HANDOVER with everything people must know of it, as of now and as far as the purpose may see it."""
    with reach.door() as door:
        told = door.get(place("handovers", handover), purpose=purpose)
    output.answer(told, lambda: _tell(told, output))


@handovers.command("open", short_help="Hand a conversation over to people.")
@click.argument("customer", metavar="REF")
@click.option("--conversation", help="The conversation to hand over.")
@click.option("--queue", help="Where it is to wait; by default where it fits best.")
@click.option("--intent", help="What the customer wants.")
@click.option("--summary", help="What has happened and what is open.")
@click.option("--transcript", multiple=True, metavar="URI", help="Where it can be read or heard; may be repeated.")
@click.option("--skill", "skills", multiple=True, help="What people must know; may be repeated.")
@click.option("--language", help="What they must speak.")
@click.option("--urgent", is_flag=True, help="Let it go before others, whatever is missing.")
@click.option("--anyway", is_flag=True, help="Hand it over although something is missing.")
@_KEY
@reaches()
@answers
def open_handover(
    *,
    customer: str,
    transcript: tuple[str, ...],
    idempotency_key: str | None,
    reach: Reach,
    output: Output,
    **given: Any,
) -> None:
    """Hand the conversation of the customer REF over to people."""
    body = {"customer": customer, **{name: value for name, value in given.items() if value}}
    body["transcript"] = [{"uri": uri} for uri in transcript]
    with reach.door(changes=True) as door:
        told = door.post("/v1/handovers", body, key=idempotency_key)

    def tell() -> None:
        names = ("handover", "customer", "queue", "status", "outcome", "due", "promise", "missing")
        output.fields({name: told[name] for name in names})
        if told["duplicate"]:
            output.line("Handed over before: this is the same handover.")

    output.answer(told, tell)


@handovers.command(short_help="Take a handover.")
@click.argument("handover")
@_KEY
@reaches()
@answers
def accept(*, handover: str, idempotency_key: str | None, reach: Reach, output: Output) -> None:
    """Take a HANDOVER; nobody else can any more."""
    with reach.door(changes=True) as door:
        told = door.post(place("handovers", handover, "acceptance"), {}, key=idempotency_key)
    output.answer(told, lambda: _tell(told, output))


@handovers.command(short_help="Pass a handover by, or give it back to a queue.")
@click.argument("handover")
@click.option("--reason", default="", help="Why, for the record.")
@_KEY
@reaches()
@answers
def decline(*, handover: str, reason: str, idempotency_key: str | None, reach: Reach, output: Output) -> None:
    """Pass a HANDOVER by, or give back to a queue what you had taken."""
    with reach.door(changes=True) as door:
        told = door.post(place("handovers", handover, "decline"), {"reason": reason}, key=idempotency_key)
    output.answer(told, lambda: output.fields(_standing(told)))


@handovers.command("return", short_help="Hand a conversation back.")
@click.argument("handover")
@click.argument("outcome")
@click.option(
    "--continues",
    type=click.Choice(["agent", "journey", "person"]),
    default="agent",
    show_default=True,
    help="Who goes on.",
)
@click.option("--notes", default="", help="What whoever goes on should know.")
@click.option("--fact", "pairs", multiple=True, metavar="NAME=VALUE", help="A profile field learned; may be repeated.")
@click.option("--facts", "facts_text", default="{}", metavar="JSON", help="The same as one JSON object.")
@_KEY
@reaches()
@answers
def return_handover(
    *,
    handover: str,
    pairs: tuple[str, ...],
    facts_text: str,
    idempotency_key: str | None,
    reach: Reach,
    output: Output,
    **given: str,
) -> None:
    """Hand back the conversation of a HANDOVER with an OUTCOME, such as `resolved`."""
    body = {**given, "facts": {**json_object(facts_text, "--facts"), **named_values(pairs, "--fact")}}
    with reach.door(changes=True) as door:
        told = door.post(place("handovers", handover, "return"), body, key=idempotency_key)
    names = ("handover", "customer", "outcome", "held_by")
    output.answer(told, lambda: output.fields({name: told[name] for name in names}))


@handovers.command(short_help="Print as much of a packet as fits.")
@click.argument("handover")
@click.option("--bytes", "most", type=click.IntRange(512, 1_048_576), default=4096, show_default=True)
@_PURPOSE
@reaches()
@answers
def project(*, handover: str, most: int, purpose: str | None, reach: Reach, output: Output) -> None:
    """Print as much of the packet of a HANDOVER as fits, the most important first."""
    with reach.door() as door:
        told = door.get(place("handovers", handover, "projection"), bytes=most, purpose=purpose)
    output.answer(told, lambda: output.fields(told))


def _standing(told: dict[str, Any]) -> dict[str, Any]:
    names = ("handover", "queue", "status", "by", "due")
    return {**{name: told["handover"][name] for name in names}, "outcome": told["outcome"]}


def _tell(told: dict[str, Any], output: Output) -> None:
    packet = told["packet"]
    known = packet["identity"]
    intent, conversation = packet["intent"], packet["conversation"]
    output.fields(
        {
            **_standing(told),
            "customer": packet["customer"],
            "known by": packet.get("identifiers"),
            "identity": f"level {known.get('level', 0)} {known.get('method', '')}".strip(),
            "intent": f"{intent['name']} {intent.get('status', '')}".strip(),
            "conversation": f"{conversation['id']} {conversation.get('channel', '')}".strip(),
            "summary": packet.get("summary"),
            "bear in mind": packet.get("circumstances"),
            "missing": packet.get("missing"),
            "left out": packet.get("left_out"),
            "transcript": [each["uri"] for each in packet.get("transcript", ())],
        }
    )
    _section(output, "May not be done", packet.get("barred", ()), ("action", "verdict", "code", "reasons"))
    _section(output, "Promised", packet.get("promises", ()), ("what", "status", "due"))
    _section(output, "Next", packet.get("next", ()), ("by", "title", "action", "verdict", "reason", "why"))
    _section(output, "Tried", packet.get("tried", ()), ("what", "outcome", "detail"))
    _section(output, "Consents", packet.get("consents", ()), ("purpose", "channel", "permitted", "code"))


def _section(output: Output, heading: str, rows: Any, columns: tuple[str, ...]) -> None:
    if rows:
        output.line()
        output.line(heading)
        output.table(columns, [[each.get(name, "") for name in columns] for each in rows], "")
