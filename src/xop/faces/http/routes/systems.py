"""AI systems: the register, the state of every duty, and what customers were told of AI."""

from typing import Annotated

from msgspec import Meta, Struct

from xop.faces.http.commanding import IDEMPOTENCY_KEY, Receipt, ShortText, command_name, receipt, submit
from xop.faces.http.operation import IN_LANGUAGE, JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.customers import REFERENCE
from xop.faces.http.targets import customer, elsewhere, target
from xop.kernel.arbiter.overseer import states_of, trained_people
from xop.kernel.base.days import DAY, end_of
from xop.kernel.base.phrase import Say, joined, spoken
from xop.kernel.base.times import iso
from xop.kernel.oversight.commands import Inform
from xop.kernel.oversight.register import Register
from xop.kernel.oversight.system import Assessment, Deployer, Instructions
from xop.kernel.oversight.told import Told
from xop.kernel.release import Release

SYSTEM = "A system of systems.yaml."

_TextName = Annotated[str, Meta(min_length=1, max_length=64)]


class DutyView(Struct, frozen=True):
    """One duty of one system."""

    duty: str
    article: str
    asks: str
    effective_from: str
    in_force: bool
    """Whether it binds by now."""
    applies: bool
    met: bool
    lacks: str
    """What is still to be done; empty when nothing is."""


class WordingView(Struct, frozen=True):
    """A text that people are given, in one language."""

    text: str
    kind: str
    version: int
    language: str
    sha256: str
    """Of the text in UTF-8, in hexadecimal."""
    words: str


class SystemView(Struct, frozen=True):
    """One AI system, and how it stands to every duty."""

    system: str
    covers: list[str]
    provider: str
    purpose: str
    role: str
    risk_class: str
    rationale: str
    model: str
    version: str
    oversight: list[str]
    instructions: Instructions | None
    assessment: Assessment | None
    placed: str | None
    in_use_since: str | None
    trained: list[str]
    """The people whose training is valid and about it."""
    texts: list[WordingView]
    duties: list[DutyView]


class TrainedPerson(Struct, frozen=True):
    """What one person was trained for who oversees AI systems."""

    person: str
    record: str
    systems: list[str]
    """The systems it is about, or `*`."""
    valid_until: str
    """The last day on which it counts."""
    valid: bool
    left: int
    """Days until it ends, negative when it is over."""


class SystemList(Struct, frozen=True):
    """The register of AI systems."""

    deployer: Deployer | None
    """Who uses them; null for a workspace without a register."""
    systems: list[SystemView]
    people: list[TrainedPerson] = []
    """Whoever was trained to oversee them, those whose training ends first at the top."""


class NoticeRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Which text the customer was given, and where."""

    text: _TextName
    """A text of systems.yaml."""
    language: Annotated[str, Meta(min_length=2, max_length=40)]
    system: ShortText = ""
    """The system it is about; every one of the asker's that gives this text when left out."""
    conversation: ShortText = ""
    channel: ShortText = ""
    """The channel it was given on; that of the conversation when left out."""


class ToldView(Struct, frozen=True):
    """The last time a customer was given a text in one place."""

    system: str
    text: str
    version: int
    at: str
    conversation: str
    channel: str


class ToldList(Struct, frozen=True):
    """What a customer was told of AI."""

    customer: str
    disclosures: list[ToldView]
    notices: list[ToldView]


async def _list(call: Call) -> Reply:
    release = call.platform.engine.release
    register = release.register
    if register is None:
        return Reply(SystemList(None, []))
    at = call.platform.runtime.clock.now()
    views = [_view(release, register, name, at, call.speech.say) for name in register.file.systems]
    return Reply(SystemList(register.file.deployer, views, _people(release, at)))


def _people(release: Release, at: int) -> list[TrainedPerson]:
    known = [(str(actor), each.training) for actor, each in release.principals.items() if each.training is not None]
    found = [
        TrainedPerson(
            person=name,
            record=training.record,
            systems=list(training.systems),
            valid_until=training.valid_until,
            valid=at < end_of(training.valid_until),
            left=(end_of(training.valid_until) - at) // DAY,
        )
        for name, training in known
    ]
    return sorted(found, key=lambda each: (each.valid_until, each.person))


