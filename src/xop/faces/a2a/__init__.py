"""The A2A face: other agents ask for actions as tasks, over the Agent2Agent protocol."""

from xop.faces.a2a.mount import a2a_mount

__all__ = ["a2a_mount"]
