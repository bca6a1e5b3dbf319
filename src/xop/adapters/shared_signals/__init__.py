"""OpenID Shared Signals: security event tokens (RFC 8417), signed and pushed (RFC 8935) to one receiver."""

from xop.adapters.shared_signals.adapter import SharedSignalsAdapter
from xop.adapters.shared_signals.kind import SharedSignalsKind

__all__ = ["SharedSignalsAdapter", "SharedSignalsKind"]
