"""A workspace with a place for personal data in every part of the platform, made of the harbour."""

import json
from typing import Any

from tests.kit.choosing import BOUGHT, EVERYBODY, NOTICE, OFFER
from tests.kit.harbour import FOLDER
from xop.assembly import workspace_files

TEXT: dict[str, Any] = {"type": "string", "maxLength": 400}

SECRET = "whsec_bm9ib2R5IGVsc2Uga25vd3MgdGhpcyBvbmUhIQ=="


def files_of(web: str, mail: int) -> dict[str, bytes]:
    """Return the files; `web` is the address of an HTTP server, `mail` the port of a mail server."""
    added: dict[str, Any] = {
        "connections.yaml": {
            "connections": {
                "desk": {"adapter": "simulated", "settings": {}},
                "crm": {"adapter": "http", "settings": {"base_url": web, "idempotent": True}},
                "hooks": {"adapter": "webhook", "settings": {"url": f"{web}/hook", "secret": "${env:CANARY_HOOK}"}},
                "mails": {
                    "adapter": "smtp",
                    "settings": {"host": "127.0.0.1", "port": mail, "tls": "none", "from_address": "us@harbour.test"},
                },
            }
        },
        "signals/said.yaml": {"signals": _SIGNALS},
        "queues.yaml": {"queues": {"people": {"roles": ["care"], "description": "Everybody"}}},
        "journeys/follow.yaml": _JOURNEY,
        "decisions/next.yaml": _decision_set(),
        "facts.yaml": {"facts": {"known_as": {"type": "string", "value": "customer.profile.name"}}},
        **{f"actions/{each['name']}.yaml": each for each in _actions()},
    }
    own = {**workspace_files(FOLDER), **{path: json.dumps(content).encode() for path, content in added.items()}}
    own = {path: content for path, content in own.items() if path not in _LEFT_OUT}
    own["agents.yaml"] = _AGENTS
    own["policies/harbour.cedar"] = _POLICY
    return own


def in_shadow(files: dict[str, bytes]) -> dict[str, str]:
    """Return the same workspace with a rule more, as the text of its files."""
    changed = {**files, "policies/harbour.cedar": files["policies/harbour.cedar"] + _STRICTER}
    return {path: content.decode() for path, content in changed.items()}


