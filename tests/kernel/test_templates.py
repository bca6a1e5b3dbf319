"""Templates give a value of their own shape."""

import pytest

from xop.kernel.conditions import Environment, Fault, Problem
from xop.kernel.templates import Template, compile_template, literal_of

ENVIRONMENT = Environment({"customer": "dyn"})
CUSTOMER = {"customer": {"name": "Ana", "age": 41, "vip": True, "tags": ["a", "b"], "share": 0.5, "note": None}}


def template(value) -> Template:
    compiled = compile_template(value, ENVIRONMENT)
    assert isinstance(compiled, Template)
    return compiled


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        (7, 7),
        (None, None),
        ("{{customer.name}}", "Ana"),
        ("Dear {{customer.name}}, {{ customer.age }}!", "Dear Ana, 41!"),
        ("{{customer.age}}", 41),
        ("{{customer.tags}}", ["a", "b"]),
        ("vip={{customer.vip}} share={{customer.share}}", "vip=true share=0.5"),
        ({"who": ["{{customer.name}}", {"age": "{{customer.age}}"}]}, {"who": ["Ana", {"age": 41}]}),
    ],
)
def test_a_template_renders_to_its_own_shape(written, expected):
    assert template(written).render(CUSTOMER) == expected


@pytest.mark.parametrize("written", ["tags: {{customer.tags}}", "note: {{customer.note}}", "{{customer.missing}}"])
def test_what_cannot_be_put_in_place_is_a_fault(written):
    assert isinstance(template({"deep": [written]}).render(CUSTOMER), Fault)


def test_a_placeholder_that_is_no_expression_is_a_problem():
    assert isinstance(compile_template({"deep": ["{{customer.}}"]}, ENVIRONMENT), Problem)


def test_escape_is_applied_to_values_and_not_to_what_is_written():
    written = {"a": "x-{{customer.name}}", "b": "{{customer.name}}", "c": "{{customer.age}}"}
    assert template(written).render(CUSTOMER, str.upper) == {"a": "x-ANA", "b": "ANA", "c": 41}


def test_a_template_is_constant_without_placeholders():
    assert template({"a": ["b", 1]}).constant
    assert not template({"a": ["{{customer.name}}", 1]}).constant


def test_each_field_of_a_map_can_be_rendered_on_its_own():
    whole = template({"a": {"b": "{{customer.name}}"}, "c": 1})
    assert set(whole.fields) == {"a", "c"}
    assert whole.fields["a"].fields["b"].render(CUSTOMER, str.upper) == "ANA"


@pytest.mark.parametrize("written", ["text", ["a"], 1, {}])
def test_only_maps_have_fields(written):
    assert dict(template(written).fields) == {}


def test_the_literal_part_of_a_text_is_all_but_its_placeholders():
    assert literal_of("/a/{{customer.vip ? 'x' : 'y'}}/b{{1}}") == "/a//b"
