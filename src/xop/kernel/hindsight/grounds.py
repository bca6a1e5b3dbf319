"""The reasons of the platform's own rules, as they are said to the customer."""

from collections.abc import Mapping

from xop.kernel.base.phrase import Phrase, marked, opening, phrase, verbatim
from xop.kernel.decisions.model import Reason
from xop.kernel.hindsight.voice import addressed, sentence
from xop.kernel.release import Release

_SAID: Mapping[str, str] = marked(
    {
        "xop.granted": "{asker} may do this by our rules, and none of them speaks against it.",
        "xop.nobody_permits": "None of our rules allows {asker} to do this.",
        "xop.purpose_not_allowed": "{asker} may not act for this purpose.",
        "xop.not_engaged": "{asker} was not in a conversation with you, and may do nothing for you without one.",
        "xop.with_people": "One of our staff was talking with you, and until they are done nobody else acts.",
        "xop.budget_spent": "As much has been done for you in this time as {asker} may do.",
        "xop.verification_needed": "Your identity has to be checked more strongly for this.",
        "xop.observer": "{asker} only observes, and may do nothing.",
        "xop.suggestion": "{asker} may only suggest this: one of our staff decides.",
        "xop.acts_with_approval": "One of our staff has to approve this first.",
        "xop.high_risk_agent": "An AI asked for something important: one of our staff has to approve it first.",
        "xop.consent_objected": "You objected to this.",
        "xop.consent_withdrawn": "You withdrew your consent to this.",
        "xop.consent_refused": "You refused your consent to this.",
        "xop.consent_expired": "Your consent to this has expired.",
        "xop.consent_unknown": "We have no consent of yours to this.",
        "xop.channel_unfit": "We do not use this way of reaching you for this purpose.",
        "xop.no_legal_basis": "The law gives us no ground to do this.",
        "xop.do_not_contact": "You asked us not to contact you.",
        "xop.suppressed_by_support": "While we are still helping you with something, we leave you alone with this.",
        "xop.suppressed_by_complaint": "While a complaint of yours is open, we leave you alone with this.",
        "xop.suppressed_by_vulnerability": "We leave you alone with this, because you may need special care now.",
        "xop.not_addressable": "We have no address of yours that we may use for this.",
        "xop.contact_cap": "You have already heard from us as often as we allow ourselves.",
        "xop.quiet_hours": "It was a quiet hour where you are.",
        "xop.ai_not_disclosed": "You had not been told yet that you deal with an AI, and on whose behalf it acts.",
        "xop.ai_not_registered": "No AI system of our register answers for this.",
        "xop.ai_without_notice": "You had not been told yet that an AI system takes part in this decision.",
        "xop.ai_not_assessed": "We have not assessed lately what this AI system means for people's rights.",
        "xop.erasure_under_way": "You asked us to erase your data; nothing is done for you any more.",
        "xop.halted": "We had stopped such actions at that time.",
        "xop.halted_meanwhile": "We had stopped such actions at that time.",
        "xop.fact_unknown": "We could not find out something that we need to know for this, and do nothing on a guess.",
        "xop.error": "Our rules could not be applied, and then nothing is done.",
        "xop.choice.best": "Of everything we may do for you, this seemed to suit you best.",
        "xop.choice.explored": "It was drawn at random among everything we may do for you, so that we learn what suits people.",
        "xop.choice.random": "You are in a comparison group: it was drawn at random among everything we may do for you.",
        "xop.choice.holdout": "You are in a comparison group, for whom we do nothing at the moment.",
        "xop.choice.nothing": "Nothing that we may do for you seemed better than doing nothing.",
    }
)
"""Who asked is named by `{asker}`."""


def ground_told(reason: Reason, release: Release | None, language: str = "en") -> Phrase | str:
    """Return why a rule decided as it did, as one sentence to the customer; of a rule of the workspace what it says itself."""
    rule = release.policies.rules.get(reason.rule) if release is not None else None
    written = rule.to_customer(language) if rule is not None else ""
    if written:
        return written
    said = _SAID.get(reason.rule)
    return opening(phrase(said)) if said is not None else verbatim(sentence(addressed(reason.message)))
