"""A history for backtests: a few customers of the harbour, with everything in it that can happen to them."""

from random import Random
from typing import Any

from tests.kit.harbour import BOT, DAY, FOLDER, HOUR, MINUTE, OLGA, consent, proposal, signal
from tests.kit.world import World
from xop.assembly import workspace_files
from xop.kernel.commands import Approval, Merge, Reconciliation, Unmerge
from xop.lab.backtest import ReleaseSource, backtest

ANA, BEA, CLEO, DAN = (f"email:{name}@harbour.test" for name in ("ana", "bea", "cleo", "dan"))


def source(**changes: tuple[str, str]) -> ReleaseSource:
    """Return the harbour's release with some text replaced in files, each named with `_` for `/` and `.`."""
    files = dict(workspace_files(FOLDER))
    names = {path.replace("/", "_").replace(".", "_"): path for path in files}
    for name, (old, new) in changes.items():
        text = files[names[name]].decode()
        assert old in text, f"{names[name]} does not hold {old!r}"
        files[names[name]] = text.replace(old, new).encode()
    return ReleaseSource(files)


async def compare(world: World, after: ReleaseSource, before: ReleaseSource | None = None, **options: Any) -> Any:
    """Return the `Report` of a world's history, by default against the release that ruled."""
    return await backtest(world.runtime, before or source(), after, **options)


async def weeks(world: World) -> None:
    """Let two weeks pass: contacts, triggers, holds, approvals, promises, merges and their undoing."""
    await _contacts(world)
    await _credits(world)
    await _visits(world)
    await _merges(world)
    await world.settle(8 * DAY)
    await world.tell(signal("end", "page.viewed", ANA, time=world.now, path="/"))


async def _contacts(world: World) -> None:
    for number, who in enumerate((ANA, BEA, CLEO)):
        await world.tell(consent(f"yes{number}", "granted", "marketing", "email", who, time=world.now))
    for number, who in enumerate((ANA, ANA, ANA, BEA)):
        await world.ask(proposal(f"offer{number}", "send_offer"), who)
        await world.settle(HOUR)
    await world.tell(signal("zone", "profile.changed", CLEO, time=world.now, zone="Asia/Tokyo"))
    await world.ask(proposal("night", "send_offer"), CLEO)
    await world.tell(consent("no", "withdrawn", "marketing", "email", BEA, time=world.now))
    await world.ask(proposal("late", "send_offer"), BEA)


async def _credits(world: World) -> None:
    await world.ask(proposal("small", "issue_credit", BOT, cents=100), ANA)
    large = await world.ask(proposal("large", "issue_credit", BOT, cents=9000), ANA)
    await world.ask(proposal("huge", "issue_credit", BOT, cents=90_000), BEA)
    await world.settle(MINUTE)
    await world.ask(Approval("approval:1", OLGA, large.decision.invocation, approved=True), ANA)
    await world.settle(MINUTE)
    await world.tell(signal("promise", "promise.made", ANA, time=world.now, id="call"))
    await world.tell(signal("broken", "promise.made", BEA, time=world.now, id="call"))
    await world.settle(DAY)
    await world.tell(signal("kept", "promise.kept", ANA, time=world.now, id="call"))


async def _visits(world: World) -> None:
    for number in range(4):
        await world.tell(signal(f"visit{number}", "page.viewed", "cookie:c1", time=world.now, path="/cancel"))
        await world.settle(MINUTE)


async def _merges(world: World) -> None:
    await world.tell(signal("dan", "profile.changed", DAN, time=world.now, name="Dan"))
    await world.tell(signal("sign-in", "page.viewed", DAN, "cookie:c1", time=world.now, path="/"))
    ana, cleo = (await world.customer(ANA)).id, (await world.customer(CLEO)).id
    await world.tell(Merge("merge:1", OLGA, cleo, "the same person"), ana)
    await world.ask(proposal("both", "send_offer"), ANA)
    await world.settle(HOUR)
    await world.tell(Unmerge("unmerge:1", OLGA, cleo, "they were two"), ana)
    await world.ask(proposal("alone", "send_offer"), CLEO)
    await world.settle(HOUR)


async def turmoil(world: World, seed: int) -> None:
    """Let a hundred things happen to six customers, drawn by lot: whoever is merged may be taken apart again."""
    chance = Random(seed)
    names = [f"email:c{number}@harbour.test" for number in range(6)]
    for number, who in enumerate(names):
        await world.tell(consent(f"yes{number}", "granted", "marketing", "email", who, time=world.now))
    for number in range(100):
        await _something(world, chance, number, names)
        await world.settle(chance.choice((0, 1, MINUTE, 20 * MINUTE, 5 * HOUR)))


async def _something(world: World, chance: Random, number: int, names: list[str]) -> None:
    who = chance.choice(names)
    match chance.randrange(11):
        case 0 | 1:
            await world.tell(signal(number, "page.viewed", who, time=world.now, path=chance.choice(("/", "/cancel"))))
        case 2 | 3:
            await world.ask(proposal(number, "send_offer"), who)
        case 4 | 5:
            cents = chance.choice((100, 9000, 90_000))
            answer = await world.ask(proposal(number, "issue_credit", BOT, cents=cents), who)
            if answer.decision.until == "approval" and chance.random() < 0.7:
                yes = chance.random() < 0.8
                await world.ask(Approval(f"approval:{number}", OLGA, answer.decision.invocation, approved=yes), who)
        case 6:
            change = chance.choice(("granted", "withdrawn"))
            await world.tell(consent(number, change, "marketing", "email", who, time=world.now))
        case 7:
            kind = chance.choice(("call.started", "call.ended"))
            await world.tell(signal(number, kind, who, time=world.now, call="c"))
        case 8:
            kind = chance.choice(("promise.made", "promise.kept"))
            await world.tell(signal(number, kind, who, time=world.now, id=f"p{number % 3}"))
        case 9:
            await _reconcile(world, chance, number, who)
        case 10:
            await _rearrange(world, chance, number, names)


async def _reconcile(world: World, chance: Random, number: int, who: str) -> None:
    for part in (await world.customer(who)).parts:
        for invocation in part.invocations.values():
            if invocation.status in {"failed", "uncertain"}:
                choice: Any = chance.choice(("resend", "done", "drop"))
                await world.tell(Reconciliation(f"reconciliation:{number}", OLGA, invocation.id, choice), part.id)
                return


async def _rearrange(world: World, chance: Random, number: int, names: list[str]) -> None:
    one, other = [await world.customer(name) for name in chance.sample(names, 2)]
    merged = [name for part in one.parts for name in part.merged]
    if merged:
        await world.tell(Unmerge(f"unmerge:{number}", OLGA, merged[-1]), one.id)
    elif one.id != other.id:
        await world.tell(Merge(f"merge:{number}", OLGA, other.id), one.id)
