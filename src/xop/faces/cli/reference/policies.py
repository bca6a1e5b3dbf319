"""The page of the baseline's rules."""

from itertools import groupby

from xop.faces.cli.reference.markdown import code, page, table
from xop.kernel.policy.model import Rule
from xop.kernel.policy.parse import parse
from xop.kernel.policy.source import PolicySource
from xop.workspace.baseline import baseline_files
from xop.workspace.policies import BASELINE

_INTRODUCTION = """Every workspace begins with these rules and adds its own. A verdict is found in this order: an error
denies; a rule that forbids denies; where no rule permits, it is denied; a rule that holds lets it wait; else it is
permitted, with the obligations of the rules that permit. A rule marked as *default* may be replaced: name it in
`workspace.toml` under `[policy] replace`, and write your own."""

_OUTCOMES = {"permit": "permit", "forbid": "deny", "hold": "hold"}


def policies_page() -> str:
    """Return the page: every rule with what it says, what it leads to, and its Cedar text."""
    rules = baseline_rules()
    blocks: list[list[str] | str] = [
        _INTRODUCTION,
        table(("rule", "outcome", "default", "what it says"), map(_row, rules)),
    ]
    for file, group in groupby(rules, key=lambda rule: rule.file):
        blocks.append(f"## {file}")
        for rule in group:
            blocks += [f"### {rule.id}", rule.message, _reads(rule), ["```cedar", rule.text.strip(), "```"]]
    return page("Baseline policies", *blocks)


def baseline_rules() -> list[Rule]:
    """Return the rules of the baseline, file by file."""
    sources = [
        PolicySource(BASELINE, name.removeprefix("policies/"), content.decode())
        for name, content in sorted(baseline_files().items())
        if name.endswith(".cedar")
    ]
    return list(parse(sources).rules)


def _row(rule: Rule) -> tuple[str, str, str, str]:
    outcome = _OUTCOMES[rule.effect]
    until = f"{outcome} until {rule.until.replace('_', ' ')}" if rule.until else outcome
    return code(rule.id), until, "yes" if rule.default else "", rule.message


def _reads(rule: Rule) -> str:
    read = ", ".join(code(name) for name in rule.reads)
    return f"Reads {read}." if read else ""
