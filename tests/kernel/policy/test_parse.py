"""Every mistake in policy text becomes a problem with its line, cause and remedy."""

import pytest

from tests.kernel.policy.material import policy, rules_of, source
from xop.kernel.policy.model import Problem
from xop.kernel.policy.parse import parse

BODY = "permit(principal, action, resource);"
FORBID = "forbid(principal, action, resource);"


def problems(text: str) -> tuple[Problem, ...]:
    return parse([source(text)]).problems


def test_a_rule_carries_its_annotations_place_and_reads():
    text = (
        '// a comment; with a semicolon and a " quote\n\n'
        '@id("t.credit")\n@message("A lead approves; always.")\n@basis("internal rule 4")\n@customer("Wir fragen erst.")\n'
        '@customer_de_CH("Mir fröge zersch.") @customer_es("Primero preguntamos.")\n'
        '@outcome("hold") @until("approval") @approver("lead")\n@default("true")\n'
        "forbid(principal, action, resource)\n"
        'when { context.a.b > 3 && context has c.d && context["e"] == "; // no comment" };\n'
        + policy("offer", BODY, '@obligation("log, mask:iban")')
    )
    hold, permit = rules_of(text)
    assert (hold.id, hold.effect, hold.until, hold.approver) == ("t.credit", "hold", "approval", "lead")
    assert (hold.message, hold.basis, hold.default) == ("A lead approves; always.", "internal rule 4", True)
    assert (hold.customer, permit.customer) == ("Wir fragen erst.", "")
    assert hold.translated == (("de-CH", "Mir fröge zersch."), ("es", "Primero preguntamos."))
    assert (hold.pack, hold.file, hold.line) == ("t", "t.cedar", 3)
    assert hold.reads == ("a.b", "c.d", "e")
    assert (permit.effect, permit.obligations, permit.line) == ("permit", ("log", "mask:iban"), 12)


@pytest.mark.parametrize(
    ("language", "said"), [("es", "No."), ("es-MX", "No."), ("pt", "Ask."), ("pt-BR", "Não."), ("en", "Ask.")]
)
def test_a_customer_is_told_in_their_language_as_far_as_the_rule_has_it(language, said):
    (rule,) = rules_of(policy("x", BODY, '@customer("Ask.") @customer_es("No.") @customer_pt_BR("Não.")'))
    assert rule.to_customer(language) == said


def test_rules_keep_the_order_of_files_and_of_text():
    parsed = parse([source(policy("b", BODY) + policy("a", FORBID)), source(policy("c", BODY))])
    assert [rule.id for rule in parsed.rules] == ["t.b", "t.a", "t.c"]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (f'@message("m") {BODY}', "no @id"),
        (f'@id @message("m") {BODY}', "no @id"),
        (f'@id("T x") @message("m") {BODY}', "no rule name"),
        (f'@id("other.x") @message("m") {BODY}', "outside its pack"),
        (f'@id("t.x") {BODY}', "no @message"),
        (f'@id("t.x") @message(" ") {BODY}', "no @message"),
        (policy("x", BODY, '@outcome("hold") @until("time")'), "stands on a permit"),
        (policy("x", FORBID, '@outcome("defer")'), "@outcome('defer') is unknown"),
        (policy("x", FORBID, '@outcome("hold")'), "does not say until when"),
        (policy("x", FORBID, '@outcome("hold") @until("tomorrow")'), "@until('tomorrow') is unknown"),
        (policy("x", FORBID, '@until("time")'), "does not hold"),
        (policy("x", FORBID, '@outcome("hold") @until("approval")'), "nobody is named"),
        (policy("x", FORBID, '@outcome("hold") @until("time") @approver("lead")'), "waits for no approval"),
        (policy("x", FORBID, '@outcome("hold") @until("approval") @approver("The Lead")'), "no role name"),
        (policy("x", FORBID, '@obligation("log")'), "stands on a forbid"),
        (policy("x", BODY, '@obligation(" , ")'), "names nothing"),
        (policy("x", BODY, '@obligation("Log It")'), "no name"),
        (policy("x", BODY, '@default("yes")'), "@default('yes') is unknown"),
        (policy("x", BODY, '@severity("high")'), "@severity is unknown"),
        (policy("x", BODY, '@customer(" ")'), "@customer says nothing"),
        (policy("x", BODY, f'@customer("{"x" * 301}")'), "@customer is longer than 300"),
        (policy("x", BODY, '@customer("You owe {cents}.")'), "@customer holds {"),
        (policy("x", BODY, '@customer_es(" ")'), "@customer_es says nothing"),
        (policy("x", BODY, '@customer_es("Debe {cents}.")'), "@customer_es holds {"),
        (policy("x", BODY, '@customer_spanish("No.")'), "@customer_spanish is unknown"),
        (policy("x", BODY, f'@basis("{"x" * 2001}")'), "longer than"),
        (policy("x", BODY, '@basis("\\u{202e}evil")'), "invisible character U+202E"),
        (policy("x", BODY, '@id("t.y")'), "duplicate annotation"),
        (policy("x", "permit(principal == ?principal, action, resource);"), "templates"),
        (policy("x", "permit(principal, action, resource)"), "end of input"),
        (policy("x", "permit(principal, action, resource) when { surroundings.a };"), "cannot be read"),
        ("hello;", "cannot be read"),
        (";", "cannot be read"),
        (policy("x", 'permit(principal, action, resource) when { context.a == "unclosed };'), "cannot be read"),
    ],
)
def test_a_mistake_is_a_problem_with_a_remedy(text, cause):
    parsed = parse([source(text)])
    assert parsed.rules == ()
    assert cause in " | ".join(problem.cause for problem in parsed.problems)
    assert all(problem.remedy and problem.file == "t.cedar" and problem.line >= 1 for problem in parsed.problems)


