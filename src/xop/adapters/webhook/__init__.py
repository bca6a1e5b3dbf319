"""Webhooks signed as Standard Webhooks 1.0.0 says: one event posted for every invocation."""

from xop.adapters.webhook.adapter import WebhookAdapter
from xop.adapters.webhook.kind import WebhookKind

__all__ = ["WebhookAdapter", "WebhookKind"]
