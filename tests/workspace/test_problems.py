"""Each kind of mistake is told with its file and line, what is wrong and what to write instead."""

import pytest

from tests.workspace.material import compiled, edited, line_of, problems_of
from xop.workspace import starter_files

PURPOSES, SIGNALS, AGENTS, CONNECTIONS = "purposes.yaml", "signals.yaml", "agents.yaml", "connections.yaml"
IDENTITY, SETTINGS = "identity.yaml", "workspace.toml"
REMINDER, RULES = "actions/send_cart_reminder.yaml", "policies/reminders.cedar"

COUNT = "- count: {counter: carts_abandoned, window: 30d}"
USED = "channels: [email]\n    description: Mess"
ARGUMENTS = '{total: "{{signal.data.total}}"}'
TOTAL = "{type: integer, class: contract, minimum: 0, description: What the cart is worth, in cents.}"
WHEN = "signal.data.total >= 2000 && customer.counters.carts_abandoned <= 3"
CONSOLE = "adapter: console"
HOLD = '@outcome("hold") @until("approval") @approver("boss") '
REPLACE = '\npolicy.replace = [\n "xop.contact_cap",\n "xop.observer"]'
NAME = 'name = "starter"'

SHAPE = [
    (PURPOSES, "basis: contract", "bases: contract", "bases", "'bases' is no field", "did you mean 'basis'?"),
    (PURPOSES, "basis: contract", "basis: contrakt", "contrakt", "which is no choice", "'contract'"),
    (PURPOSES, "basis: contract\n", "gpc: false\n", "service:", "has no 'basis'", "write one of: consent"),
    (PURPOSES, "promotional: true", "promotional: 1", "promotional: 1", "not true or false", "true or false"),
    (PURPOSES, "most: 1,", "most: lots,", "lots", "is text, not a whole number", "write a whole number"),
    (PURPOSES, "most: 1,", "most: -1,", "most: -1", "is -1", "write a number >= 0"),
    (PURPOSES, "window: 7d", "window: 7 days", "7 days", "which does not fit", "such as `15m`"),
    (PURPOSES, 'from: "21:00"', 'from: "9pm"', "9pm", "which does not fit", "text that matches"),
    (PURPOSES, USED, USED.replace("[email]", "email"), "channels: email", "is text, not a list", "write a list"),
    (PURPOSES, USED, USED.replace("[email]", "[7]"), "[7]", "the number 7, not text", "quotes"),
    (PURPOSES, "valid_for: 730d", "valid_for: 730d\n    valid_for: 1d", "valid_for: 1d", "stands here and on line", "keep one"),
    (PURPOSES, "  service:", "  5:", "  5:", "is not text", "quotes around the key"),
    (PURPOSES, "  service:", "  Service:", "Service:", "no name of a purpose", "lower-case"),
    (PURPOSES, "  service:", "  promotional:", "  promotional:\n    basis", "stands for several purposes", "another name"),
    (PURPOSES, "purposes:", "purpose:", "purpose:", "is no section", "'purposes'"),
    (PURPOSES, "channels:\n  email:", "channels:\n- email:", "channels:", "the section is no map", "as `name: …`"),
    (PURPOSES, "caps:\n  - {most: 10, window: 1d}", "caps: {most: 10}", "caps: {", "no list", "`- `"),
    (PURPOSES, "    gpc: true", "\tgpc: true", "\tgpc", "no YAML", "spaces, not with tabs"),
    (PURPOSES, "gpc: true", "gpc: [true", "valid_for", "no YAML", "brackets"),
    (PURPOSES, "gpc: true", "gpc: &yes true", "&yes", "anchor or alias", "write the value out"),
    (PURPOSES, "gpc: true", "gpc: *yes", "*yes", "anchor or alias", "write the value out"),
    (PURPOSES, "gpc: true", "gpc: !!python/name:os.system x", "!!python", "the tag", "leave it out"),
    (PURPOSES, "gpc: true", "? [a]\n    : true", "? [a]", "where a key belongs", "a plain name"),
    (PURPOSES, "most: 1,", "most: 99999999999999999999,", "9999", "more than 64 bits", "quotes"),
    (IDENTITY, "kind: cookie", "kind: cookie\n    name: x", "name: x", "'name' is given by", "leave it out"),
    (IDENTITY, "kind: cookie", "kind: custom\n    pattern: (", "anonymous_id", "cannot be used", "rules of the fields"),
    (SETTINGS, NAME, 'nam = "starter"', "nam =", "'nam' is no field", "did you mean 'name'?"),
    (SETTINGS, NAME, 'name = "/"', 'name = "/"', "does not fit", "letters, digits"),
    (SETTINGS, NAME, "name = starter", "name = starter", "no TOML", "text in quotes"),
    (SETTINGS, '"UTC"', '"Mars/Olympus"', "Mars", "no time zone", "Europe/Amsterdam"),
    (REMINDER, "name: send_cart_reminder", "name: send_it", "name: send_it", "stands in a file named", "send_it.yaml"),
]  # fmt: skip

