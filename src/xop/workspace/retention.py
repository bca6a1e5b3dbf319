"""Checks how long a workspace keeps each class of data: `retention.yaml`."""

from collections.abc import Iterator

from xop.kernel.base.risks import annex_point
from xop.kernel.retention.model import CUSTOMERS, Retention
from xop.kernel.retention.period import lasts_six_months
from xop.workspace.problem import Problem
from xop.workspace.sources import Sources

FILE = "retention.yaml"

_LAW = "Art. 19 and 26(6) of the AI Act have records of high-risk systems kept for six months at the least"


def check_retention(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong with the periods: what the law has kept for six months must not go earlier."""
    item = sources.retention
    if item is None:
        return
    if not lasts_six_months(item.value.high_risk):
        yield item.place.at("high_risk").problem(_LAW, "write `P6M` or more, or leave it out")
    silence = item.value.of(CUSTOMERS)
    if silence is not None and not lasts_six_months(silence) and _risky(sources):
        cause = f"with customers the decisions about them go, and {_LAW}"
        yield item.place.at(CUSTOMERS).problem(cause, "write `P6M` or more: this workspace has high-risk actions")
    if not item.value.classes:
        remedy = "name `evidence`, `customers`, `outbox` or `shadows` with a period such as `P13M`, or drop the file"
        yield item.place.problem("nothing here ever goes", remedy)


def retention_of(sources: Sources) -> Retention | None:
    """Return how long each class of data is kept; None for a workspace that keeps everything."""
    return sources.retention.value if sources.retention is not None else None


def _risky(sources: Sources) -> bool:
    """Say whether anything the workspace does is of high risk."""
    actions = (item.value for item in sources.actions.values())
    principals = (item.value for item in sources.principals.values())
    systems = sources.register.value.systems.values() if sources.register is not None else ()
    return (
        any(each.risk == "high" or annex_point(each.risk_class) for each in actions)
        or any(each.risk_class == "high" for each in principals)
        or any(annex_point(each.risk_class) for each in systems)
    )