def test_a_second_rule_of_the_same_name_is_refused_and_the_first_is_named():
    text = policy("x", BODY) + "\n" + policy("x", FORBID)
    parsed = parse([source(text)])
    assert [rule.effect for rule in parsed.rules] == ["permit"]
    assert parsed.problems[0].line == 4
    assert "t.cedar:1" in parsed.problems[0].cause


def test_a_parse_error_names_the_line_of_the_odd_token_and_spares_other_rules():
    text = policy("a", BODY) + policy("b", "permit(principal, action, resource)\nwhen {\n context.a === 2\n};")
    text += policy("c", BODY)
    parsed = parse([source(text)])
    assert [rule.id for rule in parsed.rules] == ["t.a", "t.c"]
    assert [problem.line for problem in parsed.problems] == [6]
    one_odd_token = policy("b", "permit(principal, action, resource)\nwhen {\n context.a ? 2\n};")
    assert problems(one_odd_token)[0].line in (1, 4)


@pytest.mark.parametrize("char", ["\u202e", "\u2066", "\x00", "\r", "\ufeff", "\u200b", "\x1b", "\u2028", "\ud800"])
def test_characters_a_reviewer_cannot_see_are_refused_with_their_line(char):
    found = problems(f"{policy('a', BODY)}// c {char}x\n")
    assert [problem.line for problem in found] == [3]
    assert f"U+{ord(char):04X}" in found[0].cause


def test_windows_line_ends_and_other_languages_are_welcome():
    (rule,) = rules_of('@id("t.x")\r\n@message("Nur mit Einwilligung für नमस्\u200dते")\r\n' + BODY)
    assert rule.message.startswith("Nur mit")


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 5_000 + "true" + ")" * 5_000,
        "[" * 95 + "1" + "]" * 95 + " == 1",
        "{a:" * 5_000 + "1" + "}" * 5_000 + " == 1",
        "if true then " * 5_000 + "true" + " else true" * 5_000,
        "if true then " * 101 + "true" + " else true" * 101,
        "true && " * 5_000 + "true",
        "true && " * 150 + "true",
        "context" + ".a" * 5_000,
        "context" + '["a"]' * 5_000,
        "context.contains(" * 5_000 + "1" + ")" * 5_000,
        "!" * 5_000 + "true",
        '"' + "x" * 40_000 + '" == "x"',
    ],
)
def test_text_that_would_exhaust_the_parser_is_a_problem(expression):
    found = problems(policy("x", f"permit(principal, action, resource) when {{ {expression} }};"))
    assert len(found) == 1


def test_a_huge_file_is_refused_unread():
    assert "longer than" in problems(" " * 5_000_000)[0].cause
