"""What somebody may do about a decision on them: GDPR Articles 15, 21, 22 and 77, AI Act Articles 85 and 86."""

from xop.kernel.hindsight.account import Account

Right = dict[str, str]

_MARKETING = "You can object to advertising at any time, without a reason. We then stop."
_WITHDRAW = "You can withdraw your consent at any time, as easily as you gave it."
_OBJECT = "You can object to uses of your data that rest neither on a contract nor on the law, for reasons of your own."
_REVIEW = "You can ask that one of our staff looks at this decision, tell us how you see it, and contest it."
_COMPLAIN = "You can complain to {authority}."
_AI = "You can also complain to the market surveillance authority if you think that the rules on AI were broken."


def rights_of(account: Account) -> list[Right]:
    """Return the rights of whoever a decision is about, each with its basis in law."""
    release, decision = account.release, account.decision
    purpose = release.purposes.get(decision.purpose) if release is not None else None
    promotional = purpose is not None and purpose.promotional
    authority = account.deployer.get("authority") or "your data protection authority"
    rights = [
        {
            "right": "object",
            "text": _MARKETING if promotional else _OBJECT,
            "basis": "GDPR Art. 21(2)" if promotional else "GDPR Art. 21(1)",
        },
        {"right": "human_review", "text": _REVIEW, "basis": "GDPR Art. 22(3)"},
        {"right": "complaint", "text": _COMPLAIN.format(authority=authority), "basis": "GDPR Art. 77"},
    ]
    if purpose is not None and purpose.basis == "consent":
        rights.insert(1, {"right": "withdraw", "text": _WITHDRAW, "basis": "GDPR Art. 7(3)"})
    if account.parts.machines:
        rights.append({"right": "complaint_about_ai", "text": _AI, "basis": "AI Act Art. 85"})
    return rights