REFERENCES = [
    (PURPOSES, "namespace: email", "namespace: emial", "emial", "no namespace 'emial'", "'email'"),
    (PURPOSES, USED, USED.replace("[email]", "[fax]"), "fax", "no channel 'fax'", "use one of: email"),
    (PURPOSES, "{most: 1, window: 1d}", "{most: 1, window: 1d, channel: fax}", "fax", "no channel 'fax'", "email"),
    (REMINDER, "purpose: marketing", "purpose: marketting", "marketting", "no purpose", "'marketing'"),
    (REMINDER, "purpose: marketing", "purpose: marketing\nother_purposes: [x]", "[x]", "no purpose 'x'", "use one of"),
    (REMINDER, "channel: email\n", "", "kind: contact", "has no channel", "add `channel: …`"),
    (REMINDER, "kind: contact", "kind: write", "channel: email", "a write has no channel", "drop `channel`"),
    (REMINDER, "groups: [reminders]", "groups: [contact]", "[contact]", "group of the platform", "drop it"),
    (REMINDER, "groups: [reminders]", "groups: [send_cart_reminder]", "name:", "is a group of actions too", "another name"),
    (REMINDER, "groups: [reminders]", "reversible_by: undo", "undo", "no action 'undo'", "use one of"),
    (REMINDER, "groups: [reminders]", "reversible_by: send_cart_reminder", "reversible", "reverses itself", "undoes"),
    (REMINDER, "groups: [reminders]", "facts: [score]", "score", "no fact 'score'", "declare it first"),
    (REMINDER, "connection: terminal", "connection: termnal", "termnal", "no connection", "'terminal'"),
    (REMINDER, "{{address}}", "{{adress}}", "{{adress}}", "undeclared reference", "address"),
    (REMINDER, "{{arguments.total}}", "{{arguments.tota}}", "{{arguments.tota}}", "undefined field 'tota'", "total"),
    (REMINDER, "{{address}}", "{{address", "{{address", "is not closed", "`}}`"),
    (REMINDER, "    text:", "    txt:", "request:", "", ""),
    (REMINDER, "minimum: 0", "minimum: none", "minimum: none", "no JSON Schema", "2020-12"),
    (REMINDER, "minimum: 0", "$ref: 'https://example.com/x'", "input:", "no JSON Schema", ""),
    (REMINDER, "input:\n  type: object", "input:\n  type: string", "input:", "the input is no object", "`type: object`"),
    (AGENTS, "actions: [send_cart_reminder]", "actions: [send_card]", "send_card", "no action or group", "send_cart_reminder"),
    (AGENTS, "actions: [send_cart_reminder]", "purposes: [fun]", "[fun]", "no purpose 'fun'", "marketing"),
    (AGENTS, "roles: [supervisor]", "roles: [boss]", "concierge:", "which nobody has", "roles: [supervisor]"),
    (AGENTS, "${env:XOP_WEB_KEY}", "hunter2", "hunter2", "written out", "${env:NAME}"),
    (AGENTS, "XOP_WEB_KEY", "XOP_SUPERVISOR_KEY", "KEY}\n    description: A person", "has the same key", "its own"),
    (CONNECTIONS, "adapter: console", "adapter: consol", "consol", "which is no choice", "'console'"),
    (CONNECTIONS, "adapter: console", "adapter: console\n    settings: {stream: nowhere}", "settings", "", "stdout"),
    (CONNECTIONS, CONSOLE, CONSOLE + "\n    settings: {api_key: abc}", "api_key", "secret written out", "${env:NAME}"),
    (CONNECTIONS, CONSOLE, CONSOLE + "\n    settings: {url: 'https://u:p@host'}", "url", "secret written out", "${env:NAME}"),
]  # fmt: skip

