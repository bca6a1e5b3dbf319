"""AI systems: the register, and each system with its duties, its assessment and what people are told of it."""

from xop.faces.console.page import PREFIX, Act, Answer, Page, Shown
from xop.faces.console.pages.compliance import SYSTEMS, tabs
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked

SYSTEM = "GET /v1/systems/{system}"

_ELEMENTS = (
    ("process", marked("Where it is used")),
    ("period", marked("How long and how often")),
    ("people", marked("Who is affected")),
    ("risks", marked("What could harm them")),
    ("oversight", marked("How people oversee it")),
    ("measures", marked("What is done when the risks come true")),
)
"""The six elements of an assessment (Art. 27(1))."""


async def _register(visit: Visit) -> Answer:
    return Shown("systems", {"register": await visit.ask(SYSTEMS), "tabs": tabs(visit, "systems")})


async def _system(visit: Visit) -> Answer:
    found = await visit.ask(SYSTEM, path=visit.path)
    register = await visit.ask(SYSTEMS)
    trained = [each for each in register.people if {"*", found.system} & set(each.systems)]
    assessed = found.assessment
    elements = [(visit.words.text(name), getattr(assessed, field)) for field, name in _ELEMENTS] if assessed else []
    model = {
        "system": found,
        "deployer": register.deployer,
        "people": trained,
        "elements": elements,
        "covers": [(each.partition(":")[0].replace("_", " "), each.partition(":")[2]) for each in found.covers],
        "overview": f"{PREFIX}/systems",
    }
    return Shown("system", model, found.system)


PAGES = (
    Page(path="/systems", title="AI systems", view=_register, within="/compliance", asks=(SYSTEMS,)),
    Page(path="/systems/{system}", title="AI system", view=_system, within="/compliance", asks=(SYSTEM, SYSTEMS)),
)

ACTS: tuple[Act, ...] = ()
