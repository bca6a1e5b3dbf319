"""`xop find`, `xop context`, `xop timeline`, `xop merge` and `xop unmerge`: one customer, and when two are one."""

from shlex import quote
from typing import Any

import click

from xop.faces.cli.door import place
from xop.faces.cli.options import Reach, answers, paged, reaches
from xop.faces.cli.output import Output

_LISTS = {
    "circumstances": ("flag", "reference", "at", "source"),
    "intents": ("name", "status", "opened_at", "attempts", "returns"),
    "promises": ("id", "what", "status", "made_at", "due"),
    "conversations": ("id", "channel", "topic", "opened_at", "turns"),
    "assurance": ("level", "method", "by", "interaction", "until"),
    "invocations": ("id", "action", "status", "until", "actor", "purpose", "at"),
}
"""Parts of a context that are lists, with the columns worth showing."""


_PURPOSE = click.option(
    "--purpose", metavar="NAME", help="What for, which says what is shown; the usual purpose by default."
)


@click.command(short_help="Find a customer, a decision or a conversation.")
@click.argument("text")
@click.option("--before", type=int, metavar="POSITION", help="Look for a conversation alone, before this position.")
@reaches()
@answers
def find(*, text: str, before: int | None, reach: Reach, output: Output) -> None:
    """Find whom or what TEXT leads to: any identifier as people write it, or an id of anything."""
    with reach.door() as door:
        told = door.get("/v1/search", q=text, before=before)

    def tell() -> None:
        rows = [[each[name] for name in ("kind", "id", "customer", "by", "value")] for each in told["found"]]
        output.table(("what", "id", "customer", "by", "read as"), rows, "Nobody was found:")
        if not rows:
            misses = [[each[name] for name in ("by", "value", "cause")] for each in told["misses"]]
            output.table(("taken for", "read as", "why it leads to nobody"), misses, "")
        if told["further"]:
            output.note(f"Look through older steps: `xop find {quote(text)} --before {told['further']}`.")

    output.answer(told, tell)


@click.command(short_help="Show what is true about a customer now, or was.")
@click.argument("customer", metavar="REF")
@_PURPOSE
@click.option("--at", metavar="TIME", help="Show them as they were at this RFC 3339 time.")
@click.option("--position", type=int, metavar="N", help="Show them as they were right after this entry of the ledger.")
@reaches()
@answers
def context(*, customer: str, reach: Reach, output: Output, **asked: Any) -> None:
    """Show what is true about the customer REF now, or was, as far as the purpose may see it.

    REF is a customer's id, a former id, or an identifier as `namespace:value`.
    """
    with reach.door() as door:
        answer = door.get(place("customers", customer), **asked)
    output.answer(answer, lambda: _tell_context(answer, output))


@click.command(short_help="Show what happened to a customer.")
@click.argument("customer", metavar="REF")
@click.option("--kind", metavar="KIND", help="Only this, such as decisions, consents or promises.")
@click.option("--conversation", metavar="ID", help="Only what belongs to this conversation.")
@click.option("--before", type=int, metavar="POSITION", help="Go on before this position.")
@_PURPOSE
@paged(200)
@reaches()
@answers
def timeline(*, customer: str, limit: int, reach: Reach, output: Output, **asked: Any) -> None:
    """Show what happened to the customer REF, the latest first, as far as the purpose may see it."""
    with reach.door() as door:
        page = door.get(place("customers", customer, "timeline"), limit=limit, **asked)

    def tell() -> None:
        rows = [(each["position"], each["at"], each["actor"], _summary(each)) for each in page["steps"]]
        nothing = "Nothing of this kind happened"
        nothing += " in the steps that were looked through so far." if page["next"] else "."
        output.table(("position", "at", "by", "what became true"), rows, nothing)
        if page["next"]:
            given = "".join(f" --{name} {value}" for name, value in asked.items() if value and name != "before")
            output.note(f"More: `xop timeline {customer}{given} --before {page['next']}`.")

    output.answer(page, tell)


def _summary(step: dict[str, Any]) -> str:
    ruling, names = step["ruling"], ", ".join(dict.fromkeys(fact["type"] for fact in step["facts"]))
    return f"{ruling['verdict']} {ruling['action']} ({ruling['code']}) {names}".strip() if ruling else names