CHANGES = [
    (SIGNALS, "  cart.abandoned:", "  xop.cart:", "  xop.cart:", "the platform's", "otherwise"),
    (SIGNALS, 'email: "{{signal.data.email}}"', 'emial: "{{signal.data.email}}"', "emial:", "no namespace 'emial'", "'email'"),
    (SIGNALS, "{{signal.data.email}}", "{{customer.id}}", "{{customer.id}}", "undeclared reference", "now, signal"),
    (SIGNALS, "signal.data.total >=", "signal.data.totl >=", "totl", "undefined field 'totl'", "total"),
    (SIGNALS, "counters.carts_abandoned", "counters.carts", "counters.carts ", "undefined field 'carts'", "carts_abandoned"),
    (SIGNALS, ">= 2000 &&", ">= '2000' &&", "'2000'", "no matching overload", "values of one type"),
    (SIGNALS, WHEN, "signal.data.total", "when: signal.data.total", "not of type bool", "compare it"),
    (SIGNALS, "signal.data.total >= 2000 &&", "signal.data.total >= &&", "when:", "unexpected '&&'", "CEL syntax"),
    (SIGNALS, COUNT, "- when: 'true'", "- when: 'true'", "changes nothing", "add one of: set, count"),
    (SIGNALS, COUNT, "- set: everything", "- set:", "no map of fields", "`field: value`"),
    (SIGNALS, COUNT, COUNT + "\n      " + COUNT.replace("30", "1"), "window: 1d", "another window on line", "under another name"),
    (SIGNALS, COUNT, COUNT + "\n      - consent: {change: grant, purpose: service}", "consent:", "no consent", "the channel"),
    (SIGNALS, COUNT, COUNT + "\n      - consent: {change: object, purpose: markting}", "markting", "no purpose", "'marketing'"),
    (SIGNALS, COUNT, COUNT + "\n      - consent: {change: object, purpose: gpc, channel: fax}", "fax", "no channel", "email"),
    (SIGNALS, COUNT, COUNT + "\n      - contact: {purpose: fun, channel: email}", "fun", "no purpose", "marketing"),
    (SIGNALS, COUNT, COUNT + "\n      - conversation: {change: open, id: x, channel: fax}", "fax", "no channel", "email"),
    (SIGNALS, COUNT, COUNT + "\n      - verify: {result: verified, method: pin}", "verify:", "has no level", "`level: 1`"),
    (SIGNALS, "action: send_cart_reminder", "action: send_reminder", "send_reminder", "no action", "send_cart_reminder"),
    (SIGNALS, "once_per: 7d", "purpose: service", "purpose: service", "does not serve", "marketing"),
    (SIGNALS, ARGUMENTS, "{sum: 1, total: 1}", "sum: 1", "takes no argument 'sum'", "total"),
    (SIGNALS, ARGUMENTS, "{total: lots}", "total: lots", "'total' does not fit", "what the input"),
    (SIGNALS, ARGUMENTS, "{}", "arguments", "needs the argument 'total'", "add `total"),
    (SIGNALS, f"          arguments: {ARGUMENTS}\n", "", "propose:", "needs the argument 'total'", "add `total"),
    (SIGNALS, TOTAL, "{type: string, pattern: '(?=x)'}", "(?=x)", "no JSON Schema", "RE2"),
    (SIGNALS, "required: [total]", "$schema: 'http://json-schema.org/draft-07/schema#'", "$schema", "written for", "2020-12"),
]  # fmt: skip

