"""Engagement: whether an actor may touch a customer at all."""

from xop.kernel.actions.invocation import Invocation
from xop.kernel.base.actor import Actor
from xop.kernel.context.customer import Part
from xop.kernel.release import Release

_PEOPLE = ("operator:", "partner:", "queue:")
"""How the names of those begin who hold a conversation for people."""


def engaged(release: Release, view: Part, invocation: Invocation) -> bool:
    """Say whether whoever acts may touch the customer: in a conversation they hold, or in a task they were given.

    A conversation that a person holds is closed to agents until it is handed back. An actor that reaches all customers is
    bound by that alone.
    """
    actor = invocation.asked_by or invocation.actor
    principal = release.principals.get(actor)
    if principal is None:
        return actor.kind not in {"agent", "operator", "partner", "source"}
    conversation = view.conversations.get(invocation.conversation or "")
    if with_people(view, invocation):
        return False
    if principal.reach == "all" or invocation.id in view.invocations:
        # What was proposed in time may be approved, and leave, after the conversation is over.
        return True
    if conversation is not None:
        return conversation.held_by in {"", str(actor)}
    return _delegated(release, view, invocation.conversation or "", actor)


def with_people(view: Part, invocation: Invocation) -> str:
    """Return who keeps an agent out of the conversation until they hand it back; empty when nobody does.

    An agent that names no conversation there is, nor a task, is kept out by any that people hold.
    """
    if (invocation.asked_by or invocation.actor).kind != "agent":
        return ""
    named = invocation.conversation or ""
    if named in view.conversations:
        holders = [view.conversations[named].held_by]
    elif named in view.invocations:
        holders = []
    else:
        holders = [each.held_by for each in view.conversations.values()]
    return next((each for each in holders if each.startswith(_PEOPLE)), "")


def _delegated(release: Release, view: Part, task: str, actor: Actor) -> bool:
    """Say whether a task is an invocation under way whose connection leads to this agent."""
    given = view.invocations.get(task)
    compiled = release.actions.get(given.action) if given is not None and given.status == "started" else None
    if compiled is None:
        return False
    connection = release.connections.get(compiled.action.binding.connection)
    return connection is not None and actor == Actor("agent", connection.agent)
