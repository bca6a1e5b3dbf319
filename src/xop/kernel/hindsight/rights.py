"""What somebody may do about a decision on them: GDPR Articles 15, 21, 22 and 77, AI Act Articles 85 and 86."""

from typing import Any

from xop.kernel.base.phrase import phrase
from xop.kernel.hindsight.account import Account

Right = dict[str, Any]
"""Its name, what may be done, and its basis in law, the last two as phrases."""


def rights_of(account: Account) -> list[Right]:
    """Return the rights of whoever a decision is about, each with its basis in law."""
    release, decision = account.release, account.decision
    purpose = release.purposes.get(decision.purpose) if release is not None else None
    rights = [_objection(promotional=purpose is not None and purpose.promotional)]
    if purpose is not None and purpose.basis == "consent":
        said = phrase("You can withdraw your consent at any time, as easily as you gave it.")
        rights.append({"right": "withdraw", "text": said, "basis": phrase("GDPR Art. 7(3)")})
    said = phrase("You can ask that one of our staff looks at this decision, tell us how you see it, and contest it.")
    rights.append({"right": "human_review", "text": said, "basis": phrase("GDPR Art. 22(3)")})
    authority = account.deployer.get("authority") or phrase("your data protection authority")
    said = phrase("You can complain to {authority}.", authority=authority)
    rights.append({"right": "complaint", "text": said, "basis": phrase("GDPR Art. 77")})
    if account.parts.machines:
        said = phrase(
            "You can also complain to the market surveillance authority if you think that the rules on AI were broken."
        )
        rights.append({"right": "complaint_about_ai", "text": said, "basis": phrase("AI Act Art. 85")})
    return rights


def _objection(*, promotional: bool) -> Right:
    if promotional:
        said = phrase("You can object to advertising at any time, without a reason. We then stop.")
        return {"right": "object", "text": said, "basis": phrase("GDPR Art. 21(2)")}
    said = phrase(
        "You can object to uses of your data that rest neither on a contract nor on the law, for reasons of your own."
    )
    return {"right": "object", "text": said, "basis": phrase("GDPR Art. 21(1)")}