POLICIES = [
    (RULES, "context.arguments.total", "context.arguments.totl", "@id", "rule reminders.worth_it", "declares"),
    (RULES, 'Action::"send_cart_reminder"', 'Action::"send_card"', "@id", "reminders.worth_it", "declares"),
    (RULES, "@message", "@mesage", "@id", "@mesage is unknown", "@message"),
    (RULES, "reminders.worth_it", "other.worth_it", "@id", "outside its pack", "start it with the pack"),
    (RULES, "forbid(", "forbit(", "@id", "cannot be read", "one Cedar permit or forbid"),
    (RULES, "unless {", 'unless { context.purpose == "marketin" ||', "@id", "is never 'marketin'", "'marketing'"),
    (RULES, "unless {", 'unless { context.actor.roles.contains("boss") ||', "@id", "is never 'boss'", "supervisor"),
    (RULES, "@message", HOLD + "@message", "@id", "nobody has the role 'boss'", "supervisor"),
    (SETTINGS, NAME, NAME + '\npolicy.replace = ["xop.quiet_ours"]', "xop.quiet_ours", "no rule", "xop.quiet_hours"),
    (SETTINGS, NAME, NAME + REPLACE, '"xop.observer"', "is not a default", "xop.contact_cap"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "old", "new", "marker", "cause", "remedy"), [*SHAPE, *REFERENCES, *CHANGES, *POLICIES]
)
def test_a_mistake_is_told_with_file_line_cause_and_remedy(path, old, new, marker, cause, remedy):
    files = edited(path, old, new)
    line = line_of_passage(files[path].decode(), marker)
    found = problems_of(files)
    assert [each for each in found if each.file == path and each.line == line and cause in each.cause] != [], found
    assert [each for each in found if cause in each.cause and remedy in each.remedy] != [], found
    assert all(each.cause and each.remedy for each in found)


def line_of_passage(text: str, passage: str) -> int:
    assert passage in text
    return text.count("\n", 0, text.index(passage)) + 1


def test_one_mistake_gives_one_problem():
    files = edited("purposes.yaml", "  marketing:\n    basis: consent", "  marketing:\n    bases: consent")
    assert [(each.line, each.cause) for each in problems_of(files)] == [
        (line_of(files, "purposes.yaml", "marketing:"), "'purposes.marketing' has no 'basis'"),
        (line_of(files, "purposes.yaml", "bases"), "'bases' is no field of 'purposes.marketing'"),
    ]


@pytest.mark.parametrize("purpose", ["promotional", "gpc", "{{signal.source}}"])
def test_a_grant_for_every_channel_is_refused_where_it_may_mean_a_purpose_with_channels(purpose):
    grant = f'{COUNT}\n      - consent: {{change: grant, purpose: "{purpose}"}}'
    (found,) = problems_of(edited(SIGNALS, COUNT, grant))
    assert "no consent" in found.cause


def test_a_purpose_without_channels_is_agreed_to_without_one():
    files = edited(SIGNALS, COUNT, COUNT + "\n      - consent: {change: grant, purpose: research}")
    files[PURPOSES] = files[PURPOSES].replace(b"purposes:\n", b"purposes:\n  research: {basis: consent}\n")
    changes = compiled(files).signals["cart.abandoned"].changes
    assert [each.change.consent.purpose for each in changes if each.change.consent] == ["research"]


