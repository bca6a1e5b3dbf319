"""`xop log`: where the log of decisions stands, proofs from it, and verifying all of it."""

import asyncio
import json
from base64 import b64decode
from inspect import getsource
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from xop.faces.cli.door import folder_unusable, place
from xop.faces.cli.failure import REFUSED, CommandFailed
from xop.faces.cli.log_files import VERIFIER, export_log, log_place, require_place, trusted
from xop.faces.cli.log_files import verify_log as verified
from xop.faces.cli.options import NEW_FOLDER, Reach, answers, reaches
from xop.faces.cli.output import Output
from xop.kernel.log.verifier import log_verifier
from xop.ports.errors import StorageError
from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.files import PRIVATE, PUBLIC, replace
from xop.standalone import verify_log

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_EVIDENCE = ".evidence.json"
_COLUMNS = ("witness", "state", "size", "at", "fault")


@click.group(short_help="The log of decisions: its head, proofs, verifying it.")
def log() -> None:
    """The log of decisions: a tree of leaves that only grows, signed, and cosigned by witnesses.

    Anybody who holds a checkpoint of it finds out when a leaf was changed, taken away or slipped in.
    """


@log.command(short_help="Say where the log stands.")
@reaches()
@answers
def head(*, reach: Reach, output: Output) -> None:
    """Say where the log stands: its origin and key, how many leaves it has and how far they are signed and cosigned."""
    with reach.door() as door:
        answer = door.get("/v1/log")

    def tell() -> None:
        names = ("origin", "key", "state", "fault", "leaves", "size", "root")
        output.fields({name: _told(answer[name]) for name in names})
        if answer["witnesses"]:
            output.fields({"witnessed": _told(answer["witnessed_size"]), "quorum": _told(answer["quorum"])})
        if answer["lag_seconds"]:
            output.fields({"waiting": f"{answer['lag_seconds']:.1f} s"})

    output.answer(answer, tell)


@log.command("witness", short_help="Say how it stands with the witnesses.")
@reaches()
@answers
def witness_states(*, reach: Reach, output: Output) -> None:
    """Say of every witness what it cosigned last, and why it does not when it does not."""
    with reach.door() as door:
        found = door.get("/v1/log")
    answer = {name: found[name] for name in ("size", "witnessed_size", "quorum", "witnesses")}
    rows = [(each["name"], each["state"], str(each["size"]), each["at"], each["fault"]) for each in found["witnesses"]]
    empty = "No witnesses are asked: name them in workspace.toml under [log.witnesses]."
    output.answer(answer, lambda: output.table(_COLUMNS, rows, empty))


@log.command(short_help="Prove that a decision is in the log.")
@click.argument("decision")
@click.option("--wait", type=click.FloatRange(0, 30), default=0, help="Wait so many seconds for the proof.")
@click.option("--witnessed", is_flag=True, help="Wait until enough witnesses have cosigned.")
@click.option("--out", type=NEW_FOLDER, metavar="DIR", help="Write the files here: proof, leaf and trust policy.")
@click.option("--cose", is_flag=True, help="Write a COSE receipt too.")
@click.option("--evidence", is_flag=True, help="Write what the leaf is bound to as well: it holds personal data.")
@reaches()
@answers
def prove(
    *,
    decision: str,
    wait: float,
    witnessed: bool,
    out: Path | None,
    cose: bool,
    evidence: bool,
    reach: Reach,
    output: Output,
) -> None:
    """Prove that DECISION is in the log, for somebody who has nothing but the log's public key.

    With --out: DECISION.tlog-proof, DECISION.leaf.json and log.policy, which `xop log verifier` prints a program for.
    """
    if (cose or evidence) and out is None:
        raise click.UsageError("receipts and evidence are files: say with --out where they go")
    with reach.door() as door:
        until = "witnessed" if witnessed else "integrated"
        path = place("decisions", decision, "proof")
        answer = door.get(path, wait=wait or None, until=until, evidence="true" if evidence else None)
    if answer["proof"] is None:
        raise CommandFailed(
            f"the decision {decision} is durable, and not under a signed checkpoint yet",
            "ask again with --wait 5, or look at `xop log head`",
        )
    if witnessed and answer["state"] != "witnessed":
        raise CommandFailed(
            "the decision is in the signed log, and too few witnesses have cosigned it",
            "look at `xop log witness`, or leave out --witnessed for what is signed so far",
        )
    files = _files(decision, answer, cose=cose)
    if out is not None:
        _written(out, files)

    def tell() -> None:
        output.fields({"decision": decision, "index": str(answer["index"]), "state": answer["state"]})
        if answer["state"] != "witnessed" and "quorum none" not in answer["policy"]:
            output.line("Too few witnesses have cosigned it so far, and a verifier who goes by log.policy refuses it.")
            output.line("Ask again with --witnessed --wait 30, or look at `xop log witness`.")
        if out is None:
            output.line(answer["leaf"])
            output.line(answer["proof"])
        else:
            output.fields({"written": [str(out / name) for name in files]})

    output.answer(answer, tell)


def _files(decision: str, answer: dict[str, Any], *, cose: bool) -> dict[str, bytes]:
    name = quote(decision, safe="")
    files = {
        f"{name}.tlog-proof": answer["proof"].encode(),
        f"{name}.leaf.json": answer["leaf"].encode(),
        "log.policy": answer["policy"].encode(),
    }
    if cose:
        files[f"{name}.cose"] = b64decode(answer["receipt"])
    if answer.get("bundle"):
        files[f"{name}{_EVIDENCE}"] = json.dumps(answer["bundle"], ensure_ascii=False, indent=2).encode()
    return files


