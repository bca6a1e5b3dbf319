"""Phrases: templates are said in a language before they are filled."""

import pytest

from xop.kernel.base.phrase import joined, opening, phrase, spoken, verbatim

SPANISH = {
    "{who} owes {sum}": "{sum} debe {who}",
    "the customer": "la señora",
    "{one} or {other}": "{one} o {other}",
    "{one}, {other}": "{one}, {other}",
    "It is {quiet}.": "Está {quiet}.",
}


def spanish(template: str) -> str:
    return SPANISH.get(template, template)


def test_a_phrase_is_said_in_english_as_it_is_written():
    assert spoken(phrase("{who} owes {sum}", who=phrase("the customer"), sum=3)) == "the customer owes 3"


def test_a_language_moves_the_places_and_says_the_phrases_in_them():
    owing = phrase("{who} owes {sum}", who=phrase("the customer"), sum=3)
    assert spoken({"a": [owing, "the customer"]}, spanish) == {"a": ["3 debe la señora", "the customer"]}


def test_what_fills_a_place_is_no_template():
    assert spoken(phrase("{who} owes {sum}", who="{sum}", sum="{who}")) == "{sum} owes {who}"


def test_a_text_that_is_said_whole_may_have_braces():
    assert spoken(verbatim("Nobody gives {cents}."), spanish) == "Nobody gives {cents}."
    assert spoken(verbatim("the customer"), spanish) == "la señora"
    assert spoken(verbatim(""), spanish) == ""


def test_a_sentence_begins_with_a_capital_whatever_comes_first():
    assert (
        spoken(opening(phrase("{who} owes {sum}", who=phrase("the customer"), sum="é")), spanish) == "É debe la señora"
    )


def test_a_place_that_is_left_open_is_filled_at_the_end():
    assert spoken([phrase("It is {quiet}.")], spanish, quiet=phrase("the customer")) == ["Está la señora."]


@pytest.mark.parametrize(
    ("parts", "said"), [("", ""), ("a", "a"), ("ab", "a o b"), ("abc", "a, b o c"), ("abcd", "a, b, c o d")]
)
def test_parts_are_told_in_a_row(parts, said):
    assert spoken(joined(parts, last="{one} or {other}"), spanish) == said
