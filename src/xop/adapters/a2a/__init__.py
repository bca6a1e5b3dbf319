"""Upstream A2A agents: an action is a task handed to one of them."""
