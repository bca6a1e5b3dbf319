"""Mail by SMTP: one message to one recipient for every invocation."""

from xop.adapters.smtp.adapter import SmtpAdapter
from xop.adapters.smtp.kind import SmtpKind

__all__ = ["SmtpAdapter", "SmtpKind"]
