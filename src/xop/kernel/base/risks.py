"""Risk classes of the AI Act as a workspace writes them."""

from typing import Annotated

from msgspec import Meta

RiskClass = Annotated[
    str,
    Meta(
        pattern=r"^(none|art50|annex_iii:[1-8][a-e]?)$",
        description="Write `none`, `art50`, or `annex_iii:` and a point such as `5b`.",
    ),
]

ANNEX = "annex_iii:"
"""How the classes of high-risk systems begin."""


def annex_point(risk_class: str) -> str:
    """Return the point of Annex III that a risk class names; empty when it names none."""
    return risk_class.removeprefix(ANNEX) if risk_class.startswith(ANNEX) else ""
