"""A2A agents: an action is a task handed to one of them."""

from xop.adapters.a2a.kind import A2aKind

__all__ = ["A2aKind"]
