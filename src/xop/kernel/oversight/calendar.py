"""The calendar of the AI Act: which duty binds from which day, and how long an incident may wait for its report.

Regulation (EU) 2024/1689, with the dates of Regulation (EU) 2026/1744: Art. 50 since 2 August 2026, the chapters on
high-risk systems of Annex III from 2 December 2027.
"""

from typing import Literal, NamedTuple

from xop.kernel.base.phrase import marked

Duty = Literal["disclosure", "notice", "assessment", "competence"]


class Provision(NamedTuple):
    """What the law asks, and from when."""

    article: str
    effective_from: str
    """The first day on which it binds."""
    asks: str


LAW: dict[Duty, Provision] = {
    "disclosure": Provision("Art. 50(1)", "2026-08-02", marked("say that it is an AI, and on whose behalf it acts")),
    "notice": Provision("Art. 26(11)", "2027-12-02", marked("tell the person that a high-risk AI system takes part")),
    "assessment": Provision("Art. 27", "2027-12-02", marked("assess the impact on fundamental rights")),
    "competence": Provision("Art. 14, 26(2)", "2027-12-02", marked("have trained people oversee it")),
}
"""A workspace may begin earlier with a duty, and never later."""

ANNEX_III: dict[str, str] = {
    "1a": "remote biometric identification",
    "1b": "biometric categorisation",
    "1c": "emotion recognition",
    "2": "safety of critical infrastructure",
    "3a": "access to education",
    "3b": "evaluation of learning outcomes",
    "3c": "level of education",
    "3d": "monitoring of students",
    "4a": "recruitment",
    "4b": "management of workers",
    "5a": "essential public services",
    "5b": "creditworthiness",
    "5c": "pricing of life and health insurance",
    "5d": "emergency calls",
    "6a": "risk of becoming a victim of crime",
    "6b": "polygraphs",
    "6c": "reliability of evidence",
    "6d": "risk of offending",
    "6e": "profiling in criminal investigations",
    "7a": "polygraphs at borders",
    "7b": "risks at borders",
    "7c": "asylum, visas and residence permits",
    "7d": "identification at borders",
    "8a": "administration of justice",
    "8b": "elections",
}
"""The points of Annex III, as a risk class names them."""

ASSESSED_BY_ALL = frozenset({"5b", "5c"})
"""Points for which every deployer assesses the impact on fundamental rights."""

NEVER_ASSESSED = frozenset({"2"})
"""Points that Art. 27 leaves out."""

IncidentClass = Literal["death", "widespread", "serious", "other"]

REPORT_WITHIN: dict[IncidentClass, int] = {"death": 10, "widespread": 2, "serious": 15, "other": 0}
"""Days after becoming aware by which Art. 73 wants an incident reported; 0 where it wants no report."""
