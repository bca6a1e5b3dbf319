"""Journeys that compile on top of the starter, and ways to write others."""

from xop.workspace import starter_files

HELPER = """
name: helper
description: Helps.
steps:
  first: {set: {note: "{{run.vars.reason}}"}}
  last: {end: {outcome: helped}}
"""

EVERYTHING = """
name: everything
description: "Every kind of step: <all> & \\"more\\" of them."
entries:
  - signal: cart.abandoned
    when: signal.data.total > 5
    key: "{{signal.data.total}}"
    set: {total: "{{signal.data.total}}", word: "no", number: "1e5", clock: "12:30"}
  - segment: big
  - schedule: {segment: big, at: 09:00, days: [mon, tue]}
  - api: true
reentry: 7d
goal: {signal: cart.abandoned, when: "signal.data.total > 100 && 'goal' != run.key"}
exits:
  gone: {signal: xop.unsubscribe}
  many: {when: customer.counters.carts_abandoned > 30}
steps:
  remind:
    propose:
      action: send_cart_reminder
      arguments: {total: "{{run.vars.total}}"}
      denied: wait
      held: skip
      failed: apologise
  pause: {wait: {for: 1d, until: 09:00, days: [mon]}}
  moment: {wait: {moment: "{{run.vars.word}}"}}
  listen:
    wait_for:
      signals:
        - {signal: cart.abandoned, when: signal.data.total > 3, set: {again: "{{signal.data.total}}"}}
        - {signal: xop.profile, go: divide}
      within: 3d
      late: weigh
  weigh:
    branch:
      cases:
        - {when: "run.vars.word == 'no' && customer.profile.tier == 'gold'", go: both}
        - {when: "run.vars.total > 9", go: divide}
      otherwise: apologise
  divide:
    split:
      shares:
        - {name: treated, weight: 9, go: both}
        - {name: control, weight: 1, go: finish, control: true}
  both: {parallel: {paths: [left, right], join: any}, next: other}
  left: {wait: {for: 500ms}, next: join}
  right:
    ask:
      role: supervisor
      question: "May {{customer.id}}\\nhave it?"
      options: {yes_please: join, nope: finish}
      within: 2h
      late: join
  other: {call: {journey: helper, set: {reason: x}, ended: {helped: over, expired: finish}}}
  over: {handover: {role: supervisor, reason: stuck, within: 1w, late: finish}}
  apologise: {set: {sorry: true}, description: "Say\\nsorry"}
  finish: {end: {outcome: sorted}}
"""

SEGMENTS = "segments: {big: {when: customer.counters.carts_abandoned > 1}}\n"

ALL = {"everything": EVERYTHING, "helper": HELPER}


def with_journeys(segments: str = SEGMENTS, **journeys: str) -> dict[str, bytes]:
    """Return the starter with segments and journeys, each by its name."""
    files = {f"journeys/{name}.yaml": text.encode() for name, text in journeys.items()}
    return starter_files() | files | ({"segments.yaml": segments.encode()} if segments else {})


def with_steps(steps: str, rest: str = "entries: [{signal: cart.abandoned}]") -> dict[str, bytes]:
    """Return the starter with one journey `j` of some steps, each on lines of its own, indented by two."""
    return with_journeys(j=f"name: j\ndescription: x\n{rest}\nsteps:\n{steps}\n")
