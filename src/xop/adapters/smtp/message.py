"""Builds the bytes of a mail."""

import re
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from hashlib import sha256
from typing import Any

from xop.adapters.smtp.settings import Rendered, Settings
from xop.ports.adapter import Sending


class _MailPolicy(EmailPolicy):
    """Leaves List-Unsubscribe in one line, because receivers do not decode a folded and encoded address."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return one header as the bytes of its lines."""
        if name == "List-Unsubscribe":
            return f"{name}: {value}\r\n".encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _MailPolicy(linesep="\r\n", cte_type="7bit")


def build_message(rendered: Rendered, settings: Settings, sending: Sending) -> bytes:
    """Return the mail; the same for every attempt but for its date. Raises ValueError for a header it cannot hold."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(settings.from_name, addr_spec=settings.from_address)
    message["To"] = Address(addr_spec=rendered.to)
    message["Subject"] = rendered.subject
    message["Date"] = datetime.fromtimestamp(sending.at / 1_000, UTC)
    message["Message-ID"] = f"<{_local_part(sending.invocation)}@{message_id_domain(settings)}>"
    if rendered.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{rendered.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    for name, value in rendered.headers.items():
        message[name] = value
    message.set_content(rendered.text)
    if rendered.html:
        message.add_alternative(rendered.html, subtype="html")
    return message.as_bytes()


def message_id_domain(settings: Settings) -> str:
    """Return the domain that message ids end in."""
    return settings.message_id_domain or settings.from_address.rpartition("@")[2]


def _local_part(invocation: str) -> str:
    """Return an invocation's id as it is, or a digest of one that a message id cannot hold."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", invocation):
        return invocation
    return sha256(invocation.encode()).hexdigest()