def _written(folder: Path, files: dict[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            replace(folder / name, content, PRIVATE if name.endswith(_EVIDENCE) else PUBLIC)
    except OSError as error:
        raise CommandFailed(f"{folder}: cannot be made ({error.strerror})", "choose another --out") from error
    except StorageError as error:
        raise CommandFailed(str(error), "choose another --out") from error


@log.command(short_help="Verify the whole log.")
@click.argument("where", required=False, metavar="[FOLDER|URL]")
@click.option("--vkey", "vkeys", multiple=True, metavar="VKEY", help="The log's public key; of one it follows, too.")
@click.option("--policy", type=_FILE, metavar="FILE", help="A trust policy: logs, witnesses and their quorum.")
@click.option(
    "--older", type=_FILE, metavar="FILE", help="A checkpoint kept from before: finds a cut or rewritten log."
)
@reaches()
@answers
def verify(
    *, where: str | None, vkeys: tuple[str, ...], policy: Path | None, older: Path | None, reach: Reach, output: Output
) -> None:
    """Verify every leaf, tile and signature of a log: one in a folder, at a URL, or the platform's own.

    Exit code 1, and the name of the first bad file, when a single bit is not as it was signed. Give the key that you
    trust: without one the platform is asked for its own.
    """
    if where is not None:
        require_place(where)
    if where is not None and not vkeys and policy is None:
        raise click.UsageError("whose log is it? give its key with --vkey, or a --policy that names it")
    try:
        with log_place(where, reach) as files:
            found = verified(files, trusted(vkeys, policy, None if where else reach), older)
        answer = {"good": True, **found}
    except verify_log.BadError as error:
        answer = {"good": False, "file": error.file, "why": error.why}

    def tell() -> None:
        output.line("The log is good." if answer["good"] else "The log is not good.", "" if answer["good"] else "red")
        output.fields({name: _told(value) for name, value in answer.items() if name != "good"})

    output.answer(answer, tell)
    if not answer["good"]:
        raise click.exceptions.Exit(REFUSED)


@log.command(short_help="Copy the published log into a folder.")
@click.argument("folder", type=NEW_FOLDER)
@reaches()
@answers
def export(*, folder: Path, reach: Reach, output: Output) -> None:
    """Copy the log as it is published into FOLDER, with its trust policy and the program that verifies it.

    A copy that is there already is brought up to date, if the log goes on from it. It says so when too few witnesses
    have cosigned the checkpoint so far.
    """
    with reach.door() as door:
        found = door.get("/v1/log")
    try:
        with log_place(None, reach) as files:
            answer = export_log(files, folder, found)
    except verify_log.BadError as error:
        raise CommandFailed(f"{error.file} {error.why}", "nothing to rely on was exported: look at the log") from error
    except OSError as error:
        raise CommandFailed(f"{error.filename}: {error.strerror}", "choose another folder") from error

    def tell() -> None:
        output.fields(
            {name: _told(value) for name, value in answer.items() if name not in {"cosigned_by", "witnessed"}}
        )
        if answer["witnessed"] is None:
            return
        output.fields({"cosigned_by": answer["cosigned_by"] or "nobody"})
        if not answer["witnessed"]:
            output.line(
                "Too few witnesses have cosigned this checkpoint so far, and who goes by log.policy refuses it."
            )
            output.line("Export again in a moment, or look at `xop log witness`.")

    output.answer(answer, tell)


@log.command(short_help="Print the program that verifies a log.")
@answers
def verifier(*, output: Output) -> None:
    """Print a Python program of one file that verifies a log and its proofs, and needs nothing else installed."""
    source = getsource(verify_log)
    output.answer({"file": VERIFIER, "source": source}, lambda: click.echo(source, nl=False))


@log.command(short_help="Choose what the log of a new data folder is called.")
@click.option("--origin", required=True, metavar="NAME", help="Such as `example.com/decisions`, without a scheme.")
@click.option("--data", type=NEW_FOLDER, required=True, metavar="DIR", help="The data folder; made when missing.")
@answers
def init(*, origin: str, data: Path, output: Output) -> None:
    """Choose what the log of a new data folder is called: its origin, which stays for good.

    Without this the folder makes up a name from the log's key when it is first used.
    """
    try:
        answer = asyncio.run(_made(data, origin))
    except StorageError as error:
        raise folder_unusable(error) if "in use" in str(error) else CommandFailed(str(error)) from error
    output.answer(answer, lambda: output.fields(answer))


async def _made(data: Path, origin: str) -> dict[str, Any]:
    runtime = await EmbeddedRuntime.open(data, origin=origin)
    try:
        return {"origin": runtime.origin, "key": log_verifier(runtime.signer).vkey, "data": str(data)}
    finally:
        await runtime.close()


@log.command(short_help="Close the log, and let another follow.")
@click.option("--origin", required=True, metavar="NAME", help="What the log is called from then on.")
@click.option("--reason", required=True, help="Why, for the record.")
@reaches()
@answers
def begin(*, origin: str, reason: str, reach: Reach, output: Output) -> None:
    """Close the log, and let another follow that has every leaf of it: for a log that cannot go on under its name.

    Such as one put back from a backup, of which witnesses hold a later checkpoint. The log that follows says in a leaf
    whom it follows, and begins when the platform is started again; the closed one stays, and can be verified.
    """
    with reach.door(changes=True) as door:
        answer = door.post("/v1/log", {"origin": origin, "reason": reason})

    def tell() -> None:
        follows = answer["follows"]
        output.fields({"origin": answer["origin"], "key": answer["key"]})
        output.fields({"follows": follows["origin"], "size": _told(follows["size"]), "root": follows["root"]})
        output.line("It begins when the platform is started again.")
        output.line(f"Then have witnesses cosign it: `xop witness add {answer['key']} --data DIR`.")

    output.answer(answer, tell)


def _told(value: Any) -> Any:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value
