"""Taking up an invitation: somebody chooses a password for the first time, or anew."""

from xop.faces.console.sign_in.accounts import LEAST, MOST, weakness
from xop.faces.console.sign_in.door import HOME, Arrival, Opened
from xop.faces.console.sign_in.entrance import require_local
from xop.faces.console.words import marked
from xop.faces.http.problems import ProblemError


async def show_invitation(arrival: Arrival) -> Opened:
    """Ask for a password."""
    return _page(_invited(arrival))


async def accept_invitation(arrival: Arrival) -> Opened:
    """Take the password that somebody chose, and let them in; whoever was signed in by that name is no longer."""
    operator, password = _invited(arrival), arrival.field("password")
    weak = weakness(operator, password)
    if weak:
        return _page(operator, arrival.words.text(weak).format(least=LEAST, most=MOST))
    desk = arrival.desk
    hashed = await desk.hashing.hash(password)
    if desk.accounts.accept(arrival.path["token"], hashed) is None:
        raise _gone()
    desk.sessions.end_all(operator)
    return Opened(to=HOME, operator=operator, method="invitation")


def _invited(arrival: Arrival) -> str:
    """Return whom the invitation is for; raises ProblemError for one that is not good."""
    require_local(arrival)
    operator = arrival.desk.accounts.invited(arrival.path["token"])
    if operator is None:
        raise _gone()
    if arrival.desk.caller(operator) is None:
        detail = f"the invitation is for {operator!r}, and agents.yaml has no operator of that name"
        raise ProblemError(
            "link-invalid", detail, "add the operator and publish, or ask for an invitation by another name"
        )
    return operator


def _page(operator: str, problem: str = "") -> Opened:
    model = {"title": marked("Choose a password"), "operator": operator, "problem": problem, "least": LEAST}
    return Opened("invitation", model, 422 if problem else 200)


def _gone() -> ProblemError:
    return ProblemError(
        "link-invalid", "the invitation was used, is too old, or another one followed", "ask for another one"
    )
