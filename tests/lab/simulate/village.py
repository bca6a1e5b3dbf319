"""A small workspace with a population, in which every figure can be worked out by hand."""

import msgspec
import yaml

from xop.lab.simulate import Plan, Setting, report, run, setting

WORKSPACE = {
    "workspace.toml": 'name = "Village"\ntime_zone = "Europe/Amsterdam"\n',
    "identity.yaml": "namespaces:\n  member: {kind: custom}\n  email: {kind: email}\n",
    "purposes.yaml": """
channels:
  email: {namespace: email}
purposes:
  news: {basis: legitimate_interest, promotional: true, channels: [email], caps: [{most: 2, window: 7d}]}
  care: {basis: contract}
""",
    "signals.yaml": """
signals:
  joined: {identifiers: {email: "{{signal.data.email}}"}}
  read: {}
  bought:
    changes:
      - promise: {change: make, id: "parcel-{{signal.data.order}}", what: A parcel, due_in: 2d}
  arrived:
    changes:
      - promise: {change: keep, id: "parcel-{{signal.data.order}}"}
  picked:
    changes:
      - propose: {action: send_news}
  left:
    changes:
      - consent: {change: object, purpose: news, channel: email, proof: link}
""",
    "agents.yaml": """
sources:
  shop: {}
agents:
  helper: {autonomy: act_with_approval, actions: ["*"], customers: all}
operators:
  mira: {roles: [supervisor], actions: ["*"]}
""",
    "connections.yaml": """
connections:
  post: {adapter: http, settings: {base_url: "http://127.0.0.1:9"}, rate: 40, concurrency: 8}
""",
    "actions/send_news.yaml": """
name: send_news
version: 1
description: Sends the news.
kind: contact
purpose: news
channel: email
binding: {connection: post, request: {method: POST, path: /news, body: {to: "{{address}}"}}}
""",
    "actions/give_credit.yaml": """
name: give_credit
version: 1
description: Gives credit.
kind: write
purpose: care
input: {type: object, additionalProperties: false, properties: {cents: {type: integer}}}
binding: {connection: post, request: {method: POST, path: /credit, body: {cents: "{{arguments.cents}}"}}}
""",
}

POPULATION = {
    "customers": 40,
    "days": 14,
    "start": "2026-01-05",
    "identifiers": {"member": "m{{customer.number + 1}}"},
    "initial": [{"signal": "joined", "data": {"email": "m{{customer.number + 1}}@village.example"}}],
    "personas": {"quiet": {"share": 3}, "lively": {"share": 1}},
}


def files(**population):
    """Return the files of the workspace, with a population that differs from the plain one by what is given."""
    text = yaml.safe_dump({**POPULATION, **population}, sort_keys=False)
    return {path: content.encode() for path, content in {**WORKSPACE, "population.yaml": text}.items()}


def settled(seed=1, workspace=None, **population) -> Setting:
    """Return the setting of the village, with a population that differs by what is given."""
    told = {**POPULATION, **population}
    content = files(**population) | (workspace or {})
    found = setting(Plan(content, told["customers"], told["days"], seed, told["start"]))
    assert isinstance(found, Setting), found
    return found


def lived(seed=1, jobs=1, workspace=None, **population):
    """Return the report of a simulation of the village, as a reader of the file gets it."""
    found = settled(seed, workspace, **population)
    return msgspec.json.decode(msgspec.json.encode(report(found, run(found, jobs))))


def did(told, name):
    """Return the row of what customers did under a name; an empty one when nobody did."""
    empty = {"count": 0, "by_day": [0] * told["days"]}
    return next((row for row in told["customers_did"] if row["name"] == name), empty)
