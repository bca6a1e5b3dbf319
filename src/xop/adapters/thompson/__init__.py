"""Thompson sampling: how often each treatment succeeded, apart by key, and how unsure that still is."""

from xop.adapters.thompson.kind import ThompsonKind

__all__ = ["ThompsonKind"]