async def _show(call: Call) -> Reply:
    release, name = call.platform.engine.release, call.path["system"]
    register = release.register
    if register is None or name not in register.file.systems:
        raise ProblemError("system-unknown", f"there is no AI system {name[:64]!r} in the register")
    return Reply(_view(release, register, name, call.platform.runtime.clock.now(), call.speech.say))


async def _inform(call: Call) -> Reply:
    asked: NoticeRequest = call.body
    command = Inform(
        command_name(call, "inform"),
        call.actor,
        asked.text,
        asked.language,
        asked.system,
        asked.conversation,
        asked.channel,
    )
    return Reply(receipt(await submit(call, command, target(call.platform.engine.release, call.path["customer"]))))


async def _told(call: Call) -> Reply:
    reference = call.path["customer"]
    found = await customer(call, reference)
    redirect = elsewhere(call, reference, found, "/notices")
    if redirect is not None:
        return redirect
    disclosures = [_told_view(each) for each in found.view.disclosures.values()]
    return Reply(ToldList(found.id, disclosures, [_told_view(each) for each in found.view.notices.values()]))


def _told_view(told: Told) -> ToldView:
    return ToldView(told.system, told.text, told.version, iso(told.at), told.conversation, told.channel)


def _view(release: Release, register: Register, name: str, at: int, say: Say) -> SystemView:
    system = register.file.systems[name]
    return SystemView(
        system=name,
        covers=list(system.covers),
        provider=system.provider,
        purpose=system.purpose,
        role=system.role,
        risk_class=system.risk_class,
        rationale=system.rationale,
        model=system.model,
        version=system.version,
        oversight=list(system.oversight),
        instructions=system.instructions,
        assessment=system.assessment,
        placed=system.placed,
        in_use_since=system.in_use_since,
        trained=list(trained_people(release, name, at)),
        texts=_texts(register, system.disclosure, system.notice),
        duties=[
            DutyView(
                each.duty,
                each.article,
                say(each.asks),
                iso(each.since)[:10],
                each.in_force,
                each.applies,
                each.met,
                spoken(joined(each.lacking, "{one}; {other}"), say),
            )
            for each in states_of(release, name, at)
        ],
    )


def _texts(register: Register, *names: str | None) -> list[WordingView]:
    wordings = {name: register.file.texts[name] for name in names if name is not None}
    given = [register.said(name, language) for name, each in wordings.items() for language in each.languages]
    return [
        WordingView(
            said.text,
            wordings[said.text].kind,
            said.version,
            said.language,
            said.sha256,
            wordings[said.text].languages[said.language],
        )
        for said in given
        if said is not None
    ]


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/systems",
        summary="List the AI systems of the register",
        description="Each with the state of every duty: from when it binds, whether it applies, and what it lacks.",
        handler=_list,
        scope="decisions:read",
        reads=(IN_LANGUAGE,),
        answers=(Content(JSON, SystemList),),
    ),
    Operation(
        method="GET",
        path="/v1/systems/{system}",
        summary="Look at one AI system",
        handler=_show,
        scope="decisions:read",
        parameters={"system": SYSTEM},
        reads=(IN_LANGUAGE,),
        answers=(Content(JSON, SystemView),),
        problems=("system-unknown",),
    ),
    Operation(
        method="GET",
        path="/v1/customers/{customer}/notices",
        summary="Ask what a customer was told of AI",
        handler=_told,
        scope="customers:read",
        parameters={"customer": REFERENCE},
        answers=(Content(JSON, ToldList),),
        problems=("customer-unknown", "identifier-refused"),
        redirects=True,
    ),
    Operation(
        method="POST",
        path="/v1/customers/{customer}/notices",
        summary="Record that a customer was given a text about AI",
        description=(
            "A disclosure holds for one conversation and channel, until people have had the conversation; a notice for "
            "one system. An agent speaks for its own systems only."
        ),
        handler=_inform,
        scope="proposals:write",
        parameters={"customer": REFERENCE},
        reads=(IDEMPOTENCY_KEY,),
        body=(Content(JSON, NoticeRequest),),
        answers=(Content(JSON, Receipt),),
        problems=(
            "customer-unknown",
            "identifier-refused",
            "text-unknown",
            "system-unknown",
            "channel-missing",
            "command-conflict",
        ),
    ),
)