def _action(name: str, connection: str, request: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = {"type": "object", "properties": {"text": TEXT}, "required": ["text"], "additionalProperties": False}
    return {
        "name": name,
        "version": 1,
        "description": "Something that holds a text.",
        "kind": "write",
        "purpose": "service",
        "input": told,
        "binding": {"connection": connection, "request": request},
        **more,
    }


def _actions() -> list[dict[str, Any]]:
    body = {
        "text": "{{arguments.text}}",
        "name": "{{customer.profile.name}}",
        "who": "{{customer.identifiers.phone[0]}}",
    }
    once: dict[str, Any] = {"attempts": {"most": 1}}
    later: dict[str, Any] = {"attempts": {"most": 9, "first_delay": "1h"}}
    mail = {"subject": "About {{arguments.text}}", "text": "{{customer.profile.name}}: {{arguments.text}}"}
    contact: dict[str, Any] = {"kind": "contact", "channel": "email"}
    return [
        _action("note", "crm", {"method": "POST", "path": "/echo", "body": body}, facts=["known_as"]),
        _action("note_badly", "crm", {"method": "POST", "path": "/bad", "body": body}, **once),
        _action("note_later", "crm", {"method": "POST", "path": "/busy", "body": body}, **later),
        _action("hook", "hooks", {"type": "note.made", "data": body}),
        _action("mail", "mails", mail, **contact, **later),
        _action("grant", "desk", {"output": body}),
        _action("never", "desk", {"text": "{{arguments.text}}"}),
    ]


_SIGNALS: dict[str, Any] = {
    "said": {
        "schema": {"type": "object", "properties": {"text": TEXT, "case": TEXT}, "required": ["text", "case"]},
        "conversation": "{{signal.data.case}}",
        "changes": [
            {"set": {"said": "{{signal.data.text}}"}},
            {"raise": {"flag": "support", "reference": "{{signal.data.case}}"}},
            {"conversation": {"change": "open", "id": "{{signal.data.case}}", "topic": "{{signal.data.text}}"}},
            {"intent": {"change": "open", "name": "{{signal.data.text}}"}},
            {
                "promise": {
                    "change": "make",
                    "id": "{{signal.data.case}}",
                    "what": "{{signal.data.text}}",
                    "due_in": "9d",
                }
            },
            {"clear": {"flag": "support", "reference": "{{signal.data.case}}"}},
        ],
    },
    "case.closed": {"schema": {"type": "object", "properties": {"case": TEXT}}},
    "offer.bought": {"schema": {"type": "object", "properties": {"candidate": TEXT}}},
}

_JOURNEY: dict[str, Any] = {
    "name": "follow",
    "description": "Follows a case.",
    "reentry": "always",
    "entries": [
        {
            "signal": "said",
            "key": "{{signal.data.case}}",
            "set": {"text": "{{signal.data.text}}", "case": "{{signal.data.case}}"},
        }
    ],
    "steps": {
        "asked": {
            "ask": {
                "role": "care",
                "question": "What about {{run.vars.text}}?",
                "options": {"go_on": "waiting"},
                "within": "9d",
                "late": "waiting",
            }
        },
        "waiting": {
            "wait_for": {
                "signals": [{"signal": "case.closed", "when": "signal.data.case == run.vars.case"}],
                "within": "30d",
                "late": "end",
            }
        },
    },
}


def _decision_set() -> dict[str, Any]:
    return {
        "name": "next",
        "description": "What to do next.",
        "candidates": [OFFER, NOTICE],
        "explore": {"rate": 0},
        "arms": EVERYBODY,
        "model": {"kind": "logistic", "features": {"name": "customer.profile.name", "words": "request.text"}},
        "results": BOUGHT,
        "window": "30d",
    }


_LEFT_OUT = (
    "actions/raise_limit.yaml",
    "actions/reset_pin.yaml",
    "actions/build_profile.yaml",
    "actions/look_up_score.yaml",
)

_AGENTS = b"""
sources:
  web: {key: "${env:HARBOUR_WEB_KEY}"}
agents:
  helper_bot: {key: "${env:HARBOUR_BOT_KEY}", actions: ["*"], customers: all, autonomy: act, decisions: ["*"]}
operators:
  olga:
    key: "${env:HARBOUR_OLGA_KEY}"
    actions: ["*"]
    roles: [supervisor, care]
    decisions: ["*"]
    journeys: ["*"]
    scopes: [signals:write, proposals:write, approvals:write, customers:read, consents:write, identity:write,
      decisions:read, facts:read, outbox:read, outbox:write, metrics:read, evaluations:write, handovers:write,
      halts:write, releases:write]
  otto: {actions: ["*"], roles: [care]}
  dpo: {key: "${env:HARBOUR_DPO_KEY}", scopes: [customers:read, decisions:read, privacy:write, exports:read]}
"""

_POLICY = b"""
@id("harbour.never")
@message("Nobody does that.")
forbid (principal, action == Action::"never", resource);

@id("harbour.known")
@message("Who is known as a pirate is given nothing.")
forbid (principal, action == Action::"note", resource)
when { context.facts.known_as == "pirate" };

@id("harbour.granted")
@message("A supervisor looks at it first.")
@outcome("hold")
@until("approval")
@approver("supervisor")
forbid (principal, action == Action::"grant", resource)
unless { context.approved };
"""

_STRICTER = b"""
@id("harbour.stricter")
@message("No notes at all.")
forbid (principal, action == Action::"note", resource);
"""
