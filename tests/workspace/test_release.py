"""A release holds what the files say, and its digest names exactly that."""

import pytest

from tests.workspace.material import MINIMAL, compiled, edited, with_text
from xop.kernel.base.actor import Actor
from xop.workspace import starter_files

DAY = 86_400_000


def test_a_release_holds_what_the_files_say():
    release = compiled(starter_files())
    assert (release.name, release.zone, release.zone_field) == ("starter", "UTC", "time_zone")
    quiet = release.purposes["marketing"].quiet_hours
    assert quiet is not None
    assert (quiet.begin, quiet.end) == ("21:00", "08:00")
    assert release.channels["email"].namespace == "email"
    assert [cap.most for cap in release.caps] == [10]
    assert release.contact_window == 7 * DAY
    assert release.counters == {"carts_abandoned": 30 * DAY}
    assert release.connections["terminal"].adapter == "console"
    assert release.principals[Actor("agent", "concierge")].autonomy == "suggest"
    assert "reminders.worth_it" in release.policies.rules
    assert {"cart.abandoned", "xop.consent.granted", "segment.identify"} <= release.signals.keys()


def test_an_action_belongs_to_the_groups_of_its_kind_and_risk():
    action = compiled(starter_files()).actions["send_cart_reminder"]
    assert action.action.groups == ("reminders", "contact", "low_risk")


def test_policies_see_flat_arguments_only():
    schema = (
        "{type: object, properties: {a: {type: boolean}, b: {type: integer}, c: {type: string}, "
        "d: {type: array, items: {type: string}}, e: {type: number}, f: {type: object}, g: {type: [string, 'null']}, "
        "h: {type: array, items: {type: integer}}, 'not a name': {type: string}, total: {type: integer}}}"
    )
    old = "{total: {type: integer, minimum: 0, description: What the cart is worth, in cents.}}"
    files = edited(
        "actions/send_cart_reminder.yaml", "input:\n  type: object\n  required: [total]\n", f"input: {schema}\nx"
    )
    text = files["actions/send_cart_reminder.yaml"].decode()
    head, _, rest = text.partition("\nx")
    body = head + "\n" + rest[rest.index("binding:") :]
    assert old not in body
    release = compiled(files | {"actions/send_cart_reminder.yaml": body.encode()})
    assert release.actions["send_cart_reminder"].arguments == {
        "a": "Bool", "b": "Long", "c": "String", "d": "Set<String>", "total": "Long",
    }  # fmt: skip


def test_data_is_held_to_its_schema_without_being_repeated():
    misfit = compiled(starter_files()).signals["cart.abandoned"].misfit
    assert misfit({"total": 5, "email": "a@example.com"}) is None
    assert misfit({"total": "secret"}) == 'total: the value is not of type "integer"'
    assert misfit({}) == '"total" is a required property'
    assert "email" in (misfit({"total": 1, "email": "nobody"}) or "")
    assert misfit({"total": 1, "more": 1}) is not None
    assert misfit({"total": object()}) is not None


def test_a_workspace_may_replace_default_rules_only_where_it_says_so():
    files = MINIMAL | {"workspace.toml": b'name = "m"\n[policy]\nreplace = ["xop.contact_cap", "xop.quiet_hours"]\n'}
    kept, dropped = compiled(MINIMAL).policies.rules, compiled(files).policies.rules
    assert kept.keys() - dropped.keys() == {"xop.contact_cap", "xop.quiet_hours"}


def test_a_workspace_may_declare_segment_types_itself():
    release = compiled(with_text(signals_yaml="signals: {segment.track: {description: mine}}"))
    assert release.signals["segment.track"].type.description == "mine"


def test_segment_users_are_found_by_the_namespaces_a_workspace_declares():
    bare = compiled(MINIMAL).signals["segment.track"]
    assert bare.identifiers == {}
    found = compiled(starter_files()).signals["segment.track"]
    data = {"signal": {"type": "segment.track", "source": "web", "time": 1, "data": {"userId": "u1"}}}
    assert found.identifiers["user_id"].render(data) == "u1"


def test_the_same_files_give_the_same_digest():
    first, again = compiled(starter_files()), compiled(dict(reversed(list(starter_files().items()))))
    assert first.digest == again.digest
    assert first.digest.startswith("rel_")
    assert len(first.digest) == 36


def test_ignored_files_do_not_count():
    files = starter_files() | {"README.md": b"another", ".note": b"x"}
    assert compiled(files).digest == compiled(starter_files()).digest


@pytest.mark.parametrize("path", sorted(path for path in starter_files() if not path.endswith(".md")))
def test_any_change_of_a_file_changes_the_digest(path):
    remark = b"// more\n" if path.endswith(".cedar") else b"# more\n"
    files = starter_files()
    assert compiled(files | {path: files[path] + remark}).digest != compiled(files).digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": "// x\n", "b": "// y\n"}, {"a": "// x\n// y\n", "b": ""}),
        ({"a": "//workspace/policies/b.cedar//y"}, {"a": "//", "b": "//y"}),
    ],
)
def test_the_same_text_in_other_files_has_another_digest(one, other):
    first, second = (
        compiled(with_text(**{f"policies__{name}_cedar": text for name, text in texts.items()}))
        for texts in (one, other)
    )
    assert first.digest != second.digest