def _tell_context(answer: dict[str, Any], output: Output) -> None:
    parts = answer["parts"] if len(answer["parts"]) > 1 else ""
    known = {"customer": answer["id"], "parts": parts, "since": answer["created_at"], "seen": answer["seen_at"]}
    output.fields({**known, "as of": answer["at"] or ""})
    _section("identifiers", output)
    rows = [(f"{each['namespace']}:{each['value']}", each["at"], each["source"]) for each in answer["identifiers"]]
    output.table(("identifier", "since", "source"), rows, "none")
    if answer["profile"]:
        _section("profile", output)
        fields = [(name, each["value"], each["at"], each["source"]) for name, each in sorted(answer["profile"].items())]
        output.table(("field", "value", "since", "source"), fields, "")
    counted = {name: count for name, count in answer["counters"].items() if count}
    if counted:
        _section("counters", output)
        output.table(("counter", "within its window"), sorted(counted.items()), "")
    for name, columns in _LISTS.items():
        if answer[name]:
            _section(name, output)
            output.table(columns, [[each[column] for column in columns] for each in answer[name]], "")
    output.line()
    output.fields({"contacts": f"{answer['contacts']} within the longest window of any cap"})
    if answer["left_out"]:
        output.fields(
            {"left out": f"{', '.join(answer['left_out'])} (not for the purpose {answer['purpose'] or 'none'})"}
        )


def _section(name: str, output: Output) -> None:
    output.line()
    output.line(name, "bold")


_PREVIEW = click.option("--preview", is_flag=True, help="Only show what it would come to; nothing is done.")


def _show_preview(kind: str, body: dict[str, Any], reach: Reach, output: Output) -> None:
    """Show what merging or taking apart would come to."""
    with reach.door(changes=True) as door:
        told = door.post(place("identity", kind, "preview"), body)

    def tell() -> None:
        output.fields({"possible": "yes" if told["possible"] else f"no: {told['cause']}: {told['remedy']}"})
        names = ("customer", "parts", "identifiers", "runs", "contacts")
        for when in ("before", "after"):
            _section(when, output)
            rows = [[*(each[name] for name in names[:3]), len(each["runs"]), each["contacts"]] for each in told[when]]
            output.table(names, rows, "")
        for name, columns in (
            ("consents", ("purpose", "channel")),
            ("fields", ("name",)),
            ("caps", ("purpose", "most")),
        ):
            if told[name]:
                _section(name, output)
                shifts = [[*(each[column] for column in columns), each["before"], each["after"]] for each in told[name]]
                output.table((*columns, "before", "after"), shifts, "")

    output.answer(told, tell)


@click.command(short_help="Treat two customers as one person.")
@click.argument("keep")
@click.argument("other")
@click.option("--reason", default="", help="A remark for the record.")
@_PREVIEW
@reaches()
@answers
def merge(*, keep: str, other: str, reason: str, preview: bool, reach: Reach, output: Output) -> None:
    """Treat the customer OTHER as the same person as KEEP.

    Each side's facts keep their origin, so that `xop unmerge` can undo it. A merge never widens consent.
    """
    if preview:
        _show_preview("merge", {"keep": keep, "other": other}, reach, output)
        return
    with reach.door(changes=True) as door:
        gone = door.get(place("customers", other))["id"]
        receipt = door.post(place("identity", "merge"), {"keep": keep, "other": other, "reason": reason})

    def tell() -> None:
        output.line(f"{gone} is now part of {receipt['customer']}.")
        output.line(f"Undo it with `xop unmerge {receipt['customer']} {gone}`.")

    output.answer({**receipt, "other": gone}, tell)


@click.command(short_help="Undo a merge.")
@click.argument("customer")
@click.argument("other")
@click.option("--reason", default="", help="A remark for the record.")
@_PREVIEW
@reaches()
@answers
def unmerge(*, customer: str, other: str, reason: str, preview: bool, reach: Reach, output: Output) -> None:
    """Give the part OTHER of a CUSTOMER back everything that was theirs.

    OTHER is the id of a part, as `xop context` lists them. No rule merges the two again.
    """
    if preview:
        _show_preview("unmerge", {"customer": customer, "other": other}, reach, output)
        return
    with reach.door(changes=True) as door:
        body = {"customer": customer, "other": other, "reason": reason}
        receipt = door.post(place("identity", "unmerge"), body)
    output.answer(
        {**receipt, "other": other}, lambda: output.line(f"{receipt['customer']} and {other} are two customers again.")
    )
