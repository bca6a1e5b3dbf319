"""A condition that is no CEL is told in words, without what the parser calls its tokens."""

import pytest

from tests.workspace.journey_material import with_journeys
from tests.workspace.material import problems_of


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("customer.id ==", "the expression ends too early"),
        ("(customer.id == customer.id", "the expression ends too early: ')' is missing"),
        ("customer.id == )", "unexpected ')'"),
        ("customer.id customer", "unexpected 'customer'"),
        ("customer.", "unexpected '.'"),
        ("customer.id == 'x", "the text that begins with 'x is not closed"),
    ],
)
def test_a_broken_expression_is_told_in_words(text, cause):
    [problem] = problems_of(with_journeys(segments=f'segments: {{big: {{when: "{text}"}}}}'))
    assert problem.cause.endswith(f": {cause}"), problem.cause
    assert "expecting" not in problem.cause
