"""Lets a workspace drop the rules that the baseline marks as default, and no others."""

from collections.abc import Collection, Sequence

from xop.kernel.policy.model import Problem, Rule


def drop(rules: Sequence[Rule], ids: Collection[str], file: str = "workspace.toml") -> tuple[Rule, ...] | Problem:
    """Return the rules without the named ones, or the first problem; `file` is where the wish is written."""
    known = {rule.id: rule for rule in rules}
    for rule_id in ids:
        rule = known.get(rule_id)
        if rule is None:
            return Problem(file, 0, f"there is no rule {rule_id!r} to drop", "name a rule of the baseline")
        if not rule.default:
            cause = f"rule {rule_id} ({rule.file}:{rule.line}) is not a default and stays"
            return Problem(file, 0, cause, "drop only rules marked @default, or add a stricter rule of your own")
    gone = frozenset(ids)
    return tuple(rule for rule in rules if rule.id not in gone)