def test_an_agent_with_the_role_that_approves_is_nobody_who_approves():
    files = edited(AGENTS, "roles: [supervisor]", "roles: [boss]")
    files[AGENTS] = files[AGENTS].replace(b"    autonomy:", b"    roles: [supervisor]\n    autonomy:")
    (found,) = problems_of(files)
    assert "which nobody has" in found.cause


def test_an_unreadable_file_does_not_make_everything_that_names_its_content_wrong():
    files = edited("purposes.yaml", "  marketing:\n", "  marketing: [\n")
    assert {each.file for each in problems_of(files)} == {"purposes.yaml"}


def test_every_problem_is_reported_at_once():
    files = edited("purposes.yaml", "basis: contract", "basis: contrakt")
    files |= {"signals.yaml": files["signals.yaml"].replace(b"signal.data.case}}", b"signal.data.csae}}")}
    files |= {"agents.yaml": files["agents.yaml"].replace(b"roles:", b"rolls:")}
    files |= {"policies/more.cedar": b"permit(principal, action, resource);"}
    files |= {"policies/xop.cedar": b"", "shopping.yaml": b""}
    found = problems_of(files)
    assert {each.file for each in found} == {
        "agents.yaml", "policies/more.cedar", "policies/xop.cedar", "purposes.yaml", "shopping.yaml", "signals.yaml",
    }  # fmt: skip
    assert len([each for each in found if "csae" in each.cause]) == 2
    assert found == sorted(found)


def test_a_workspace_without_settings_says_so():
    files = starter_files()
    del files["workspace.toml"]
    assert [(each.file, each.remedy) for each in problems_of(files)] == [
        (SETTINGS, 'add it with at least: name = "..."')
    ]


def test_a_name_in_two_files_is_refused():
    files = starter_files() | {"signals/more.yaml": b"signals:\n  cart.abandoned: {}\n"}
    (found,) = problems_of(files)
    assert (found.file, found.line) == ("signals/more.yaml", 2)
    assert found.cause == "'cart.abandoned' is declared in another file too"


def test_a_fact_that_waits_for_itself_is_refused():
    files = starter_files() | {
        "facts.yaml": b"""facts:
  score:
    type: int
    value: read.score
    read: read_score
""",
        "actions/read_score.yaml": b"""name: read_score
version: 1
description: Reads a score.
kind: read
purpose: service
facts: [score]
binding: {connection: terminal, request: {text: "score"}}
""",
    }
    assert [(each.file, each.line, each.cause) for each in problems_of(files)] == [
        ("facts.yaml", 5, "the fact waits for itself: score → score")
    ]


@pytest.mark.parametrize(
    ("fact", "cause", "remedy"),
    [
        ("{type: int, value: '1', read: send_cart_reminder}", "is a contact, not a read", "kind `read`"),
        ("{type: int, value: '1', read: nothing}", "no action 'nothing'", "use one of"),
        ("{type: int, value: read.x}", "calls no read action", "name the action"),
        ("{type: int, value: '1', max_age: 1d}", "has an age but reads nothing", "`read`"),
        ("{type: int, value: customer.nme}", "undefined field 'nme'", "profile"),
        ("{type: number, value: '1'}", "no choice", "bool"),
    ],
)
def test_a_wrong_fact_is_told(fact, cause, remedy):
    (found,) = problems_of(starter_files() | {"facts.yaml": f"facts:\n  score: {fact}\n".encode()})
    assert (found.file, found.line) == ("facts.yaml", 2)
    assert cause in found.cause
    assert remedy in found.remedy


def test_the_request_of_a_read_may_not_hold_the_time():
    read = b"""name: read_score
version: 1
description: Reads a score.
kind: read
purpose: service
binding:
  connection: terminal
  request: {text: "{{now}}"}
"""
    (found,) = problems_of(starter_files() | {"actions/read_score.yaml": read})
    assert (found.file, found.line) == ("actions/read_score.yaml", 8)
    assert "undeclared reference to 'now'" in found.cause
